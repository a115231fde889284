"""Aurora: as safe as RDS, with servers that answer reads, and copies in a second region."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.database import AwsDatabaseRef, Size
from components.database.machines import AURORA_CLASS
from components.environment import Environment
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import ACCOUNT, ZONES
from tests.components.variants_database import aurora_database, replicated_outputs

CLUSTER = "aws:rds/cluster:Cluster"
SERVER = "aws:rds/clusterInstance:ClusterInstance"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
VAULT = "aws:backup/vault:Vault"


@cache
def database(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: replicated_outputs(aurora_database(environment, **asked)))


def cluster(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    return dict(database(environment, **asked).only(CLUSTER).inputs)


def servers(**asked: Any) -> dict[str, Registration]:
    return {each.name: each for each in database(**asked).of(SERVER)}


def test_the_service_makes_and_keeps_the_password() -> None:
    assert cluster()["manageMasterUserPassword"] is True
    assert cluster()["masterUserSecretKmsKeyId"].endswith("key/secrets")
    assert not {"masterPassword", "masterPasswordWo"} & cluster().keys()
    assert database().outputs["secret"].startswith(f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:")


def test_storage_and_insights_are_encrypted_with_the_data_key() -> None:
    assert cluster()["storageEncrypted"] is True
    assert cluster()["kmsKeyId"].endswith("key/data")
    for each in servers().values():
        assert each.inputs["performanceInsightsEnabled"] is True
        assert each.inputs["performanceInsightsKmsKeyId"].endswith("key/data")


def test_it_refuses_connections_without_tls_and_records_who_changes_what() -> None:
    group = database().only("aws:rds/clusterParameterGroup:ClusterParameterGroup")
    values = {each["name"]: each["value"] for each in group.inputs["parameters"]}

    assert group.inputs["family"] == "aurora-postgresql17"
    assert "name" not in group.inputs
    assert values["rds.force_ssl"] == "1"
    assert values["pgaudit.log"] == "ddl,role"


def test_it_has_no_public_address_and_lives_in_the_data_subnets() -> None:
    group = database().only("aws:rds/subnetGroup:SubnetGroup")

    assert group.inputs["subnetIds"] == [f"subnet-data-{zone}" for zone in ZONES]
    assert all(each.inputs["publiclyAccessible"] is False for each in servers().values())


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"highly_available": False, "read_replicas": 0}, 1),
        ({"highly_available": True, "read_replicas": 0}, 2),
        ({"highly_available": True, "read_replicas": 1}, 3),
        ({"highly_available": True, "read_replicas": 5}, 7),
    ],
)
def test_there_is_a_server_for_every_copy_and_it_takes_over_in_turn(
    asked: dict[str, Any], count: int
) -> None:
    found = servers(**asked)

    assert list(found) == [f"orders-server-{number}" for number in range(1, count + 1)]
    assert [each.inputs["promotionTier"] for each in found.values()] == list(range(count))


def test_a_further_replica_leaves_the_others_alone() -> None:
    before, after = servers(read_replicas=1), servers(read_replicas=2)

    assert {name: each.inputs for name, each in after.items() if name in before} == {
        name: each.inputs for name, each in before.items()
    }


def test_every_server_is_watched_and_has_a_chosen_certificate_authority() -> None:
    for each in servers().values():
        assert each.inputs["monitoringInterval"] == 60
        assert each.inputs["caCertIdentifier"] == "rds-ca-rsa2048-g1"
        assert each.inputs["autoMinorVersionUpgrade"] is True


def test_log_groups_exist_encrypted_before_the_cluster_writes_to_them() -> None:
    found = database()
    groups = found.of(LOG_GROUP)

    assert {each.inputs["name"] for each in groups} == {
        f"/aws/rds/cluster/{cluster()['clusterIdentifier']}/{log}"
        for log in cluster()["enabledCloudwatchLogsExports"]
    }
    assert {each.inputs["retentionInDays"] for each in groups} == {365}
    assert all(each.inputs["kmsKeyId"].endswith("key/logs") for each in groups)
    assert {each.urn for each in groups} <= set(found.only(CLUSTER).depends_on)


@pytest.mark.parametrize(
    ("environment", "protected", "days"),
    [
        (Environment.DEV, False, 7),
        (Environment.STAGING, True, 14),
        (Environment.PROD, True, 35),
    ],
)
def test_each_environment_is_kept_as_safe_as_it_must_be(
    environment: Environment, protected: bool, days: int
) -> None:
    found = cluster(environment)

    assert found["deletionProtection"] is protected
    assert found["skipFinalSnapshot"] is not protected
    assert found["backupRetentionPeriod"] == days
    assert found["deleteAutomatedBackups"] is False
    assert found["copyTagsToSnapshot"] is True
    assert found["iamDatabaseAuthenticationEnabled"] is True


def test_a_new_generation_is_a_new_cluster_with_a_last_snapshot_of_its_own() -> None:
    first, second = cluster(), cluster(generation=2)

    assert first["clusterIdentifier"] != second["clusterIdentifier"]
    assert first["finalSnapshotIdentifier"] != second["finalSnapshotIdentifier"]


def test_addresses_are_known_once_somebody_answers_there() -> None:
    outputs = database().outputs

    assert outputs["host"] != outputs["reader_host"]
    assert database(read_replicas=0).outputs["reader_host"] is None


def test_snapshots_are_copied_every_day_to_a_vault_in_the_recovery_region() -> None:
    found = database()
    vaults = {each.name: each.inputs for each in found.of(VAULT)}
    (rule,) = found.only("aws:backup/plan:Plan").inputs["rules"]
    (copy,) = rule["copyActions"]

    assert vaults["orders-recovery"]["region"] == "eu-central-1"
    assert ":eu-central-1:" in vaults["orders-recovery"]["kmsKeyArn"]
    assert vaults["orders-recovery"]["forceDestroy"] is False
    assert copy["lifecycle"]["deleteAfter"] == 35
    assert rule["schedule"] == "cron(0 14 ? * * *)"


def test_the_copying_role_is_lent_to_the_backup_service_for_one_cluster() -> None:
    found = database()
    role = found.named("orders-snapshots", "aws:iam/role:Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    selection = found.only("aws:backup/selection:Selection")

    assert statement["Principal"] == {"Service": "backup.amazonaws.com"}
    assert "Condition" not in statement
    assert selection.inputs["resources"] == [
        f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:{cluster()['clusterIdentifier']}"
    ]


def test_nothing_is_copied_where_nobody_asks() -> None:
    assert database(Environment.STAGING).of(VAULT) == []


def test_it_says_that_its_disk_has_no_size() -> None:
    outputs = database().only("plinth:database:AwsDatabase").component_outputs or {}

    assert [each.split(":")[0] for each in outputs["unhonoured"]] == [
        "storage_gib",
        "storage_limit_gib",
    ]


@pytest.mark.parametrize("size", Size)
def test_every_size_has_a_machine_that_aurora_has(size: Size) -> None:
    (server,) = servers(size=size, highly_available=False, read_replicas=0).values()

    assert server.inputs["instanceClass"] == AURORA_CLASS[size]


def test_whoever_logs_in_finds_the_cluster() -> None:
    def program() -> dict[str, Any]:
        ref = aurora_database(Environment.DEV).ref
        assert isinstance(ref, AwsDatabaseRef)
        return {"resource": ref.resource_id}

    assert record(program).outputs["resource"].startswith("cluster-")

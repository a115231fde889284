"""RDS: encrypted, private, watched, and without a password in the state."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from components.database import AwsDatabaseRef, DatabaseSpec, Size, create_database
from components.database.machines import AURORA_CLASS, INSTANCE_CLASS
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import (
    ACCOUNT,
    OWNERSHIP,
    ZONES,
    adopted_aws_keys,
    adopted_network,
    aws_cloud,
    aws_database,
    database_outputs,
)

INSTANCE = "aws:rds/instance:Instance"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@cache
def database(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: database_outputs(aws_database(environment, **asked)))


def instance(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    return dict(database(environment, **asked).only(INSTANCE).inputs)


def key_of(recording: Recording, property_: str) -> str:
    (urn,) = recording.only(INSTANCE).property_dependencies[property_]
    return urn.rpartition("::")[2]


def test_the_service_makes_and_keeps_the_password() -> None:
    found = instance()

    assert found["manageMasterUserPassword"] is True
    assert not {"password", "passwordWo"} & found.keys()
    assert key_of(database(), "masterUserSecretKmsKeyId") == "keys-secrets"
    assert database().outputs["secret"].startswith(f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:")


def test_storage_and_insights_are_encrypted_with_the_data_key() -> None:
    assert instance()["storageEncrypted"] is True
    assert key_of(database(), "kmsKeyId") == "keys-data"
    assert key_of(database(), "performanceInsightsKmsKeyId") == "keys-data"


def test_it_has_no_public_address_and_lives_in_the_data_subnets() -> None:
    group = database().only("aws:rds/subnetGroup:SubnetGroup")

    assert instance()["publiclyAccessible"] is False
    assert group.inputs["subnetIds"] == [f"subnet-data-{zone}" for zone in ZONES]


def parameters(version: int = 17) -> dict[str, dict[str, str]]:
    group = database(version=version).only("aws:rds/parameterGroup:ParameterGroup")
    assert group.inputs["family"] == f"postgres{version}"
    return {each["name"]: each for each in group.inputs["parameters"]}


@pytest.mark.parametrize("version", [15, 18])
def test_every_version_refuses_connections_without_tls(version: int) -> None:
    assert parameters(version)["rds.force_ssl"]["value"] == "1"
    assert parameters(version)["ssl_min_protocol_version"]["value"] == "TLSv1.2"


def test_parameters_that_need_a_restart_wait_for_it() -> None:
    assert parameters()["shared_preload_libraries"]["applyMethod"] == "pending-reboot"


def test_the_parameter_group_is_its_own_and_can_be_replaced_before_it_is_deleted() -> None:
    group = database().only("aws:rds/parameterGroup:ParameterGroup")

    assert "name" not in group.inputs
    assert database().only(INSTANCE).property_dependencies["parameterGroupName"] == (group.urn,)


def test_without_named_clients_the_network_may_connect_to_the_one_port() -> None:
    (rule,) = [each for each in database().of(RULE) if each.name.startswith("orders")]

    assert rule.name == "orders-from-network"
    assert rule.inputs["cidrIpv4"] == "10.20.0.0/16"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5432, 5432)
    assert rule.inputs["description"]


def test_named_clients_alone_may_connect() -> None:
    def program() -> None:
        aws_database(Environment.DEV, clients={"api": "sg-0a", "jobs": "sg-0b"})

    found = {each.name: each.inputs for each in record(program).of(RULE)}

    assert {name: each["referencedSecurityGroupId"] for name, each in found.items()} == {
        "orders-from-api": "sg-0a",
        "orders-from-jobs": "sg-0b",
    }
    assert not any("cidrIpv4" in each for each in found.values())


def test_the_server_itself_may_call_nobody() -> None:
    recording = database()

    assert not {"ingress", "egress"} & set(recording.named("orders-firewall", GROUP).inputs)
    assert recording.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == []


def test_log_groups_exist_encrypted_before_the_server_writes_to_them() -> None:
    recording = database()
    identifier = instance()["identifier"]
    groups = [each for each in recording.of(LOG_GROUP) if each.name.startswith("orders")]

    assert {each.inputs["name"] for each in groups} == {
        f"/aws/rds/instance/{identifier}/{log}"
        for log in instance()["enabledCloudwatchLogsExports"]
    }
    assert {each.inputs["retentionInDays"] for each in groups} == {365}
    assert all(each.property_dependencies["kmsKeyId"][0].endswith("::keys-logs") for each in groups)
    assert {each.urn for each in groups} <= set(recording.only(INSTANCE).depends_on)


def test_it_is_watched_from_the_operating_system_up() -> None:
    role = database().named("orders-monitoring", "aws:iam/role:Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]

    assert instance()["monitoringInterval"] == 60
    assert instance()["performanceInsightsEnabled"] is True
    assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("environment", "protected", "standby", "days"),
    [
        (Environment.DEV, False, False, 7),
        (Environment.STAGING, True, True, 14),
        (Environment.PROD, True, True, 35),
    ],
)
def test_each_environment_is_kept_as_safe_as_it_must_be(
    environment: Environment, protected: bool, standby: bool, days: int
) -> None:
    found = instance(environment)

    assert found["deletionProtection"] is protected
    assert found["skipFinalSnapshot"] is not protected
    assert found["multiAz"] is standby
    assert found["backupRetentionPeriod"] == days
    assert found["deleteAutomatedBackups"] is False
    assert found["copyTagsToSnapshot"] is True


def test_a_new_generation_is_a_new_server_with_logs_and_last_snapshot_of_its_own() -> None:
    first, second = instance(), instance(generation=2)

    assert first["identifier"] != second["identifier"]
    assert first["finalSnapshotIdentifier"] != second["finalSnapshotIdentifier"]
    assert first["finalSnapshotIdentifier"].startswith(f"{first['identifier']}-final-sg-")
    assert "--" not in first["finalSnapshotIdentifier"]


def test_upgrades_are_small_and_wait_for_their_window() -> None:
    found = instance()

    assert found["autoMinorVersionUpgrade"] is True
    assert found["allowMajorVersionUpgrade"] is False
    assert found["applyImmediately"] is False
    assert found["engineLifecycleSupport"] == "open-source-rds-extended-support-disabled"


def test_the_disk_grows_up_to_its_limit() -> None:
    found = instance()

    assert found["storageType"] == "gp3"
    assert (found["allocatedStorage"], found["maxAllocatedStorage"]) == (100, 1_000)


def test_iam_may_log_in_and_the_certificate_authority_is_chosen() -> None:
    assert instance()["iamDatabaseAuthenticationEnabled"] is True
    assert instance()["caCertIdentifier"] == "rds-ca-rsa2048-g1"


def test_every_size_has_a_machine() -> None:
    assert INSTANCE_CLASS.keys() == AURORA_CLASS.keys() == set(Size)


REPLICATION = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"


def test_backups_are_copied_to_the_recovery_region_with_the_key_there() -> None:
    copy = database().only(REPLICATION)

    assert copy.name == "orders-recovery"
    assert copy.inputs["region"] == "eu-central-1"
    assert copy.inputs["retentionPeriod"] == 35
    assert copy.property_dependencies["kmsKeyId"][0].endswith("::keys-backup")
    assert copy.property_dependencies["sourceDbInstanceArn"] == (database().only(INSTANCE).urn,)


def test_nothing_is_copied_where_nobody_asks() -> None:
    assert database(Environment.STAGING).of(REPLICATION) == []
    assert database(recoverable_elsewhere=False).of(REPLICATION) == []


def test_copies_without_a_region_for_them_are_refused() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD, recovery_region=None)
        spec = DatabaseSpec.resolve(Environment.PROD, {"database": "orders"})
        create_database(adopted_network(cloud), "orders", spec, keys=adopted_aws_keys(cloud))

    with pytest.raises(pulumi.RunError, match="ground has no recovery_region") as caught:
        record(program)

    assert "set recoverable_elsewhere to false" in str(caught.value)


def test_read_replicas_without_aurora_are_refused() -> None:
    with pytest.raises(pulumi.RunError, match="database orders: read_replicas is 1"):
        database(read_replicas=1)


def test_whoever_logs_in_finds_the_server_its_secret_and_its_door() -> None:
    def program() -> dict[str, Any]:
        ref = aws_database(Environment.PROD).ref
        assert isinstance(ref, AwsDatabaseRef)
        return {
            "resource": ref.resource_id,
            "secret": ref.secret_arn,
            "firewall": ref.firewall_id,
            "username": ref.username,
        }

    found = record(program).outputs

    assert found["username"] == "owner"
    assert found["firewall"].startswith("sg-")
    assert found["resource"].startswith("db-")
    assert found["secret"] == database().outputs["secret"]


def test_everything_bears_the_tags_of_its_owner_and_how_secret_its_data_is() -> None:
    tags = database(data_class="restricted").only(INSTANCE).inputs["tags"]

    assert tags["Owner"] == OWNERSHIP.owner
    assert tags["DataClass"] == "restricted"

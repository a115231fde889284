"""Cloud SQL: encrypted, private, watched, and without any password."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pytest

from components.database import DatabaseSpec, GcpDatabaseRef, Size, create_database
from components.database.machines import TIERS
from components.environment import Environment
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import (
    GCP_ZONES,
    OWNERSHIP,
    PROJECT,
    adopted_gcp_keys,
    adopted_gcp_network,
    database_outputs,
    gcp_cloud,
)
from tests.components.variants_database import gcp_database, replicated_outputs

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
MEMBER = "gcp:projects/iAMMember:IAMMember"
USER = "gcp:sql/user:User"


@cache
def database(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: replicated_outputs(gcp_database(environment, **asked)))


def primary(environment: Environment = Environment.PROD, **asked: Any) -> Registration:
    return database(environment, **asked).named("orders", INSTANCE)


def settings(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    return dict(primary(environment, **asked).inputs["settings"])


def flags() -> dict[str, str]:
    return {each["name"]: each["value"] for each in settings()["databaseFlags"]}


def unhonoured(environment: Environment = Environment.PROD, **asked: Any) -> list[str]:
    root = database(environment, **asked).only("plinth:database:GcpDatabase")
    return list((root.component_outputs or {})["unhonoured"])


def test_there_is_no_password_anywhere() -> None:
    found = [
        name for each in database().resources for name in each.inputs if "password" in name.lower()
    ]

    assert found == []


def test_the_owner_is_a_service_account_that_logs_in_with_its_token() -> None:
    account = database().only("gcp:serviceaccount/account:Account")
    user = database().only(USER)
    email = f"{account.inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com"

    assert 6 <= len(account.inputs["accountId"]) <= 30
    assert user.inputs["type"] == "CLOUD_IAM_SERVICE_ACCOUNT"
    assert user.inputs["name"] == email.removesuffix(".gserviceaccount.com")
    assert user.inputs["databaseRoles"] == ["cloudsqlsuperuser"]
    assert user.inputs["deletionPolicy"] == "ABANDON"
    assert account.urn in user.depends_on
    assert database().outputs["secret"] == email
    assert database().outputs["username"] == user.inputs["name"]


def test_the_owner_may_connect_and_log_in_to_these_servers_alone() -> None:
    members = {each.inputs["role"]: each.inputs for each in database().of(MEMBER)}

    assert members.keys() == {"roles/cloudsql.client", "roles/cloudsql.instanceUser"}
    for each in members.values():
        server = rf"resource\.name == 'projects/{PROJECT}/instances/orders-\w+'"
        replica = rf"resource\.name == 'projects/{PROJECT}/instances/orders-replica-1-\w+'"
        assert each["member"] == f"serviceAccount:{database().outputs['secret']}"
        assert re.fullmatch(
            rf"resource\.service == 'sqladmin\.googleapis\.com' && \({server} \|\| {replica}\)",
            each["condition"]["expression"],
        )


@pytest.mark.parametrize("name", ["a", "orders-of-the-whole-company-ab"])
def test_the_owner_of_a_long_or_short_name_has_an_account(name: str) -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.DEV)
        spec = DatabaseSpec.resolve(Environment.DEV, {"database": "orders"})
        create_database(adopted_gcp_network(cloud), name, spec, keys=adopted_gcp_keys(cloud))

    account = record(program).only("gcp:serviceaccount/account:Account").inputs["accountId"]

    assert 6 <= len(account) <= 30
    assert "--" not in account


def test_it_has_a_private_address_alone_and_refuses_connections_without_tls() -> None:
    for server in database().of(INSTANCE):
        found = server.inputs["settings"]["ipConfiguration"]

        assert found["ipv4Enabled"] is False
        assert found["privateNetwork"] == f"projects/{PROJECT}/global/networks/adopted"
        assert found["sslMode"] == "ENCRYPTED_ONLY"
        assert found["serverCaMode"] == "GOOGLE_MANAGED_CAS_CA"


@pytest.mark.parametrize(
    ("pods", "admitted"),
    [("100.64.0.0/16", ["100.64.0.0/16"]), ("10.64.0.0/16", []), (None, [])],
)
def test_pods_whose_range_google_does_not_admit_by_itself_are_admitted(
    pods: str | None, admitted: list[str]
) -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.PROD)
        network = replace(adopted_gcp_network(cloud), pods_cidr=pods)
        spec = DatabaseSpec.resolve(Environment.PROD, {"database": "orders", "read_replicas": 1})
        create_database(network, "orders", spec, keys=adopted_gcp_keys(cloud))

    servers = record(program).of(INSTANCE)
    found = [
        [
            each["value"]
            for each in server.inputs["settings"]["ipConfiguration"]["authorizedNetworks"]
        ]
        for server in servers
    ]

    assert found == [admitted, admitted]


def test_clients_that_log_in_by_themselves_are_let_in() -> None:
    assert settings()["connectorEnforcement"] == "NOT_REQUIRED"


def test_it_is_encrypted_with_the_data_key() -> None:
    assert primary().inputs["encryptionKeyName"].endswith("/cryptoKeys/data")


def test_the_edition_takes_the_machines_and_every_size_has_one() -> None:
    assert settings()["edition"] == "ENTERPRISE"
    assert TIERS.keys() == set(Size)
    assert settings(size=Size.LARGE)["tier"] == "db-custom-4-16384"


def test_logins_locks_and_changes_are_recorded_and_no_data() -> None:
    assert flags()["cloudsql.iam_authentication"] == "on"
    assert flags()["cloudsql.enable_pgaudit"] == "on"
    assert flags()["pgaudit.log"] == "ddl,role"
    assert {
        flags()[name] for name in ("log_connections", "log_disconnections", "log_lock_waits")
    } == {"on"}
    assert flags()["log_min_duration_statement"] == "-1"


def test_it_is_watched() -> None:
    assert settings()["insightsConfig"]["queryInsightsEnabled"] is True


def test_passwords_that_somebody_makes_nevertheless_are_strong() -> None:
    assert settings()["passwordValidationPolicy"] == {
        "enablePasswordPolicy": True,
        "complexity": "COMPLEXITY_DEFAULT",
        "disallowUsernameSubstring": True,
        "minLength": 16,
        "reuseInterval": 5,
    }


@pytest.mark.parametrize(
    ("environment", "protected", "availability", "backups", "policy"),
    [
        (Environment.DEV, False, "ZONAL", 7, "DELETE"),
        (Environment.STAGING, True, "REGIONAL", 14, "PREVENT"),
        (Environment.PROD, True, "REGIONAL", 35, "PREVENT"),
    ],
)
def test_each_environment_is_kept_as_safe_as_it_must_be(
    environment: Environment, protected: bool, availability: str, backups: int, policy: str
) -> None:
    found = settings(environment)
    kept = found["backupConfiguration"]

    assert found["deletionProtectionEnabled"] is protected
    assert primary(environment).inputs["deletionProtection"] is protected
    assert primary(environment).inputs["deletionPolicy"] == policy
    assert found["finalBackupConfig"]["enabled"] is protected
    assert found["retainBackupsOnDelete"] is protected
    assert found["availabilityType"] == availability
    assert kept["enabled"] is True
    assert kept["pointInTimeRecoveryEnabled"] is True
    assert kept["transactionLogRetentionDays"] == 7
    assert kept["backupRetentionSettings"] == {"retainedBackups": backups, "retentionUnit": "COUNT"}


def test_the_standby_is_in_the_second_zone() -> None:
    assert settings()["locationPreference"] == {"zone": GCP_ZONES[0], "secondaryZone": GCP_ZONES[1]}
    assert settings(highly_available=False)["locationPreference"] == {"zone": GCP_ZONES[0]}


def test_backups_are_kept_in_the_recovery_region_where_somebody_asks() -> None:
    assert settings()["backupConfiguration"]["location"] == "europe-west4"
    assert "location" not in settings(Environment.STAGING)["backupConfiguration"]


def test_copies_without_a_region_for_them_are_refused() -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.PROD, recovery_region=None)
        spec = DatabaseSpec.resolve(Environment.PROD, {"database": "orders"})
        create_database(adopted_gcp_network(cloud), "orders", spec, keys=adopted_gcp_keys(cloud))

    with pytest.raises(pulumi.RunError, match="recoverable_elsewhere is true"):
        record(program)


def test_upkeep_keeps_to_its_windows() -> None:
    found = settings(backup_window="23:30-00:30", maintenance_window="wed:05:00-wed:06:00")

    assert found["backupConfiguration"]["startTime"] == "23:30"
    assert found["maintenanceWindow"] == {"day": 3, "hour": 5, "updateTrack": "stable"}


def test_the_disk_grows_up_to_its_limit_and_is_never_asked_to_shrink() -> None:
    found = settings()

    assert (found["diskSize"], found["diskAutoresizeLimit"]) == (100, 1_000)
    assert found["diskAutoresize"] is True
    assert primary().ignore_changes == ("settings.diskSize",)


def test_read_replicas_follow_the_primary_and_have_no_backups() -> None:
    found = database(read_replicas=2)
    replicas = [each for each in found.of(INSTANCE) if each.name != "orders"]

    assert [each.name for each in replicas] == ["orders-replica-1", "orders-replica-2"]
    for each in replicas:
        assert each.property_dependencies["masterInstanceName"] == (primary(read_replicas=2).urn,)
        assert "backupConfiguration" not in each.inputs["settings"]
        assert each.inputs["deletionProtection"] is True
        assert each.inputs["settings"]["deletionProtectionEnabled"] is True
        assert each.inputs["settings"]["tier"] == settings()["tier"]


def test_a_further_replica_leaves_the_others_alone() -> None:
    def names(count: int) -> list[str]:
        return [each.urn for each in database(read_replicas=count).of(INSTANCE)]

    assert names(3)[:2] == names(1)


def test_reads_have_an_address_of_their_own_where_there_are_replicas() -> None:
    assert database().outputs["reader_host"] != database().outputs["host"]
    assert database(read_replicas=0).outputs["reader_host"] is None


def test_the_database_is_kept_where_another_is_asked_for() -> None:
    found = database().only("gcp:sql/database:Database").inputs

    assert (found["name"], found["charset"], found["collation"]) == (
        "orders",
        "UTF8",
        "en_US.UTF8",
    )
    assert found["deletionPolicy"] == "ABANDON"


def test_every_server_bears_the_labels_of_its_owner() -> None:
    for server in database(data_class="restricted").of(INSTANCE):
        labels = server.inputs["settings"]["userLabels"]

        assert labels["environment"] == OWNERSHIP.environment
        assert labels["data-class"] == "restricted"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"aurora": True}, "aurora"),
        ({"read_replicas": 2}, "read_replicas"),
        ({"backup_days": 30}, "backup_days"),
        ({"recoverable_elsewhere": True}, "recoverable_elsewhere"),
        ({"maintenance_window": "sun:04:30-sun:05:30"}, "maintenance_window"),
    ],
)
def test_it_says_what_it_cannot_give(asked: dict[str, Any], field: str) -> None:
    modest = {"backup_days": 7, "recoverable_elsewhere": False, "log_days": 7}

    told = [each.split(":")[0] for each in unhonoured(Environment.DEV, **{**modest, **asked})]

    assert told == [field, "log_days"]


def test_security_groups_are_refused() -> None:
    with pytest.raises(pulumi.RunError, match="only AWS has; leave clients out"):
        record(lambda: database_outputs(gcp_database(Environment.DEV, clients={"api": "sg-0a"})))


def test_whoever_needs_the_server_finds_it_and_its_owner() -> None:
    def program() -> dict[str, Any]:
        ref = gcp_database(Environment.DEV).ref
        assert isinstance(ref, GcpDatabaseRef)
        return {"name": ref.instance_name, "owner": ref.owner_email}

    found = record(program).outputs

    assert found["name"].startswith("orders-")
    assert found["owner"].endswith(".iam.gserviceaccount.com")

"""Memorystore: encrypted, private, and opened by IAM alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest

from components.cache import CacheSpec, GcpCacheRef, Size
from components.cache.gcp import PRIMARY, address
from components.cache.machines import ENGINE_VERSION, NODE_TYPE
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import GCP_ZONES, OWNERSHIP, PROJECT
from tests.components.variants_cache import cache_outputs, gcp_cache

INSTANCE = "gcp:memorystore/instance:Instance"


@cache
def recorded(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: cache_outputs(gcp_cache(environment, **asked)))


def instance(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    return dict(recorded(environment, **asked).only(INSTANCE).inputs)


def unhonoured(**asked: Any) -> list[str]:
    root = recorded(**asked).only("plinth:cache:GcpCache").component_outputs or {}
    return [each.split(":")[0] for each in root["unhonoured"]]


def test_it_is_encrypted_at_rest_with_the_data_key_and_always_on_the_way() -> None:
    assert instance()["kmsKey"].endswith("/cryptoKeys/data")
    assert instance()["transitEncryptionMode"] == "SERVER_AUTHENTICATION"


def test_iam_decides_who_logs_in() -> None:
    assert instance()["authorizationMode"] == "IAM_AUTH"
    assert recorded().outputs["username"] == "default"
    assert recorded().outputs["secret"].startswith(f"projects/{PROJECT}/locations/europe-west1/")


def test_it_has_an_address_in_the_network_alone() -> None:
    (endpoint,) = instance()["desiredAutoCreatedEndpoints"]

    assert endpoint == {
        "network": f"projects/{PROJECT}/global/networks/adopted",
        "projectId": PROJECT,
    }


@pytest.mark.parametrize(
    ("environment", "replicas", "zones", "seconds", "protected"),
    [
        (Environment.DEV, 0, {"mode": "SINGLE_ZONE", "zone": GCP_ZONES[0]}, 604_800, False),
        (Environment.STAGING, 1, {"mode": "MULTI_ZONE"}, 1_209_600, True),
        (Environment.PROD, 2, {"mode": "MULTI_ZONE"}, 3_024_000, True),
    ],
)
def test_each_environment_is_kept_as_safe_as_it_must_be(
    environment: Environment, replicas: int, zones: dict[str, str], seconds: int, protected: bool
) -> None:
    found = instance(environment)

    assert found["replicaCount"] == replicas
    assert found["zoneDistributionConfig"] == zones
    assert found["automatedBackupConfig"]["retention"] == f"{seconds}s"
    assert found["deletionProtectionEnabled"] is protected
    assert found["deletionPolicy"] == ("PREVENT" if protected else "DELETE")


def test_it_is_one_server_that_every_client_understands() -> None:
    assert instance()["mode"] == "CLUSTER_DISABLED"
    assert instance()["shardCount"] == 1


def test_every_version_and_size_has_an_engine_and_a_machine() -> None:
    bounds = CacheSpec.model_json_schema()["properties"]["version"]

    assert set(ENGINE_VERSION["gcp"]) == set(range(bounds["minimum"], bounds["maximum"] + 1))
    assert NODE_TYPE["gcp"].keys() == set(Size)


def test_a_full_cache_drops_what_was_asked() -> None:
    assert instance(eviction="noeviction")["engineConfigs"] == {"maxmemory-policy": "noeviction"}


def test_upkeep_keeps_to_its_windows() -> None:
    found = instance(backup_window="23:00-00:00", maintenance_window="wed:05:00-wed:06:00")
    schedule = found["automatedBackupConfig"]["fixedFrequencySchedule"]
    (window,) = found["maintenancePolicy"]["weeklyMaintenanceWindows"]

    assert schedule == {"startTime": {"hours": 23}}
    assert (window["day"], window["startTime"]["hours"]) == ("WEDNESDAY", 5)


def test_a_new_generation_is_a_new_server() -> None:
    assert instance()["instanceId"] != instance(generation=2)["instanceId"]
    assert 4 <= len(instance()["instanceId"]) <= 63


def test_reads_have_an_address_of_their_own_where_there_are_replicas() -> None:
    assert recorded().outputs["reader_host"] != recorded().outputs["host"]
    assert "reader_host" not in recorded(Environment.DEV).outputs


def test_a_missing_address_is_told() -> None:
    with pytest.raises(pulumi.RunError, match=f"no connection of type {PRIMARY}"):
        address([], PRIMARY)


def test_it_says_what_it_cannot_give() -> None:
    assert unhonoured() == ["protected", "log_days"]
    assert unhonoured(
        backup_window="02:30-03:30", maintenance_window="sun:04:30-sun:05:30", protected=False
    ) == ["backup_window", "maintenance_window", "log_days"]


def test_it_bears_the_labels_of_its_owner_and_how_secret_its_data_is() -> None:
    labels = instance(data_class="restricted")["labels"]

    assert labels["environment"] == OWNERSHIP.environment
    assert labels["data-class"] == "restricted"


def test_security_groups_are_refused() -> None:
    with pytest.raises(pulumi.RunError, match="only AWS has; leave clients out"):
        record(lambda: cache_outputs(gcp_cache(Environment.DEV, clients={"api": "sg-0a"})))


def test_whoever_connects_finds_the_instance() -> None:
    def program() -> dict[str, Any]:
        ref = gcp_cache(Environment.DEV).ref
        assert isinstance(ref, GcpCacheRef)
        return {"name": ref.instance_name}

    assert record(program).outputs["name"].startswith(f"projects/{PROJECT}/locations/")

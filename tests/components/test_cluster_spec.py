"""What a cluster may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.cluster import Capacity, ClusterSpec, ControlPlaneLog, MachineSize
from components.environment import Environment
from tests.components.variants_cluster import cluster_spec

OFFICE = "198.51.100.0/24"


def refusal(environment: Environment = Environment.PROD, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        cluster_spec(environment, **asked)
    return str(caught.value)


def pool_refusal(**asked: Any) -> str:
    return refusal(pools={"general": {}, "other": asked})


def test_production_is_private_recorded_for_a_year_and_protected() -> None:
    spec = cluster_spec(Environment.PROD)

    assert spec.api_clients == {}
    assert spec.control_plane_logs == tuple(ControlPlaneLog)
    assert spec.log_days == 365
    assert spec.protected


def test_staging_has_the_shape_of_production() -> None:
    spec = cluster_spec(Environment.STAGING)

    assert spec.control_plane_logs == tuple(ControlPlaneLog)
    assert spec.log_days == 30
    assert spec.protected
    assert spec.pools["general"].nodes_at_least == 3


def test_dev_is_small_and_can_be_deleted_but_still_says_who_did_what() -> None:
    spec = cluster_spec(Environment.DEV)

    assert set(spec.control_plane_logs) == {"api", "audit", "authenticator"}
    assert spec.log_days == 7
    assert not spec.protected
    assert spec.pools["general"].machine is MachineSize.SMALL
    assert spec.pools["general"].nodes_at_least == 1


@pytest.mark.parametrize(
    ("environment", "log_days", "least"),
    [(Environment.STAGING, 14, 30), (Environment.PROD, 180, 365)],
)
def test_logs_are_kept_as_long_as_the_environment_demands(
    environment: Environment, log_days: int, least: int
) -> None:
    said = f"log_days is {log_days}, {environment} needs at least {least}"

    assert said in refusal(environment, log_days=log_days)
    assert cluster_spec(environment, log_days=least).log_days == least


@pytest.mark.parametrize("environment", list(Environment))
def test_the_audit_log_cannot_be_left_out(environment: Environment) -> None:
    said = refusal(environment, control_plane_logs=["api", "scheduler"])

    assert "control_plane_logs lacks audit" in said


def test_logs_are_the_same_in_whatever_order_they_are_named() -> None:
    one = cluster_spec(Environment.DEV, control_plane_logs=["audit", "api"])
    other = cluster_spec(Environment.DEV, control_plane_logs=["api", "audit"])

    assert one == other


def test_production_opens_its_api_to_nobody_outside() -> None:
    said = refusal(api_clients={"office": OFFICE})

    assert "api_clients names office, prod allows none" in said


def test_an_environment_nobody_named_is_production() -> None:
    with pytest.raises(ValidationError, match="prod allows none"):
        ClusterSpec.model_validate(
            {
                "version": "1.34",
                "administrators": ["admins"],
                "pools": {"general": {}},
                "api_clients": {"office": OFFICE},
            }
        )


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "128.0.0.0/1", "198.0.0.0/15"])
def test_no_environment_opens_its_api_to_half_the_internet(wide: str) -> None:
    said = refusal(Environment.DEV, api_clients={"office": OFFICE, "everybody": wide})

    assert f"everybody ({wide})" in said
    assert f"office ({OFFICE})" not in said


def test_dev_may_open_its_api_to_an_office() -> None:
    spec = cluster_spec(Environment.DEV, api_clients={"office": OFFICE})

    assert str(spec.api_clients["office"]) == OFFICE


@pytest.mark.parametrize("version", ["1.34.2", "v1.34", "1.9", "2.0", "latest", 1.34])
def test_a_version_is_a_minor_version_in_quotes(version: object) -> None:
    assert "version" in refusal(version=version)


def test_somebody_has_to_administer_the_cluster() -> None:
    assert "administrators" in refusal(administrators=())


def test_an_administrator_is_named_once() -> None:
    said = refusal(administrators=("admins", "platform", "admins"))

    assert "administrators names admins twice" in said


def test_a_pool_cannot_shrink_below_its_least() -> None:
    said = pool_refusal(nodes_at_least=4, nodes_at_most=3)

    assert "nodes_at_most is 3, below nodes_at_least 4" in said


def test_a_taint_is_named_once_per_effect() -> None:
    spot = {"key": "spot"}

    assert "taints names spot (no_schedule) twice" in pool_refusal(taints=[spot, spot])
    assert cluster_spec(
        Environment.PROD,
        pools={"general": {}, "other": {"taints": [spot, {**spot, "effect": "no_execute"}]}},
    )


@pytest.mark.parametrize(
    "pool",
    [
        {"taints": [{"key": "batch"}]},
        {"taints": [{"key": "batch", "effect": "no_execute"}]},
        {"nodes_at_least": 0},
    ],
)
def test_system_pods_need_a_pool_that_takes_them(pool: dict[str, Any]) -> None:
    said = refusal(pools={"batch": pool})

    assert "pools batch all have taints or no nodes" in said


def test_a_taint_that_only_discourages_leaves_room_for_system_pods() -> None:
    taint = {"key": "batch", "effect": "prefer_no_schedule"}

    assert cluster_spec(Environment.PROD, pools={"batch": {"taints": [taint]}})


@pytest.mark.parametrize("name", ["Spot", "spot_", "-spot", "spot--big", "1spot", "s" * 21])
def test_a_pool_is_named_so_that_resources_can_bear_its_name(name: str) -> None:
    assert name in refusal(pools={"general": {}, name: {}})


def test_an_unknown_key_of_a_pool_is_refused_with_its_path() -> None:
    assert "pools.other.machin" in pool_refusal(machin="large")


def test_capacity_may_be_spot_anywhere() -> None:
    spec = cluster_spec(
        Environment.PROD, pools={"general": {}, "burst": {"capacity": "spot", "nodes_at_least": 0}}
    )

    assert spec.pools["burst"].capacity is Capacity.SPOT


@pytest.mark.parametrize("asked", [{"limit_cpus": 3}, {"limit_memory_gib": 15}])
def test_provisioning_has_room_for_a_node(asked: dict[str, int]) -> None:
    assert next(iter(asked)) in refusal(provisioning=asked)

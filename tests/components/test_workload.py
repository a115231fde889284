from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.network.plan import Tier
from components.workload import HOST, NEIGHBOURS, Flow, Health, Volume
from components.workload.problems import FILE_LIMIT_BYTES
from tests.components.workloads import SHOP, shop

INTO_SHOP: dict[str, Any] = {"target": "shop", "port": "http"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"environment": {"DB_PASSWORD": "x"}}, "environment.DB_PASSWORD looks like a secret"),
        ({"environment": {"api_token": "x"}}, "environment.api_token looks like a secret"),
        ({"secret_files": {"/etc/shop/shop.yml": "x"}}, "in files and in secret_files"),
        ({"files": {"/etc/shop.yml": "x"}}, "/etc/shop.yml is directly in /etc"),
        ({"files": {"/etc/shop/a": ""}}, "/etc/shop/a has 0 bytes"),
        ({"files": {"/etc/shop/a": "x" * (FILE_LIMIT_BYTES + 1)}}, "has 512001 bytes"),
        ({"files": {"/etc/shop/../a": "x"}}, "is not an absolute path"),
        ({"files": {"shop/a": "x"}}, "is not an absolute path"),
        ({"scratch_mib": {"/var/lib/shop/tmp": 1}}, "mounts must not overlap"),
        ({"volumes": {"data": Volume(path="/etc/shop")}}, "mounts must not overlap"),
        ({"scratch_mib": {"/var/cache/shop": 0}}, "scratch_mib./var/cache/shop is 0"),
        ({"replicas": 0}, "replicas is 0"),
    ],
)
def test_a_contradictory_workload_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError, match="is not valid") as refused:
        shop(**changes)

    assert problem in str(refused.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(pulumi.RunError, match="is not valid") as refused:
        shop(environment={"TOKEN": "x"}, files={"/etc/a": ""}, replicas=0)

    assert len(str(refused.value).splitlines()) == 5


def test_a_variable_that_names_a_secret_file_is_allowed() -> None:
    workload = shop(environment={"DB_PASSWORD_FILE": "/run/secrets/password"})

    assert workload.environment == {"DB_PASSWORD_FILE": "/run/secrets/password"}


def test_flows_decide_which_networks_are_joined_and_what_is_published() -> None:
    assert SHOP.tiers == (Tier.DATA, Tier.PRIVATE, Tier.PUBLIC)
    assert SHOP.published_ports("shop") == {"http": 18080}
    assert shop(flows=()).tiers == ()


@pytest.mark.parametrize("source", ["watch", NEIGHBOURS])
def test_only_a_flow_from_the_host_publishes(source: str) -> None:
    with pytest.raises(ValidationError, match="published_port is 8080"):
        Flow(source=source, tier=Tier.PUBLIC, published_port=8080, **INTO_SHOP)


def test_a_flow_from_the_host_names_its_port_on_the_host() -> None:
    with pytest.raises(ValidationError, match="published_port is None"):
        Flow(source=HOST, tier=Tier.PUBLIC, **INTO_SHOP)


@pytest.mark.parametrize("tier", [Tier.PRIVATE, Tier.DATA])
def test_the_host_reaches_the_public_tier_alone(tier: Tier) -> None:
    with pytest.raises(ValidationError, match=f"tier is {tier}"):
        Flow(source=HOST, tier=tier, published_port=8080, **INTO_SHOP)


def test_a_privileged_port_is_not_published() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1024"):
        Flow(source=HOST, tier=Tier.PUBLIC, published_port=80, **INTO_SHOP)


def test_a_flow_between_others_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="does not concern it; give it to shop"):
        SHOP.check_flows("till")


def test_a_flow_to_a_port_that_does_not_exist_is_refused() -> None:
    flow = Flow(source="watch", target="shop", port="ftp", tier=Tier.PRIVATE)

    with pytest.raises(pulumi.RunError, match="calls the port 'ftp'; ports has http, metrics"):
        shop(flows=(flow,)).check_flows("shop")


def test_a_workload_has_as_long_to_start_as_its_checks_may_fail() -> None:
    health = Health(
        command=("check",), start_seconds=20, retries=4, interval_seconds=10, timeout_seconds=5
    )

    assert health.deadline_seconds == 80

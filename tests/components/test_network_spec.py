"""What a network may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.network import FlowLogStore, Nat, NetworkSpec


def refusal(**asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        NetworkSpec.resolve(Environment.PROD, {"cidr": "10.0.0.0/16", **asked})
    return str(caught.value)


def test_production_pays_for_a_gateway_per_zone_and_a_year_of_records() -> None:
    spec = NetworkSpec.resolve(Environment.PROD, {"cidr": "10.0.0.0/16"})

    assert spec.nat is Nat.PER_ZONE
    assert spec.private_endpoints
    assert spec.flow_log_store is FlowLogStore.BUCKET
    assert spec.flow_log_days == 365
    assert spec.protected


@pytest.mark.parametrize(
    ("environment", "days", "protected"),
    [(Environment.DEV, 7, False), (Environment.STAGING, 30, True)],
)
def test_the_others_share_one_gateway_and_log_to_a_group(
    environment: Environment, days: int, protected: bool
) -> None:
    spec = NetworkSpec.resolve(environment, {"cidr": "10.0.0.0/16"})

    assert spec.nat is Nat.SINGLE
    assert not spec.private_endpoints
    assert spec.flow_log_store is FlowLogStore.LOG_GROUP
    assert spec.flow_log_days == days
    assert spec.protected is protected


def test_the_stack_file_has_the_last_word() -> None:
    spec = NetworkSpec.resolve(Environment.DEV, {"cidr": "10.0.0.0/16", "nat": "per_zone"})

    assert spec.nat is Nat.PER_ZONE


@pytest.mark.parametrize("cidr", ["8.8.0.0/16", "172.15.0.0/16", "100.64.0.0/16"])
def test_a_public_range_is_refused(cidr: str) -> None:
    assert f"{cidr} is not a private range" in refusal(cidr=cidr)


def test_a_range_that_is_too_small_is_refused_with_one_that_fits() -> None:
    message = refusal(cidr="10.1.3.0/24")

    assert "10.1.3.0/24 is too small for three tiers in up to six zones" in message
    assert "10.1.0.0/22 would fit" in message


def test_a_range_that_is_too_large_is_refused_with_one_that_fits() -> None:
    assert "10.0.0.0/16 would fit" in refusal(cidr="10.0.0.0/8")


def test_a_range_with_bits_below_its_prefix_is_refused() -> None:
    assert "cidr" in refusal(cidr="10.0.0.1/16")


def test_a_range_that_overlaps_a_peer_is_refused_with_the_peers_name() -> None:
    message = refusal(peers={"office": "10.0.128.0/20", "staging": "10.1.0.0/16"})

    assert "cidr 10.0.0.0/16 overlaps office (10.0.128.0/20)" in message
    assert "staging" not in message.splitlines()[2]


@pytest.mark.parametrize("days", [0, 8, 366])
def test_logs_are_kept_for_a_term_that_the_cloud_knows(days: int) -> None:
    assert "flow_log_days" in refusal(flow_log_days=days)


@pytest.mark.parametrize("value", [False, 7, 3.5, ["10.0.0.0/16"]])
def test_a_range_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="must be a text such as"):
        NetworkSpec.resolve(Environment.PROD, {"cidr": value})


@pytest.mark.parametrize(
    ("environment", "days", "least"), [(Environment.STAGING, 14, 30), (Environment.PROD, 180, 365)]
)
def test_records_are_kept_as_long_as_the_environment_demands(
    environment: Environment, days: int, least: int
) -> None:
    with pytest.raises(ValidationError) as caught:
        NetworkSpec.resolve(environment, {"cidr": "10.0.0.0/16", "flow_log_days": days})

    assert f"flow_log_days is {days}, {environment} needs at least {least}" in str(caught.value)


def test_pods_take_part_of_the_network_unless_they_have_a_range() -> None:
    spec = NetworkSpec.resolve(Environment.PROD, {"cidr": "10.0.0.0/16"})

    assert spec.pods_cidr is None
    assert str(spec.services_cidr) == "172.20.0.0/16"


@pytest.mark.parametrize("pods", ["100.64.0.0/12", "100.127.240.0/20", "10.1.0.0/16"])
def test_pods_may_have_a_shared_or_a_private_range(pods: str) -> None:
    spec = NetworkSpec.resolve(Environment.PROD, {"cidr": "10.0.0.0/16", "pods_cidr": pods})

    assert str(spec.pods_cidr) == pods


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"pods_cidr": "8.0.0.0/16"}, "8.0.0.0/16 is not a private range"),
        ({"pods_cidr": "100.64.0.0/11"}, "100.64.0.0/11 must be between /12 and /20"),
        ({"pods_cidr": "100.64.0.0/21"}, "100.64.0.0/21 must be between /12 and /20"),
        ({"services_cidr": "100.64.0.0/16"}, "100.64.0.0/16 is not a private range"),
        ({"services_cidr": "10.0.0.0/11"}, "10.0.0.0/11 must be between /12 and /24"),
        ({"services_cidr": "172.20.0.0/25"}, "172.20.0.0/25 must be between /12 and /24"),
        ({"pods_cidr": "10.0.128.0/17"}, "pods_cidr 10.0.128.0/17 overlaps cidr (10.0.0.0/16)"),
        (
            {"services_cidr": "10.0.0.0/20"},
            "services_cidr 10.0.0.0/20 overlaps cidr (10.0.0.0/16)",
        ),
        (
            {"pods_cidr": "10.1.0.0/16", "services_cidr": "10.1.0.0/20"},
            "services_cidr 10.1.0.0/20 overlaps pods_cidr (10.1.0.0/16)",
        ),
        (
            {"pods_cidr": "100.64.0.0/16", "peers": {"vpn": "100.64.9.0/24"}},
            "pods_cidr 100.64.0.0/16 overlaps peers vpn (100.64.9.0/24)",
        ),
        (
            {"peers": {"office": "172.16.0.0/12"}},
            "services_cidr 172.20.0.0/16 overlaps peers office (172.16.0.0/12)",
        ),
        (
            {"pods_cidr": "192.168.0.0/20"},
            "cannot stand beside cidr 10.0.0.0/16: choose one inside 100.64.0.0/10 or 10.0.0.0/8",
        ),
    ],
)
def test_a_range_for_pods_or_services_that_does_not_fit_is_refused(
    asked: dict[str, Any], said: str
) -> None:
    assert said in refusal(**asked)

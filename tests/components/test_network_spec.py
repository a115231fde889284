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

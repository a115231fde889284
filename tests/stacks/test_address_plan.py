"""Networks of different stacks never share an address."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.address_plan import overlaps, read_plan
from stacks.settings import read_stack_file
from tests.stacks.files import ROOT, STACKS, stack_path

NETWORKS = st.builds(
    lambda address, prefix: IPv4Network((address, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


def test_the_committed_stacks_share_no_address() -> None:
    plan = read_plan(ROOT)

    assert {*plan} == {*STACKS}
    assert overlaps(plan) == []


def test_the_plan_holds_the_network_each_stack_asks_for() -> None:
    asked = {stack: read_stack_file(stack_path(stack)).network.cidr for stack in STACKS}

    assert read_plan(ROOT) == asked


def test_a_network_inside_another_overlaps_it() -> None:
    plan = {
        "dev": IPv4Network("10.0.0.0/20"),
        "prod": IPv4Network("10.0.0.0/16"),
        "staging": IPv4Network("10.1.0.0/16"),
    }

    assert overlaps(plan) == [("dev", "prod")]


@given(NETWORKS, NETWORKS)
def test_networks_overlap_exactly_when_they_share_an_address(
    one: IPv4Network, other: IPv4Network
) -> None:
    first, last = one.network_address, one.broadcast_address
    apart = other.broadcast_address < first or other.network_address > last

    assert overlaps({"a": one, "b": other}) == ([] if apart else [("a", "b")])


@pytest.mark.parametrize(
    "text", ["config: [", "config: 1", "config: {plinth:settings: {network: x}}"]
)
def test_a_stack_file_that_is_wrong_is_no_part_of_the_plan(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)

    assert read_plan(tmp_path) == {}

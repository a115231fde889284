"""What an address plan holds, and what it leaves free."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.plan import CloudKind, plan, pod_capacity
from components.network.space import GroundKind, free, taken
from tests.components.test_network_plan import MANY, NETWORKS, PODS, PODS_OR_NONE, SOME_ZONES, ZONES

WHOLE = IPv4Network("10.0.0.0/16")
SMALL = IPv4Network("10.0.0.0/22")
OWN = IPv4Network("100.64.0.0/16")
THREE = ZONES[:3]


def capacity(
    kind: CloudKind, network: IPv4Network, pods: IPv4Network | None, pods_per_node: int
) -> int:
    return pod_capacity(network, THREE, kind=kind, pods_per_node=pods_per_node, pods_cidr=pods)


@pytest.mark.parametrize(
    ("pods", "pods_per_node", "nodes"),
    [(None, 110, 64), (None, 64, 128), (None, 32, 256), (OWN, 110, 256), (OWN, 32, 1_024)],
)
def test_on_google_cloud_a_node_takes_the_next_power_of_two_from_twice_its_pods(
    pods: IPv4Network | None, pods_per_node: int, nodes: int
) -> None:
    assert capacity("gcp", WHOLE, pods, pods_per_node) == nodes


def test_on_google_cloud_the_nodes_need_addresses_too() -> None:
    pods = IPv4Network("100.64.0.0/12")

    assert capacity("gcp", SMALL, pods, 32) == 256 - 4


@pytest.mark.parametrize(
    ("pods", "pods_per_node", "nodes_per_zone"),
    # 254 blocks of 16 addresses in a /20, 510 in a /19; a node takes 7, 5 or 3.
    [(None, 110, 36), (None, 64, 50), (None, 32, 84), (OWN, 110, 72), (OWN, 32, 170)],
)
def test_on_aws_a_node_takes_blocks_of_sixteen_addresses(
    pods: IPv4Network | None, pods_per_node: int, nodes_per_zone: int
) -> None:
    assert capacity("aws", WHOLE, pods, pods_per_node) == 3 * nodes_per_zone


def test_on_aws_a_range_wider_than_a_vpc_takes_holds_no_more() -> None:
    wide = IPv4Network("100.64.0.0/12")

    assert capacity("aws", WHOLE, wide, 110) == capacity("aws", WHOLE, OWN, 110)


def test_a_small_network_holds_hardly_a_node() -> None:
    assert capacity("aws", SMALL, None, 110) == 0
    assert capacity("gcp", SMALL, None, 110) == 1


@MANY
@given(NETWORKS, PODS, st.sampled_from([32, 64, 110]), st.sampled_from(["aws", "gcp"]))
def test_a_range_for_pods_alone_never_holds_less_than_its_share(
    network: IPv4Network, pods: IPv4Network, pods_per_node: int, kind: CloudKind
) -> None:
    nodes = capacity(kind, network, pods, pods_per_node)

    assert nodes * pods_per_node <= pods.num_addresses
    assert nodes >= min(3, capacity(kind, network, pods, 110))


@MANY
@given(NETWORKS, PODS_OR_NONE, SOME_ZONES, st.sampled_from(["aws", "gcp", "docker"]))
def test_what_is_taken_and_what_is_free_make_up_the_network(
    network: IPv4Network, pods: IPv4Network | None, zones: list[str], kind: GroundKind
) -> None:
    inside = [
        r for r in taken(network, zones, kind=kind, pods_cidr=pods).values() if r.subnet_of(network)
    ]
    left = free(network, inside)

    assert not any(one.overlaps(other) for one in left for other in inside)
    assert list(collapse_addresses([*left, *inside])) == [network]
    assert left == list(collapse_addresses(left))


def test_two_zones_that_could_be_taken_and_a_part_of_each_are_reported_free() -> None:
    ranges = taken(WHOLE, ZONES, kind="aws", pods_cidr=None).values()

    assert free(WHOLE, ranges)[-1] == IPv4Network("10.0.192.0/18")
    assert IPv4Network("10.0.24.0/21") in free(WHOLE, ranges)


def test_a_range_that_is_taken_whole_has_nothing_free() -> None:
    assert free(SMALL, [WHOLE]) == []
    assert free(SMALL, [OWN]) == [SMALL]


def test_what_is_taken_is_named_after_its_role() -> None:
    assert set(taken(WHOLE, ["euw1-az2"], kind="aws", pods_cidr=OWN)) == {
        "private-euw1-az2",
        "public-euw1-az2",
        "data-euw1-az2",
        "pods-euw1-az2",
    }
    assert set(taken(WHOLE, ["europe-west1-b"], kind="gcp", pods_cidr=None)) == {
        "private",
        "public",
        "data",
        "services_access",
        "pods",
    }
    assert set(taken(WHOLE, [], kind="docker", pods_cidr=None)) == {"private", "public", "data"}
    assert taken(WHOLE, [], kind="kubernetes", pods_cidr=None) == {}
    assert list(taken(WHOLE, [], kind="docker", pods_cidr=None).values()) == list(
        plan(WHOLE, ["local-1"]).values()
    )

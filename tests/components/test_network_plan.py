"""The address plan: a range belongs to its zone and tier and never moves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from components.network.plan import NARROWEST_PREFIX, WIDEST_PREFIX, Tier, plan, subnet_range

ZONES = [f"euw1-az{number}" for number in range(1, 7)]

NETWORKS = st.builds(
    lambda address, prefix: IPv4Network((int(address), prefix), strict=False),
    st.integers(int(IPv4Address("10.0.0.0")), int(IPv4Address("10.255.255.255"))),
    st.integers(WIDEST_PREFIX, NARROWEST_PREFIX),
)
SOME_ZONES = st.lists(st.sampled_from(ZONES), unique=True)
SOME_TIERS = st.lists(st.sampled_from(list(Tier)), unique=True)


@given(NETWORKS, SOME_ZONES, SOME_ZONES, SOME_TIERS, SOME_TIERS)
def test_adding_zones_or_tiers_moves_no_range(
    network: IPv4Network,
    zones: list[str],
    more_zones: list[str],
    tiers: list[Tier],
    more_tiers: list[Tier],
) -> None:
    before = plan(network, zones, tiers)
    after = plan(network, more_zones + zones, more_tiers + tiers)

    assert before.items() <= after.items()


@given(NETWORKS)
def test_ranges_lie_inside_the_network_and_never_overlap(network: IPv4Network) -> None:
    ranges = plan(network, ZONES).values()

    assert all(each.subnet_of(network) for each in ranges)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))


@given(NETWORKS)
def test_every_range_is_one_that_a_cloud_accepts(network: IPv4Network) -> None:
    assert all(each.prefixlen <= 28 for each in plan(network, ZONES).values())


@given(NETWORKS)
def test_a_quarter_of_the_network_stays_free_for_growth(network: IPv4Network) -> None:
    last_slots = list(network.subnets(prefixlen_diff=3))[6:]

    assert not any(
        each.overlaps(slot) for each in plan(network, ZONES).values() for slot in last_slots
    )


def test_the_plan_of_a_whole_network_is_the_documented_one() -> None:
    network = IPv4Network("10.0.0.0/16")

    assert subnet_range(network, "euw1-az1", Tier.PRIVATE) == IPv4Network("10.0.0.0/20")
    assert subnet_range(network, "euw1-az1", Tier.PUBLIC) == IPv4Network("10.0.16.0/22")
    assert subnet_range(network, "euw1-az1", Tier.DATA) == IPv4Network("10.0.20.0/22")
    assert subnet_range(network, "euw1-az2", Tier.PRIVATE) == IPv4Network("10.0.32.0/20")
    assert subnet_range(network, "euw1-az6", Tier.DATA) == IPv4Network("10.0.180.0/22")

"""The address plan: a range belongs to its zone and tier and never moves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from components.network.plan import (
    NARROWEST_PREFIX,
    WIDEST_PREFIX,
    RegionalPlan,
    Tier,
    first_within,
    plan,
    pod_range,
    regional_plan,
    subnet_range,
)
from components.network.space import taken

ZONES = [f"euw1-az{number}" for number in range(1, 7)]

NETWORKS = st.builds(
    lambda address, prefix: IPv4Network((int(address), prefix), strict=False),
    st.integers(int(IPv4Address("10.0.0.0")), int(IPv4Address("10.255.255.255"))),
    st.integers(WIDEST_PREFIX, NARROWEST_PREFIX),
)
MANY = settings(max_examples=200, deadline=None)
PODS = st.builds(
    lambda address, prefix: IPv4Network((int(address), prefix), strict=False),
    st.integers(int(IPv4Address("100.64.0.0")), int(IPv4Address("100.127.255.255"))),
    st.integers(12, 20),
)
PODS_OR_NONE = st.none() | PODS
SOME_ZONES = st.lists(st.sampled_from(ZONES), unique=True)
SOME_TIERS = st.lists(st.sampled_from(list(Tier)), unique=True)


@MANY
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


@MANY
@given(NETWORKS)
def test_ranges_lie_inside_the_network_and_never_overlap(network: IPv4Network) -> None:
    ranges = plan(network, ZONES).values()

    assert all(each.subnet_of(network) for each in ranges)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))


@MANY
@given(NETWORKS)
def test_every_range_is_one_that_a_cloud_accepts(network: IPv4Network) -> None:
    assert all(each.prefixlen <= 28 for each in plan(network, ZONES).values())


@MANY
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


@MANY
@given(NETWORKS, PODS_OR_NONE, SOME_ZONES, SOME_ZONES)
def test_adding_or_removing_zones_moves_no_range_of_a_stack_on_aws(
    network: IPv4Network, pods: IPv4Network | None, zones: list[str], more_zones: list[str]
) -> None:
    before = taken(network, zones, kind="aws", pods_cidr=pods)
    after = taken(network, more_zones + zones, kind="aws", pods_cidr=pods)

    assert before.items() <= after.items()


@MANY
@given(NETWORKS, PODS, SOME_ZONES)
def test_a_range_for_pods_moves_no_other_range(
    network: IPv4Network, pods: IPv4Network, zones: list[str]
) -> None:
    before = taken(network, zones, kind="aws", pods_cidr=None)

    assert before.items() <= taken(network, zones, kind="aws", pods_cidr=pods).items()
    assert regional_plan(network).data == regional_plan(network, pods).data


@MANY
@given(NETWORKS, PODS_OR_NONE)
def test_no_range_of_a_stack_overlaps_another(
    network: IPv4Network, pods: IPv4Network | None
) -> None:
    for ranges in (
        taken(network, ZONES, kind="aws", pods_cidr=pods),
        taken(network, ZONES, kind="gcp", pods_cidr=pods),
    ):
        assert not any(one.overlaps(other) for one, other in combinations(ranges.values(), 2))
        assert all(
            each.subnet_of(pods) if pods and role.startswith("pods") else each.subnet_of(network)
            for role, each in ranges.items()
        )


@MANY
@given(PODS)
def test_a_zone_gives_its_pods_as_much_as_a_cloud_takes(pods: IPv4Network) -> None:
    for zone in ZONES:
        assert WIDEST_PREFIX < pod_range(pods, zone).prefixlen <= 28
        assert pod_range(pods, zone).subnet_of(first_within(pods, WIDEST_PREFIX))


@MANY
@given(NETWORKS)
def test_pods_without_a_range_of_their_own_have_the_slots_no_zone_can_take(
    network: IPv4Network,
) -> None:
    pods = regional_plan(network).pods

    assert not any(each.overlaps(pods) for each in plan(network, ZONES).values())


@MANY
@given(NETWORKS)
def test_every_range_on_google_cloud_is_as_large_as_its_service_demands(
    network: IPv4Network,
) -> None:
    ranges = regional_plan(network)

    assert ranges.public.prefixlen <= 26  # proxies of regional load balancers
    assert ranges.services_access.prefixlen <= 24  # one region of Cloud SQL
    assert ranges.data.prefixlen <= 29


def test_the_plan_of_a_whole_network_on_google_cloud_is_the_documented_one() -> None:
    assert regional_plan(IPv4Network("10.0.0.0/16")) == RegionalPlan(
        private=IPv4Network("10.0.0.0/18"),
        data=IPv4Network("10.0.64.0/19"),
        public=IPv4Network("10.0.96.0/20"),
        services_access=IPv4Network("10.0.128.0/18"),
        pods=IPv4Network("10.0.192.0/18"),
    )


def test_pods_have_one_slot_per_zone_in_their_own_range() -> None:
    pods = IPv4Network("100.64.0.0/16")

    assert pod_range(pods, "euw1-az1") == IPv4Network("100.64.0.0/19")
    assert pod_range(pods, "euw1-az6") == IPv4Network("100.64.160.0/19")

"""Ranges of different stacks never share an address, and what is proposed instead is free."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from ipaddress import IPv4Network
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.network.spec import NetworkSpec
from stacks.address_plan import (
    Claim,
    Overlap,
    StackClaims,
    claims_of,
    clashes,
    overlaps,
    proposals,
    read_plan,
    taken,
)
from stacks.settings import read_stack_file
from stacks.stackfile import SETTINGS_KEY
from stacks.stackfile import read as read_file
from tests.stacks.files import ROOT, STACKS, stack_path

NETWORKS = st.builds(
    lambda address, prefix: IPv4Network((address, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
MANY = settings(max_examples=200, deadline=None)
OFFICE = "10.99.0.0/16"


def ranges(block: str, widest: int, narrowest: int) -> st.SearchStrategy[str]:
    """Ranges of these sizes at the beginning of a block, where they meet soon."""
    within = IPv4Network(block)
    return st.builds(
        lambda offset, prefix: str(
            IPv4Network((int(within.network_address) + offset, prefix), strict=False)
        ),
        st.integers(0, within.num_addresses - 1),
        st.integers(widest, narrowest),
    )


def is_valid(network: Mapping[str, Any]) -> bool:
    try:
        NetworkSpec.model_validate(network)
    except ValidationError:
        return False
    return True


ASKED = st.fixed_dictionaries(
    {"cidr": ranges("10.0.0.0/13", 16, 22)},
    optional={
        "pods_cidr": ranges("100.64.0.0/11", 12, 20) | ranges("10.4.0.0/14", 15, 20),
        "services_cidr": ranges("172.16.0.0/13", 13, 20) | ranges("10.0.0.0/12", 14, 20),
        "peers": st.dictionaries(
            st.sampled_from(["one", "two", "office"]), ranges("10.0.0.0/13", 16, 22), max_size=2
        ),
    },
).filter(is_valid)
SETS = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four", "five"]), ASKED, min_size=2, max_size=5
)


def plan_of(networks: Mapping[str, Mapping[str, Any]]) -> dict[str, StackClaims]:
    return {stack: claims_of(stack, {"network": network}) for stack, network in networks.items()}


def share_an_address(one: IPv4Network, other: IPv4Network) -> bool:
    first, last = one.network_address, one.broadcast_address
    return not (other.broadcast_address < first or other.network_address > last)


def found(networks: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [
        (each.one.stack, each.one.setting, each.other.stack, each.other.setting)
        for each in overlaps(plan_of(networks))
    ]


def write(root: Path, stack: str, network: Mapping[str, Any]) -> Path:
    path = root / f"Pulumi.{stack}.yaml"
    path.write_text(yaml.safe_dump({"config": {SETTINGS_KEY: {"network": dict(network)}}}))
    return path


def told(path: Path) -> list[str]:
    return [problem.text({}) for problem in clashes(read_file(path))]


def test_the_committed_stacks_share_no_address() -> None:
    plan = read_plan(ROOT)

    assert {*plan} == {*STACKS}
    assert overlaps(plan) == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_holds_the_ranges_each_stack_asks_for(stack: str) -> None:
    network = read_stack_file(stack_path(stack)).network
    owned = {"cidr": network.cidr, "pods_cidr": network.pods_cidr}
    claims = read_plan(ROOT)[stack]

    assert claims.owned == tuple(Claim(stack, key, each) for key, each in owned.items() if each)
    assert claims.services == Claim(stack, "services_cidr", network.services_cidr)
    assert claims.peers == network.peers


def test_a_network_inside_another_overlaps_it() -> None:
    networks = {
        "dev": {"cidr": "10.0.0.0/20"},
        "prod": {"cidr": "10.0.0.0/16"},
        "staging": {"cidr": "10.1.0.0/16"},
    }

    assert found(networks) == [("dev", "cidr", "prod", "cidr")]


@pytest.mark.parametrize(
    ("one", "other", "setting"),
    [
        ({"pods_cidr": "100.64.0.0/14"}, {"pods_cidr": "100.66.0.0/16"}, "pods_cidr"),
        ({"pods_cidr": "10.2.0.0/16"}, {"cidr": "10.2.128.0/20"}, "cidr"),
    ],
)
def test_pods_stay_clear_of_pods_and_networks_of_other_stacks(
    one: Mapping[str, str], other: Mapping[str, str], setting: str
) -> None:
    networks = {"dev": {"cidr": "10.0.0.0/16", **one}, "prod": {"cidr": "10.1.0.0/16", **other}}

    assert found(networks) == [("dev", "pods_cidr", "prod", setting)]


def test_stacks_may_share_their_range_of_services() -> None:
    services = {"services_cidr": "172.20.0.0/16"}
    networks = {
        "dev": {"cidr": "10.0.0.0/16", "peers": {"prod": "10.1.0.0/16"}, **services},
        "prod": {"cidr": "10.1.0.0/16", **services},
    }

    assert found(networks) == []


@pytest.mark.parametrize("peers", [{"prod": OFFICE}, {"shop": "172.20.0.0/17"}])
def test_services_stay_clear_of_peers_that_know_each_other_by_name_or_address(
    peers: Mapping[str, str],
) -> None:
    services = {"cidr": "10.0.0.0/16", "services_cidr": "172.20.0.0/16"}
    network = {"cidr": "172.20.0.0/16", "services_cidr": "10.50.0.0/16"}

    assert found({"dev": services, "prod": network}) == []
    assert found({"dev": {**services, "peers": peers}, "prod": network}) == [
        ("dev", "services_cidr", "prod", "cidr")
    ]
    assert found({"prod": network, "dev": {**services, "peers": peers}}) == [
        ("prod", "cidr", "dev", "services_cidr")
    ]


def test_a_peer_is_no_clash_for_it_may_be_another_stack() -> None:
    networks = {
        "dev": {"cidr": "10.0.0.0/16", "peers": {"prod": "10.1.0.0/16", "office": OFFICE}},
        "prod": {"cidr": "10.1.0.0/16", "peers": {"office": OFFICE}},
    }

    assert found(networks) == []


@given(NETWORKS, NETWORKS)
def test_networks_overlap_exactly_when_they_share_an_address(
    one: IPv4Network, other: IPv4Network
) -> None:
    networks = {"a": {"cidr": str(one)}, "b": {"cidr": str(other)}}
    clash = [("a", "cidr", "b", "cidr")]

    assert found(networks) == (clash if share_an_address(one, other) else [])


@MANY
@given(SETS)
def test_an_overlap_is_found_exactly_where_ranges_of_two_stacks_share_an_address(
    networks: dict[str, dict[str, Any]],
) -> None:
    alone = {stack: {**network, "peers": {}} for stack, network in networks.items()}
    plan = plan_of(alone)
    owned = {
        stack: [
            Claim(stack, key, IPv4Network(network[key]))
            for key in ("cidr", "pods_cidr")
            if key in network
        ]
        for stack, network in alone.items()
    }
    expected = {
        Overlap(mine, theirs)
        for one, other in combinations(plan, 2)
        for mine, theirs in product(owned[one], owned[other])
        if share_an_address(mine.range, theirs.range)
    }
    told_once = overlaps(plan)

    assert {*told_once} == expected
    assert len(told_once) == len(expected)


@MANY
@given(SETS)
def test_a_proposal_may_be_asked_for_and_clashes_with_nothing(
    networks: dict[str, dict[str, Any]],
) -> None:
    plan = plan_of(networks)
    for claim in {claim for each in overlaps(plan) for claim in (each.one, each.other)}:
        for proposal in proposals(plan, claim):
            changed = deepcopy(networks)
            changed[claim.stack][claim.setting] = str(proposal)
            left = [
                clash
                for clash in found(changed)
                if (claim.stack, claim.setting) in {clash[:2], clash[2:]}
            ]

            assert left == []
            assert is_valid(changed[claim.stack])
            assert proposal.prefixlen == claim.range.prefixlen


@MANY
@given(SETS, ASKED)
def test_adding_a_stack_changes_no_claim_and_no_clash_of_others(
    networks: dict[str, dict[str, Any]], further: dict[str, Any]
) -> None:
    before, after = plan_of(networks), plan_of({**networks, "six": further})

    assert before.items() <= after.items()
    assert overlaps(before) == [
        each for each in overlaps(after) if "six" not in {each.one.stack, each.other.stack}
    ]


def test_two_free_ranges_of_the_same_size_and_block_are_proposed() -> None:
    networks = {
        "dev": {"cidr": "10.1.0.0/16"},
        "prod": {"cidr": "10.1.0.0/16", "peers": {"office": "10.2.0.0/16"}},
        "staging": {"cidr": "10.0.0.0/20", "services_cidr": "10.4.0.0/16"},
    }
    plan = plan_of(networks)

    assert list(map(str, proposals(plan, plan["dev"].owned[0]))) == ["10.3.0.0/16", "10.5.0.0/16"]


@pytest.mark.parametrize(
    ("network", "setting", "proposed"),
    [
        ({"cidr": "192.168.4.0/22"}, "cidr", "192.168.0.0/22"),
        ({"cidr": "192.168.0.0/16"}, "cidr", "10.0.0.0/16"),
        ({"cidr": "192.168.0.0/17", "pods_cidr": "192.168.128.0/18"}, "cidr", None),
        (
            {
                "cidr": "192.168.0.0/17",
                "pods_cidr": "192.168.128.0/17",
                "peers": {"carrier": "100.64.0.0/10"},
            },
            "pods_cidr",
            None,
        ),
        ({"cidr": "10.0.0.0/16", "pods_cidr": "100.64.0.0/16"}, "pods_cidr", "100.65.0.0/16"),
        ({"cidr": "10.0.0.0/16", "pods_cidr": "10.1.0.0/16"}, "pods_cidr", "10.2.0.0/16"),
        ({"cidr": "172.16.0.0/16", "services_cidr": "10.1.0.0/16"}, "services_cidr", "10.0.0.0/16"),
    ],
)
def test_a_range_is_proposed_where_it_may_lie(
    network: Mapping[str, Any], setting: str, proposed: str | None
) -> None:
    plan = plan_of({"dev": network})
    claims = (*plan["dev"].owned, plan["dev"].services)
    (claim,) = (each for each in claims if each.setting == setting)

    assert list(map(str, proposals(plan, claim)))[:1] == ([proposed] if proposed else [])


def test_a_clash_tells_both_places_both_ranges_and_what_is_free(tmp_path: Path) -> None:
    write(tmp_path, "dev", {"cidr": "10.0.0.0/20", "pods_cidr": "100.64.0.0/16"})
    path = write(tmp_path, "prod", {"cidr": "10.1.0.0/16", "pods_cidr": "100.64.0.0/15"})

    assert told(path) == [
        (
            "config.plinth:settings.network.pods_cidr: is 100.64.0.0/15, which overlaps"
            " network.pods_cidr 100.64.0.0/16 of the stack dev; choose a range that no other stack"
            " has, such as 100.66.0.0/15 or 100.68.0.0/15."
        )
    ]


def test_a_clash_of_services_says_that_the_stack_is_a_peer(tmp_path: Path) -> None:
    write(tmp_path, "dev", {"cidr": "172.20.0.0/16", "services_cidr": "10.50.0.0/16"})
    path = write(tmp_path, "prod", {"cidr": "10.1.0.0/16", "peers": {"dev": OFFICE}})

    (message,) = told(path)

    assert "network.services_cidr: is 172.20.0.0/16, which overlaps network.cidr" in message
    assert "of the stack dev, its peer; choose" in message


def test_where_nothing_of_the_size_is_free_a_smaller_range_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "dev", {"cidr": "192.168.0.0/17"})
    write(tmp_path, "staging", {"cidr": "10.0.0.0/16", "peers": {"all": "10.0.0.0/8"}})
    path = write(
        tmp_path, "prod", {"cidr": "192.168.0.0/17", "pods_cidr": "192.168.128.0/18", "nat": "none"}
    )

    (message,) = told(path)

    assert message.endswith("a smaller one: no /17 is free in 192.168.0.0/16.")


def test_what_is_taken_is_everything_that_any_stack_names() -> None:
    network = {
        "cidr": "10.0.0.0/16",
        "pods_cidr": "100.64.0.0/16",
        "services_cidr": "172.16.0.0/16",
        "peers": {"office": OFFICE},
    }

    assert sorted(map(str, taken(plan_of({"dev": network})))) == [
        "10.0.0.0/16",
        OFFICE,
        "100.64.0.0/16",
        "172.16.0.0/16",
    ]


def test_a_stack_file_that_cannot_be_read_is_no_part_of_the_plan(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: [")

    assert read_plan(tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        "config: 1",
        "config: {plinth:settings: {network: x}}",
        "config: {plinth:settings: {network: {cidr: 1, pods_cidr: 10.0.0.1/16, peers: [x]}}}",
    ],
)
def test_a_range_that_is_none_is_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)

    claims = read_plan(tmp_path)["dev"]

    assert claims.owned == ()
    assert claims.services.range == IPv4Network("172.20.0.0/16")
    assert claims.peers == {}

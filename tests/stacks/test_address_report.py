"""What the address plan tells of each stack, and of what nobody has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.network.plan import plan as zone_plan
from components.network.plan import pod_capacity, regional_plan
from stacks import address_report
from stacks.address_report import AddressReport, StackAddresses, report
from stacks.settings import Settings, parse
from stacks.stackfile import SETTINGS_KEY
from tests.stacks.blueprints import BLUEPRINTS
from tests.stacks.files import ROOT, STACKS, asked

SETTINGS = {
    "ground": {
        "kind": "aws",
        "region": "eu-west-1",
        "zones": ["euw1-az1", "euw1-az2", "euw1-az3"],
        "account_id": "111122223333",
    },
    "owner": "platform",
    "cost_centre": "engineering",
    "registry": {"repositories": ["api"], "recoverable_elsewhere": False},
}
NETWORKS = [
    {"cidr": "10.0.0.0/16"},
    {"cidr": "10.0.64.0/20"},
    {"cidr": "10.1.0.0/22", "pods_cidr": "100.64.0.0/16"},
    {"cidr": "10.2.0.0/18", "pods_cidr": "100.64.128.0/17"},
    {"cidr": "172.16.0.0/16", "peers": {"office": "10.0.0.0/16"}},
    {"cidr": "192.168.0.0/17", "pods_cidr": "192.168.128.0/18"},
]
ASKED = st.sampled_from(NETWORKS)


def write(root: Path, stack: str, document: Mapping[str, Any]) -> None:
    text = yaml.safe_dump({"config": {SETTINGS_KEY: dict(document)}})
    (root / f"Pulumi.{stack}.yaml").write_text(text)


def by_stack(found: AddressReport) -> dict[str, StackAddresses]:
    return {each.stack: each for each in found.stacks}


def free_in(found: AddressReport, block: str) -> tuple[IPv4Network, ...]:
    (space,) = (each for each in found.free if each.block == IPv4Network(block))
    return space.largest


def parse_once() -> Callable[[str, Any], Settings]:
    """``parse`` that reads an equal document once."""

    @cache
    def parsed(stack: str, text: str) -> Settings:
        return parse(stack, json.loads(text))

    return lambda stack, document: parsed(stack, json.dumps(document, sort_keys=True))


PARSED = parse_once()


def test_every_committed_stack_is_reported() -> None:
    found = report(ROOT)

    assert [each.stack for each in found.stacks] == [*STACKS]
    assert (found.clashes, found.left_out) == ((), {})


def test_a_stack_has_the_ranges_that_its_network_gets() -> None:
    prod = by_stack(report(ROOT))["prod"]
    network, zones = IPv4Network("10.30.0.0/16"), ["euw1-az1", "euw1-az2", "euw1-az3"]
    tiers = {f"{tier}-{zone}": each for (tier, zone), each in zone_plan(network, zones).items()}

    assert (prod.ground, prod.network, prod.pods) == ("aws", network, IPv4Network("100.65.0.0/16"))
    assert prod.services == IPv4Network("172.20.0.0/16")
    assert tiers.items() <= prod.ranges.items()
    assert set(prod.ranges) - set(tiers) == {f"pods-{zone}" for zone in zones}


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_taken_and_what_is_free_make_up_what_a_stack_has(stack: str) -> None:
    each = by_stack(report(ROOT))[stack]
    own = [each.network, *([each.pods] if each.pods else [])]
    left = sum(part.num_addresses for part in each.free if part.subnet_of(each.network))

    assert sorted(collapse_addresses([*each.ranges.values(), *each.free])) == sorted(own)
    assert each.taken_percent == round(100 * (1 - left / each.network.num_addresses), 1)


def test_nodes_that_find_addresses_are_counted_for_every_number_of_pods() -> None:
    pods = by_stack(report(ROOT))["prod"].pod_addresses

    assert pods
    assert pods.nodes == {
        each: pod_capacity(
            IPv4Network("10.30.0.0/16"),
            ["euw1-az1", "euw1-az2", "euw1-az3"],
            kind="aws",
            pods_per_node=each,
            pods_cidr=IPv4Network("100.65.0.0/16"),
        )
        for each in (32, 64, 110)
    }


def test_pools_take_the_share_that_their_pods_per_node_need(tmp_path: Path) -> None:
    document = asked("prod")
    document["cluster"]["pools"] = {
        "system": {"nodes_at_most": 18},
        "services": {"nodes_at_most": 51, "pods_per_node": 64},
    }
    write(tmp_path, "prod", document)
    pods = by_stack(report(tmp_path))["prod"].pod_addresses

    assert pods
    assert pods.nodes_asked == 69
    assert pods.share_asked == round(18 / 216 + 51 / 306, 3)


def test_a_stack_without_a_cluster_has_no_services_and_no_nodes() -> None:
    dev = by_stack(report(ROOT))["dev"]

    assert (dev.services, dev.pod_addresses) == (None, None)
    assert set(dev.ranges) == {"private", "public", "data"}


def test_a_stack_on_google_cloud_has_its_private_services_access(tmp_path: Path) -> None:
    text = BLUEPRINTS["google-cloud"].read_text()
    (tmp_path / "Pulumi.prod.yaml").write_text(text)
    (prod,) = report(tmp_path).stacks

    assert prod.ground == "gcp"
    assert prod.ranges == vars(regional_plan(prod.network, prod.pods))


def test_a_stack_file_that_is_not_valid_is_left_out_and_named_and_its_ranges_count(
    tmp_path: Path,
) -> None:
    write(tmp_path, "dev", {**SETTINGS, "network": {"cidr": "192.168.0.0/17"}, "colour": "red"})
    write(tmp_path, "shop", {**SETTINGS, "network": {"cidr": "192.168.128.0/18"}})
    write(tmp_path, "prod", {**SETTINGS, "network": {"cidr": "10.2.0.0/16"}})
    (tmp_path / "Pulumi.staging.yaml").write_text("config: [")
    found = report(tmp_path)

    assert [each.stack for each in found.stacks] == ["prod"]
    assert {*found.left_out} == {"dev", "shop", "staging"}
    assert "colour" in found.left_out["dev"]
    assert "not an environment" in found.left_out["shop"]
    assert "not valid YAML" in found.left_out["staging"]
    assert free_in(found, "192.168.0.0/16") == (IPv4Network("192.168.192.0/18"),)


def test_a_clash_is_told_once_with_its_line_and_hides_no_stack(tmp_path: Path) -> None:
    for stack in ("prod", "staging"):
        write(tmp_path, stack, {**SETTINGS, "network": {"cidr": "10.0.0.0/16"}})
    found = report(tmp_path)
    (clash,) = found.clashes
    (line,) = (
        number
        for number, text in enumerate((tmp_path / "Pulumi.prod.yaml").read_text().splitlines(), 1)
        if "cidr: 10" in text
    )

    assert [each.stack for each in found.stacks] == ["prod", "staging"]
    assert (clash.stack, clash.setting) == ("prod", "network.cidr")
    assert (clash.other_stack, clash.other_setting) == ("staging", "network.cidr")
    assert clash.range == clash.other_range == IPv4Network("10.0.0.0/16")
    assert clash.proposals == (IPv4Network("10.1.0.0/16"), IPv4Network("10.2.0.0/16"))
    assert clash.problem.startswith(
        f"Pulumi.prod.yaml: line {line}: config.plinth:settings.network.cidr: is 10.0.0.0/16,"
    )


def test_without_stack_files_everything_is_free(tmp_path: Path) -> None:
    found = report(tmp_path)

    assert found.stacks == ()
    assert all(
        each.largest == (each.block,) and each.free_addresses == each.block.num_addresses
        for each in found.free
    )
    assert list(map(str, (each.block for each in found.free))) == [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
    ]


def test_of_what_is_free_the_largest_ranges_are_shown(tmp_path: Path) -> None:
    write(tmp_path, "prod", {**SETTINGS, "network": {"cidr": "10.0.0.0/22"}})
    (space, *_) = report(tmp_path).free

    assert list(map(str, space.largest)) == [
        "10.128.0.0/9",
        "10.64.0.0/10",
        "10.32.0.0/11",
        "10.16.0.0/12",
    ]
    assert space.free_addresses == 2**24 - 2**10


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["prod", "staging"]), ASKED, min_size=1), ASKED)
def test_adding_a_stack_changes_no_range_of_another(
    networks: dict[str, dict[str, Any]], further: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as directory:
        patch.setattr(address_report, "parse", PARSED)
        root = Path(directory)
        for stack, network in networks.items():
            write(root, stack, {**SETTINGS, "network": network})
        before = report(root)
        write(root, "dev", {**SETTINGS, "network": further})
        after = report(root)

    assert {*by_stack(before)} == {*networks}
    assert {*by_stack(after)} == {*networks, "dev"}
    assert by_stack(before).items() <= by_stack(after).items()

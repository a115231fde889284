"""Nodes on EKS: hardened, spread over the zones, and kept when other pools or zones change."""

from __future__ import annotations

import base64
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster import Capacity, MachineSize, PoolSpec
from components.cluster.aws_machines import INSTANCE_TYPES, instance_types, shares
from components.environment import Environment
from rehearsal.events import Op
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, ZONES
from tests.components.variants_cluster import aws_cluster, cluster_outputs
from tests.rehearsal.stage import Stage

NODES: Final = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ADDON: Final = "aws:eks/addon:Addon"
SIX_ZONES: Final = tuple(f"euw1-az{number}" for number in range(1, 7))


@cache
def built() -> Recording:
    return record(lambda: cluster_outputs(aws_cluster(Environment.PROD)))


def asking(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: cluster_outputs(aws_cluster(environment, **asked)))


def pool(**asked: Any) -> dict[str, Any]:
    """The node group of another pool in the first zone."""
    recording = asking(pools={"general": {}, "other": asked})
    return dict(recording.named(f"core-pool-other-{ZONES[0]}", NODES).inputs)


def sizes(recording: Recording, wanted: str) -> dict[str, tuple[int, int]]:
    """Least and most nodes of a pool by zone."""
    return {
        each.name.removeprefix(f"core-pool-{wanted}-"): (
            each.inputs["scalingConfig"]["minSize"],
            each.inputs["scalingConfig"]["maxSize"],
        )
        for each in recording.of(NODES)
        if each.name.startswith(f"core-pool-{wanted}-")
    }


def test_metadata_takes_a_token_that_does_not_reach_pods() -> None:
    assert built().only(TEMPLATE).inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }


def test_every_disk_is_encrypted_with_the_key_of_disks_and_goes_with_its_node() -> None:
    disks = [each["ebs"] for each in built().only(TEMPLATE).inputs["blockDeviceMappings"]]

    assert [each["volumeSize"] for each in disks] == [4, 100]
    for each in disks:
        assert each["kmsKeyId"] == f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/volumes"
        assert each["volumeType"] == "gp3"
        # Texts: the API has a third state.
        assert (each["encrypted"], each["deleteOnTermination"]) == ("true", "true")


def test_nobody_logs_in_to_a_node() -> None:
    settings = tomllib.loads(base64.b64decode(built().only(TEMPLATE).inputs["userData"]).decode())

    assert "keyName" not in built().only(TEMPLATE).inputs
    assert all("remoteAccess" not in each.inputs for each in built().of(NODES))
    assert all(each.inputs["amiType"].startswith("BOTTLEROCKET_") for each in built().of(NODES))
    assert settings["settings"]["host-containers"]["control"]["enabled"] is False


def test_a_node_runs_as_many_pods_as_were_asked() -> None:
    recording = asking(pools={"general": {"pods_per_node": 64}})
    settings = tomllib.loads(base64.b64decode(recording.only(TEMPLATE).inputs["userData"]).decode())

    assert settings["settings"]["kubernetes"]["max-pods"] == 64


def test_machines_disks_and_interfaces_bear_the_tags_of_the_owner() -> None:
    template = built().only(TEMPLATE).inputs
    tagged = {each["resourceType"]: each["tags"] for each in template["tagSpecifications"]}

    assert tagged.keys() == {"instance", "network-interface", "volume"}
    for tags in tagged.values():
        assert template["tags"].items() <= tags.items()


def test_nodes_may_join_and_pull_images_and_nothing_else() -> None:
    role = built().named("core-nodes", "aws:iam/role:Role").urn
    given_to_nodes = {
        each.inputs["policyArn"].rpartition("/")[2]
        for each in built().of(ATTACHMENT)
        if each.property_dependencies["role"] == (role,)
    }

    assert given_to_nodes == {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"}


def test_one_version_drives_control_plane_nodes_and_addons(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda: aws_cluster(Environment.DEV, version="1.34"))
    summary = stage.up(lambda: aws_cluster(Environment.DEV, version="1.35"))
    resources = stage.resources.values()

    assert summary.ok
    assert {r.outputs["version"] for r in resources if r.type.startswith("aws:eks/cluster")} == {
        "1.35"
    }
    assert {r.outputs["version"] for r in resources if r.type == NODES} == {"1.35"}
    replaced = {name for op, name in stage.steps() if op is Op.REPLACE}
    assert replaced == {each.name for each in built().of(ADDON)}
    for each in built().of(ADDON):
        # What the add-on runs stays while it is registered anew, and is taken over.
        assert each.inputs["preserve"] is True
        assert each.inputs["resolveConflictsOnCreate"] == "OVERWRITE"
        assert "addonVersion" not in each.inputs


def test_nodes_are_renewed_a_third_at_a_time_and_repaired_by_themselves() -> None:
    for each in built().of(NODES):
        assert each.inputs["updateConfig"] == {"maxUnavailablePercentage": 33}
        assert each.inputs["nodeRepairConfig"] == {"enabled": True}


def test_a_pool_is_spread_over_the_zones() -> None:
    assert sizes(built(), "general") == dict.fromkeys(ZONES, (1, 3))
    for zone in ZONES:
        group = built().named(f"core-pool-general-{zone}", NODES)
        assert group.inputs["subnetIds"] == [f"subnet-private-{zone}"]


def test_the_first_zones_get_the_nodes_that_cannot_be_shared_equally() -> None:
    recording = asking(pools={"general": {"nodes_at_least": 4, "nodes_at_most": 8}})

    assert list(sizes(recording, "general").values()) == [(2, 3), (1, 3), (1, 2)]


@given(total=st.integers(0, 500), zones=st.sampled_from([SIX_ZONES[:n] for n in range(1, 7)]))
def test_shares_are_as_equal_as_they_can_be(total: int, zones: tuple[str, ...]) -> None:
    found = shares(total, zones)

    assert sum(found.values()) == total
    assert max(found.values()) - min(found.values()) <= 1


def test_a_pool_that_cannot_grow_in_every_zone_is_refused() -> None:
    message = (
        r"cluster core: pools\.other\.nodes_at_most is 2, and the ground has 3 zones .*"
        r"raise it to 3 at least"
    )

    with pytest.raises(pulumi.RunError, match=message):
        pool(nodes_at_least=1, nodes_at_most=2)


def test_the_longest_names_leave_room_for_what_makes_them_unique() -> None:
    longest = "p" * 20
    recording = asking(pools={longest: {}})

    # 63 characters at most, of which the provider draws 26.
    assert all(len(each.inputs["nodeGroupNamePrefix"]) <= 37 for each in recording.of(NODES))


def test_nodes_that_an_autoscaler_added_are_left_alone() -> None:
    assert all(each.ignore_changes == ("scalingConfig.desiredSize",) for each in built().of(NODES))


def test_labels_and_taints_reach_the_nodes() -> None:
    found = pool(
        labels={"team": "data"},
        taints=[{"key": "batch"}, {"key": "slow", "value": "very", "effect": "no_execute"}],
    )

    assert found["labels"] == {"team": "data"}
    assert found["taints"] == [
        {"key": "batch", "value": "true", "effect": "NO_SCHEDULE"},
        {"key": "slow", "value": "very", "effect": "NO_EXECUTE"},
    ]


def test_spot_nodes_may_be_of_several_types_and_others_are_equal() -> None:
    spot, steady = pool(capacity="spot"), pool(capacity="on_demand")

    assert (spot["capacityType"], steady["capacityType"]) == ("SPOT", "ON_DEMAND")
    assert len(spot["instanceTypes"]) >= 3
    assert steady["instanceTypes"] == spot["instanceTypes"][:1]


@pytest.mark.parametrize("machine", list(MachineSize))
def test_every_size_has_machines_of_one_size(machine: MachineSize) -> None:
    types = INSTANCE_TYPES[machine]

    assert len({each.partition(".")[2] for each in types}) == 1
    assert len(set(types)) == len(types)
    assert instance_types(PoolSpec(machine=machine, capacity=Capacity.SPOT)) == types


def test_a_new_zone_adds_nodes_and_replaces_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(lambda: aws_cluster(Environment.PROD))
    summary = stage.up(lambda: aws_cluster(Environment.PROD, zones=SIX_ZONES[:4]))

    assert summary.ok
    assert set(summary.counts) == {Op.SAME, Op.CREATE, Op.UPDATE}
    assert [name for op, name in stage.steps() if op is Op.CREATE] == [
        f"core-pool-general-{SIX_ZONES[3]}"
    ]
    # The control plane stays in the zones it began with: EKS refuses others.
    assert stage.ops("core").count(Op.UPDATE) == 0


def test_two_hundred_changes_of_pools_and_zones_move_nothing_else() -> None:
    draw = random.Random(4)  # noqa: S311 the same changes in every run
    zones, pools = ["euw1-az2", "euw1-az3", "euw1-az5"], ["general"]
    before = fixed(zones, pools)
    for _ in range(50):
        changed = {change(draw, zones, pools) for _ in range(4)}
        after = fixed(zones, pools)
        moved = [
            parts
            for type_, parts in before.keys() | after.keys()
            if before.get((type_, parts)) != after.get((type_, parts))
        ]

        assert [parts for parts in moved if not changed & set(parts.split("+"))] == []
        before = after


def change(draw: random.Random, zones: list[str], pools: list[str]) -> str:
    """Add or remove a pool or a zone somewhere, and say which."""
    subjects, choices, least = draw.choice(
        [(zones, SIX_ZONES, 3), (pools, ("general", "batch", "spot", "gpu", "web"), 1)]
    )
    absent = [each for each in choices if each not in subjects]
    removable = [each for each in subjects if each != "general"] if len(subjects) > least else []
    if absent and (not removable or draw.random() < 0.5):
        added = draw.choice(absent)
        subjects.insert(draw.randint(0, len(subjects)), added)
        return added
    removed = draw.choice(removable)
    subjects.remove(removed)
    return removed


def fixed(zones: list[str], pools: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every resource, by type and by what its name is made of, with what cannot be changed of it."""
    asked = {pool: {"nodes_at_most": 12} for pool in pools}
    recording = asking(zones=tuple(zones), pools=asked)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in recording.resources:
        parts = each.name
        for word in (*pools, *zones):
            parts = parts.replace(f"-{word}", f"+{word}")
        replacing = ("subnetIds", "instanceTypes", "nodeGroupNamePrefix", "name", "nodeRoleArn")
        found[each.type, parts] = {name: each.inputs.get(name) for name in replacing}
    return found

"""Adding or removing a zone, a pool or a database leaves everything else as it was."""

from __future__ import annotations

import copy
import random
from typing import Any, Final

import pytest

from rehearsal.plugin import Recording, record
from stacks import platform, settings

ZONES: Final = {
    "aws": ["use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"],
    "gcp": ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"],
}
GROUNDS: Final[dict[str, dict[str, Any]]] = {
    "aws": {"kind": "aws", "region": "us-east-1", "account_id": "111122223333"},
    "gcp": {
        "kind": "gcp",
        "region": "us-central1",
        "project": "shop-dev-123456",
        "project_number": "111122223333",
    },
}
NAMES: Final = ["alpha", "beta", "gamma", "delta"]
CIDRS: Final = ("cidrBlock", "ipCidrRange", "address", "secondaryIpRanges")
STEPS: Final = 6


def first(kind: str) -> dict[str, Any]:
    """A small stack in which there is something of everything that is changed."""
    return {
        "owner": "platform",
        "cost_centre": "engineering",
        "ground": {**GROUNDS[kind], "zones": ZONES[kind][1:3]},
        "network": {
            "cidr": "10.40.0.0/16",
            "pods_cidr": "100.66.0.0/16",
            "nat": "per_zone",
        },
        "registry": {"repositories": ["api"]},
        "cluster": {
            "version": "1.35",
            "administrators": ["platform-admin"],
            "pools": {"system": {"nodes_at_least": 2, "nodes_at_most": 5}},
        },
        "databases": {"orders": {"database": "orders"}},
    }


def changed(before: dict[str, Any], kind: str, dice: random.Random) -> tuple[dict[str, Any], str]:
    """The document with one thing more or less, and what that thing is called."""
    after = copy.deepcopy(before)
    what = dice.choice(["zones", "pools", "databases"])
    if what == "zones":
        zones = after["ground"]["zones"]
        away = [zone for zone in ZONES[kind] if zone not in zones]
        if away and (len(zones) == 2 or dice.random() < 0.5):
            zones.insert(dice.randrange(len(zones) + 1), zone := dice.choice(away))
        else:
            zones.remove(zone := dice.choice(zones))
        return after, zone
    things = after["databases"] if what == "databases" else after["cluster"]["pools"]
    name = f"{dice.choice(NAMES)}-{what[:-1]}"
    if name in things:
        del things[name]
    else:
        entry = {"database": "some"} if what == "databases" else {"nodes_at_most": 6}
        things[name] = entry
    return after, name


def deployed(document: dict[str, Any]) -> Recording:
    config = {"pulumi:disable-default-providers": ["*"], "plinth:settings": document}
    return record(lambda: platform.deploy(settings.load()), stack="dev", config=config)


def ranges(recording: Recording) -> dict[str, Any]:
    """What each resource has of addresses, by URN."""
    return {
        each.urn: {key: each.inputs[key] for key in CIDRS if key in each.inputs}
        for each in recording.resources
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", GROUNDS)
def test_a_change_concerns_what_it_names_and_nothing_else(kind: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 a seed makes the walk the same every time
    document = first(kind)
    before = ranges(deployed(document))

    for _ in range(STEPS):
        document, name = changed(document, kind, dice)
        after = ranges(deployed(document))

        moved = [urn for urn in before.keys() ^ after.keys() if name not in urn]
        kept = before.keys() & after.keys()
        assert moved == [], name
        assert {urn: after[urn] for urn in kept} == {urn: before[urn] for urn in kept}, name
        before = after

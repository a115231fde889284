"""What an address plan takes of a network, and what it leaves free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Literal, assert_never

from components.network.plan import LOCAL_ZONE, plan, pod_range, regional_plan

GroundKind = Literal["aws", "gcp", "kubernetes", "docker"]


def taken(
    network: IPv4Network,
    zones: Iterable[str],
    *,
    kind: GroundKind,
    pods_cidr: IPv4Network | None = None,
) -> Mapping[str, IPv4Network]:
    """The ranges that a stack takes on its ground, by role; on an existing cluster none.

    Args:
        network: range of the network.
        zones: zones of the ground.
        kind: what the stack stands on.
        pods_cidr: range of the pods alone, if they have one; part of it is taken.
    """
    match kind:
        case "aws":
            places = list(zones)
            tiers = {f"{tier}-{zone}": each for (tier, zone), each in plan(network, places).items()}
            own = {f"pods-{z}": pod_range(pods_cidr, z) for z in places} if pods_cidr else {}
            return tiers | own
        case "gcp":
            return dict(vars(regional_plan(network, pods_cidr)))
        case "docker":
            return {str(tier): each for (tier, _), each in plan(network, [LOCAL_ZONE]).items()}
        case "kubernetes":
            return {}
        case _:
            assert_never(kind)


def free(network: IPv4Network, taken_ranges: Iterable[IPv4Network]) -> list[IPv4Network]:
    """What ``taken_ranges`` leave of ``network``: as few ranges as possible, in order."""
    left = [network]
    for each in taken_ranges:
        left = [part for whole in left for part in _without(whole, each)]
    return sorted(left)


def _without(whole: IPv4Network, hole: IPv4Network) -> list[IPv4Network]:
    if not whole.overlaps(hole):
        return [whole]
    return [] if whole.subnet_of(hole) else list(whole.address_exclude(hole))

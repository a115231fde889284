"""How many nodes find addresses for their pods, and how many the pools of a stack may need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.ground import AwsGroundSpec, GcpGroundSpec
from components.network.plan import pod_capacity

if TYPE_CHECKING:
    from stacks.settings import Settings


def nodes_held(settings: Settings, pods_per_node: int) -> int | None:
    """Nodes with ``pods_per_node`` pods each that the ranges hold; none if no cloud sizes them."""
    ground, network = settings.ground, settings.network
    if not isinstance(ground, AwsGroundSpec | GcpGroundSpec):
        return None
    return pod_capacity(
        network.cidr,
        ground.zones,
        kind=ground.kind,
        pods_per_node=pods_per_node,
        pods_cidr=network.pods_cidr,
    )


def share_asked(settings: Settings) -> float:
    """The part of the pods' addresses that all pools take once grown; above 1 they do not fit."""
    pools = settings.cluster.pools.values() if settings.cluster else ()
    share = 0.0
    for pool in pools:
        holds = nodes_held(settings, pool.pods_per_node)
        share += pool.nodes_at_most / holds if holds else float("inf")
    return share

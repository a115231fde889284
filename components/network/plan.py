"""The address plan: which range belongs to which zone and tier.

A zone owns one of eight equal slots of the network, chosen by the number in its id; six can be
taken, two stay free. A tier owns a fixed part of every slot. So a range depends on its zone and
tier alone, and adding a zone or a tier moves nothing:

    slot of a /16 network     /19    8,192 addresses
      private                 /20    4,096   nodes and pods
      public                  /22    1,024   load balancers, NAT gateways
      data                    /22    1,024   databases and caches
      free                    /21    2,048

Pods may have a range of their own, cut into eight slots the same way.

A network on Google Cloud spans its zones, so its subnets are parts of the whole; where pods have no
range of their own, they take the upper quarter, the two slots that no zone can take:

    parts of a /16 network
      private                 /18   16,384   nodes
      data                    /19    8,192   connections to caches
      public                  /20    4,096   proxies of regional load balancers
      free                    /20    4,096
      services access         /18   16,384   databases
      pods, or free           /18   16,384
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from itertools import islice
from typing import Final, Literal, assert_never


class Tier(StrEnum):
    """Who reaches a subnet."""

    PUBLIC = "public"  # reached from and reaching the internet
    PRIVATE = "private"  # reaching the internet through NAT
    DATA = "data"  # reached from and reaching the network alone


WIDEST_PREFIX: Final = 16
NARROWEST_PREFIX: Final = 22
LOCAL_ZONE: Final = "local-1"
"""The one zone that a Docker host is."""

_ZONE_BITS: Final = 3
# Addresses of a subnet that the cloud keeps. Source: "Subnet sizing" in the Amazon VPC User Guide
# and "Subnets" in the documentation of Google's VPC.
_KEPT_ON_AWS: Final = 5
_KEPT_ON_GOOGLE: Final = 4
# What a node on AWS takes at once for its pods: a /28.
_BLOCK: Final = 16
# Per tier: bits below the zone's slot, and which of the ranges of that size.
_PART: Final = {Tier.PRIVATE: (1, 0), Tier.PUBLIC: (3, 4), Tier.DATA: (3, 5)}
# The same for the whole of a network on Google Cloud.
_REGIONAL: Final = {Tier.PRIVATE: (2, 0), Tier.DATA: (3, 2), Tier.PUBLIC: (4, 6)}
_SERVICES_ACCESS: Final = (2, 2)
_UPPER_QUARTER: Final = (2, 3)

CloudKind = Literal["aws", "gcp"]


@dataclass(frozen=True)
class RegionalPlan:
    """The ranges of a network whose subnets span their zones; ``pods`` may lie outside of it."""

    private: IPv4Network
    public: IPv4Network
    data: IPv4Network
    services_access: IPv4Network
    pods: IPv4Network


def subnet_range(network: IPv4Network, zone: str, tier: Tier) -> IPv4Network:
    """The range of ``tier`` in ``zone``, which is a zone id that ends in its number (euw1-az2)."""
    return _nth(_slot(network, zone), *_PART[tier])


def pod_range(pods: IPv4Network, zone: str) -> IPv4Network:
    """The range of the pods in ``zone``, where ``pods`` is the range of all of them."""
    return _slot(first_within(pods, WIDEST_PREFIX), zone)


def plan(
    network: IPv4Network, zones: Iterable[str], tiers: Iterable[Tier] = tuple(Tier)
) -> dict[tuple[Tier, str], IPv4Network]:
    """The range of every subnet, by tier and zone."""
    places = list(zones)
    return {(tier, zone): subnet_range(network, zone, tier) for tier in tiers for zone in places}


def regional_plan(network: IPv4Network, pods: IPv4Network | None = None) -> RegionalPlan:
    """The range of every subnet of a network on Google Cloud."""
    parts = {tier: _nth(network, *part) for tier, part in _REGIONAL.items()}
    return RegionalPlan(
        private=parts[Tier.PRIVATE],
        public=parts[Tier.PUBLIC],
        data=parts[Tier.DATA],
        services_access=_nth(network, *_SERVICES_ACCESS),
        pods=pods or _nth(network, *_UPPER_QUARTER),
    )


def first_within(network: IPv4Network, widest_prefix: int) -> IPv4Network:
    """The first part of ``network`` that is no wider than ``widest_prefix``."""
    return next(network.subnets(new_prefix=max(network.prefixlen, widest_prefix)))


def pod_capacity(
    network: IPv4Network,
    zones: Sequence[str],
    *,
    kind: CloudKind,
    pods_per_node: int,
    pods_cidr: IPv4Network | None = None,
) -> int:
    """How many nodes have addresses, for themselves and for their pods, in all zones together.

    On AWS a node takes /28 blocks for its pods and itself, of which the first and the last of a
    subnet cannot be had. On Google Cloud it takes the next power of two from twice its pods.

    Args:
        network: range of the network.
        zones: zones that the nodes are spread over.
        kind: the cloud whose plan is asked about.
        pods_per_node: pods that a node may run.
        pods_cidr: range of the pods alone, if they have one.
    """
    match kind:
        case "aws":
            return sum(_nodes_in_zone(network, pods_cidr, zone, pods_per_node) for zone in zones)
        case "gcp":
            ranges = regional_plan(network, pods_cidr)
            node_range = 1 << (2 * pods_per_node - 1).bit_length()
            return min(
                ranges.private.num_addresses - _KEPT_ON_GOOGLE,
                ranges.pods.num_addresses // node_range,
            )
        case _:
            assert_never(kind)


def _nodes_in_zone(
    network: IPv4Network, pods: IPv4Network | None, zone: str, pods_per_node: int
) -> int:
    nodes = subnet_range(network, zone, Tier.PRIVATE)
    blocks = (pod_range(pods, zone) if pods else nodes).num_addresses // _BLOCK - 2
    blocks_per_node = -(-(pods_per_node + 1) // _BLOCK)
    return min(nodes.num_addresses - _KEPT_ON_AWS, max(0, blocks) // blocks_per_node)


def _slot(network: IPv4Network, zone: str) -> IPv4Network:
    return _nth(network, _ZONE_BITS, int(zone[-1]) - 1)


def _nth(network: IPv4Network, bits: int, index: int) -> IPv4Network:
    return next(islice(network.subnets(prefixlen_diff=bits), index, None))

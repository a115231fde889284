"""The address plan: which range belongs to which zone and tier.

A zone owns one of eight equal slots of the network, chosen by the number in its id; six can be
taken, two stay free. A tier owns a fixed part of every slot. So a range depends on its zone and
tier alone, and adding a zone or a tier moves nothing:

    slot of a /16 network     /19    8,192 addresses
      private                 /20    4,096   nodes and pods
      public                  /22    1,024   load balancers, NAT gateways
      data                    /22    1,024   databases and caches
      free                    /21    2,048
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network
from itertools import islice
from typing import Final


class Tier(StrEnum):
    """Who reaches a subnet."""

    PUBLIC = "public"  # reached from and reaching the internet
    PRIVATE = "private"  # reaching the internet through NAT
    DATA = "data"  # reached from and reaching the network alone


WIDEST_PREFIX: Final = 16
NARROWEST_PREFIX: Final = 22

_ZONE_BITS: Final = 3
# Per tier: bits below the zone's slot, and which of the ranges of that size.
_PART: Final = {Tier.PRIVATE: (1, 0), Tier.PUBLIC: (3, 4), Tier.DATA: (3, 5)}


def subnet_range(network: IPv4Network, zone: str, tier: Tier) -> IPv4Network:
    """The range of ``tier`` in ``zone``, which is a zone id that ends in its number (euw1-az2)."""
    slot = _nth(network, _ZONE_BITS, int(zone[-1]) - 1)
    return _nth(slot, *_PART[tier])


def plan(
    network: IPv4Network, zones: Iterable[str], tiers: Iterable[Tier] = tuple(Tier)
) -> dict[tuple[Tier, str], IPv4Network]:
    """The range of every subnet, by tier and zone."""
    places = list(zones)
    return {(tier, zone): subnet_range(network, zone, tier) for tier in tiers for zone in places}


def _nth(network: IPv4Network, bits: int, index: int) -> IPv4Network:
    return next(islice(network.subnets(prefixlen_diff=bits), index, None))

"""Which machines the pools of an EKS cluster are made of, and how many in which zone.

Plain data, so that settings can be checked against what a region offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components.cluster.spec import Capacity, MachineSize, PoolSpec

# The first is what nodes are; the others are as large, and stand in where spot capacity is short.
# Intel and AMD, not Graviton: the images of a stack run on both clouds and on developers'
# machines, and one without a build for arm64 would not start. A change replaces nodes.
INSTANCE_TYPES: Final[Mapping[MachineSize, tuple[str, ...]]] = {
    MachineSize.SMALL: ("m7i.large", "m6i.large", "m6a.large", "m5.large", "m5a.large"),
    MachineSize.MEDIUM: ("m7i.xlarge", "m6i.xlarge", "m6a.xlarge", "m5.xlarge", "m5a.xlarge"),
    MachineSize.LARGE: ("m7i.2xlarge", "m6i.2xlarge", "m6a.2xlarge", "m5.2xlarge", "m5a.2xlarge"),
    MachineSize.XLARGE: ("m7i.4xlarge", "m6i.4xlarge", "m6a.4xlarge", "m5.4xlarge", "m5a.4xlarge"),
}


def instance_types(pool: PoolSpec) -> tuple[str, ...]:
    """The types a pool is made of, the preferred one first."""
    types = INSTANCE_TYPES[pool.machine]
    match pool.capacity:
        case Capacity.ON_DEMAND:
            return types[:1]
        case Capacity.SPOT:
            return types


def shares(total: int, zones: Sequence[str]) -> dict[str, int]:
    """``total`` nodes spread over ``zones``; the first zones get what is left over."""
    least, left = divmod(total, len(zones))
    return {zone: least + (index < left) for index, zone in enumerate(zones)}

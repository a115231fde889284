"""Where ranges of stacks may lie, and which of them are free."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network
from typing import Final

from components.network.space import free
from components.network.spec import PRIVATE_RANGES, SHARED_RANGE

BLOCKS: Final = (*PRIVATE_RANGES, SHARED_RANGE)


def block_of(asked: IPv4Network) -> IPv4Network | None:
    """The block that ``asked`` lies in; none if it is no private range."""
    return next((block for block in BLOCKS if asked.subnet_of(block)), None)


def first_free(
    prefix: int, blocks: Iterable[IPv4Network], taken: Collection[IPv4Network]
) -> Iterator[IPv4Network]:
    """Ranges of the size ``prefix`` that share no address with ``taken``, block by block."""
    for block in blocks:
        for gap in free(block, taken):
            if gap.prefixlen <= prefix:
                yield from gap.subnets(new_prefix=prefix)


def largest(ranges: Iterable[IPv4Network], count: int) -> tuple[IPv4Network, ...]:
    """The ``count`` largest of ``ranges``, the first of those of one size first."""
    return tuple(sorted(ranges, key=lambda each: (each.prefixlen, each))[:count])

"""Where ranges of stacks may lie, and which of them are free."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network
from typing import Final

from components.network.space import free

# RFC 1918.
PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# RFC 6598: behind a network's own gateway, as addresses of pods are.
SHARED: Final = IPv4Network("100.64.0.0/10")
BLOCKS: Final = (*PRIVATE, SHARED)


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

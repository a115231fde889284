"""Address ranges and ports, where every address may not reach everything."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Final

from policies.view import Truth, View, truth

ADMIN_PORTS: Final = (22, 3389)
_DATABASE_PORTS: Final = (1433, 1434, 1521, 3306, 5432, 9042, 9200, 9300, 27017, 27018, 27019)
_CACHE_PORTS: Final = (6379, 6380, 11211)
CLOSED_PORTS: Final = (*ADMIN_PORTS, *_DATABASE_PORTS, *_CACHE_PORTS)
LAST_PORT: Final = 65_535

# Every IPv6 address of the internet is among these.
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")

_ALL_PROTOCOLS: Final = frozenset({"-1", "all"})
_PROTOCOLS_WITH_PORTS: Final = frozenset({"tcp", "6", "udp", "17"})


def covers_every_address(ranges: Iterable[View]) -> Truth:
    """Whether the ranges together are all of IPv4 or all of IPv6, also when given in parts."""
    texts: list[str] = []
    unreadable = Truth.NO
    for view in ranges:
        if isinstance(view.raw, str) and _network(view.raw) is not None:
            texts.append(view.raw)
        elif view.is_present:
            unreadable = Truth.UNKNOWN
    return truth(_cover_everything(tuple(texts))) | unreadable


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _cover_everything(texts: tuple[str, ...]) -> bool:
    networks = [network for text in texts if (network := _network(text)) is not None]
    merged = (
        *collapse_addresses(n for n in networks if isinstance(n, IPv4Network)),
        *collapse_addresses(n for n in networks if isinstance(n, IPv6Network)),
    )
    return any(
        network.prefixlen == 0
        if isinstance(network, IPv4Network)
        else network.supernet_of(_GLOBAL_IPV6)
        for network in merged
    )


def opens(first: float | None, last: float | None, ports: Iterable[int]) -> Truth:
    """Whether a range opens one of ``ports``; ``None`` is an end that is not known."""
    possible = any(
        (first is None or first <= port) and (last is None or port <= last) for port in ports
    )
    if not possible:
        return Truth.NO
    return Truth.UNKNOWN if first is None or last is None else Truth.YES


def reaches(rule: View, protocol: View, ports: tuple[int, ...]) -> Truth:
    """Whether a rule opens one of ``ports``; without protocol or without ports it opens all."""
    if not protocol.is_present:
        return _rule_opens(rule, ports)
    name = str(protocol.raw).lower()
    if name in _ALL_PROTOCOLS:
        return Truth.YES
    if protocol.is_known:
        return _rule_opens(rule, ports) if name in _PROTOCOLS_WITH_PORTS else Truth.NO
    # All protocols and TCP may both be meant; the first opens every port, others open none.
    return Truth.UNKNOWN


def _rule_opens(rule: View, ports: tuple[int, ...]) -> Truth:
    low = rule.at("fromPort", absent=0).number()
    high = rule.at("toPort", absent=LAST_PORT).number()
    return opens(low, high, ports)

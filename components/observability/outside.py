"""The way to addresses that are no workload of the stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from components.workload import Egress, Outside

_PORTS: Final = {"https": 443, "http": 80}


def egress(urls: Iterable[str], network: str | None) -> tuple[Egress, ...]:
    """One connection for each port of ``urls``.

    Args:
        urls: Addresses with scheme.
        network: IPv4 range they are in; None: public addresses.
    """
    ports = dict.fromkeys(_port(url) for url in urls)
    return tuple(Egress(to=network or Outside.INTERNET, port=port) for port in ports)


def authority(url: str) -> str:
    """Host and port of ``url``, ``otlp.example.com:443``."""
    return f"{urlsplit(url).hostname}:{_port(url)}"


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]

"""Addresses in settings that a way out of the site is made of."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field


def callable_address(url: str) -> str:
    """Refuse an address that nobody could connect to.

    Raises:
        ValueError: It has no host, or no port from 1 to 65535.
    """
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port
    except ValueError:
        host, port = None, 0
    if not host or port == 0:
        raise ValueError(
            f"{url} has no host or no port from 1 to 65535, so nobody could connect: correct it"
        )
    return url


def _is_range(text: str) -> str:
    try:
        IPv4Network(text)
    except ValueError:
        raise ValueError(
            f"{text} is no IPv4 range, such as 10.0.0.0/16 with no bit set after the prefix:"
            " correct it"
        ) from None
    return text


Network = Annotated[
    str, Field(pattern=r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$"), AfterValidator(_is_range)
]
"""An IPv4 range in CIDR notation."""

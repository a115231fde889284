"""What the world knows an object by: its id, told apart where several objects may have it."""

from __future__ import annotations

import hashlib
from typing import Final

_SEPARATOR: Final = "\n"


def shared_id(id_: str, urn: str, generation: int) -> str:
    """The key of an object of a type whose objects may have the same id."""
    digest = hashlib.sha256(f"{urn}\n{generation}".encode()).hexdigest()
    return f"{id_}{_SEPARATOR}{digest}"


def placed_id(id_: str, place: str) -> str:
    """The key of an object that others elsewhere may share the id with; no place adds nothing.

    The place is a region other than the provider's, or a cluster.
    """
    return f"{id_}{_SEPARATOR}{place}" if place else id_


def place_of(key: str) -> str:
    """What tells the object from those with the same id."""
    return key.partition(_SEPARATOR)[2]


def plain_id(key: str) -> str:
    """The id that the provider gave the object."""
    return key.partition(_SEPARATOR)[0]

"""What the world knows an object by: its id, told apart where several objects may have it."""

from __future__ import annotations

import hashlib
from typing import Final

_SEPARATOR: Final = "\n"


def shared_id(id_: str, urn: str, generation: int) -> str:
    """The key of an object of a type whose objects may have the same id."""
    digest = hashlib.sha256(f"{urn}\n{generation}".encode()).hexdigest()
    return f"{id_}{_SEPARATOR}{digest}"


def regional_id(id_: str, region: str) -> str:
    """The key of an object in another region than its provider's."""
    return f"{id_}{_SEPARATOR}{region}"


def plain_id(key: str) -> str:
    """The id that the provider gave the object."""
    return key.partition(_SEPARATOR)[0]

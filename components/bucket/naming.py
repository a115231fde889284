"""What buckets are called in the cloud, where no two in the world share a name."""

from __future__ import annotations

from typing import Final

from components.ground import short_hash

LONGEST: Final = 63


def bucket_name(role: str, *owner: str) -> str:
    """A name for ``role``, known in advance and unlike that of any other ``owner``."""
    suffix = short_hash(*owner, role)
    return f"{role[: LONGEST - len(suffix) - 1]}-{suffix}"

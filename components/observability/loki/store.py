"""Where Loki keeps what it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pulumi


@dataclass(frozen=True, kw_only=True)
class LogStore:
    """A bucket, or the volume of the one replica.

    Attributes:
        kind: What it is.
        bucket: Name of the bucket; its service accounts are those of ``identities``.
        region: The bucket's region; for S3.
    """

    kind: Literal["s3", "gcs", "filesystem"]
    bucket: pulumi.Input[str] = ""
    region: str = ""


VOLUME: Final = LogStore(kind="filesystem")
"""No bucket: everything is on the volume."""

"""Every image this project runs and every engine version it stands for, each with its source.

Nothing else spells an image. Each is pinned by the digest of its multi-platform index, so a tag
that moves changes nothing; the tag says what the digest contains. Raising a version is its own
change: read the digest of the new tag in the source, and set ``checked`` to that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Uid = Annotated[int, Field(ge=1, le=65_534)]


class Image(BaseModel):
    """A container image, pinned, and the user its process runs as."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registry: Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.[a-z]+$")] = Field(
        description="Host that serves the image."
    )
    repository: Annotated[str, Field(pattern=r"^[a-z0-9._/-]+$")] = Field(
        description="Path of the image on that host."
    )
    tag: Annotated[str, Field(pattern=r"^v?[0-9][A-Za-z0-9._-]*$")] = Field(
        description="Exact version the digest was published as."
    )
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = Field(
        description="Digest of the multi-platform index: what is pulled."
    )
    uid: Uid = Field(description="User the process runs as; never root.")
    gid: Uid = Field(description="Group the process runs as; never root.")
    source: Annotated[str, Field(pattern=r"^https://")] = Field(
        description="Where tag and digest were read."
    )
    checked: date = Field(description="Day on which the source said so.")

    @property
    def reference(self) -> str:
        """The name to pull: ``registry/repository:tag@digest``."""
        return f"{self.registry}/{self.repository}:{self.tag}@{self.digest}"


def _postgres(tag: str, digest: str, commit: str, page: str) -> Image:
    return Image(
        registry="docker.io",
        repository="library/postgres",
        tag=tag,
        digest=f"sha256:{digest}",
        # The image's Dockerfile creates the user postgres with these ids.
        uid=999,
        gid=999,
        source=f"https://github.com/docker-library/repo-info/blob/{commit}/repos/postgres/remote/{page}.md",
        checked=date(2026, 11, 21),
    )


POSTGRES: Final[Mapping[int, Image]] = {
    15: _postgres(
        "15.19-trixie",
        "5f72c7b5bd616308ccfd2e74d6be16fb06364e5eecbb815fe9dc6ab9761d2111",
        "9ae0269c14225639daad3f2d6f7c67e4cd66edb3",
        "15-trixie",
    ),
    16: _postgres(
        "16.15-trixie",
        "c31077828b6a25f169fcd1bdf769af0e1c5cb8eb14a5729c8bc766842347580b",
        "e81336d485fefb282dc36ad0d69a974054a02167",
        "16.15-trixie",
    ),
    17: _postgres(
        "17.11-trixie",
        "f4c66b820c6f974249089d3d16d86a3698eae11e8746eb6644b2271031e91232",
        "0b63eeca29bdd695a0db3d3249137b9929da650d",
        "17.11-trixie",
    ),
    18: _postgres(
        "18.6-trixie",
        "86c951e05bf56c93d95d397747fb8820ac76cc3bedb78f43abd83eedbe3666ae",
        "0b63eeca29bdd695a0db3d3249137b9929da650d",
        "18-trixie",
    ),
}
"""PostgreSQL by major version."""

REGISTRY: Final = Image(
    registry="docker.io",
    repository="library/registry",
    tag="3.1.2",
    digest="sha256:c87f33837722a100572e95d7dc4bf539fc42cf68202b13c3bc03c0ff54c3a649",
    # The image names no user of its own; this one is unused in it.
    uid=65_532,
    gid=65_532,
    source="https://github.com/docker-library/repo-info/blob/c42e9ed57ff61167658ffa7a9782fdd5bf78eba5/repos/registry/remote/3.1.2.md",
    checked=date(2026, 11, 21),
)
"""The CNCF Distribution registry."""

VALKEY: Final[Mapping[int, Image]] = {
    9: Image(
        registry="docker.io",
        repository="valkey/valkey",
        tag="9.1.0-trixie",
        digest="sha256:8e8d64b405ce18f41b8e5ee20aa4687a8ed0022d1298f2ce31cdcf3a76e09411",
        # The image's Dockerfile creates the user valkey with these ids.
        uid=999,
        gid=999,
        source="https://github.com/jaredwray/keyv/pull/2095",
        checked=date(2026, 11, 21),
    ),
}
"""Valkey by major version."""

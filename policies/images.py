"""References to container images: their version, their digest and the registry they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from policies.rule import Setting

_DEFAULT_REGISTRY: Final = "docker.io"
_IMAGE_ID: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")

REGISTRIES: Final = Setting(
    name="registries",
    description=(
        "Registries images may come from: a host, a host with port, or *.domain for every "
        "host below it."
    ),
    default=(
        "docker.io",
        "ghcr.io",
        "quay.io",
        "gcr.io",
        "registry.k8s.io",
        "public.ecr.aws",
        "localhost",
        "127.0.0.1",
    ),
)


@dataclass(frozen=True, slots=True)
class _Image:
    """A reference to an image; ``registry`` is empty for an image id, which no registry serves."""

    registry: str
    tag: str
    pinned: bool


@lru_cache(maxsize=4096)
def _parse(reference: str) -> _Image:
    """The parts of a reference as Docker reads them: ``[registry/]path[:tag][@digest]``."""
    if _IMAGE_ID.fullmatch(reference):
        return _Image("", "", pinned=True)
    named, _, digest = reference.partition("@")
    first, slash, _ = named.partition("/")
    names_registry = slash and ("." in first or ":" in first or first == "localhost")
    tag = named.rpartition("/")[2].partition(":")[2]
    return _Image(
        (first if names_registry else _DEFAULT_REGISTRY).lower(),
        tag,
        pinned=_DIGEST.fullmatch(digest) is not None,
    )


def names_version(reference: str) -> bool:
    """Whether ``reference`` has a digest, or a tag other than latest."""
    image = _parse(reference)
    return image.pinned or image.tag not in ("", "latest")


def is_pinned(reference: str) -> bool:
    """Whether ``reference`` has a digest."""
    return _parse(reference).pinned


def comes_from(reference: str, registries: tuple[str, ...]) -> bool:
    """Whether ``reference`` is served by one of ``registries``, or is the id of an image."""
    registry = _parse(reference).registry
    return not registry or _allowed(registry, registries)


def _allowed(registry: str, allowed: tuple[str, ...]) -> bool:
    """Whether ``registry`` is in ``allowed``, with any port where the entry names none.

    An entry ``*.example.com`` allows every host below the domain.
    """
    host = registry.partition(":")[0]
    return any(
        entry in (registry, host) or (entry.startswith("*.") and host.endswith(entry[1:]))
        for entry in allowed
    )

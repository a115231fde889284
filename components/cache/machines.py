"""What cache servers are, by size, version and ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.cache.spec import Size

NODE_TYPE: Final[Mapping[str, Mapping[Size, str]]] = {
    "aws": {
        Size.SMALL: "cache.t4g.small",
        Size.MEDIUM: "cache.m7g.large",
        Size.LARGE: "cache.r7g.large",
    },
    # The source is "Instance and node specification" of Memorystore for Valkey, checked
    # 2026-11-21.
    "gcp": {
        Size.SMALL: "SHARED_CORE_NANO",
        Size.MEDIUM: "STANDARD_SMALL",
        Size.LARGE: "HIGHMEM_MEDIUM",
    },
}
# The newest of each major version: an automatic upgrade must not be taken back. The sources are
# "Engine versions and upgrading in ElastiCache" and "Supported versions" of Memorystore for
# Valkey, checked 2026-11-21.
ENGINE_VERSION: Final[Mapping[str, Mapping[int, str]]] = {
    "aws": {8: "8.2", 9: "9.1"},
    "gcp": {8: "8.0", 9: "9.0"},
}

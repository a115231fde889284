"""A Valkey cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import pulumi

from components.cache.interface import (
    AwsCacheRef,
    Cache,
    CacheRef,
    DockerCacheRef,
    GcpCacheRef,
)
from components.cache.spec import GROUNDS, CacheSpec, Eviction, Size, refused_on
from components.ground import neighbour
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef
from components.network.interface import (
    AwsNetworkRef,
    DockerNetworkRef,
    GcpNetworkRef,
    NetworkRef,
)

__all__ = [
    "GROUNDS",
    "AwsCacheRef",
    "Cache",
    "CacheRef",
    "CacheSpec",
    "DockerCacheRef",
    "Eviction",
    "GcpCacheRef",
    "Size",
    "create_cache",
    "refused_on",
]


def create_cache(
    network: NetworkRef,
    name: str,
    spec: CacheSpec,
    *,
    keys: KeysRef,
    clients: Mapping[str, pulumi.Input[str]] | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> Cache:
    """Create the cache that belongs on ``network``.

    Args:
        network: what the cache stands on.
        name: the Pulumi name.
        spec: what is asked of it.
        keys: on AWS and Google Cloud, encrypt its data, and on AWS its logs.
        clients: on AWS, ids of the security groups that may connect, by a name that never changes;
            without any, every address of the network may.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``clients`` are named where there are no security groups, or the ground
            cannot build what is asked.
    """
    match network:
        case AwsNetworkRef():
            from components.cache.aws import AwsCache

            return AwsCache(name, spec, network, neighbour(keys, AwsKeysRef), clients or {}, opts)
        case GcpNetworkRef() | DockerNetworkRef() if clients:
            raise pulumi.RunError(
                f"cache {name}: clients {', '.join(sorted(clients))} are security groups,"
                " which only AWS has; leave clients out"
            )
        case GcpNetworkRef():
            from components.cache.gcp import GcpCache

            return GcpCache(name, spec, network, neighbour(keys, GcpKeysRef), opts)
        case DockerNetworkRef():
            from components.cache.docker import DockerCache

            return DockerCache(name, spec, network, opts)
        case _:
            assert_never(network)

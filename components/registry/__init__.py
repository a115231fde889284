"""A private image registry."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.ground import (
    AwsCloud,
    DockerHost,
    GcpCloud,
    Ground,
    KubernetesContext,
    neighbour,
    refuse,
)
from components.keys.interface import AwsKeysRef, DockerKeysRef, GcpKeysRef, KeysRef
from components.network.interface import DockerNetworkRef, NetworkRef
from components.registry.interface import (
    AwsRegistryRef,
    DockerRegistryRef,
    GcpRegistryRef,
    Registry,
    RegistryRef,
)
from components.registry.spec import GROUNDS, Mirror, RegistrySpec

__all__ = [
    "GROUNDS",
    "AwsRegistryRef",
    "DockerRegistryRef",
    "GcpRegistryRef",
    "Mirror",
    "Registry",
    "RegistryRef",
    "RegistrySpec",
    "create_registry",
]


def create_registry(
    ground: Ground,
    name: str,
    spec: RegistrySpec,
    *,
    keys: KeysRef,
    network: NetworkRef,
    opts: pulumi.ResourceOptions | None = None,
) -> Registry:
    """Create the registry that belongs on ``ground``; one that runs there joins ``network``.

    Raises:
        pulumi.RunError: ``ground`` carries no registry.
    """
    match ground:
        case AwsCloud():
            from components.registry.aws import AwsRegistry

            return AwsRegistry(name, spec, ground, neighbour(keys, AwsKeysRef), opts)
        case DockerHost():
            from components.registry.docker import DockerRegistry

            return DockerRegistry(
                name,
                spec,
                neighbour(network, DockerNetworkRef),
                neighbour(keys, DockerKeysRef),
                opts,
            )
        case GcpCloud():
            from components.registry.gcp import GcpRegistry

            return GcpRegistry(name, spec, ground, neighbour(keys, GcpKeysRef), opts)
        case KubernetesContext():
            raise refuse("registry", ground, GROUNDS)
        case _:
            assert_never(ground)

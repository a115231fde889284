"""A private network."""

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
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef
from components.network.interface import (
    AwsNetworkRef,
    DockerNetworkRef,
    DockerTier,
    GcpNetworkRef,
    Network,
    NetworkRef,
    Tier,
)
from components.network.spec import GROUNDS, FlowLogStore, Nat, NetworkSpec

__all__ = [
    "GROUNDS",
    "AwsNetworkRef",
    "DockerNetworkRef",
    "DockerTier",
    "FlowLogStore",
    "GcpNetworkRef",
    "Nat",
    "Network",
    "NetworkRef",
    "NetworkSpec",
    "Tier",
    "create_network",
]


def create_network(
    ground: Ground,
    name: str,
    spec: NetworkSpec,
    *,
    keys: KeysRef,
    opts: pulumi.ResourceOptions | None = None,
) -> Network:
    """Create the network that belongs on ``ground``; ``keys`` encrypt its logs.

    Raises:
        pulumi.RunError: ``ground`` carries no network.
    """
    match ground:
        case AwsCloud():
            from components.network.aws import AwsNetwork

            return AwsNetwork(name, spec, ground, neighbour(keys, AwsKeysRef), opts)
        case DockerHost():
            from components.network.docker import DockerNetwork

            return DockerNetwork(name, spec, ground, opts)
        case GcpCloud():
            from components.network.gcp import GcpNetwork

            return GcpNetwork(name, spec, ground, neighbour(keys, GcpKeysRef), opts)
        case KubernetesContext():
            raise refuse("network", ground, GROUNDS)
        case _:
            assert_never(ground)

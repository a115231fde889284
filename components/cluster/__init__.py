"""A private, hardened Kubernetes cluster."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.cluster.interface import Cluster, KubernetesRef
from components.cluster.spec import (
    GROUNDS,
    Capacity,
    ClusterSpec,
    ControlPlaneLog,
    MachineSize,
    PoolSpec,
    ProvisioningSpec,
    ReleaseChannel,
    TaintEffect,
    TaintSpec,
)
from components.ground import neighbour, refuse
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef
from components.network.interface import (
    AwsNetworkRef,
    DockerNetworkRef,
    GcpNetworkRef,
    NetworkRef,
)

__all__ = [
    "GROUNDS",
    "Capacity",
    "Cluster",
    "ClusterSpec",
    "ControlPlaneLog",
    "KubernetesRef",
    "MachineSize",
    "PoolSpec",
    "ProvisioningSpec",
    "ReleaseChannel",
    "TaintEffect",
    "TaintSpec",
    "create_cluster",
]


def create_cluster(
    network: NetworkRef,
    name: str,
    spec: ClusterSpec,
    *,
    keys: KeysRef,
    opts: pulumi.ResourceOptions | None = None,
) -> Cluster:
    """Create the cluster that belongs on ``network``.

    Args:
        network: what the cluster stands on.
        name: the Pulumi name.
        spec: what is asked of it.
        keys: encrypt its secrets, its disks and its logs.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``network`` carries no cluster.
    """
    match network:
        case AwsNetworkRef():
            from components.cluster.aws import AwsCluster

            return AwsCluster(name, spec, network, neighbour(keys, AwsKeysRef), opts)
        case GcpNetworkRef():
            from components.cluster.gcp import GcpCluster

            return GcpCluster(name, spec, network, neighbour(keys, GcpKeysRef), opts)
        case DockerNetworkRef():
            raise refuse("cluster", network.host, GROUNDS)
        case _:
            assert_never(network)

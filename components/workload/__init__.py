"""A long-running service, described once and rendered for what runs it."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.namespace.interface import NamespaceRef
from components.network.interface import DockerNetworkRef
from components.workload.flows import connect
from components.workload.interface import RunningWorkload
from components.workload.spec import (
    HOST,
    NEIGHBOURS,
    ApiAccess,
    Autoscaling,
    Batch,
    Egress,
    Fact,
    Flow,
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Outside,
    Port,
    Resources,
    TcpCheck,
    Volume,
)
from components.workload.workload import SecretKey, Workload

__all__ = [
    "HOST",
    "NEIGHBOURS",
    "ApiAccess",
    "Autoscaling",
    "Batch",
    "Egress",
    "Fact",
    "Flow",
    "Health",
    "HostAccess",
    "HostPath",
    "HttpCheck",
    "Kind",
    "Outside",
    "Port",
    "Resources",
    "RunningWorkload",
    "SecretKey",
    "TcpCheck",
    "Volume",
    "Workload",
    "connect",
    "create_workload",
]


def create_workload(
    runtime: DockerNetworkRef | NamespaceRef,
    name: str,
    workload: Workload,
    opts: pulumi.ResourceOptions | None = None,
) -> RunningWorkload:
    """Run ``workload`` on ``runtime``: as pods, or as a container or service of a Docker host.

    Raises:
        pulumi.RunError: ``workload`` does not fit the runtime, or a flow the workload.
    """
    match runtime:
        case NamespaceRef():
            from components.workload.kubernetes import KubernetesWorkload

            return KubernetesWorkload(name, workload, runtime, opts)
        case DockerNetworkRef() if runtime.host.swarm:
            from components.workload.swarm import SwarmWorkload

            return SwarmWorkload(name, workload, runtime, opts)
        case DockerNetworkRef():
            from components.workload.docker import DockerWorkload

            return DockerWorkload(name, workload, runtime, opts)
        case _:
            assert_never(runtime)

"""A long-running service, described once and rendered for what runs it."""

from __future__ import annotations

import pulumi

from components.network.interface import DockerNetworkRef
from components.workload.interface import RunningWorkload
from components.workload.spec import (
    HOST,
    NEIGHBOURS,
    Flow,
    Health,
    Port,
    Resources,
    Volume,
)
from components.workload.workload import Workload

__all__ = [
    "HOST",
    "NEIGHBOURS",
    "Flow",
    "Health",
    "Port",
    "Resources",
    "RunningWorkload",
    "Volume",
    "Workload",
    "create_workload",
]


def create_workload(
    runtime: DockerNetworkRef,
    name: str,
    workload: Workload,
    opts: pulumi.ResourceOptions | None = None,
) -> RunningWorkload:
    """Run ``workload`` on ``runtime``: a container, or a service where the host is a swarm.

    Raises:
        ValueError: A flow does not fit the workload.
    """
    if runtime.host.swarm:
        from components.workload.swarm import SwarmWorkload

        return SwarmWorkload(name, workload, runtime, opts)
    from components.workload.docker import DockerWorkload

    return DockerWorkload(name, workload, runtime, opts)

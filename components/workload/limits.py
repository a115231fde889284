"""What Docker cannot give a workload, said aloud."""

from __future__ import annotations

from collections.abc import Iterator

from components.workload.spec import HOST, NEIGHBOURS
from components.workload.workload import Workload


def unhonoured_by_host(name: str, workload: Workload) -> tuple[str, ...]:
    """What a single Docker host does not honour of ``workload``, one sentence each."""
    return (*_of_one_host(workload), *_of_docker(name, workload))


def unhonoured_by_swarm(name: str, workload: Workload) -> tuple[str, ...]:
    """What a Docker swarm does not honour of ``workload``, one sentence each."""
    return (*_of_a_swarm(name, workload), *_of_docker(name, workload))


def _of_one_host(workload: Workload) -> Iterator[str]:
    if workload.replicas > 1:
        yield (
            f"replicas: {workload.replicas} are asked, 1 runs; a single Docker host has no "
            "scheduler and no load balancer"
        )
    if workload.spread:
        yield "spread: a single Docker host is one zone"
    if workload.secret_files:
        yield (
            "secret_files: they rest unencrypted in a volume on the host's disk; in swarm mode "
            "they stay in memory"
        )


def _of_a_swarm(name: str, workload: Workload) -> Iterator[str]:
    # The provider's service has no property for it (pulumi-docker 5.2), its container has.
    yield "no_new_privileges: a service cannot ask for it; the daemon's own setting decides"
    if workload.volumes and workload.replicas > 1:
        yield (
            f"replicas: {workload.replicas} are asked, 1 runs; the copies would share one volume"
        )
    if workload.volumes:
        yield "volumes: they are local to a manager and do not follow the service to another"
    if any(flow.source == HOST and flow.target == name for flow in workload.flows):
        yield (
            "published_port: a service publishes on every address of every node, not on the "
            "loopback address alone"
        )


def _of_docker(name: str, workload: Workload) -> Iterator[str]:
    if workload.max_unavailable is not None:
        yield (
            f"max_unavailable: {workload.max_unavailable} is asked; Docker has no disruption budget"
        )
    tiers = sorted(
        {
            flow.tier
            for flow in workload.flows
            if flow.target == name and flow.source not in (HOST, NEIGHBOURS)
        }
    )
    for tier in tiers:
        yield (
            f"flows: every workload on the tier {tier} can call every port of this one; a Docker "
            "network filters neither by caller nor by port"
        )

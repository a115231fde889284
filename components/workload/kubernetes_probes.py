"""How Kubernetes asks whether a workload serves."""

from __future__ import annotations

import math

from pulumi_kubernetes.core import v1 as core

from components.workload.spec import Health, HttpCheck, TcpCheck
from components.workload.workload import Workload


def startup_probe(workload: Workload) -> core.ProbeArgs | None:
    """Asks what readiness asks, until the time to start in is over; the others wait for it."""
    health = workload.health
    if health is None:
        return None
    tries = math.ceil(health.start_seconds / health.interval_seconds) + health.retries
    return _probe(workload, health, health.ready, tries)


def readiness_probe(workload: Workload) -> core.ProbeArgs | None:
    """Whether the replica can be sent requests."""
    health = workload.health
    return _probe(workload, health, health.ready, health.retries) if health else None


def liveness_probe(workload: Workload) -> core.ProbeArgs | None:
    """Whether the replica would be better off restarted, where something can tell."""
    health = workload.health
    if health is None or health.alive is None:
        return None
    return _probe(workload, health, health.alive, health.retries)


def _probe(
    workload: Workload, health: Health, check: HttpCheck | TcpCheck | None, failures: int
) -> core.ProbeArgs:
    http = tcp = command = None
    match check:
        case HttpCheck():
            http = core.HTTPGetActionArgs(
                path=check.path, port=workload.ports[check.port].number, scheme="HTTP"
            )
        case TcpCheck():
            tcp = core.TCPSocketActionArgs(port=workload.ports[check.port].number)
        case None:
            command = core.ExecActionArgs(command=list(health.command))
    return core.ProbeArgs(
        http_get=http,
        tcp_socket=tcp,
        exec_=command,
        period_seconds=health.interval_seconds,
        timeout_seconds=health.timeout_seconds,
        failure_threshold=failures,
    )

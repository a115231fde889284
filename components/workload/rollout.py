"""How many replicas of a Swarm service run, and how new ones take over."""

from __future__ import annotations

from typing import Final

import pulumi_docker as docker

from components.workload.spec import Kind
from components.workload.workload import Workload

MONITOR_SECONDS: Final = 30
"""Time after the start of a replica in which its failure rolls the update back."""


def update(workload: Workload) -> docker.ServiceUpdateConfigArgs:
    """One replica at a time; a failure within the monitored time rolls all of them back.

    A task that ends in that time counts as failed, so one that shall end is never rolled back.

    Source: github.com/moby/swarmkit, ``manager/orchestrator/update/updater.go``; checked
    2026-11-21.
    """
    return docker.ServiceUpdateConfigArgs(
        parallelism=1,
        order=_order(workload),
        failure_action="rollback" if workload.kind.serves else "continue",
        monitor=f"{MONITOR_SECONDS}s",
    )


def rollback(workload: Workload) -> docker.ServiceRollbackConfigArgs:
    """The same way back; a failure there waits for a person."""
    return docker.ServiceRollbackConfigArgs(
        parallelism=1,
        order=_order(workload),
        failure_action="pause",
        monitor=f"{MONITOR_SECONDS}s",
    )


def copies(workload: Workload) -> int:
    """How many run: one where they would share a volume, the least where nobody adds more."""
    if workload.volumes:
        return 1
    return workload.autoscaling.replicas_at_least if workload.autoscaling else workload.replicas


def mode(workload: Workload) -> docker.ServiceModeArgs:
    """How many run, and where."""
    if workload.kind is Kind.PER_NODE:
        return docker.ServiceModeArgs(global_=True)
    return docker.ServiceModeArgs(
        replicated=docker.ServiceModeReplicatedArgs(replicas=copies(workload))
    )


def converge(workload: Workload) -> docker.ServiceConvergeConfigArgs | None:
    """How long an update waits until every replica is healthy; a task that ends never is.

    The provider refuses to wait for a global service.
    """
    if not workload.kind.serves or workload.kind is Kind.PER_NODE:
        return None
    deadline_seconds = workload.health.deadline_seconds if workload.health else 0
    seconds = copies(workload) * (deadline_seconds + MONITOR_SECONDS)
    return docker.ServiceConvergeConfigArgs(delay="5s", timeout=f"{seconds}s")


def _order(workload: Workload) -> str:
    """Two replicas must not write to one volume, nor two versions of a task run at once."""
    return "stop-first" if workload.volumes or not workload.kind.serves else "start-first"

"""What every Docker container of ours has, whatever it runs."""

from __future__ import annotations

from typing import Final

import pulumi_docker as docker

from components.workload.spec import Health
from components.workload.workload import Workload

RESTARTS: Final = 5
"""Restarts after a failure before the runtime gives up."""

DROPPED_CAPABILITIES: Final = ("ALL",)
CAPABILITIES: Final = docker.ContainerCapabilitiesArgs(drops=list(DROPPED_CAPABILITIES))
SECURITY_OPTIONS: Final = ["no-new-privileges:true"]
LOG_DRIVER: Final = "json-file"
LOG_OPTIONS: Final = {"max-file": "3", "max-size": "10m"}


def user(workload: Workload) -> str:
    """Numeric user and group of the process, ``999:999``."""
    return f"{workload.image.uid}:{workload.image.gid}"


def tmpfs(workload: Workload, size_mib: int) -> str:
    """Mount options of a writable directory in memory that only the process may use."""
    return (
        f"rw,noexec,nosuid,nodev,size={size_mib}m,mode=0700"
        f",uid={workload.image.uid},gid={workload.image.gid}"
    )


def healthcheck(health: Health) -> docker.ContainerHealthcheckArgs:
    """The check as a container takes it; Docker runs the command without a shell."""
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *health.command],
        interval=f"{health.interval_seconds}s",
        timeout=f"{health.timeout_seconds}s",
        retries=health.retries,
        start_period=f"{health.start_seconds}s",
    )

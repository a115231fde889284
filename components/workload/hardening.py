"""What every Docker container of ours has, whatever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_docker as docker

from components.namespace.interface import HOST_ACCESS_BECAUSE
from components.workload.spec import Fact, Health, Kind
from components.workload.workload import SecretKey, Workload

RESTARTS: Final = 5
"""Restarts of a service after failures before the runtime gives up."""

DROPPED_CAPABILITIES: Final = ("ALL",)
CAPABILITIES: Final = docker.ContainerCapabilitiesArgs(drops=list(DROPPED_CAPABILITIES))
SECURITY_OPTIONS: Final = ["no-new-privileges:true"]
LOG_DRIVER: Final = "json-file"
LOG_OPTIONS: Final = {"max-file": "3", "max-size": "10m"}
NO_HEALTHCHECK_BECAUSE: Final = "plinth.dev/no-healthcheck-because"


def user(workload: Workload) -> str:
    """Numeric user and group of the process, ``999:999``."""
    return f"{workload.image.uid}:{workload.image.gid}"


def tmpfs(workload: Workload, size_mib: int) -> str:
    """Mount options of a writable directory in memory that only the process may use."""
    return (
        f"rw,noexec,nosuid,nodev,size={size_mib}m,mode=0700"
        f",uid={workload.image.uid},gid={workload.image.gid}"
    )


def restarts(workload: Workload) -> int:
    """Restarts after a failure before the runtime gives up; to Docker 0 would be no limit."""
    return RESTARTS if workload.batch is None else workload.batch.retries


def healthcheck(health: Health | None) -> docker.ContainerHealthcheckArgs | None:
    """The check as a container takes it; Docker runs the command without a shell."""
    if health is None or not health.command:
        return None
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *health.command],
        interval=f"{health.interval_seconds}s",
        timeout=f"{health.timeout_seconds}s",
        retries=health.retries,
        start_period=f"{health.start_seconds}s",
    )


def reasons(workload: Workload) -> dict[str, str]:
    """Labels that say why the container may do more than others, or is asked less."""
    found: dict[str, str] = {}
    if workload.host_access:
        found[HOST_ACCESS_BECAUSE] = workload.host_access.reason
    if workload.health is None:
        found[NO_HEALTHCHECK_BECAUSE] = "it runs to its end and serves nobody"
    elif not workload.health.command:
        found[NO_HEALTHCHECK_BECAUSE] = "the image has no program to ask with"
    return found


def secret_contents(name: str, workload: Workload) -> Mapping[str, pulumi.Output[str]]:
    """The secret files of a workload called ``name``, by path.

    Raises:
        pulumi.RunError: One of them is a key of a Kubernetes Secret.
    """
    contents: dict[str, pulumi.Output[str]] = {}
    for path, content in sorted(workload.secret_files.items()):
        match content:
            case SecretKey(secret=secret, key=key):
                raise pulumi.RunError(
                    f"{name}: the secret file {path} is the key {key} of the Kubernetes Secret"
                    f" {secret}, and Docker has none; give its content"
                )
            case _:
                contents[path] = pulumi.Output.secret(content)
    return contents


def refuse_schedule(name: str, workload: Workload) -> None:
    """Refuse what Docker would never run.

    Raises:
        pulumi.RunError: The workload runs on a schedule.
    """
    if workload.kind is Kind.SCHEDULED:
        raise pulumi.RunError(
            f"{name}: its kind is {workload.kind}, and Docker has no scheduler; run it on"
            " Kubernetes, or call it from one of the host's own"
        )


def environment(workload: Workload, facts: Mapping[Fact, str]) -> dict[str, str]:
    """Variables and values, with what the runtime tells a replica of itself."""
    told = {variable: facts[fact] for variable, fact in workload.facts.items()}
    return dict(sorted({**workload.environment, **told}.items()))

"""The parts of a Swarm service, made from a workload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_docker as docker

from components.network.interface import DockerNetworkRef
from components.workload.hardening import (
    DROPPED_CAPABILITIES,
    LOG_DRIVER,
    LOG_OPTIONS,
    environment,
    restarts,
    user,
)
from components.workload.spec import Fact, Health, Kind
from components.workload.workload import Workload

MEBIBYTE: Final = 1024 * 1024
NANO_CPUS: Final = 1_000_000_000
CONFIG_MODE: Final = 0o444
SECRET_MODE: Final = 0o400
# A tmpfs of a service has no owner; the provider drops the sticky bit when it reads it back.
SCRATCH_MODE: Final = 0o777
RESTART_WINDOW: Final = "120s"
"""A service may fail as often again once it ran that long."""

UNBOUNDED: Final = "0s"
"""All failures count, however long a run takes."""

FACTS: Final[Mapping[Fact, str]] = {
    Fact.REPLICA: "{{.Task.Name}}",
    Fact.ADDRESS: "0.0.0.0",  # noqa: S104
    Fact.NODE: "{{.Node.Hostname}}",
    Fact.NODE_ADDRESS: "{{.Node.Hostname}}",
}
"""What a replica is told of itself; it listens on all its networks.

Source: https://docs.docker.com/reference/cli/docker/service/create/ (templates), 2026-11-21.
"""

ZONE_LABEL: Final = "zone"
"""Node label that names the zone; nodes without it count as one zone."""


def container_spec(
    name: str,
    workload: Workload,
    *,
    configs: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, pulumi.Input[str]],
    volumes: Mapping[str, pulumi.Input[str]],
) -> docker.ServiceTaskSpecContainerSpecArgs:
    """The hardened container of each replica.

    Args:
        name: Host name inside the container.
        workload: What runs.
        configs: Ids of the configs by path.
        secrets: Ids of the secrets by path.
        volumes: Names of the volumes by role.
    """
    return docker.ServiceTaskSpecContainerSpecArgs(
        image=workload.image.reference,
        hostname=name,
        args=list(workload.command),
        env=environment(workload, FACTS),
        user=user(workload),
        groups=_groups(workload),
        read_only=True,
        cap_drops=list(DROPPED_CAPABILITIES),
        configs=[
            docker.ServiceTaskSpecContainerSpecConfigArgs(
                config_id=config, file_name=path, file_mode=CONFIG_MODE
            )
            for path, config in configs.items()
        ],
        secrets=[
            docker.ServiceTaskSpecContainerSpecSecretArgs(
                secret_id=secret,
                file_name=path,
                file_uid=str(workload.image.uid),
                file_gid=str(workload.image.gid),
                file_mode=SECRET_MODE,
            )
            for path, secret in secrets.items()
        ],
        mounts=_mounts(workload, volumes),
        healthcheck=_healthcheck(workload.health),
        stop_grace_period=f"{workload.stop_seconds}s",
    )


def task_spec(
    name: str,
    workload: Workload,
    network: DockerNetworkRef,
    container: docker.ServiceTaskSpecContainerSpecArgs,
) -> docker.ServiceTaskSpecArgs:
    """Where the replicas run, within which limits and on which networks."""
    memory_bytes = workload.resources.memory_mib * MEBIBYTE
    return docker.ServiceTaskSpecArgs(
        container_spec=container,
        resources=docker.ServiceTaskSpecResourcesArgs(
            limits=docker.ServiceTaskSpecResourcesLimitsArgs(
                memory_bytes=memory_bytes, nano_cpus=round(workload.resources.cpus * NANO_CPUS)
            ),
            reservation=docker.ServiceTaskSpecResourcesReservationArgs(
                memory_bytes=memory_bytes,
                nano_cpus=round(workload.resources.reserved_cpus * NANO_CPUS),
            ),
        ),
        restart_policy=docker.ServiceTaskSpecRestartPolicyArgs(
            condition="on-failure" if restarts(workload) else "none",
            delay="5s",
            max_attempts=restarts(workload),
            window=RESTART_WINDOW if workload.kind.serves else UNBOUNDED,
        ),
        placement=docker.ServiceTaskSpecPlacementArgs(
            constraints=_constraints(workload),
            prefs=[f"spread=node.labels.{ZONE_LABEL}"] if workload.spread else [],
        ),
        networks_advanceds=[
            docker.ServiceTaskSpecNetworksAdvancedArgs(id=network.tiers[tier].id, aliases=[name])
            for tier in workload.tiers
        ],
        log_driver=docker.ServiceTaskSpecLogDriverArgs(name=LOG_DRIVER, options=LOG_OPTIONS),
    )


def _healthcheck(
    health: Health | None,
) -> docker.ServiceTaskSpecContainerSpecHealthcheckArgs | None:
    if health is None or not health.command:
        return None
    return docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
        tests=["CMD", *health.command],
        interval=f"{health.interval_seconds}s",
        timeout=f"{health.timeout_seconds}s",
        retries=health.retries,
        start_period=f"{health.start_seconds}s",
    )


def _constraints(workload: Workload) -> list[str]:
    """A volume is local to its node; without a fixed role the data would be left behind."""
    moves = workload.kind is not Kind.PER_NODE
    return ["node.role==manager"] if workload.volumes and moves else []


def _groups(workload: Workload) -> list[str] | None:
    access = workload.host_access
    return [str(group) for group in access.groups] if access and access.groups else None


def _mounts(
    workload: Workload, volumes: Mapping[str, pulumi.Input[str]]
) -> list[docker.ServiceTaskSpecContainerSpecMountArgs]:
    return [
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="volume", source=volumes[role], target=volume.path
            )
            for role, volume in workload.volumes.items()
        ),
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="tmpfs",
                target=path,
                tmpfs_options=docker.ServiceTaskSpecContainerSpecMountTmpfsOptionsArgs(
                    size_bytes=size_mib * MEBIBYTE, mode=SCRATCH_MODE
                ),
            )
            for path, size_mib in workload.scratch_mib.items()
        ),
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="bind", source=shown.path, target=shown.mounted_at, read_only=True
            )
            for _, shown in sorted(
                workload.host_access.paths.items() if workload.host_access else ()
            )
        ),
    ]

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
    RESTARTS,
    user,
)
from components.workload.workload import Workload

MEBIBYTE: Final = 1024 * 1024
NANO_CPUS: Final = 1_000_000_000
CONFIG_MODE: Final = 0o444
SECRET_MODE: Final = 0o400
# A tmpfs of a service has no owner; the provider drops the sticky bit when it reads it back.
SCRATCH_MODE: Final = 0o777
MONITOR_SECONDS: Final = 30
"""Time after the start of a replica in which its failure rolls the update back."""

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
        env=dict(workload.environment),
        user=user(workload),
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
        healthcheck=docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
            tests=["CMD", *workload.health.command],
            interval=f"{workload.health.interval_seconds}s",
            timeout=f"{workload.health.timeout_seconds}s",
            retries=workload.health.retries,
            start_period=f"{workload.health.start_seconds}s",
        ),
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
    nano_cpus = round(workload.resources.cpus * NANO_CPUS)
    return docker.ServiceTaskSpecArgs(
        container_spec=container,
        resources=docker.ServiceTaskSpecResourcesArgs(
            limits=docker.ServiceTaskSpecResourcesLimitsArgs(
                memory_bytes=memory_bytes, nano_cpus=nano_cpus
            ),
            reservation=docker.ServiceTaskSpecResourcesReservationArgs(
                memory_bytes=memory_bytes, nano_cpus=nano_cpus // 10
            ),
        ),
        restart_policy=docker.ServiceTaskSpecRestartPolicyArgs(
            condition="on-failure", delay="5s", max_attempts=RESTARTS, window="120s"
        ),
        placement=docker.ServiceTaskSpecPlacementArgs(
            # A volume is local to its node; without a fixed role the data would be left behind.
            constraints=["node.role==manager"] if workload.volumes else [],
            prefs=[f"spread=node.labels.{ZONE_LABEL}"] if workload.spread else [],
        ),
        networks_advanceds=[
            docker.ServiceTaskSpecNetworksAdvancedArgs(id=network.tiers[tier].id, aliases=[name])
            for tier in workload.tiers
        ],
        log_driver=docker.ServiceTaskSpecLogDriverArgs(name=LOG_DRIVER, options=LOG_OPTIONS),
    )


def update(workload: Workload) -> docker.ServiceUpdateConfigArgs:
    """One replica at a time; a failure within the monitored time rolls all of them back."""
    return docker.ServiceUpdateConfigArgs(
        parallelism=1,
        order=_order(workload),
        failure_action="rollback",
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


def converge(workload: Workload) -> docker.ServiceConvergeConfigArgs:
    """How long an update waits until every replica is healthy."""
    seconds = workload.replicas * (workload.health.deadline_seconds + MONITOR_SECONDS)
    return docker.ServiceConvergeConfigArgs(delay="5s", timeout=f"{seconds}s")


def _order(workload: Workload) -> str:
    """Two replicas must not write to one volume."""
    return "stop-first" if workload.volumes else "start-first"


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
    ]

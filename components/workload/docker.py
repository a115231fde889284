"""A workload as a container on a single Docker host."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_docker as docker

from components.network.interface import DockerNetworkRef
from components.workload.files import deliver
from components.workload.hardening import (
    CAPABILITIES,
    LOG_DRIVER,
    LOG_OPTIONS,
    RESTARTS,
    SECURITY_OPTIONS,
    healthcheck,
    tmpfs,
    user,
)
from components.workload.interface import RunningWorkload
from components.workload.limits import unhonoured_by_host
from components.workload.workload import Workload

LOOPBACK: Final = "127.0.0.1"


class DockerWorkload(RunningWorkload):
    """One hardened container, its storage and its files; reachable only along its flows."""

    TOKEN: ClassVar[str] = "plinth:workload:DockerWorkload"  # noqa: S105

    def __init__(
        self,
        name: str,
        workload: Workload,
        network: DockerNetworkRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the image, the volumes, the files and the container.

        Raises:
            ValueError: A flow does not fit the workload.
        """
        workload.check_flows(name)
        super().__init__(name, network.host, opts)
        child = pulumi.ResourceOptions(parent=self)

        image = docker.RemoteImage(
            f"{name}-image",
            name=workload.image.reference,
            # Another stack on the host may run the same image.
            keep_locally=True,
            opts=child,
        )
        volumes = {
            role: docker.Volume(
                f"{name}-volume-{role}",
                driver="local",
                opts=pulumi.ResourceOptions(parent=self, protect=volume.protected or None),
            )
            for role, volume in workload.volumes.items()
        }
        files = deliver(name, workload, image.image_id, parent=self)
        tiers = workload.tiers
        published = workload.published_ports(name)
        container = docker.Container(
            name,
            image=image.image_id,
            hostname=name,
            command=list(workload.command) or None,
            envs=[f"{key}={value}" for key, value in sorted(workload.environment.items())],
            user=user(workload),
            read_only=True,
            tmpfs={path: tmpfs(workload, size) for path, size in workload.scratch_mib.items()},
            capabilities=CAPABILITIES,
            security_opts=SECURITY_OPTIONS,
            memory=workload.resources.memory_mib,
            cpus=f"{workload.resources.cpus:g}",
            restart="on-failure",
            max_retry_count=RESTARTS,
            healthcheck=healthcheck(workload.health),
            wait=True,
            wait_timeout=workload.health.deadline_seconds,
            destroy_grace_seconds=workload.stop_seconds,
            log_driver=LOG_DRIVER,
            log_opts=LOG_OPTIONS,
            network_mode=None if tiers else "none",
            networks_advanced=[
                docker.ContainerNetworksAdvancedArgs(name=network.tiers[tier].name, aliases=[name])
                for tier in tiers
            ],
            ports=[
                docker.ContainerPortArgs(
                    internal=workload.ports[key].number, external=port, ip=LOOPBACK, protocol="tcp"
                )
                for key, port in published.items()
            ],
            mounts=[
                *(
                    docker.ContainerMountArgs(
                        type="volume", source=volumes[role].name, target=volume.path
                    )
                    for role, volume in workload.volumes.items()
                ),
                *files.mounts,
            ],
            # Two of it would fight over the port and write to the same volume.
            opts=pulumi.ResourceOptions(
                parent=self, delete_before_replace=True, depends_on=files.carriers
            ),
        )

        self.publish(
            host=container.hostname,
            ports={key: port.number for key, port in workload.ports.items()},
            published={key: f"{LOOPBACK}:{port}" for key, port in published.items()},
            unhonoured=unhonoured_by_host(name, workload),
        )

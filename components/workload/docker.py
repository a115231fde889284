"""A workload as a container on a single Docker host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_docker as docker

from components.network.interface import DockerNetworkRef
from components.workload.files import deliver
from components.workload.hardening import (
    CAPABILITIES,
    LOG_DRIVER,
    LOG_OPTIONS,
    SECURITY_OPTIONS,
    environment,
    healthcheck,
    reasons,
    refuse_schedule,
    restarts,
    secret_contents,
    tmpfs,
    user,
)
from components.workload.interface import RunningWorkload
from components.workload.limits import unhonoured_by_host
from components.workload.spec import Fact
from components.workload.workload import Workload

LOOPBACK: Final = "127.0.0.1"

UNCHANGEABLE: Final = ("healthcheck", "tmpfs")
"""What the provider calls changed while the container keeps what it was made with.

Source: github.com/kreuzwerker/terraform-provider-docker, issue 988; checked 2026-11-21.
"""


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
            pulumi.RunError: A flow does not fit the workload, or it needs what only Kubernetes has.
        """
        workload.check_flows(name)
        refuse_schedule(name, workload)
        secrets = secret_contents(name, workload)
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
        files = deliver(name, workload, secrets, image.image_id, parent=self)
        access = workload.host_access
        on_machine = access is not None and access.network
        check = healthcheck(workload.health)
        published = {} if on_machine else workload.published_ports(name)
        container = docker.Container(
            name,
            image=image.image_id,
            hostname=name,
            labels=[
                docker.ContainerLabelArgs(label=label, value=reason)
                for label, reason in reasons(workload).items()
            ]
            or None,
            command=list(workload.command) or None,
            envs=[f"{key}={value}" for key, value in environment(workload, _facts(name)).items()],
            user=user(workload),
            read_only=True,
            tmpfs={path: tmpfs(workload, size) for path, size in workload.scratch_mib.items()},
            capabilities=CAPABILITIES,
            security_opts=SECURITY_OPTIONS,
            memory=workload.resources.memory_mib,
            cpus=f"{workload.resources.cpus:g}",
            restart="on-failure" if restarts(workload) else "no",
            max_retry_count=restarts(workload) or None,
            must_run=workload.kind.serves,
            healthcheck=check,
            wait=check is not None,
            wait_timeout=workload.health.deadline_seconds if workload.health and check else None,
            destroy_grace_seconds=workload.stop_seconds,
            log_driver=LOG_DRIVER,
            log_opts=LOG_OPTIONS,
            network_mode=_network_mode(workload),
            networks_advanced=[
                docker.ContainerNetworksAdvancedArgs(name=network.tiers[tier].name, aliases=[name])
                for tier in (() if on_machine else workload.tiers)
            ],
            pid_mode="host" if access and access.processes else None,
            group_adds=[str(each) for each in access.groups] if access and access.groups else None,
            ports=[
                docker.ContainerPortArgs(
                    internal=workload.ports[key].number,
                    external=port,
                    ip=LOOPBACK,
                    protocol=workload.ports[key].protocol.lower(),
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
                *(
                    docker.ContainerMountArgs(
                        type="bind", source=shown.path, target=shown.mounted_at, read_only=True
                    )
                    for _, shown in sorted(access.paths.items() if access else ())
                ),
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # Two of it would fight over the port and write to the same volume.
                delete_before_replace=True,
                replace_on_changes=list(UNCHANGEABLE),
                depends_on=files.carriers,
            ),
        )

        self.publish(
            host=container.hostname,
            ports={key: port.number for key, port in workload.ports.items()},
            published={key: f"{LOOPBACK}:{port}" for key, port in published.items()},
            flows=workload.described_flows(name),
            unhonoured=unhonoured_by_host(name, workload),
        )


def _network_mode(workload: Workload) -> str | None:
    if workload.host_access and workload.host_access.network:
        return "host"
    return None if workload.tiers else "none"


def _facts(name: str) -> Mapping[Fact, str]:
    """What a container is told of itself: it is the only one, and listens on all its networks."""
    return {
        Fact.REPLICA: name,
        Fact.ADDRESS: "0.0.0.0",  # noqa: S104
        Fact.NODE: "docker",
        Fact.NODE_ADDRESS: LOOPBACK,
    }

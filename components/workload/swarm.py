"""A workload as a service of a Docker swarm."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import ClassVar, Final

import pulumi
import pulumi_docker as docker

from components.network.interface import DockerNetworkRef
from components.workload.files import DIGEST_LENGTH, digest, slug
from components.workload.hardening import reasons, refuse_schedule, secret_contents
from components.workload.interface import RunningWorkload
from components.workload.limits import unhonoured_by_swarm
from components.workload.rollout import converge, mode, rollback, update
from components.workload.task import container_spec, task_spec
from components.workload.workload import Workload

NAME_LIMIT: Final = 64
"""Longest name of a Swarm config or secret."""


class SwarmWorkload(RunningWorkload):
    """A hardened service whose configs and secrets are immutable; reachable along its flows."""

    TOKEN: ClassVar[str] = "plinth:workload:SwarmWorkload"  # noqa: S105

    def __init__(
        self,
        name: str,
        workload: Workload,
        network: DockerNetworkRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the configs, the secrets, the volumes and the service.

        Raises:
            pulumi.RunError: A flow does not fit the workload, or it needs what only Kubernetes has.
        """
        workload.check_flows(name)
        refuse_schedule(name, workload)
        secret_files = secret_contents(name, workload)
        super().__init__(name, network.host, opts)
        child = pulumi.ResourceOptions(parent=self)

        configs = {
            path: docker.ServiceConfig(
                f"{name}-config-{slug(path)}",
                name=_hashed_name(name, path, content),
                data_raw=content,
                opts=child,
            )
            for path, content in sorted(workload.files.items())
        }
        secrets = {
            path: docker.Secret(
                f"{name}-secret-{slug(path)}",
                name=_hashed_name(name, path, content),
                data=content.apply(_encoded),
                opts=child,
            )
            for path, content in secret_files.items()
        }
        volumes = {
            role: docker.Volume(
                f"{name}-volume-{role}",
                driver="local",
                opts=pulumi.ResourceOptions(parent=self, protect=volume.protected or None),
            )
            for role, volume in workload.volumes.items()
        }
        container = container_spec(
            name,
            workload,
            configs={path: config.id for path, config in configs.items()},
            secrets={path: secret.id for path, secret in secrets.items()},
            volumes={role: volume.name for role, volume in volumes.items()},
        )
        published = workload.published_ports(name)
        service = docker.Service(
            name,
            labels=[
                docker.ServiceLabelArgs(label=label, value=reason)
                for label, reason in reasons(workload).items()
            ]
            or None,
            mode=mode(workload),
            task_spec=task_spec(name, workload, network, container),
            update_config=update(workload),
            rollback_config=rollback(workload),
            converge_config=converge(workload),
            endpoint_spec=docker.ServiceEndpointSpecArgs(
                mode="vip", ports=_ports(workload, published)
            ),
            opts=child,
        )

        self.publish(
            # The address is the alias on the network; the service makes it true.
            host=service.mode.apply(lambda _: name),
            ports={key: port.number for key, port in workload.ports.items()},
            published={key: f"127.0.0.1:{port}" for key, port in published.items()},
            flows=workload.described_flows(name),
            unhonoured=unhonoured_by_swarm(name, workload),
        )


def _hashed_name(name: str, path: str, content: pulumi.Input[str]) -> pulumi.Output[str]:
    """Another name for other content: configs and secrets cannot be edited."""
    stem = f"{name}-{slug(PurePosixPath(path).name)}"
    longest = NAME_LIMIT - len("-") - DIGEST_LENGTH
    return digest({path: content}).apply(lambda digits: f"{stem[:longest]}-{digits}")


def _encoded(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode()


def _ports(
    workload: Workload, published: Mapping[str, int]
) -> list[docker.ServiceEndpointSpecPortArgs]:
    return [
        docker.ServiceEndpointSpecPortArgs(
            target_port=workload.ports[key].number,
            published_port=port,
            protocol=workload.ports[key].protocol.lower(),
            publish_mode="ingress",
        )
        for key, port in published.items()
    ]

"""Observability on a Docker host, for development."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_random as random

from components.network.interface import DockerNetworkRef
from components.observability.interface import Observability
from components.observability.site import Site
from components.observability.spec import ObservabilitySpec
from components.observability.whole import Surroundings, compose
from components.workload import create_workload

PASSWORD_LENGTH: Final = 32


class DockerObservability(Observability):
    """One copy of each part; people reach it on the host's loopback address."""

    TOKEN: ClassVar[str] = "plinth:observability:DockerObservability"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: ObservabilitySpec,
        network: DockerNetworkRef,
        surroundings: Surroundings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare every part.

        Raises:
            pulumi.RunError: The parts do not fit together; every problem is listed.
        """
        super().__init__(name, network.host, opts)
        child = pulumi.ResourceOptions(parent=self)
        made = not (spec.dashboards.sso or spec.dashboards.admin_password)
        password = (
            random.RandomPassword(
                f"{name}-admin", length=PASSWORD_LENGTH, special=False, opts=child
            ).result
            if made
            else None
        )
        secret_key = random.RandomPassword(
            f"{name}-encryption", length=PASSWORD_LENGTH, special=False, opts=child
        )
        site = Site(
            name=name,
            cluster=surroundings.cluster,
            environment=surroundings.environment,
            kubernetes=False,
            config_secrets=surroundings.config_secrets,
        )
        whole = compose(site, spec, surroundings, password, secret_key.result)
        running = {
            each: create_workload(network, each, workload, child)
            for each, workload in whole.workloads.items()
        }

        self.publish(
            otlp=pulumi.Output.concat(running[site.workload("gateway")].host, ":4317"),
            addresses={
                each.removeprefix(f"{name}-"): part.published.apply(lambda found: found["http"])
                for each, part in running.items()
                if "http" in whole.workloads[each].published_ports(each)
            },
            alerts=sum(len(group.alerts) for group in whole.groups),
            admin_password=password,
            unhonoured=(
                *whole.unhonoured,
                *(f"{each}: {line}" for each, part in running.items() for line in part.unhonoured),
            ),
        )

"""Observability in a Kubernetes cluster."""

from __future__ import annotations

from typing import ClassVar

import pulumi

from components.namespace.interface import NamespaceRef
from components.observability.interface import Observability
from components.observability.site import Site
from components.observability.spec import ObservabilitySpec
from components.observability.whole import Surroundings, compose
from components.workload import create_workload


class KubernetesObservability(Observability):
    """Every part in its own place, reached along declared flows alone."""

    TOKEN: ClassVar[str] = "plinth:observability:KubernetesObservability"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: ObservabilitySpec,
        namespace: NamespaceRef,
        agents: NamespaceRef,
        surroundings: Surroundings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare every part.

        Raises:
            pulumi.RunError: The parts do not fit together; every problem is listed.
        """
        super().__init__(name, namespace.cluster.context, opts)
        site = Site(
            name=name,
            cluster=surroundings.cluster,
            environment=surroundings.environment,
            kubernetes=True,
            config_secrets=surroundings.config_secrets,
        )
        whole = compose(site, spec, surroundings)
        child = pulumi.ResourceOptions(
            parent=self,
            depends_on=[
                namespace.resource,
                agents.resource,
                # Rights in another namespace are given there, so that has to be.
                *surroundings.namespaces,
                # On EKS a pod that starts before its identity is there never gets it.
                *surroundings.identities,
            ],
        )
        running = {
            each: create_workload(
                agents if each in whole.agents else namespace, each, workload, child
            )
            for each, workload in whole.workloads.items()
        }

        self.publish(
            otlp=pulumi.Output.concat(running[site.workload("gateway")].host, ":4317"),
            addresses={
                each.removeprefix(f"{name}-"): part.host
                for each, part in running.items()
                if "http" in whole.workloads[each].ports
            },
            alerts=sum(len(group.alerts) for group in whole.groups),
            unhonoured=(
                *whole.unhonoured,
                *(f"{each}: {line}" for each, part in running.items() for line in part.unhonoured),
            ),
        )

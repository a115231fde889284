"""Metrics, logs, traces, dashboards and alerts of everything else in a stack."""

from __future__ import annotations

import pulumi

from components.namespace.interface import NamespaceRef
from components.network.interface import DockerNetworkRef
from components.observability.exporters.servers import Server
from components.observability.grafana.workload import StateDatabase
from components.observability.interface import Observability
from components.observability.loki.store import LogStore
from components.observability.spec import GROUNDS, ObservabilitySpec
from components.observability.whole import Surroundings

__all__ = [
    "GROUNDS",
    "LogStore",
    "Observability",
    "ObservabilitySpec",
    "Server",
    "StateDatabase",
    "Surroundings",
    "create_observability",
]


def create_observability(
    runtime: DockerNetworkRef | NamespaceRef,
    name: str,
    spec: ObservabilitySpec,
    *,
    surroundings: Surroundings,
    agents: NamespaceRef | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> Observability:
    """Run observability on ``runtime``.

    Args:
        runtime: the network of a Docker host, or a namespace called ``observability``.
        name: the Pulumi name.
        spec: what is asked.
        surroundings: what it finds around it.
        agents: on Kubernetes, the namespace ``observability-agents`` of what needs the machines.
        opts: options of the component.

    Raises:
        pulumi.RunError: the parts do not fit together; every problem is listed.
    """
    if isinstance(runtime, DockerNetworkRef):
        from components.observability.docker import DockerObservability

        return DockerObservability(name, spec, runtime, surroundings, opts)
    if agents is None:
        raise pulumi.RunError(
            "observability: agents is missing; give the namespace of what needs the machines"
        )
    from components.observability.kubernetes import KubernetesObservability

    return KubernetesObservability(name, spec, runtime, agents, surroundings, opts)

"""The variants of observability, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.cluster import KubernetesRef
from components.environment import Environment
from components.namespace import NamespaceSpec, create_namespace
from components.network import DockerNetworkRef, NetworkSpec, create_network
from components.observability import (
    LogStore,
    Observability,
    ObservabilitySpec,
    Surroundings,
    create_observability,
)
from tests.components.variants import (
    DOCKER_ENVIRONMENTS,
    DOCKER_PROVIDERS,
    RUNTIMES,
    Variant,
    aws_cloud,
    docker_host,
    docker_keys,
    gcp_cloud,
)
from tests.components.variants_identity import adopted_cluster

RUNBOOKS: Final = "https://runbooks.example.com/runbooks"
PAGED: Final[Mapping[str, Any]] = {
    "receivers": {
        "pager": {"kind": "pagerduty", "routing_key": {"secret": "alerting", "key": "pagerduty"}},
        "switch": {"kind": "webhook", "url": {"secret": "alerting", "key": "switch"}},
    },
    "critical": "pager",
    "watchdog": "switch",
}
SIGNED_IN: Final[Mapping[str, Any]] = {
    "replicas": 1,
    "admin_password": {"secret": "grafana", "key": "admin"},
}
STORES: Final = {
    "aws": LogStore(kind="s3", bucket="logs", region="eu-west-1"),
    "gcp": LogStore(kind="gcs", bucket="logs"),
}


def docker_observability(
    environment: Environment, *, swarm: bool = False, **asked: Any
) -> Observability:
    """Observability on Docker and what it stands on."""
    host = docker_host(swarm=swarm)
    network = create_network(
        host,
        "core",
        NetworkSpec.resolve(environment, {"cidr": "10.40.0.0/16"}),
        keys=docker_keys(environment, host).ref,
    )
    assert isinstance(network.ref, DockerNetworkRef)
    return create_observability(
        network.ref,
        "eyes",
        ObservabilitySpec.resolve(environment, {"runbooks_url": RUNBOOKS, **asked}),
        surroundings=Surroundings(cluster="tests", environment="tests"),
    )


def cluster_observability(
    environment: Environment, cluster: KubernetesRef, store: LogStore, **asked: Any
) -> Observability:
    """Observability in a cluster that exists already, and its namespaces."""
    inside = create_namespace(cluster, "observability", NamespaceSpec.resolve(environment, {}))
    agents = create_namespace(
        cluster,
        "observability-agents",
        NamespaceSpec.resolve(
            environment,
            {"level": "privileged", "host_access_because": "Agents measure the machines."},
        ),
    )
    document = {
        "runbooks_url": RUNBOOKS,
        "alerting": PAGED,
        "dashboards": SIGNED_IN,
        "logs": {"storage": "bucket"},
        **asked,
    }
    return create_observability(
        inside.ref,
        "eyes",
        ObservabilitySpec.resolve(environment, document),
        agents=agents.ref,
        surroundings=Surroundings(cluster="tests", environment="tests", log_store=store),
    )


def observability_outputs(observability: Observability) -> Mapping[str, Any]:
    """What the contract asserts on."""
    outputs = {"otlp": observability.otlp, "addresses": observability.addresses}
    if observability.admin_password is None:
        return outputs
    return {**outputs, "admin_password": observability.admin_password}


CLUSTERS: Final = {
    "aws": lambda environment: adopted_cluster(aws_cloud(environment)),
    "gcp": lambda environment: adopted_cluster(gcp_cloud(environment)),
}

VARIANTS: Final = [
    *(
        Variant(
            capability="observability",
            ground=ground,
            token="plinth:observability:DockerObservability",
            name="eyes",
            program=lambda environment, swarm=swarm: observability_outputs(
                docker_observability(environment, swarm=swarm)
            ),
            outputs=frozenset({"otlp", "addresses", "admin_password"}),
            secrets=frozenset({"admin_password"}),
            providers=DOCKER_PROVIDERS,
            protected=frozenset(),
            environments=DOCKER_ENVIRONMENTS,
        )
        for ground, swarm in RUNTIMES.items()
    ),
    *(
        Variant(
            capability="observability",
            ground=ground,
            token="plinth:observability:KubernetesObservability",
            name="eyes",
            program=lambda environment, ground=ground, cluster=cluster: observability_outputs(
                cluster_observability(environment, cluster(environment), STORES[ground])
            ),
            outputs=frozenset({"otlp", "addresses"}),
            secrets=frozenset(),
            providers=frozenset({"pulumi:providers:kubernetes"}),
            protected=frozenset(),
        )
        for ground, cluster in CLUSTERS.items()
    ),
]

"""The variants of the namespace, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi_kubernetes as kubernetes

from components.cluster import KubernetesRef
from components.environment import Environment
from components.ground import KubernetesContext
from components.namespace import Namespace, NamespaceSpec, create_namespace
from tests.components.variants import Variant, aws_cloud, gcp_cloud
from tests.components.variants_identity import adopted_cluster, known


def existing_cluster() -> KubernetesRef:
    """A cluster that stands on no cloud we know."""
    provider = kubernetes.Provider("adopted", kubeconfig="{}")
    return KubernetesRef(
        cloud=KubernetesContext(provider, "kind"),
        provider=provider,
        cluster_name=known("kind"),
        nodes_firewall_id=None,
        storage_class=known("standard"),
        api_server_cidrs=("10.96.0.1/32", "172.18.0.0/16"),
        node_cidrs=("172.18.0.0/16",),
        resource=None,
    )


def namespace_in(
    cluster: KubernetesRef, environment: Environment, name: str = "eyes", **asked: Any
) -> Namespace:
    """A namespace of the environment's defaults, unless ``asked`` otherwise."""
    return create_namespace(cluster, name, NamespaceSpec.resolve(environment, asked))


def namespace_outputs(namespace: Namespace) -> Mapping[str, Any]:
    """What the contract asserts on."""
    return {"name": namespace.ref.name}


CLUSTERS = {
    "aws": lambda environment: adopted_cluster(aws_cloud(environment)),
    "gcp": lambda environment: adopted_cluster(gcp_cloud(environment)),
    "kubernetes": lambda _: existing_cluster(),
}

VARIANTS = [
    Variant(
        capability="namespace",
        ground=ground,
        token="plinth:namespace:KubernetesNamespace",
        name="eyes",
        program=lambda environment, cluster=cluster: namespace_outputs(
            namespace_in(cluster(environment), environment)
        ),
        outputs=frozenset({"name"}),
        secrets=frozenset(),
        providers=frozenset({"pulumi:providers:kubernetes"}),
        protected=frozenset({"kubernetes:core/v1:Namespace"}),
    )
    for ground, cluster in CLUSTERS.items()
]

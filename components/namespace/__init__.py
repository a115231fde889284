"""A part of a cluster where nothing runs or talks that was not asked for."""

from __future__ import annotations

import pulumi

from components.cluster.interface import KubernetesRef
from components.namespace.interface import HOST_ACCESS_BECAUSE, Namespace, NamespaceRef
from components.namespace.spec import GROUNDS, Level, NamespaceSpec

__all__ = [
    "GROUNDS",
    "HOST_ACCESS_BECAUSE",
    "Level",
    "Namespace",
    "NamespaceRef",
    "NamespaceSpec",
    "create_namespace",
]


def create_namespace(
    cluster: KubernetesRef,
    name: str,
    spec: NamespaceSpec,
    *,
    opts: pulumi.ResourceOptions | None = None,
) -> Namespace:
    """Create the namespace ``name`` in ``cluster``.

    Args:
        cluster: what the namespace stands on.
        name: the Pulumi name, and the namespace's own.
        spec: what is asked of it.
        opts: options of the component.
    """
    from components.namespace.kubernetes import KubernetesNamespace

    return KubernetesNamespace(name, spec, cluster, opts)

"""What every variant of the namespace publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.cluster.interface import KubernetesRef
from components.component import Component

HOST_ACCESS_BECAUSE: Final = "plinth.dev/host-access-because"
"""Annotation of a namespace or a pod: why it needs the machine itself."""


@dataclass(frozen=True)
class NamespaceRef:
    """Where workloads run in a cluster.

    ``name`` is known once the namespace and its network policies exist; ``plain_name`` is the same
    text, known at once. ``host_access`` says whether pods may ask for the machine itself.
    ``resource`` is the namespace with its policies, for whom to wait.
    """

    cluster: KubernetesRef
    name: pulumi.Output[str]
    plain_name: str
    host_access: bool
    resource: pulumi.Resource


class Namespace(Component):
    """A namespace of a Kubernetes cluster."""

    ref: NamespaceRef

    def publish(self, *, ref: NamespaceRef) -> None:
        """Set and register the outputs."""
        self.ref = ref
        self.register_outputs({"name": ref.name})

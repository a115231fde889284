"""What every variant of the cluster publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.ground import AwsCloud, GcpCloud, KubernetesContext


@dataclass(frozen=True)
class KubernetesRef:
    """A cluster that workloads run on, and the explicit provider that reaches it.

    ``nodes_firewall_id`` is the security group of the nodes, where there are security groups.
    ``storage_class`` names the class that gives pods encrypted disks. ``api_server_cidrs`` and
    ``node_cidrs`` are the ranges in which the API and the machines answer to pods. ``resource`` is
    the cluster itself, None for one that the stack did not make: what runs in it goes with it.
    """

    cloud: AwsCloud | GcpCloud | KubernetesContext
    provider: pulumi.ProviderResource
    cluster_name: pulumi.Output[str]
    nodes_firewall_id: pulumi.Output[str] | None
    storage_class: pulumi.Output[str]
    api_server_cidrs: tuple[str, ...]
    node_cidrs: tuple[str, ...]
    resource: pulumi.Resource | None

    @property
    def context(self) -> KubernetesContext:
        """The ground of components inside the cluster."""
        if isinstance(self.cloud, KubernetesContext):
            return self.cloud
        return KubernetesContext(self.provider, self.cloud.KIND)


class Cluster(Component):
    """A Kubernetes cluster.

    ``kubeconfig`` holds no credential: whoever uses it proves who they are to the cloud.
    ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: KubernetesRef
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        ref: KubernetesRef,
        endpoint: pulumi.Input[str],
        kubeconfig: pulumi.Input[str],
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs; the kubeconfig is always a secret and not registered."""
        self.ref = ref
        self.endpoint = pulumi.Output.from_input(endpoint)
        self.kubeconfig = pulumi.Output.secret(kubeconfig)
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "cluster_name": ref.cluster_name,
                "endpoint": self.endpoint,
                "unhonoured": list(unhonoured),
            }
        )

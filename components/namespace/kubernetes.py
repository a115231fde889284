"""A namespace of a Kubernetes cluster."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.interface import KubernetesRef
from components.ground import GcpCloud, KubernetesContext
from components.namespace.interface import HOST_ACCESS_BECAUSE, Namespace, NamespaceRef
from components.namespace.spec import Level, NamespaceSpec
from components.ownership import MANAGER, DataClass

# What the level means as of this minor version; clusters of later ones keep to it. Source:
# "Enforce Pod Security Standards with Namespace Labels" in the Kubernetes documentation.
LEVEL_VERSION: Final = "v1.34"
DNS_PORT: Final = 53
# NodeLocal DNSCache, which GKE puts on every node, and the address that it answers at.
# Source: "Set up NodeLocal DNSCache" in the GKE documentation, checked 2026-11-21.
LOCAL_CACHE: Final = "node-local-dns"
LOCAL_CACHE_ADDRESS: Final = "169.254.20.10/32"


class KubernetesNamespace(Namespace):
    """A namespace whose pods are held to a Pod Security Standard, and talk to the DNS alone."""

    TOKEN: ClassVar[str] = "plinth:namespace:KubernetesNamespace"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: NamespaceSpec,
        cluster: KubernetesRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the namespace and what its pods may do before any flow says more."""
        super().__init__(name, cluster.context, opts)

        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=name,
                labels={**_owner(cluster), **_level(spec.level)},
                annotations=(
                    {HOST_ACCESS_BECAUSE: spec.host_access_because}
                    if spec.host_access_because
                    else None
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, protect=spec.protected, deleted_with=cluster.resource
            ),
        )
        within = pulumi.ResourceOptions(
            parent=self, depends_on=[namespace], deleted_with=cluster.resource
        )
        deny = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-deny",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="deny", namespace=name),
            spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
                pod_selector=kubernetes.meta.v1.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
            ),
            opts=within,
        )
        dns = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-dns",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="dns", namespace=name),
            spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
                pod_selector=kubernetes.meta.v1.LabelSelectorArgs(),
                policy_types=["Egress"],
                egress=[_to_dns(cluster)],
            ),
            opts=within,
        )

        self.publish(
            ref=NamespaceRef(
                cluster=cluster,
                name=pulumi.Output.all(namespace.id, deny.id, dns.id).apply(lambda _: name),
                plain_name=name,
                host_access=spec.level is Level.PRIVILEGED,
                resource=self,
            )
        )


def _owner(cluster: KubernetesRef) -> dict[str, str]:
    marks = {"app.kubernetes.io/managed-by": MANAGER}
    if isinstance(cluster.cloud, KubernetesContext):
        return marks
    for key, value in cluster.cloud.ownership.labels(DataClass.INTERNAL).items():
        if value != MANAGER:
            # On Kubernetes the value of a label begins and ends with a letter or a digit.
            marks[f"plinth.dev/{key}"] = value.strip("_-")
    return marks


def _level(level: Level) -> dict[str, str]:
    return {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", level.value), ("-version", LEVEL_VERSION))
    }


def _to_dns(cluster: KubernetesRef) -> kubernetes.networking.v1.NetworkPolicyEgressRuleArgs:
    servers = [_system_pods("kube-dns")]
    if isinstance(cluster.cloud, GcpCloud):
        servers += [
            _system_pods(LOCAL_CACHE),
            kubernetes.networking.v1.NetworkPolicyPeerArgs(
                ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=LOCAL_CACHE_ADDRESS)
            ),
        ]
    return kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(
        to=servers,
        ports=[
            kubernetes.networking.v1.NetworkPolicyPortArgs(port=DNS_PORT, protocol=protocol)
            for protocol in ("UDP", "TCP")
        ],
    )


def _system_pods(app: str) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=kubernetes.meta.v1.LabelSelectorArgs(
            match_labels={"kubernetes.io/metadata.name": "kube-system"}
        ),
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels={"k8s-app": app}),
    )

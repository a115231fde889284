"""What Kubernetes cannot give a workload, said aloud."""

from __future__ import annotations

from collections.abc import Iterator

from components.ground import GcpCloud, KubernetesContext
from components.namespace.interface import NamespaceRef
from components.workload.spec import HOST, Kind, Outside
from components.workload.workload import SecretKey, Workload


def unhonoured_by_kubernetes(
    name: str, workload: Workload, namespace: NamespaceRef
) -> tuple[str, ...]:
    """What Kubernetes does not honour of ``workload``, one sentence each."""
    return (
        *_of_the_network(name, workload, namespace),
        *_of_storage(workload),
        *_of_identity(workload, namespace),
    )


def _of_the_network(name: str, workload: Workload, namespace: NamespaceRef) -> Iterator[str]:
    for flow in workload.flows:
        if flow.source == HOST and flow.target == name:
            yield (
                f"published_port: {flow.published_port} is asked; nothing is published here, run"
                f" kubectl port-forward --namespace {namespace.plain_name} service/{name}"
                f" {flow.published_port}:{workload.ports[flow.port].number}"
            )
    if workload.host_access and workload.host_access.network and workload.flows:
        yield (
            "flows: network policies hold nobody who uses the machine's own network; whoever calls"
            " it needs egress to the nodes, and every pod with that can"
        )
    if isinstance(namespace.cluster.cloud, GcpCloud):
        for each in workload.egress:
            if each.to == Outside.NODES:
                # Source: github.com/cilium/cilium, issue 46571; github.com/gke-labs/kube-agents,
                # issue 747; checked 2026-11-21.
                yield (
                    f"egress: port {each.port} of the nodes stays closed; on Dataplane V2 no range"
                    " of addresses is a node, which only a CiliumClusterwideNetworkPolicy can name"
                )


def _of_storage(workload: Workload) -> Iterator[str]:
    for role, volume in sorted(workload.volumes.items()):
        if volume.kept and workload.kind is Kind.PER_NODE:
            yield f"volumes.{role}.kept: what runs once per node has storage that goes with it"
        if volume.protected and workload.kind is Kind.STATEFUL:
            yield (
                f"volumes.{role}.protected: Kubernetes makes the claims of the replicas and keeps"
                " them; Pulumi does not know them"
            )
    for path, content in sorted(workload.secret_files.items()):
        if isinstance(content, SecretKey):
            yield (
                f"secret_files.{path}: another content of the secret {content.secret} reaches the"
                " file within minutes, but replaces no pod"
            )


def _of_identity(workload: Workload, namespace: NamespaceRef) -> Iterator[str]:
    if workload.cloud_identity and isinstance(namespace.cluster.cloud, KubernetesContext):
        yield (
            "cloud_identity: the cluster stands on no cloud that is known here; allow the way to"
            " its tokens with egress"
        )

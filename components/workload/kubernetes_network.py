"""Who may call a workload on Kubernetes, and whom it may call.

Both ends of a flow render it: the caller's half lets it out, the target's half lets it in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from components.cluster.interface import KubernetesRef
from components.ground import AwsCloud, GcpCloud, KubernetesContext
from components.workload.kubernetes_labels import selector
from components.workload.spec import HOST, NEIGHBOURS, Egress, Flow, Outside
from components.workload.workload import Workload

API_PORTS: Final = (443, 6443)
HTTPS: Final = 443
WORLD: Final = "0.0.0.0/0"
# RFC 1918, RFC 6598 and RFC 3927, which has the metadata of the clouds.
PRIVATE: Final = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
)
# The agent of EKS Pod Identity. Source: "Understand how EKS Pod Identity works" in the EKS user
# guide, checked 2026-11-21.
AGENT: Final = (("169.254.170.23/32", 80),)
# The metadata server of GKE, at its own address, which Dataplane V2 judges, and at the one that the
# older data plane rewrites it to. Source: "Workload Identity Federation for GKE" in its
# documentation; github.com/gke-labs/kube-agents, pull request 777, checked 2026-11-21.
METADATA: Final = (("169.254.169.254/32", 80), ("169.254.169.252/32", 988))


def network_policy(
    name: str, workload: Workload, cluster: KubernetesRef
) -> networking.NetworkPolicySpecArgs:
    """What the flows and the egress of ``workload`` allow, and nothing else.

    Raises:
        pulumi.RunError: a flow does not say which port it calls.
        pulumi.RunError: the workload calls something that the cluster does not know the range of.
    """
    return networking.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(match_labels=selector(name)),
        policy_types=["Ingress", "Egress"],
        ingress=[
            networking.NetworkPolicyIngressRuleArgs(
                from_=[_caller(flow)],
                ports=[_own(workload, flow)],
            )
            for flow in dict.fromkeys(workload.flows)
            if flow.target == name and flow.source != HOST
        ]
        or None,
        egress=[
            *(
                networking.NetworkPolicyEgressRuleArgs(
                    to=[_pods(flow.target, flow.target_namespace)],
                    ports=[_called(name, workload, flow)],
                )
                for flow in dict.fromkeys(workload.flows)
                if flow.source == name
            ),
            *(
                networking.NetworkPolicyEgressRuleArgs(
                    to=[_range(cidr) for cidr in cidrs],
                    ports=[_port(port, protocol)],
                )
                for cidrs, port, protocol in dict.fromkeys(_outside(name, workload, cluster))
            ),
        ]
        # The API drops an empty list, and would find one new whenever it is applied.
        or None,
    )


def _outside(
    name: str, workload: Workload, cluster: KubernetesRef
) -> Iterator[tuple[tuple[str, ...], int, str]]:
    for each in workload.egress:
        yield _ranges(name, each, cluster), each.port, each.protocol
    if workload.api_access:
        for port in API_PORTS:
            yield _known(name, "api_server_cidrs", cluster.api_server_cidrs), port, "TCP"
    if workload.cloud_identity:
        yield from _token_endpoint(cluster)


def _ranges(name: str, egress: Egress, cluster: KubernetesRef) -> tuple[str, ...]:
    match egress.to:
        case Outside.INTERNET:
            return (WORLD,)
        case Outside.API_SERVER:
            return _known(name, "api_server_cidrs", cluster.api_server_cidrs)
        case Outside.NODES:
            return _known(name, "node_cidrs", cluster.node_cidrs)
        case cidr:
            return (cidr,)


def _token_endpoint(cluster: KubernetesRef) -> Iterator[tuple[tuple[str, ...], int, str]]:
    match cluster.cloud:
        case AwsCloud():
            for cidr, port in AGENT:
                yield (cidr,), port, "TCP"
            # Interface endpoints of AWS' services have addresses of the network.
            yield cluster.node_cidrs, HTTPS, "TCP"
        case GcpCloud():
            for cidr, port in METADATA:
                yield (cidr,), port, "TCP"
        case KubernetesContext():
            return
        case _:
            assert_never(cluster.cloud)


def _known(name: str, setting: str, cidrs: tuple[str, ...]) -> tuple[str, ...]:
    if not cidrs:
        raise pulumi.RunError(
            f"{name} calls what lies in the cluster's {setting}, which is empty: name the ranges"
        )
    return cidrs


def _called(name: str, workload: Workload, flow: Flow) -> networking.NetworkPolicyPortArgs:
    if flow.target == name:
        return _own(workload, flow)
    if flow.number is None:
        raise pulumi.RunError(
            f"{name}: the flow to {flow.target} does not say which number its port {flow.port!r}"
            " has; give flows to connect(), which knows both ends"
        )
    return _port(flow.number, flow.protocol)


def _own(workload: Workload, flow: Flow) -> networking.NetworkPolicyPortArgs:
    port = workload.ports[flow.port]
    return _port(port.number, port.protocol)


def _caller(flow: Flow) -> networking.NetworkPolicyPeerArgs:
    if flow.source == NEIGHBOURS:
        return networking.NetworkPolicyPeerArgs(namespace_selector=meta.LabelSelectorArgs())
    return _pods(flow.source, flow.source_namespace)


def _pods(name: str, namespace: str | None) -> networking.NetworkPolicyPeerArgs:
    return networking.NetworkPolicyPeerArgs(
        namespace_selector=(
            meta.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": namespace})
            if namespace
            else None
        ),
        pod_selector=meta.LabelSelectorArgs(match_labels=selector(name)),
    )


def _range(cidr: str) -> networking.NetworkPolicyPeerArgs:
    return networking.NetworkPolicyPeerArgs(
        ip_block=networking.IPBlockArgs(cidr=cidr, except_=list(PRIVATE) if cidr == WORLD else None)
    )


def _port(number: int, protocol: str) -> networking.NetworkPolicyPortArgs:
    return networking.NetworkPolicyPortArgs(port=number, protocol=protocol)

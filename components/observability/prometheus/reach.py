"""How Prometheus gets to what it scrapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.network.plan import Tier
from components.observability.site import AGENTS_NAMESPACE, NAMESPACE, Site
from components.observability.target import Finding, Target
from components.workload import ApiAccess, Egress, Flow, Outside

KUBELET_PORT: Final = 10_250


def api_access(targets: Sequence[Target]) -> tuple[ApiAccess, ...]:
    """What finding and reading ``targets`` takes of the Kubernetes API, and no more."""
    watched = ("get", "list", "watch")
    namespaces = {
        each.namespace or NAMESPACE for each in targets if each.finding is Finding.WORKLOAD
    }
    access = [
        ApiAccess(
            reason="Finds the pods it scrapes.",
            verbs=watched,
            resources=("pods",),
            namespaces=tuple(sorted(namespaces)),
        )
    ]
    if any(each.finding is Finding.NODES for each in targets):
        access += [
            ApiAccess(
                reason="Finds the nodes whose kubelets it scrapes.",
                verbs=watched,
                resources=("nodes",),
            ),
            ApiAccess(
                reason="Kubelets ask the API whether it may read their metrics.",
                verbs=("get",),
                resources=("nodes/metrics",),
            ),
        ]
    if any(each.finding is Finding.API_SERVER for each in targets):
        access += [
            ApiAccess(
                reason="Finds the API servers it scrapes.",
                verbs=watched,
                resources=("endpointslices",),
                group="discovery.k8s.io",
                namespaces=("default",),
            ),
            ApiAccess(
                reason="Finds the API servers it scrapes.",
                verbs=watched,
                resources=("services", "pods"),
                namespaces=("default",),
            ),
            ApiAccess(
                reason="Reads the metrics of the API servers.",
                verbs=("get",),
                paths=("/metrics", "/metrics/slis"),
            ),
        ]
    return tuple(access)


def egress_to(targets: Sequence[Target]) -> tuple[Egress, ...]:
    """The way to what has the addresses of the machines."""
    calls: list[Egress] = []
    if any(each.finding is Finding.NODES for each in targets):
        calls.append(Egress(to=Outside.NODES, port=KUBELET_PORT))
    # What uses the network of its node has the address of its node.
    calls += [
        Egress(to=Outside.NODES, port=each.number)
        for each in targets
        if each.namespace == AGENTS_NAMESPACE and each.number is not None
    ]
    return tuple(calls)


def flows_to(me: str, site: Site, targets: Sequence[Target]) -> tuple[Flow, ...]:
    """One call of ``me`` to every port that ``targets`` answer at."""
    flows = {
        (each.workload, each.namespace, each.port, each.number): Flow(
            source=me,
            target=each.workload,
            port=each.port,
            tier=Tier.PRIVATE,
            number=each.number,
            target_namespace=each.namespace if site.kubernetes else None,
        )
        for each in targets
        if each.workload is not None and each.finding in (Finding.WORKLOAD, Finding.PROBE)
    }
    return tuple(flows.values())

"""Where a workload is reached, how many of it there are, and how few there may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.policy import v1 as policy
from pulumi_kubernetes.scheduling import v1 as scheduling

from components.workload.kubernetes_labels import labels, selector
from components.workload.spec import Kind
from components.workload.workload import Workload

PRIORITY: Final = 1_000_000
"""Above every pod that asks for none, below those of the cluster itself."""


def create_services(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> list[pulumi.CustomResource]:
    """One address for all replicas and, where they have names, one for each."""
    services: list[pulumi.CustomResource] = []
    if workload.ports and workload.kind.serves:
        services.append(
            core.Service(
                name,
                metadata=_metadata(name, namespace),
                spec=core.ServiceSpecArgs(
                    type="ClusterIP",
                    selector=selector(name),
                    ports=_ports(workload),
                    # Whoever calls what runs on every node means the one on their own.
                    internal_traffic_policy=(
                        "Local" if workload.kind is Kind.PER_NODE else "Cluster"
                    ),
                ),
                opts=child,
            )
        )
    if workload.kind is Kind.STATEFUL:
        services.append(
            core.Service(
                f"{name}-replicas",
                metadata=meta.ObjectMetaArgs(
                    name=replicas_service(name), namespace=namespace, labels=labels(name, namespace)
                ),
                spec=core.ServiceSpecArgs(
                    cluster_ip="None",
                    selector=selector(name),
                    ports=_ports(workload) or None,
                    # Replicas find each other before they are ready, or would never be.
                    publish_not_ready_addresses=True,
                ),
                opts=child,
            )
        )
    return services


def replicas_service(name: str) -> str:
    """The service under which each replica has a DNS name: ``loki-0.loki-replicas``."""
    return f"{name}-replicas"


def create_autoscaler(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    """Who sets the number of copies, if anybody does."""
    if (asked := workload.autoscaling) is None:
        return []
    return [
        autoscaling.HorizontalPodAutoscaler(
            name,
            metadata=_metadata(name, namespace),
            spec=autoscaling.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=autoscaling.CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=name
                ),
                min_replicas=asked.replicas_at_least,
                max_replicas=asked.replicas_at_most,
                metrics=[
                    autoscaling.MetricSpecArgs(
                        type="Resource",
                        resource=autoscaling.ResourceMetricSourceArgs(
                            name="cpu",
                            target=autoscaling.MetricTargetArgs(
                                type="Utilization", average_utilization=asked.cpu_percent
                            ),
                        ),
                    )
                ],
                behavior=autoscaling.HorizontalPodAutoscalerBehaviorArgs(
                    scale_up=autoscaling.HPAScalingRulesArgs(stabilization_window_seconds=0),
                    scale_down=autoscaling.HPAScalingRulesArgs(
                        stabilization_window_seconds=asked.scale_down_seconds
                    ),
                ),
            ),
            opts=child,
        )
    ]


def create_budget(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    """How many copies maintenance may stop at once, where it was asked."""
    if workload.max_unavailable is None or workload.kind is Kind.PER_NODE:
        return []
    return [
        policy.PodDisruptionBudget(
            name,
            metadata=_metadata(name, namespace),
            spec=policy.PodDisruptionBudgetSpecArgs(
                max_unavailable=workload.max_unavailable,
                selector=meta.LabelSelectorArgs(match_labels=selector(name)),
                # A copy that does not serve anyway must not keep its node from being drained.
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=child,
        )
    ]


def create_priority(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> tuple[str | None, Sequence[pulumi.Resource]]:
    """What makes room on a full node for what runs on every node.

    Returns:
        Its name, None where it is not needed, and the resource. The classes of the system are of
        no use: GKE keeps them for namespaces of its own.
    """
    if workload.kind is not Kind.PER_NODE:
        return None, []
    priority = scheduling.PriorityClass(
        name,
        metadata=meta.ObjectMetaArgs(name=f"{namespace}-{name}", labels=labels(name, namespace)),
        value=PRIORITY,
        global_default=False,
        description=f"{name} runs on every node",
        opts=child,
    )
    return f"{namespace}-{name}", [priority]


def _metadata(name: str, namespace: str) -> meta.ObjectMetaArgs:
    return meta.ObjectMetaArgs(name=name, namespace=namespace, labels=labels(name, namespace))


def _ports(workload: Workload) -> list[core.ServicePortArgs]:
    return [
        core.ServicePortArgs(
            name=key, port=port.number, target_port=port.number, protocol=port.protocol
        )
        for key, port in sorted(workload.ports.items())
    ]

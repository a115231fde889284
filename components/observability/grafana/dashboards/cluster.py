"""A Kubernetes cluster: namespaces, workloads, pods, volumes."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    Variable,
    View,
)

_OBJECTS: Final = 'job="kube-state-metrics"'
_CONTAINERS: Final = 'job="cadvisor", container!="", container!="POD"'
_HERE: Final = 'namespace=~"$namespace"'

CLUSTER: Final = Dashboard(
    uid="cluster",
    title="Cluster",
    tags=("kubernetes",),
    rows=(
        Row(
            title="Now",
            panels=(
                Panel(
                    title="Nodes ready",
                    view=View.STAT,
                    width=6,
                    height=5,
                    queries=(
                        Query(
                            expression=(
                                f"sum(kube_node_status_condition{{{_OBJECTS},"
                                ' condition="Ready", status="true"})'
                            ),
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title="Pods not running",
                    view=View.STAT,
                    width=6,
                    height=5,
                    queries=(
                        Query(
                            expression=(
                                f"sum(kube_pod_status_phase{{{_OBJECTS},"
                                ' phase=~"Pending|Failed|Unknown"})'
                            ),
                            instant=True,
                        ),
                    ),
                    thresholds=(Threshold(value=1, colour="orange"),),
                ),
                Panel(
                    title="CPU reserved",
                    view=View.GAUGE,
                    unit="percentunit",
                    width=6,
                    height=5,
                    queries=(
                        Query(
                            expression=(
                                "sum(kube_pod_container_resource_requests"
                                f'{{{_OBJECTS}, resource="cpu"}})'
                                f' / sum(kube_node_status_allocatable{{{_OBJECTS}, resource="cpu"}})'
                            ),
                            instant=True,
                        ),
                    ),
                    thresholds=(
                        Threshold(value=0.8, colour="orange"),
                        Threshold(value=0.95, colour="red"),
                    ),
                ),
                Panel(
                    title="Memory reserved",
                    view=View.GAUGE,
                    unit="percentunit",
                    width=6,
                    height=5,
                    queries=(
                        Query(
                            expression=(
                                "sum(kube_pod_container_resource_requests"
                                f'{{{_OBJECTS}, resource="memory"}}) / '
                                "sum(kube_node_status_allocatable"
                                f'{{{_OBJECTS}, resource="memory"}})'
                            ),
                            instant=True,
                        ),
                    ),
                    thresholds=(
                        Threshold(value=0.8, colour="orange"),
                        Threshold(value=0.95, colour="red"),
                    ),
                ),
            ),
        ),
        Row(
            title="By namespace",
            panels=(
                Panel(
                    title="CPU used",
                    unit="short",
                    queries=(
                        Query(
                            expression=(
                                "sum by (namespace) (rate(container_cpu_usage_seconds_total"
                                f"{{{_CONTAINERS}}}[$__rate_interval]))"
                            ),
                            legend="{{namespace}}",
                        ),
                    ),
                ),
                Panel(
                    title="Memory used",
                    unit="bytes",
                    queries=(
                        Query(
                            expression=(
                                "sum by (namespace) (container_memory_working_set_bytes"
                                f"{{{_CONTAINERS}}})"
                            ),
                            legend="{{namespace}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Storage",
            panels=(
                Panel(
                    title="Volumes, how full",
                    unit="percentunit",
                    width=24,
                    queries=(
                        Query(
                            expression=(
                                "topk(20, 1 - kubelet_volume_stats_available_bytes"
                                " / kubelet_volume_stats_capacity_bytes)"
                            ),
                            legend="{{namespace}}/{{persistentvolumeclaim}}",
                        ),
                    ),
                    thresholds=(Threshold(value=0.85, colour="red"),),
                ),
            ),
        ),
    ),
)

WORKLOADS: Final = Dashboard(
    uid="workloads",
    title="Workloads",
    tags=("kubernetes",),
    variables=(
        Variable(name="namespace", metric="kube_namespace_status_phase", label="namespace"),
    ),
    rows=(
        Row(
            title="Copies",
            panels=(
                Panel(
                    title="Deployments: copies missing",
                    queries=(
                        Query(
                            expression=(
                                f"kube_deployment_spec_replicas{{{_OBJECTS}, {_HERE}}}"
                                " - on (cluster, namespace, deployment)"
                                " kube_deployment_status_replicas_available"
                                f"{{{_OBJECTS}, {_HERE}}} > 0"
                            ),
                            legend="{{namespace}}/{{deployment}}",
                        ),
                    ),
                ),
                Panel(
                    title="Restarts in the last hour",
                    queries=(
                        Query(
                            expression=(
                                "topk(15, sum by (namespace, pod)"
                                " (increase(kube_pod_container_status_restarts_total"
                                f"{{{_OBJECTS}, {_HERE}}}[1h])) > 0)"
                            ),
                            legend="{{namespace}}/{{pod}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Pods",
            panels=(
                Panel(
                    title="CPU used",
                    queries=(
                        Query(
                            expression=(
                                "topk(20, sum by (namespace, pod)"
                                " (rate(container_cpu_usage_seconds_total"
                                f"{{{_CONTAINERS}, {_HERE}}}[$__rate_interval])))"
                            ),
                            legend="{{namespace}}/{{pod}}",
                        ),
                    ),
                ),
                Panel(
                    title="Memory used, of the limit",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                "topk(20, sum by (namespace, pod)"
                                f" (container_memory_working_set_bytes{{{_CONTAINERS}, {_HERE}}})"
                                " / sum by (namespace, pod) (kube_pod_container_resource_limits"
                                f'{{{_OBJECTS}, {_HERE}, resource="memory"}}))'
                            ),
                            legend="{{namespace}}/{{pod}}",
                        ),
                    ),
                    thresholds=(Threshold(value=0.9, colour="red"),),
                ),
                Panel(
                    title="CPU withheld",
                    unit="percentunit",
                    description="Share of periods in which a container wanted more than its limit.",
                    queries=(
                        Query(
                            expression=(
                                "topk(20, sum by (namespace, pod)"
                                " (rate(container_cpu_cfs_throttled_periods_total"
                                f"{{{_CONTAINERS}, {_HERE}}}[$__rate_interval]))"
                                " / sum by (namespace, pod)"
                                " (rate(container_cpu_cfs_periods_total"
                                f"{{{_CONTAINERS}, {_HERE}}}[$__rate_interval])))"
                            ),
                            legend="{{namespace}}/{{pod}}",
                        ),
                    ),
                ),
                Panel(
                    title="Network",
                    unit="Bps",
                    queries=(
                        Query(
                            expression=(
                                "sum by (namespace) (rate(container_network_receive_bytes_total"
                                f'{{job="cadvisor", {_HERE}}}[$__rate_interval]))'
                            ),
                            legend="{{namespace}} in",
                        ),
                        Query(
                            expression=(
                                "sum by (namespace) (rate(container_network_transmit_bytes_total"
                                f'{{job="cadvisor", {_HERE}}}[$__rate_interval]))'
                            ),
                            legend="{{namespace}} out",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (CLUSTER, WORKLOADS)

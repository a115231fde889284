"""Nodes and their kubelets, by the kubelets and by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_NODE: Final = 'node="n1"'
_KUBELET: Final = 'job="kubelet", node="n1"'


def _condition(condition: str, status: str) -> str:
    return f'kube_node_status_condition{{{_NODE}, condition="{condition}", status="{status}"}}'


def _relists(*, five_seconds: str, ten_seconds: str, every: str) -> dict[str, str]:
    name = "kubelet_pleg_relist_duration_seconds_bucket"
    return {
        f'{name}{{{_KUBELET}, le="5.0"}}': five_seconds,
        f'{name}{{{_KUBELET}, le="10.0"}}': ten_seconds,
        f'{name}{{{_KUBELET}, le="+Inf"}}': every,
    }


_NODES: Final = (
    Alert(
        name="KubeNodeNotReady",
        expression=(
            "max by (cluster, node) (kube_node_status_condition"
            '{condition="Ready", status="true"}) == 0'
            " unless on (cluster, node) max by (cluster, node) (kube_node_spec_unschedulable) == 1"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Node {{ $labels.node }} is not ready",
        description=(
            "Node {{ $labels.node }} has not been ready for 15 minutes, and nobody has cordoned "
            "it. Its pods are moved, except those whose volumes are bound to it."
        ),
        remedy=(
            "`kubectl describe node` shows the condition and its reason. If the machine answers, "
            "look at its kubelet and container runtime; if not, replace it."
        ),
        firing=(
            Case(
                series={
                    _condition("Ready", "true"): "1x5 0x40",
                    f"kube_node_spec_unschedulable{{{_NODE}}}": "0x40",
                },
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    _condition("Ready", "true"): "1x5 0x40",
                    f"kube_node_spec_unschedulable{{{_NODE}}}": "1x40",
                },
                after_minutes=30,
                firing=0,
            ),
            Case(series={_condition("Ready", "true"): "1x5 0x40"}, after_minutes=20, firing=0),
        ),
    ),
    Alert(
        name="KubeNodeReadinessFlapping",
        expression=(
            "sum by (cluster, node) (changes(kube_node_status_condition"
            '{condition="Ready", status="true"}[15m])) > 2'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Node {{ $labels.node }} goes and comes",
        description=(
            "Node {{ $labels.node }} changed between ready and not ready {{ $value }} times in 15 "
            "minutes, for 15 minutes. Each time its endpoints leave and enter their services."
        ),
        remedy=(
            "Cordon it. Look at its memory, its disk and its network to the API server; an "
            "overloaded node misses its heartbeats. Replace it when the cause is not found."
        ),
        firing=(
            Case(
                series={
                    _condition(
                        "Ready", "true"
                    ): "1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0"
                },
                after_minutes=24,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={_condition("Ready", "true"): "1x6 0x6 1x6 0x6 1x6 0x6"},
                after_minutes=40,
                firing=0,
            ),
            Case(
                series={_condition("Ready", "true"): "1x3 0x2 1x2 0x2 1x2 0x2 1x40"},
                after_minutes=18,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeNodePressure",
        expression=(
            "max by (cluster, node, condition) (kube_node_status_condition"
            '{condition=~"MemoryPressure|DiskPressure|PIDPressure", status="true"}) == 1'
        ),
        for_minutes=10,
        severity=Severity.INFO,
        summary="Node {{ $labels.node }} reports {{ $labels.condition }}",
        description=(
            "Node {{ $labels.node }} has reported {{ $labels.condition }} for 10 minutes: it takes "
            "no new pods of lower priority, and evicts some it has."
        ),
        remedy=(
            "See which pods use most of that resource on the node, and whether they request what "
            "they use. NodeMemoryHighUtilization and the alerts on file systems tell how near it is."
        ),
        firing=(
            Case(
                series={_condition("DiskPressure", "true"): "0x3 1x30"}, after_minutes=15, firing=1
            ),
        ),
        silent=(
            Case(
                series={_condition("DiskPressure", "true"): "1x8 0x30"}, after_minutes=11, firing=0
            ),
            Case(series={_condition("DiskPressure", "false"): "1x30"}, after_minutes=15, firing=0),
        ),
    ),
    Alert(
        name="KubeNodeEviction",
        expression=(
            "sum by (cluster, node, eviction_signal)"
            ' (increase(kubelet_evictions{job="kubelet"}[15m])) > 0'
        ),
        for_minutes=2,
        severity=Severity.INFO,
        summary="Node {{ $labels.node }} evicts pods for {{ $labels.eviction_signal }}",
        description=(
            "Node {{ $labels.node }} evicted {{ $value | humanize }} pods in 15 minutes because "
            "{{ $labels.eviction_signal }} fell under its threshold."
        ),
        remedy=(
            "The events name the pods. Those that use far more than they request go first: set "
            "their requests to what they use, and limits on ephemeral storage."
        ),
        firing=(
            Case(
                series={
                    f'kubelet_evictions{{{_KUBELET}, eviction_signal="memory.available"}}': "0x5 2x30"
                },
                after_minutes=10,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'kubelet_evictions{{{_KUBELET}, eviction_signal="memory.available"}}': "2x30"
                },
                after_minutes=10,
                firing=0,
            ),
        ),
    ),
)

_AGENTS: Final = (
    Alert(
        name="KubeletPlegDurationHigh",
        expression=(
            "histogram_quantile(0.99, sum by (cluster, node, le)"
            ' (rate(kubelet_pleg_relist_duration_seconds_bucket{job="kubelet"}[5m]))) >= 10'
        ),
        for_minutes=5,
        severity=Severity.WARNING,
        summary="The kubelet of {{ $labels.node }} is slow to list its pods",
        description=(
            "One in a hundred listings of pods on {{ $labels.node }} takes {{ $value }} seconds or "
            "more. Starts, stops and probes of its pods are late; at 3 minutes it is not ready."
        ),
        remedy=(
            "Look at the container runtime and at the disk of the node (NodeDiskIOSaturation), and "
            "at the number of its pods. Drain and replace it if it does not recover."
        ),
        firing=(
            Case(
                series=_relists(five_seconds="0+50x30", ten_seconds="0+50x30", every="0+60x30"),
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series=_relists(five_seconds="0+50x30", ten_seconds="0+60x30", every="0+60x30"),
                after_minutes=15,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeletTooManyPods",
        expression=(
            'max by (cluster, node) (kubelet_running_pods{job="kubelet"})'
            " / (max by (cluster, node)"
            ' (kube_node_status_capacity{resource="pods"}) > 0) > 0.95'
        ),
        for_minutes=15,
        severity=Severity.INFO,
        summary="Node {{ $labels.node }} runs nearly as many pods as it may",
        description=(
            "Node {{ $labels.node }} runs {{ $value | humanizePercentage }} of the pods it has "
            "room, or addresses, for."
        ),
        remedy=(
            "Add nodes or larger addresses per node (prefix delegation, a larger range of pods per "
            "node). Many small idle pods point at an old release that was never removed."
        ),
        firing=(
            Case(
                series={
                    f"kubelet_running_pods{{{_KUBELET}}}": "106x40",
                    f'kube_node_status_capacity{{{_NODE}, resource="pods"}}': "110x40",
                },
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"kubelet_running_pods{{{_KUBELET}}}": "104x40",
                    f'kube_node_status_capacity{{{_NODE}, resource="pods"}}': "110x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
)

GROUPS: Final = (
    Group(
        name="kubelet",
        rules=(
            gone(
                "KubeletDown",
                job="kubelet",
                consequence="Volumes, evictions and the kubelets themselves are not watched.",
                remedy=(
                    "Every kubelet at once points at Prometheus: its right to `nodes/metrics`, its "
                    "token, or the flow to port 10250. `kubectl get nodes` tells whether nodes are well."
                ),
            ),
            *_NODES,
            *_AGENTS,
        ),
    ),
)

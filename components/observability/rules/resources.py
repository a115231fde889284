"""CPU and memory that pods ask for, get and may have."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity

_BY_CONTAINER: Final = "by (cluster, namespace, pod, container)"
_CONTAINER: Final = 'namespace="shop", pod="web-1", container="web"'
_QUOTA: Final = 'namespace="shop", resourcequota="all", resource="pods"'


def _overcommit(resource: str) -> str:
    """Requests of pods that want to run, above what remains without the largest node."""
    allocatable = f'kube_node_status_allocatable{{resource="{resource}"}}'
    return (
        "sum by (cluster) (max by (cluster, namespace, pod, container)"
        f' (kube_pod_container_resource_requests{{resource="{resource}"}})'
        " * on (cluster, namespace, pod) group_left ()"
        " (max by (cluster, namespace, pod)"
        ' (kube_pod_status_phase{phase=~"Pending|Running"}) == 1))'
        f" > sum by (cluster) ({allocatable}) - max by (cluster) ({allocatable})"
        f" and count by (cluster) ({allocatable}) > 1"
    )


def _nodes(resource: str, sizes: tuple[int, ...]) -> dict[str, str]:
    return {
        f'kube_node_status_allocatable{{resource="{resource}", node="n{number}"}}': f"{size}x40"
        for number, size in enumerate(sizes)
    }


def _pods(resource: str, requests: tuple[int, ...], phase: str = "Running") -> dict[str, str]:
    return {
        name: values
        for number, request in enumerate(requests)
        for name, values in (
            (
                (
                    f'kube_pod_container_resource_requests{{resource="{resource}",'
                    f' namespace="shop", pod="p{number}", container="c"}}'
                ),
                f"{request}x40",
            ),
            (
                f'kube_pod_status_phase{{namespace="shop", pod="p{number}", phase="{phase}"}}',
                "1x40",
            ),
        )
    }


def _overcommit_alert(name: str, resource: str, what: str) -> Alert:
    return Alert(
        name=name,
        expression=_overcommit(resource),
        for_minutes=10,
        severity=Severity.WARNING,
        summary=f"Pods ask for more {what} than is left when a node fails",
        description=(
            f"Pods request {{{{ $value | humanize }}}} of {what} ({resource}), more than all nodes "
            "without the largest have. If that node goes, some pods stay pending."
        ),
        remedy=(
            "Let the node pool grow by one, or lower requests that are far above use: compare "
            "`kube_pod_container_resource_requests` with what the containers used in two weeks. "
            "With an autoscaler of nodes, check that its limit leaves room."
        ),
        firing=(
            Case(
                series={**_nodes(resource, (4, 4, 8)), **_pods(resource, (5, 4))},
                after_minutes=12,
                firing=1,
            ),
            Case(
                series={**_nodes(resource, (4, 4)), **_pods(resource, (3, 2), phase="Pending")},
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={**_nodes(resource, (4, 4, 8)), **_pods(resource, (4, 4))},
                after_minutes=20,
                firing=0,
            ),
            Case(
                series={**_nodes(resource, (4, 4, 8)), **_pods(resource, (9, 9), "Succeeded")},
                after_minutes=20,
                firing=0,
            ),
            Case(
                series={**_nodes(resource, (4,)), **_pods(resource, (3,))},
                after_minutes=20,
                firing=0,
            ),
        ),
    )


GROUPS: Final = (
    Group(
        name="resources",
        rules=(
            _overcommit_alert("KubeCPUOvercommit", "cpu", "CPU"),
            _overcommit_alert("KubeMemoryOvercommit", "memory", "memory"),
            Alert(
                name="KubeQuotaAlmostFull",
                expression=(
                    'max by (cluster, namespace, resource) (kube_resourcequota{type="used"}'
                    " / on (cluster, namespace, resourcequota, resource)"
                    ' (kube_resourcequota{type="hard"} > 0)) > 0.9'
                ),
                for_minutes=15,
                severity=Severity.INFO,
                summary="Namespace {{ $labels.namespace }} has nearly used its quota of {{ $labels.resource }}",
                description=(
                    "{{ $value | humanizePercentage }} of the quota of {{ $labels.resource }} in "
                    "namespace {{ $labels.namespace }} is used. At 100 % new pods are refused."
                ),
                remedy=(
                    "Look for finished pods and claims that nobody needs; then agree on a larger quota "
                    "before the next roll-out, which needs room for its surge."
                ),
                firing=(
                    Case(
                        series={
                            f'kube_resourcequota{{{_QUOTA}, type="used"}}': "91x40",
                            f'kube_resourcequota{{{_QUOTA}, type="hard"}}': "100x40",
                        },
                        after_minutes=17,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'kube_resourcequota{{{_QUOTA}, type="used"}}': "90x40",
                            f'kube_resourcequota{{{_QUOTA}, type="hard"}}': "100x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                    Case(
                        series={
                            f'kube_resourcequota{{{_QUOTA}, type="used"}}': "0x40",
                            f'kube_resourcequota{{{_QUOTA}, type="hard"}}': "0x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="CPUThrottlingHigh",
                expression=(
                    f"sum {_BY_CONTAINER} (increase(container_cpu_cfs_throttled_periods_total"
                    '{job="cadvisor", container!=""}[5m]))'
                    f" / (sum {_BY_CONTAINER} (increase(container_cpu_cfs_periods_total"
                    '{job="cadvisor", container!=""}[5m])) > 0) > 0.25'
                ),
                for_minutes=15,
                severity=Severity.INFO,
                summary="{{ $labels.namespace }}/{{ $labels.pod }} is throttled",
                description=(
                    "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} was "
                    "held back in {{ $value | humanizePercentage }} of its CPU periods, for 15 minutes."
                ),
                remedy=(
                    "It matters when the service is slow too. Raise or remove the CPU limit (the request "
                    "already guarantees a share), or set the number of threads to the limit."
                ),
                firing=(
                    Case(
                        series={
                            f'container_cpu_cfs_throttled_periods_total{{job="cadvisor", {_CONTAINER}}}': (
                                "0+200x40"
                            ),
                            f'container_cpu_cfs_periods_total{{job="cadvisor", {_CONTAINER}}}': "0+600x40",
                        },
                        after_minutes=20,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'container_cpu_cfs_throttled_periods_total{{job="cadvisor", {_CONTAINER}}}': (
                                "0+140x40"
                            ),
                            f'container_cpu_cfs_periods_total{{job="cadvisor", {_CONTAINER}}}': "0+600x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="KubeContainerMemoryNearLimit",
                expression=(
                    f"max {_BY_CONTAINER} (container_memory_working_set_bytes"
                    '{job="cadvisor", container!=""})'
                    f" / (max {_BY_CONTAINER} (kube_pod_container_resource_limits"
                    '{resource="memory"}) > 0) > 0.95'
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="{{ $labels.namespace }}/{{ $labels.pod }} is about to be killed for its memory",
                description=(
                    "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} has "
                    "used {{ $value | humanizePercentage }} of its memory limit for 15 minutes."
                ),
                remedy=(
                    "Look at the curve of its working set since the last start. A leak is bridged by a "
                    "planned restart, a legitimate need by a higher limit; then look for the cause."
                ),
                firing=(
                    Case(
                        series={
                            f'container_memory_working_set_bytes{{job="cadvisor", {_CONTAINER}}}': "96x40",
                            f'kube_pod_container_resource_limits{{{_CONTAINER}, resource="memory"}}': (
                                "100x40"
                            ),
                        },
                        after_minutes=17,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'container_memory_working_set_bytes{{job="cadvisor", {_CONTAINER}}}': "94x40",
                            f'kube_pod_container_resource_limits{{{_CONTAINER}, resource="memory"}}': (
                                "100x40"
                            ),
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                    Case(
                        series={
                            f'container_memory_working_set_bytes{{job="cadvisor", {_CONTAINER}}}': (
                                "99x12 80x30"
                            ),
                            f'kube_pod_container_resource_limits{{{_CONTAINER}, resource="memory"}}': (
                                "100x40"
                            ),
                        },
                        after_minutes=16,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

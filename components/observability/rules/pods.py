"""Pods and their containers, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

_BY_POD: Final = "max by (cluster, namespace, pod)"
_BY_CONTAINER: Final = "max by (cluster, namespace, pod, container)"
_POD: Final = 'namespace="shop", pod="web-1"'
_CONTAINER: Final = 'namespace="shop", pod="web-1", container="web"'


def _waiting(reason: str) -> str:
    return f'kube_pod_container_status_waiting_reason{{{_CONTAINER}, reason="{reason}"}}'


ALERTS: Final = (
    Alert(
        name="KubePodCrashLooping",
        expression=(
            f"{_BY_CONTAINER} (max_over_time(kube_pod_container_status_waiting_reason"
            '{reason="CrashLoopBackOff"}[5m])) >= 1'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.pod }} crashes again and again",
        description=(
            "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} "
            "has been held back after crashes for 15 minutes."
        ),
        remedy=(
            "`kubectl logs --previous` shows the last words, `kubectl describe pod` the exit code: "
            "137 is memory or a failed liveness probe, 1 or 2 mostly configuration. Compare with "
            "the last change and roll it back."
        ),
        firing=(
            Case(
                series={
                    _waiting("CrashLoopBackOff"): "1 _ 1 1 _ _ 1 1 _ 1 _ 1 1 _ 1 1 1 _ 1 1 1 1"
                },
                after_minutes=18,
                firing=1,
            ),
        ),
        silent=(
            Case(series={_waiting("CrashLoopBackOff"): "1x5 stale"}, after_minutes=16, firing=0),
        ),
    ),
    Alert(
        name="KubePodNotReady",
        expression=(
            f'({_BY_POD} (kube_pod_status_ready{{condition="false"}}) == 1)'
            " and on (cluster, namespace, pod)"
            f' ({_BY_POD} (kube_pod_status_phase{{phase=~"Pending|Running|Unknown"}}) == 1)'
            " unless on (cluster, namespace, pod)"
            f' {_BY_POD} (kube_pod_owner{{owner_kind="Job"}})'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.pod }} is not ready",
        description=(
            "Pod {{ $labels.namespace }}/{{ $labels.pod }} belongs to no job and has not been ready "
            "for 15 minutes: it cannot be scheduled, cannot start, or fails its readiness probe."
        ),
        remedy=(
            "`kubectl describe pod` tells which of the three. Pending: resources, taints, a volume "
            "that does not attach. Running: ask its readiness endpoint and read its log."
        ),
        firing=(
            Case(
                series={
                    f'kube_pod_status_ready{{{_POD}, condition="false"}}': "1x40",
                    f'kube_pod_status_phase{{{_POD}, phase="Pending"}}': "1x10 0x30",
                    f'kube_pod_status_phase{{{_POD}, phase="Running"}}': "0x10 1x30",
                    f'kube_pod_owner{{{_POD}, owner_kind="ReplicaSet"}}': "1x40",
                },
                after_minutes=16,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'kube_pod_status_ready{{{_POD}, condition="false"}}': "1x40",
                    f'kube_pod_status_phase{{{_POD}, phase="Running"}}': "1x40",
                    f'kube_pod_owner{{{_POD}, owner_kind="Job"}}': "1x40",
                },
                after_minutes=30,
                firing=0,
            ),
            Case(
                series={
                    f'kube_pod_status_ready{{{_POD}, condition="false"}}': "1x40",
                    f'kube_pod_status_phase{{{_POD}, phase="Succeeded"}}': "1x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeContainerWaiting",
        expression=(
            f"{_BY_CONTAINER} (kube_pod_container_status_waiting_reason"
            '{reason!="CrashLoopBackOff"}) > 0'
        ),
        for_minutes=60,
        severity=Severity.WARNING,
        summary="A container of {{ $labels.namespace }}/{{ $labels.pod }} waits for an hour",
        description=(
            "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} has "
            "not been able to start for an hour."
        ),
        remedy=(
            "`kubectl describe pod` names the reason: ImagePullBackOff is a tag, a registry or its "
            "credentials; CreateContainerConfigError a missing secret or key; ContainerCreating "
            "mostly a volume or the network plug-in."
        ),
        firing=(
            Case(
                series={_waiting("ImagePullBackOff"): "1x80"},
                after_minutes=62,
                firing=1,
            ),
        ),
        silent=(
            Case(series={_waiting("ContainerCreating"): "1x30 0x40"}, after_minutes=62, firing=0),
            Case(series={_waiting("CrashLoopBackOff"): "1x80"}, after_minutes=70, firing=0),
        ),
    ),
    Alert(
        name="KubeContainerOOMKilled",
        expression=(
            f"{_BY_CONTAINER} (increase(kube_pod_container_status_restarts_total[10m])) > 0"
            " and on (cluster, namespace, pod, container)"
            f" {_BY_CONTAINER} (kube_pod_container_status_last_terminated_reason"
            '{reason="OOMKilled"}) == 1'
        ),
        for_minutes=2,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.pod }} was killed for its memory",
        description=(
            "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} "
            "restarted in the last 10 minutes because it used more memory than its limit."
        ),
        remedy=(
            "Look at its working set before the restart. A slow rise is a leak, a jump a request "
            "or a query that is too large; raise the limit only when the use is legitimate."
        ),
        firing=(
            Case(
                series={
                    f"kube_pod_container_status_restarts_total{{{_CONTAINER}}}": "0x5 1x30",
                    "kube_pod_container_status_last_terminated_reason"
                    f'{{{_CONTAINER}, reason="OOMKilled"}}': "_x5 1x30",
                },
                after_minutes=9,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"kube_pod_container_status_restarts_total{{{_CONTAINER}}}": "0x5 1x30",
                    "kube_pod_container_status_last_terminated_reason"
                    f'{{{_CONTAINER}, reason="Error"}}': "_x5 1x30",
                },
                after_minutes=9,
                firing=0,
            ),
            Case(
                series={
                    f"kube_pod_container_status_restarts_total{{{_CONTAINER}}}": "1x30",
                    "kube_pod_container_status_last_terminated_reason"
                    f'{{{_CONTAINER}, reason="OOMKilled"}}': "1x30",
                },
                after_minutes=9,
                firing=0,
            ),
        ),
    ),
)

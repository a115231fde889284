"""Autoscalers and disruption budgets, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

_SCALER: Final = '{namespace="shop", horizontalpodautoscaler="web"}'
_BUDGET: Final = '{namespace="shop", poddisruptionbudget="web"}'


def _scaler(**values: str) -> dict[str, str]:
    """Series of an autoscaler by the ends of their names."""
    return {f"kube_horizontalpodautoscaler_{name}{_SCALER}": each for name, each in values.items()}


ALERTS: Final = (
    Alert(
        name="KubeHpaReplicasMismatch",
        expression=(
            "kube_horizontalpodautoscaler_status_desired_replicas"
            " != kube_horizontalpodautoscaler_status_current_replicas"
            " and kube_horizontalpodautoscaler_status_current_replicas"
            " < kube_horizontalpodautoscaler_spec_max_replicas"
            " and changes(kube_horizontalpodautoscaler_status_current_replicas[15m]) == 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} does not reach its size",
        description=(
            "Autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} wants "
            "{{ $value }} replicas and has not come closer for 15 minutes."
        ),
        remedy=(
            "Look at the target's events: no room on the nodes, a quota, pods that do not start. "
            "The conditions of the autoscaler tell whether it may act at all."
        ),
        firing=(
            Case(
                series=_scaler(
                    status_current_replicas="3x60",
                    status_desired_replicas="3x5 5x60",
                    spec_max_replicas="10x60",
                ),
                after_minutes=25,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series=_scaler(
                    status_current_replicas="3x9 4x9 5x9 6x9 7x9 8x9",
                    status_desired_replicas="9x60",
                    spec_max_replicas="10x60",
                ),
                after_minutes=45,
                firing=0,
            ),
            Case(
                series=_scaler(
                    status_current_replicas="10x60",
                    status_desired_replicas="12x60",
                    spec_max_replicas="10x60",
                ),
                after_minutes=45,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeHpaMaxedOut",
        expression=(
            "kube_horizontalpodautoscaler_status_current_replicas"
            " == kube_horizontalpodautoscaler_spec_max_replicas"
            " and kube_horizontalpodautoscaler_spec_max_replicas"
            " > kube_horizontalpodautoscaler_spec_min_replicas"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} is at its maximum",
        description=(
            "Autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has run at "
            "its maximum of {{ $value }} replicas for 15 minutes: more load finds no more pods."
        ),
        remedy=(
            "Compare the load with its usual pattern. Raise the maximum if nodes and databases bear "
            "it; otherwise find what made each request dearer."
        ),
        firing=(
            Case(
                series=_scaler(
                    status_current_replicas="8x5 10x60",
                    spec_min_replicas="2x60",
                    spec_max_replicas="10x60",
                ),
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series=_scaler(
                    status_current_replicas="9x60",
                    spec_min_replicas="2x60",
                    spec_max_replicas="10x60",
                ),
                after_minutes=30,
                firing=0,
            ),
            Case(
                series=_scaler(
                    status_current_replicas="2x60",
                    spec_min_replicas="2x60",
                    spec_max_replicas="2x60",
                ),
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubePdbNotEnoughHealthyPods",
        expression=(
            "kube_poddisruptionbudget_status_desired_healthy"
            " - kube_poddisruptionbudget_status_current_healthy > 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.poddisruptionbudget }} lacks {{ $value }} pods",
        description=(
            "{{ $value }} pods are missing to what the disruption budget "
            "{{ $labels.namespace }}/{{ $labels.poddisruptionbudget }} asks for. No node with one "
            "of the rest can be drained."
        ),
        remedy=(
            "Bring the missing pods back (see KubePodNotReady). Do not delete the budget in order "
            "to drain a node: that takes the rest away too."
        ),
        firing=(
            Case(
                series={
                    f"kube_poddisruptionbudget_status_desired_healthy{_BUDGET}": "2x40",
                    f"kube_poddisruptionbudget_status_current_healthy{_BUDGET}": "1x40",
                },
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"kube_poddisruptionbudget_status_desired_healthy{_BUDGET}": "2x40",
                    f"kube_poddisruptionbudget_status_current_healthy{_BUDGET}": "2x40",
                },
                after_minutes=17,
                firing=0,
            ),
        ),
    ),
)

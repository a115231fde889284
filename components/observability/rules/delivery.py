"""The way from Prometheus to Alertmanager."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

_SELF: Final = '{job="prometheus", instance="a"}'
_TO_A: Final = '{job="prometheus", instance="a", alertmanager="a"}'
_TO_B: Final = '{job="prometheus", instance="a", alertmanager="b"}'
_BY_ALERTMANAGER: Final = "sum by (cluster, job, instance, alertmanager)"
_ERRORS: Final = (
    f'{_BY_ALERTMANAGER} (rate(prometheus_notifications_errors_total{{job="prometheus"}}[5m]))'
)
_SENT: Final = (
    f'{_BY_ALERTMANAGER} (rate(prometheus_notifications_sent_total{{job="prometheus"}}[5m]))'
)


def _counted(labels: str, *, errors: str, sent: str) -> dict[str, str]:
    return {
        f"prometheus_notifications_errors_total{labels}": errors,
        f"prometheus_notifications_sent_total{labels}": sent,
    }


ALERTS: Final = (
    Alert(
        name="PrometheusNotConnectedToAlertmanagers",
        expression=(
            'max_over_time(prometheus_notifications_alertmanagers_discovered{job="prometheus"}[5m])'
            " < 1"
        ),
        for_minutes=10,
        severity=Severity.CRITICAL,
        summary="Prometheus {{ $labels.instance }} knows no Alertmanager",
        description=(
            "Prometheus {{ $labels.instance }} has found no Alertmanager for 10 minutes: none of "
            "its alerts reaches anybody. You read this because its replica still delivers."
        ),
        remedy=(
            "Check that Alertmanager runs and that the names in `alerting.alertmanagers` resolve "
            "from Prometheus' pod. With discovery by Kubernetes, check its rights."
        ),
        firing=(
            Case(
                series={"prometheus_notifications_alertmanagers_discovered" + _SELF: "3x5 0x40"},
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={"prometheus_notifications_alertmanagers_discovered" + _SELF: "3x5 1x40"},
                after_minutes=22,
                firing=0,
            ),
            Case(
                series={"prometheus_notifications_alertmanagers_discovered" + _SELF: "3x5 0x40"},
                after_minutes=18,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusErrorSendingAlertsToSomeAlertmanagers",
        expression=f"{_ERRORS} / ({_ERRORS} + {_SENT} > 0) > 0.01",
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} cannot deliver to {{ $labels.alertmanager }}",
        description=(
            "{{ $value | humanizePercentage }} of the alerts for Alertmanager "
            "{{ $labels.alertmanager }} failed in 5 minutes. The others still take them."
        ),
        remedy=(
            "See whether that Alertmanager is up and ready; if it is, check the flow from "
            "Prometheus to its port 9093 and the errors in Prometheus' log."
        ),
        firing=(
            Case(
                series={
                    **_counted(_TO_A, errors="0+1x40", sent="0+80x40"),
                    **_counted(_TO_B, errors="0x40", sent="0+10x40"),
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    **_counted(_TO_A, errors="0+1x40", sent="0+110x40"),
                },
                after_minutes=25,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusErrorSendingAlertsToAnyAlertmanager",
        expression=(
            f"min by (cluster, job, instance) ({_ERRORS} / ({_ERRORS} + {_SENT} > 0)) > 0.03"
        ),
        for_minutes=15,
        severity=Severity.CRITICAL,
        summary="Prometheus {{ $labels.instance }} cannot deliver its alerts to any Alertmanager",
        description=(
            "At least {{ $value | humanizePercentage }} of the alerts sent by "
            "{{ $labels.instance }} in 5 minutes failed at every Alertmanager: some reach nobody."
        ),
        remedy=(
            "All Alertmanagers at once points at what they share: their name, the network policy, "
            "a certificate, an overload. Check them in this order from Prometheus' pod."
        ),
        firing=(
            Case(
                series={
                    **_counted(_TO_A, errors="0+1x40", sent="0+25x40"),
                    **_counted(_TO_B, errors="0+5x40", sent="0+5x40"),
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    **_counted(_TO_A, errors="0+1x40", sent="0+35x40"),
                },
                after_minutes=25,
                firing=0,
            ),
            Case(
                series={
                    **_counted(_TO_A, errors="0+10x40", sent="0x40"),
                    **_counted(_TO_B, errors="0x40", sent="0+10x40"),
                },
                after_minutes=25,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusNotificationQueueRunningFull",
        expression=(
            "max by (cluster, job, instance)"
            ' (prometheus_notifications_queue_length{job="prometheus"})'
            " / (max by (cluster, job, instance)"
            ' (prometheus_notifications_queue_capacity{job="prometheus"}) > 0) > 0.8'
        ),
        for_minutes=10,
        severity=Severity.WARNING,
        summary="The queue of alerts of Prometheus {{ $labels.instance }} is nearly full",
        description=(
            "{{ $value | humanizePercentage }} of the queue towards Alertmanager is taken for 10 "
            "minutes. What does not fit is dropped."
        ),
        remedy=(
            "Look for a rule that fires thousands of times (`topk(5, count by (alertname) "
            "(ALERTS))`) and for an Alertmanager that answers slowly."
        ),
        firing=(
            Case(
                series={
                    "prometheus_notifications_queue_length" + _SELF: "9000x40",
                    "prometheus_notifications_queue_capacity" + _SELF: "10000x40",
                },
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "prometheus_notifications_queue_length" + _SELF: "7900x40",
                    "prometheus_notifications_queue_capacity" + _SELF: "10000x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
)

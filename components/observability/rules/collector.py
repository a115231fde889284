"""The OpenTelemetry collectors, agents and gateway: what they refuse, lose or hold back."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job=~"otel-.+"'
_AT: Final = 'job="otel-gateway", instance="a"'
_ITEMS: Final = {"logs": "log_records", "metrics": "metric_points", "traces": "spans"}

_REFUSED: Final = "instance_receiver:otelcol_receiver_refused:rate5m"
_FAILED: Final = "instance_exporter:otelcol_exporter_send_failed:rate5m"
_DROPPED: Final = "instance_exporter:otelcol_exporter_enqueue_failed:rate5m"
_LIMITED: Final = "instance:otelcol_memory_limiter_refused:rate5m"


def _by_signal(record: str, metric: str, label: str = "") -> tuple[Recording, ...]:
    """One series for the three counters of a metric, told apart by the label ``signal``."""
    labels = ", ".join(name for name in ("cluster", "job", "instance", label) if name)
    return tuple(
        Recording(
            record=record,
            expression=f"sum by ({labels}) (rate({metric}_{items}_total{{{_JOB}}}[5m]))",
            labels={"signal": signal},
        )
        for signal, items in _ITEMS.items()
    )


def _rising(metric: str, more: str = "") -> tuple[Case, ...]:
    return (
        Case(
            series={f"{metric}_spans_total{{{_AT}{more}}}": "0+10x40"}, after_minutes=20, firing=1
        ),
        Case(
            series={
                f"{metric}_log_records_total{{{_AT}{more}}}": "0+10x40",
                f"{metric}_metric_points_total{{{_AT}{more}}}": "0+10x40",
                f"{metric}_spans_total{{{_AT}{more}}}": "50x40",
            },
            after_minutes=20,
            firing=2,
        ),
    )


def _over(metric: str, more: str = "") -> tuple[Case, ...]:
    return (
        Case(series={f"{metric}_spans_total{{{_AT}{more}}}": "50x40"}, after_minutes=20, firing=0),
        Case(
            series={f"{metric}_log_records_total{{{_AT}{more}}}": "0x3 0+10x4 40x30"},
            after_minutes=8,
            firing=0,
        ),
    )


_RECEIVER: Final = ', receiver="otlp"'
_EXPORTER: Final = ', exporter="otlp_grpc"'

GROUPS: Final = (
    Group(
        name="collector",
        rules=(
            gone(
                "CollectorGatewayDown",
                job="otel-gateway",
                consequence="Traces, metrics and logs sent to the gateway wait at their senders.",
                remedy=(
                    "Look at its pods or containers: a configuration it refuses (`otelcol validate`), "
                    "or memory. The agents' queues bridge minutes, not hours."
                ),
            ),
            *_by_signal(_REFUSED, "otelcol_receiver_refused", "receiver"),
            Alert(
                name="CollectorReceiverRefused",
                expression=f"{_REFUSED} > 0",
                for_minutes=5,
                severity=Severity.WARNING,
                summary="Collector {{ $labels.instance }} refuses {{ $labels.signal }}",
                description=(
                    "Receiver {{ $labels.receiver }} of {{ $labels.job }} {{ $labels.instance }} "
                    "refuses {{ $value | humanize }} items of {{ $labels.signal }} a second. Senders "
                    "that do not retry lose them."
                ),
                remedy=(
                    "It refuses because what is behind it is full: see CollectorQueueNearlyFull and "
                    "CollectorMemoryLimiterActive for the same instance, and clear those first."
                ),
                firing=_rising("otelcol_receiver_refused", _RECEIVER),
                silent=_over("otelcol_receiver_refused", _RECEIVER),
            ),
            *_by_signal(_FAILED, "otelcol_exporter_send_failed", "exporter"),
            Alert(
                name="CollectorExporterSendFailed",
                expression=f"{_FAILED} > 0",
                for_minutes=10,
                severity=Severity.CRITICAL,
                summary="Collector {{ $labels.instance }} loses {{ $labels.signal }}",
                description=(
                    "Exporter {{ $labels.exporter }} of {{ $labels.job }} {{ $labels.instance }} gives "
                    "up {{ $value | humanize }} items of {{ $labels.signal }} a second after all "
                    "retries, for 10 minutes. They are lost."
                ),
                remedy=(
                    "The collector's log names the answer of the other side. Errors that are permanent "
                    "(400, 401, 403, 413) are not retried: credentials, tenant, size of batches. "
                    "Otherwise see whether the other side is there."
                ),
                firing=_rising("otelcol_exporter_send_failed", _EXPORTER),
                silent=_over("otelcol_exporter_send_failed", _EXPORTER),
            ),
            *_by_signal(_DROPPED, "otelcol_exporter_enqueue_failed", "exporter"),
            Alert(
                name="CollectorEnqueueFailed",
                expression=f"{_DROPPED} > 0",
                for_minutes=5,
                severity=Severity.CRITICAL,
                summary="A full queue of collector {{ $labels.instance }} drops {{ $labels.signal }}",
                description=(
                    "The queue of exporter {{ $labels.exporter }} of {{ $labels.job }} "
                    "{{ $labels.instance }} is full: {{ $value | humanize }} items of "
                    "{{ $labels.signal }} a second are dropped."
                ),
                remedy=(
                    "Help the receiver of that exporter first. If it is only slow, add replicas of the "
                    "gateway or consumers of the queue; a larger queue buys time and costs memory."
                ),
                firing=_rising("otelcol_exporter_enqueue_failed", _EXPORTER),
                silent=_over("otelcol_exporter_enqueue_failed", _EXPORTER),
            ),
            *_by_signal(_LIMITED, "otelcol_processor_memory_limiter_refused"),
            Alert(
                name="CollectorMemoryLimiterActive",
                expression=f"{_LIMITED} > 0",
                for_minutes=5,
                severity=Severity.WARNING,
                summary="Collector {{ $labels.instance }} is at its memory limit",
                description=(
                    "The memory limiter of {{ $labels.job }} {{ $labels.instance }} refuses "
                    "{{ $value | humanize }} items of {{ $labels.signal }} a second, for 5 minutes."
                ),
                remedy=(
                    "Compare what it receives with last week. More of everything: add replicas or "
                    "memory. The same as ever: a queue that fills because its exporter fails."
                ),
                firing=_rising("otelcol_processor_memory_limiter_refused"),
                silent=_over("otelcol_processor_memory_limiter_refused"),
            ),
            Alert(
                name="CollectorQueueNearlyFull",
                expression=(
                    "max by (cluster, job, instance, exporter, data_type)"
                    f" (otelcol_exporter_queue_size{{{_JOB}}})"
                    " / (max by (cluster, job, instance, exporter, data_type)"
                    f" (otelcol_exporter_queue_capacity{{{_JOB}}}) > 0) > 0.8"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="A queue of collector {{ $labels.instance }} is nearly full",
                description=(
                    "{{ $value | humanizePercentage }} of the queue of exporter {{ $labels.exporter }} "
                    "({{ $labels.data_type }}) of {{ $labels.job }} {{ $labels.instance }} is taken, "
                    "for 10 minutes."
                ),
                remedy=(
                    "The other side is slower than what arrives. See whether it is well; what is in a "
                    "queue in memory is lost when the collector restarts, so do not restart it."
                ),
                firing=(
                    Case(
                        series={
                            f'otelcol_exporter_queue_size{{{_AT}{_EXPORTER}, data_type="traces"}}': "850x40",
                            f'otelcol_exporter_queue_capacity{{{_AT}{_EXPORTER}, data_type="traces"}}': (
                                "1000x40"
                            ),
                        },
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'otelcol_exporter_queue_size{{{_AT}{_EXPORTER}, data_type="traces"}}': "790x40",
                            f'otelcol_exporter_queue_capacity{{{_AT}{_EXPORTER}, data_type="traces"}}': (
                                "1000x40"
                            ),
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                    Case(
                        series={
                            f'otelcol_exporter_queue_size{{{_AT}{_EXPORTER}, data_type="traces"}}': (
                                "900x8 100x30"
                            ),
                            f'otelcol_exporter_queue_capacity{{{_AT}{_EXPORTER}, data_type="traces"}}': (
                                "1000x40"
                            ),
                        },
                        after_minutes=11,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="CollectorRestarting",
                expression=f"resets(otelcol_process_uptime_seconds_total{{{_JOB}}}[30m]) > 2",
                for_minutes=2,
                severity=Severity.WARNING,
                summary="Collector {{ $labels.instance }} restarts again and again",
                description=(
                    "{{ $labels.job }} {{ $labels.instance }} started {{ $value }} times in half an "
                    "hour. What its queues in memory held is lost each time."
                ),
                remedy=(
                    "Killed for its memory: lower the limiter's share or raise the limit. Ended by its "
                    "liveness probe: the health check reports a component that is unhealthy; the log "
                    "names it."
                ),
                firing=(
                    Case(
                        series={
                            f"otelcol_process_uptime_seconds_total{{{_AT}}}": (
                                "0+60x6 0+60x6 0+60x6 0+60x20"
                            )
                        },
                        after_minutes=26,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f"otelcol_process_uptime_seconds_total{{{_AT}}}": "0+60x6 0+60x6 0+60x30"
                        },
                        after_minutes=26,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

ON_KUBERNETES: Final = (
    Group(
        name="collector-kubernetes",
        rules=(
            gone(
                "CollectorAgentDown",
                job="otel-agent",
                consequence="No node sends its logs; the files on the nodes are rotated away.",
                remedy=(
                    "All agents at once point at what they share: their configuration, the admission "
                    "policy of their namespace, or the flow from Prometheus to port 8888."
                ),
            ),
            Alert(
                name="CollectorAgentMissing",
                expression=(
                    "max by (cluster, node) (kube_node_info) unless on (cluster, node)"
                    ' max by (cluster, node) (up{job="otel-agent"}) == 1'
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="Node {{ $labels.node }} has no collector that works",
                description=(
                    "No agent on node {{ $labels.node }} has answered for 15 minutes: the logs of its "
                    "pods are not collected."
                ),
                remedy=(
                    "Look for the agent's pod on that node: a taint it does not tolerate, no room, or a "
                    "crash. The kubelet keeps a few rotated log files, so there are hours, not days."
                ),
                firing=(
                    Case(
                        series={
                            'kube_node_info{node="n1"}': "1x40",
                            'kube_node_info{node="n2"}': "1x40",
                            'kube_node_info{node="n3"}': "1x40",
                            'up{job="otel-agent", instance="a", node="n1"}': "1x40",
                            'up{job="otel-agent", instance="b", node="n2"}': "0x40",
                        },
                        after_minutes=16,
                        firing=2,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            'kube_node_info{node="n1"}': "1x40",
                            'kube_node_info{node="n2"}': "1x40",
                            'up{job="otel-agent", instance="a", node="n1"}': "1x40",
                            'up{job="otel-agent", instance="b", node="n2"}': "0x13 1x30",
                        },
                        after_minutes=16,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

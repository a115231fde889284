"""The collectors' dashboard: what comes in, what goes out and what waits."""

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

_COLLECTORS: Final = 'job=~"otel-.*", cluster=~"$cluster"'
_KINDS: Final = (("spans", "Spans"), ("metric_points", "Points"), ("log_records", "Log records"))


def _rates(title: str, metric: str, by: str) -> Panel:
    return Panel(
        title=title,
        queries=tuple(
            Query(
                expression=f"sum by (cluster, job, {by}) (rate("
                f"{metric}_{kind}_total{{{_COLLECTORS}}}[$__rate_interval]))",
                legend=f"{name} {{{{job}}}} {{{{{by}}}}}",
            )
            for kind, name in _KINDS
        ),
        unit="cps",
    )


COLLECTORS: Final = Dashboard(
    uid="telemetry",
    title="OpenTelemetry collectors",
    tags=("logs", "metrics", "traces"),
    variables=(
        Variable(name="cluster", metric="otelcol_process_uptime_seconds_total", label="cluster"),
    ),
    rows=(
        Row(
            title="Through",
            panels=(
                _rates("Taken in", "otelcol_receiver_accepted", "receiver"),
                _rates("Sent on", "otelcol_exporter_sent", "exporter"),
            ),
        ),
        Row(
            title="Lost or held back",
            panels=(
                _rates("Refused", "otelcol_receiver_refused", "receiver"),
                _rates("Not sent", "otelcol_exporter_send_failed", "exporter"),
                _rates("No room in the queue", "otelcol_exporter_enqueue_failed", "exporter"),
                Panel(
                    title="Queues, part filled",
                    queries=(
                        Query(
                            expression="max by (cluster, job, exporter) ("
                            f"otelcol_exporter_queue_size{{{_COLLECTORS}}}"
                            f" / (otelcol_exporter_queue_capacity{{{_COLLECTORS}}} > 0))",
                            legend="{{job}} {{exporter}}",
                        ),
                    ),
                    view=View.TIME_SERIES,
                    unit="percentunit",
                    thresholds=(
                        Threshold(value=0, colour="green"),
                        Threshold(value=0.8, colour="red"),
                    ),
                ),
            ),
        ),
        Row(
            title="Processes",
            panels=(
                Panel(
                    title="Memory",
                    queries=(
                        Query(
                            expression="max by (cluster, job) ("
                            f"otelcol_process_memory_rss_bytes{{{_COLLECTORS}}})",
                            legend="{{job}}",
                        ),
                    ),
                    unit="bytes",
                ),
                Panel(
                    title="CPU",
                    queries=(
                        Query(
                            expression="sum by (cluster, job) (rate("
                            f"otelcol_process_cpu_seconds_total{{{_COLLECTORS}}}[$__rate_interval]))",
                            legend="{{job}}",
                        ),
                    ),
                    unit="cores",
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (COLLECTORS,)
"""Pages that show the collectors."""

"""Jaeger's dashboard."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import Dashboard, Panel, Query, Row, Variable

_JAEGER: Final = 'job="jaeger", cluster=~"$cluster"'

JAEGER: Final = Dashboard(
    uid="jaeger",
    title="Jaeger",
    tags=("traces",),
    variables=(
        Variable(name="cluster", metric="otelcol_process_uptime_seconds_total", label="cluster"),
    ),
    rows=(
        Row(
            title="Writing",
            panels=(
                Panel(
                    title="Spans taken in and refused",
                    queries=tuple(
                        Query(
                            expression="sum by (cluster, transport) (rate("
                            f"otelcol_receiver_{what}_spans_total{{{_JAEGER}}}[$__rate_interval]))",
                            legend=f"{what} {{{{transport}}}}",
                        )
                        for what in ("accepted", "refused")
                    ),
                    unit="cps",
                ),
                Panel(
                    title="Spans stored and not stored",
                    queries=tuple(
                        Query(
                            expression="sum by (cluster) (rate("
                            f"otelcol_exporter_{what}_spans_total{{{_JAEGER}}}[$__rate_interval]))",
                            legend=what,
                        )
                        for what in ("sent", "send_failed")
                    ),
                    unit="cps",
                ),
            ),
        ),
        Row(
            title="Reading",
            panels=(
                Panel(
                    title="Requests to the store",
                    queries=(
                        Query(
                            expression="sum by (cluster, operation, result) (rate("
                            f"jaeger_storage_requests_total{{{_JAEGER}}}[$__rate_interval]))",
                            legend="{{operation}} {{result}}",
                        ),
                    ),
                    unit="reqps",
                ),
                Panel(
                    title="Duration of reading, 99th percentile",
                    queries=(
                        Query(
                            expression="histogram_quantile(0.99, sum by (cluster, operation, le) ("
                            f"rate(jaeger_storage_latency_seconds_bucket{{{_JAEGER}}}"
                            "[$__rate_interval])))",
                            legend="{{operation}}",
                        ),
                    ),
                    unit="s",
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (JAEGER,)
"""Pages that show Jaeger."""

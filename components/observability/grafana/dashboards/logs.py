"""Loki's dashboards."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Source,
    Threshold,
    Variable,
    View,
)

_LOKI: Final = 'job="loki", cluster=~"$cluster"'
_CLUSTER: Final = Variable(name="cluster", metric="loki_build_info", label="cluster")

LOKI: Final = Dashboard(
    uid="loki",
    title="Loki",
    tags=("logs",),
    variables=(_CLUSTER,),
    rows=(
        Row(
            title="Writing",
            panels=(
                Panel(
                    title="Lines taken in",
                    queries=(
                        Query(
                            expression="sum by (cluster) (rate("
                            f"loki_distributor_lines_received_total{{{_LOKI}}}[$__rate_interval]))",
                            legend="{{cluster}}",
                        ),
                    ),
                    unit="cps",
                ),
                Panel(
                    title="Bytes taken in",
                    queries=(
                        Query(
                            expression="sum by (cluster) (rate("
                            f"loki_distributor_bytes_received_total{{{_LOKI}}}[$__rate_interval]))",
                            legend="{{cluster}}",
                        ),
                    ),
                    unit="Bps",
                ),
                Panel(
                    title="Lines refused, by reason",
                    description="Too old, too fast, too long or too many streams.",
                    queries=(
                        Query(
                            expression="sum by (cluster, reason) (rate("
                            f"loki_discarded_samples_total{{{_LOKI}}}[$__rate_interval]))",
                            legend="{{reason}}",
                        ),
                    ),
                    unit="cps",
                ),
                Panel(
                    title="Streams in memory",
                    queries=(
                        Query(
                            expression="sum by (cluster, instance) ("
                            f"loki_ingester_memory_streams{{{_LOKI}}})",
                            legend="{{instance}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Requests",
            panels=(
                Panel(
                    title="Requests by route and status",
                    queries=(
                        Query(
                            expression="sum by (cluster, route, status_code) (rate("
                            f"loki_request_duration_seconds_count{{{_LOKI}}}[$__rate_interval]))",
                            legend="{{route}} {{status_code}}",
                        ),
                    ),
                    unit="reqps",
                ),
                Panel(
                    title="Duration, 99th percentile",
                    queries=(
                        Query(
                            expression="histogram_quantile(0.99, sum by (cluster, route, le) (rate("
                            f"loki_request_duration_seconds_bucket{{{_LOKI}}}[$__rate_interval])))",
                            legend="{{route}}",
                        ),
                    ),
                    unit="s",
                ),
            ),
        ),
        Row(
            title="Retention",
            panels=(
                Panel(
                    title="Since the last compaction",
                    description="Without compaction nothing is deleted.",
                    queries=(
                        Query(
                            expression="time() - max by (cluster) (loki_boltdb_shipper_compact_tables"
                            f"_operation_last_successful_run_timestamp_seconds{{{_LOKI}}})",
                            legend="{{cluster}}",
                        ),
                    ),
                    view=View.STAT,
                    unit="s",
                    width=6,
                    thresholds=(
                        Threshold(value=0, colour="green"),
                        Threshold(value=3_600, colour="orange"),
                        Threshold(value=10_800, colour="red"),
                    ),
                ),
                Panel(
                    title="Write-ahead log on a full disk",
                    queries=(
                        Query(
                            expression="sum by (cluster, instance) (increase("
                            f"loki_ingester_wal_disk_full_failures_total{{{_LOKI}}}[1h]))",
                            legend="{{instance}}",
                        ),
                    ),
                    width=18,
                ),
            ),
        ),
    ),
)

EXPLORE: Final = Dashboard(
    uid="logs",
    title="Logs",
    tags=("logs",),
    rows=(
        Row(
            title="Everything",
            panels=(
                Panel(
                    title="Lines by namespace",
                    queries=(
                        Query(
                            expression="sum by (k8s_namespace_name) (count_over_time("
                            '{service_name=~".+"}[$__auto]))',
                            legend="{{k8s_namespace_name}}",
                            source=Source.LOGS,
                        ),
                    ),
                    width=24,
                    height=6,
                ),
                Panel(
                    title="Errors",
                    queries=(
                        Query(
                            expression='{service_name=~".+"} | detected_level=~"error|fatal"',
                            source=Source.LOGS,
                        ),
                    ),
                    view=View.LOGS,
                    width=24,
                    height=18,
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (LOKI, EXPLORE)
"""Pages that show Loki and what is in it."""

"""Loki: requests, logs it refuses, its ring, its compactor and its write-ahead log."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="loki"'
_BY: Final = "by (cluster, job, route)"
_ROUTE: Final = 'job="loki", instance="a", route="loki_api_v1_push"'
_STREAMS: Final = 'route!~"(?i).*(tail|querierloop|frontendprocess|workerloop).*"'


def _requests(good: str, bad: str) -> dict[str, str]:
    return {
        f'loki_request_duration_seconds_count{{{_ROUTE}, status_code="204"}}': good,
        f'loki_request_duration_seconds_count{{{_ROUTE}, status_code="500"}}': bad,
    }


def _latency(under_one_second: str, every: str) -> dict[str, str]:
    name = "loki_request_duration_seconds_bucket"
    return {
        f'{name}{{{_ROUTE}, le="1.0"}}': under_one_second,
        f'{name}{{{_ROUTE}, le="2.5"}}': every,
        f'{name}{{{_ROUTE}, le="+Inf"}}': every,
    }


def _overdue(name: str, metric: str, *, hours: int, what: str, remedy: str) -> Alert:
    """The newest success of the compactor is too old, or there has been none since the start."""
    return Alert(
        name=name,
        expression=f"time() - max by (cluster, job) ({metric}{{{_JOB}}}) > {hours} * 3600",
        for_minutes=60,
        severity=Severity.WARNING,
        summary=f"Loki has not {what} for {hours} hours",
        description=(
            f"No compactor of Loki has {what} for {hours} hours and more (a duration of decades "
            "means: never since its start). Queries become slow, and logs outlive their retention."
        ),
        remedy=remedy,
        firing=(
            Case(
                series={f'{metric}{{{_JOB}, instance="a"}}': "600x900"},
                after_minutes=hours * 60 + 75,
                firing=1,
            ),
            Case(
                series={
                    f'{metric}{{{_JOB}, instance="a"}}': "0x900",
                    f'{metric}{{{_JOB}, instance="b"}}': "0x900",
                },
                after_minutes=hours * 60 + 65,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f'{metric}{{{_JOB}, instance="a"}}': "600x900"},
                after_minutes=hours * 60 + 9,
                firing=0,
            ),
            Case(
                series={
                    f'{metric}{{{_JOB}, instance="a"}}': "0x900",
                    f'{metric}{{{_JOB}, instance="b"}}': f"0x{hours * 60 + 20} 12000x900",
                },
                after_minutes=hours * 60 + 75,
                firing=0,
            ),
        ),
    )


_REQUESTS: Final = (
    Alert(
        name="LokiRequestErrors",
        expression=(
            f"sum {_BY} (rate(loki_request_duration_seconds_count"
            f'{{{_JOB}, status_code=~"5.."}}[5m]))'
            f" / (sum {_BY} (rate(loki_request_duration_seconds_count{{{_JOB}}}[5m])) > 0) > 0.1"
        ),
        for_minutes=15,
        severity=Severity.CRITICAL,
        summary="Loki fails {{ $value | humanizePercentage }} of {{ $labels.route }}",
        description=(
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.route }} were answered "
            "with an error of the server for 15 minutes. On the push route, logs wait in the "
            "collectors and are lost when their queues are full."
        ),
        remedy=(
            "Loki's log at level error names the cause: the bucket (credentials, throttling), too "
            "few healthy ingesters in the ring (LokiRingUnhealthy), or memory."
        ),
        firing=(Case(series=_requests("0+89x40", "0+11x40"), after_minutes=20, firing=1),),
        silent=(
            Case(series=_requests("0+91x40", "0+9x40"), after_minutes=35, firing=0),
            Case(series=_requests("0+50x40", "0+50x10 500x40"), after_minutes=14, firing=0),
        ),
    ),
    Alert(
        name="LokiRequestPanics",
        expression=f"sum by (cluster, job) (increase(loki_panic_total{{{_JOB}}}[10m])) > 0",
        for_minutes=2,
        severity=Severity.CRITICAL,
        summary="Loki panics while it serves requests",
        description="Loki recovered from {{ $value | humanize }} panics in 10 minutes.",
        remedy=(
            "The log has the stack. Look for a known fault of this version and roll the last "
            "upgrade back; a query that triggers it every time can be blocked in the limits."
        ),
        firing=(
            Case(
                series={f'loki_panic_total{{{_JOB}, instance="a"}}': "0x5 1x20"},
                after_minutes=10,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f'loki_panic_total{{{_JOB}, instance="a"}}': "3x30"},
                after_minutes=10,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="LokiRequestLatency",
        expression=(
            "histogram_quantile(0.99, sum by (cluster, job, route, le)"
            f" (rate(loki_request_duration_seconds_bucket{{{_JOB}, {_STREAMS}}}[5m]))) > 1"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Loki is slow on {{ $labels.route }}",
        description=(
            "One in a hundred requests to {{ $labels.route }} takes {{ $value | humanizeDuration }} "
            "or longer, for 15 minutes."
        ),
        remedy=(
            "On the push route: the disk of the write-ahead log, or the bucket. On queries: look "
            "for queries over long ranges without a narrow selector, then at the caches."
        ),
        firing=(Case(series=_latency("0+985x40", "0+1000x40"), after_minutes=20, firing=1),),
        silent=(
            Case(series=_latency("0+995x40", "0+1000x40"), after_minutes=35, firing=0),
            Case(
                series={
                    series.replace("loki_api_v1_push", "loki_api_v1_tail"): values
                    for series, values in _latency("0+50x40", "0+100x40").items()
                },
                after_minutes=35,
                firing=0,
            ),
        ),
    ),
)

_INGESTION: Final = (
    Alert(
        name="LokiLogsDiscarded",
        expression=(
            "sum by (cluster, job, tenant, reason)"
            f" (rate(loki_discarded_bytes_total{{{_JOB}}}[5m])) > 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Loki discards logs of tenant {{ $labels.tenant }}: {{ $labels.reason }}",
        description=(
            "{{ $value | humanize1024 }}B of logs a second of tenant {{ $labels.tenant }} have been "
            "refused for 15 minutes because of {{ $labels.reason }}."
        ),
        remedy=(
            "rate_limited: find the service that logs so much, then raise the tenant's rate if it "
            "should. greater_than_max_sample_age: a collector that catches up. stream_limit and "
            "max_label_names: a label with unbounded values."
        ),
        firing=(
            Case(
                series={
                    "loki_discarded_bytes_total"
                    f'{{{_JOB}, instance="a", tenant="t", reason="rate_limited"}}': "0+1000x40"
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "loki_discarded_bytes_total"
                    f'{{{_JOB}, instance="a", tenant="t", reason="rate_limited"}}': (
                        "0x3 0+1000x6 6000x30"
                    )
                },
                after_minutes=17,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="LokiNoLogsReceived",
        expression=(
            "sum by (cluster, job)"
            f" (rate(loki_distributor_lines_received_total{{{_JOB}}}[10m])) == 0"
        ),
        for_minutes=10,
        severity=Severity.WARNING,
        summary="Loki receives no logs at all",
        description=(
            "Loki has received no line for 20 minutes. Nothing is that quiet: the collectors do not "
            "reach it."
        ),
        remedy=(
            "See CollectorExporterSendFailed and CollectorQueueNearlyFull, then the flow from the "
            "collectors to Loki's port 3100 and the tenant they send."
        ),
        firing=(
            Case(
                series={
                    f'loki_distributor_lines_received_total{{{_JOB}, instance="a"}}': (
                        "0+100x10 1000x40"
                    )
                },
                after_minutes=35,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'loki_distributor_lines_received_total{{{_JOB}, instance="a"}}': "1000x50",
                    f'loki_distributor_lines_received_total{{{_JOB}, instance="b"}}': "0+1x50",
                },
                after_minutes=35,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="LokiIngesterWalDiskFull",
        expression=(
            "sum by (cluster, job, instance)"
            f" (increase(loki_ingester_wal_disk_full_failures_total{{{_JOB}}}[5m])) > 0"
        ),
        for_minutes=2,
        severity=Severity.CRITICAL,
        summary="The write-ahead log of Loki {{ $labels.instance }} has no room",
        description=(
            "Loki {{ $labels.instance }} could not write {{ $value | humanize }} records to its "
            "write-ahead log in 5 minutes: logs not yet in the bucket are lost in a crash."
        ),
        remedy=(
            "Grow its volume. The log is emptied by checkpoints after chunks are flushed: if "
            "flushing fails (LokiFlushFailures), repair the way to the bucket first."
        ),
        firing=(
            Case(
                series={
                    f'loki_ingester_wal_disk_full_failures_total{{{_JOB}, instance="a"}}': (
                        "0x5 0+3x20"
                    )
                },
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'loki_ingester_wal_disk_full_failures_total{{{_JOB}, instance="a"}}': "8x30"
                },
                after_minutes=12,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="LokiFlushFailures",
        expression=(
            "sum by (cluster, job, instance)"
            f" (increase(loki_ingester_chunks_flush_failures_total{{{_JOB}}}[5m])) > 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Loki {{ $labels.instance }} cannot write its chunks to the store",
        description=(
            "{{ $value | humanize }} chunks of Loki {{ $labels.instance }} failed to reach the "
            "store in 5 minutes, for 15 minutes. They wait in memory and on its volume."
        ),
        remedy=(
            "The log shows the store's answer: 403 is the identity or the key of the bucket, 503 "
            "throttling, a timeout the flow out of the namespace."
        ),
        firing=(
            Case(
                series={
                    f'loki_ingester_chunks_flush_failures_total{{{_JOB}, instance="a"}}': "0+1x40"
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'loki_ingester_chunks_flush_failures_total{{{_JOB}, instance="a"}}': (
                        "0x3 1x40"
                    )
                },
                after_minutes=8,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="LokiRingUnhealthy",
        expression=(
            f'max by (cluster, job, name) (loki_ring_members{{{_JOB}, state="Unhealthy"}}) > 0'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $value }} members of Loki's ring {{ $labels.name }} are unhealthy",
        description=(
            "{{ $value }} members of the ring {{ $labels.name }} have not reported for 15 minutes. "
            "With one more, writes with three copies fail."
        ),
        remedy=(
            "A member that went without leaving: if its pod is gone for good, forget it on the page "
            "of the ring; if not, look at its log and at the flow on port 7946."
        ),
        firing=(
            Case(
                series={
                    f'loki_ring_members{{{_JOB}, instance="a", name="ingester", state="Unhealthy"}}': (
                        "0x3 1x40"
                    )
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'loki_ring_members{{{_JOB}, instance="a", name="ingester", state="Unhealthy"}}': (
                        "1x13 0x40"
                    ),
                    f'loki_ring_members{{{_JOB}, instance="a", name="ingester", state="LEAVING"}}': (
                        "1x50"
                    ),
                },
                after_minutes=16,
                firing=0,
            ),
        ),
    ),
)

GROUPS: Final = (
    Group(
        name="loki",
        rules=(
            gone(
                "LokiDown",
                job="loki",
                consequence="Logs cannot be searched, and wait in the collectors' queues.",
                remedy=(
                    "Look at its pods or containers: a configuration it refuses (`loki -verify-config`), "
                    "a bucket it may not use, a long replay of its write-ahead log."
                ),
            ),
            *_REQUESTS,
            *_INGESTION,
            _overdue(
                "LokiCompactorNotRun",
                "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds",
                hours=3,
                what="compacted its index",
                remedy=(
                    "The compactor's log names the table that fails. With several replicas, exactly one "
                    "must be the main one and the others must reach it by gRPC; its volume needs room "
                    "for the largest table."
                ),
            ),
            _overdue(
                "LokiRetentionNotApplied",
                "loki_compactor_apply_retention_last_successful_run_timestamp_seconds",
                hours=6,
                what="applied its retention",
                remedy=(
                    "Check `retention_enabled` and `delete_request_store` in the compactor's "
                    "configuration, then its log. The bucket's own lifecycle is longer on purpose and "
                    "only the safety net."
                ),
            ),
            Alert(
                name="LokiTooManyCompactors",
                expression=(
                    f"sum by (cluster, job) (loki_boltdb_shipper_compactor_running{{{_JOB}}}) > 1"
                ),
                for_minutes=5,
                severity=Severity.WARNING,
                summary="{{ $value }} compactors of Loki run at once",
                description=(
                    "{{ $value }} replicas of Loki compact the same index for 5 minutes. They may "
                    "delete what the other one just wrote."
                ),
                remedy=(
                    "Stop all but one: only one replica may have the mode `main`, or the ring of the "
                    "compactor must be shared by all. Then check that yesterday's logs can be queried."
                ),
                firing=(
                    Case(
                        series={
                            f'loki_boltdb_shipper_compactor_running{{{_JOB}, instance="a"}}': "1x20",
                            f'loki_boltdb_shipper_compactor_running{{{_JOB}, instance="b"}}': "1x20",
                        },
                        after_minutes=6,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'loki_boltdb_shipper_compactor_running{{{_JOB}, instance="a"}}': "1x20",
                            f'loki_boltdb_shipper_compactor_running{{{_JOB}, instance="b"}}': "1x3 0x20",
                        },
                        after_minutes=6,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

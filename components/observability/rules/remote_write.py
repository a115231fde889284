"""Prometheus' remote write: samples that fail, lag or need more shards than there may be."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity

_BY: Final = "sum by (cluster, job, instance, remote_name, url)"
_FAILED: Final = f"{_BY} (rate(prometheus_remote_storage_samples_failed_total[5m]))"
_SENT: Final = f"{_BY} (rate(prometheus_remote_storage_samples_total[5m]))"
_QUEUE: Final = '{job="prometheus", instance="a", remote_name="r", url="https://r/push"}'

GROUPS: Final = (
    Group(
        name="prometheus-remote-write",
        rules=(
            Alert(
                name="PrometheusRemoteStorageFailures",
                expression=f"{_FAILED} / ({_FAILED} + {_SENT} > 0) > 0.01",
                for_minutes=15,
                severity=Severity.CRITICAL,
                summary="Prometheus {{ $labels.instance }} loses samples on the way to {{ $labels.remote_name }}",
                description=(
                    "{{ $value | humanizePercentage }} of the samples for {{ $labels.remote_name }} "
                    "({{ $labels.url }}) were refused for good in the last 5 minutes: they are lost there."
                ),
                remedy=(
                    "Prometheus' log shows the status of the answer. 4xx: the receiver refuses the "
                    "samples (limits, age, credentials); 5xx and timeouts are retried and do not count "
                    "here. Compare with the receiver's limits on series and on the rate of samples."
                ),
                firing=(
                    Case(
                        series={
                            f"prometheus_remote_storage_samples_failed_total{_QUEUE}": "0+20x40",
                            f"prometheus_remote_storage_samples_total{_QUEUE}": "0+980x40",
                        },
                        after_minutes=25,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f"prometheus_remote_storage_samples_failed_total{_QUEUE}": "0+9x40",
                            f"prometheus_remote_storage_samples_total{_QUEUE}": "0+1000x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="PrometheusRemoteWriteBehind",
                expression=(
                    "max_over_time(prometheus_remote_storage_queue_highest_timestamp_seconds[5m])"
                    " - max_over_time(prometheus_remote_storage_queue_highest_sent_timestamp_seconds[5m])"
                    " > 120"
                ),
                for_minutes=15,
                severity=Severity.CRITICAL,
                summary="Remote write of {{ $labels.instance }} to {{ $labels.remote_name }} is behind",
                description=(
                    "The newest sample sent to {{ $labels.remote_name }} is "
                    "{{ $value | humanizeDuration }} older than the newest one to send. When the "
                    "write-ahead log is truncated, about two hours of it, samples are lost."
                ),
                remedy=(
                    "Compare `prometheus_remote_storage_shards` with `..._shards_max`: at the maximum, "
                    "raise it or send less. Otherwise look at the latency of the receiver "
                    "(`prometheus_remote_storage_sent_batch_duration_seconds`) and at its log."
                ),
                firing=(
                    Case(
                        series={
                            f"prometheus_remote_storage_queue_highest_timestamp_seconds{_QUEUE}": "600+60x40",
                            f"prometheus_remote_storage_queue_highest_sent_timestamp_seconds{_QUEUE}": (
                                "400+60x40"
                            ),
                        },
                        after_minutes=17,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f"prometheus_remote_storage_queue_highest_timestamp_seconds{_QUEUE}": "600+60x40",
                            f"prometheus_remote_storage_queue_highest_sent_timestamp_seconds{_QUEUE}": (
                                "500+60x40"
                            ),
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="PrometheusRemoteWriteDesiredShards",
                expression=(
                    "max_over_time(prometheus_remote_storage_shards_desired[5m])"
                    " > max_over_time(prometheus_remote_storage_shards_max[5m])"
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="Remote write of {{ $labels.instance }} wants more shards than it may have",
                description=(
                    "{{ $value | humanize }} shards would be needed to keep up with what is sent to "
                    "{{ $labels.remote_name }}, more than the configured maximum."
                ),
                remedy=(
                    "If the receiver is slow, help it first: more shards make it slower. Otherwise "
                    "raise `max_shards` or `max_samples_per_send` of the queue, or drop series with "
                    "`write_relabel_configs`."
                ),
                firing=(
                    Case(
                        series={
                            f"prometheus_remote_storage_shards_desired{_QUEUE}": "51x40",
                            f"prometheus_remote_storage_shards_max{_QUEUE}": "50x40",
                        },
                        after_minutes=17,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f"prometheus_remote_storage_shards_desired{_QUEUE}": "50x40",
                            f"prometheus_remote_storage_shards_max{_QUEUE}": "50x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

"""Jaeger: its storage, what it cannot write, and whether anything can be read."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="jaeger"'
_BY: Final = "by (cluster, job, operation)"
_CALL: Final = 'job="jaeger", instance="a", operation="find_traces"'


def _calls(ok: str, err: str) -> dict[str, str]:
    return {
        f'jaeger_storage_requests_total{{{_CALL}, result="ok"}}': ok,
        f'jaeger_storage_requests_total{{{_CALL}, result="err"}}': err,
    }


def _latency(under_five_seconds: str, every: str) -> dict[str, str]:
    name = "jaeger_storage_latency_seconds_bucket"
    return {
        f'{name}{{{_CALL}, result="ok", le="5.0"}}': under_five_seconds,
        f'{name}{{{_CALL}, result="ok", le="7.5"}}': every,
        f'{name}{{{_CALL}, result="ok", le="+Inf"}}': every,
    }


def _spans(failed: str, sent: str) -> dict[str, str]:
    exporter = '{job="jaeger", instance="a", exporter="jaeger_storage_exporter"}'
    return {
        f"otelcol_exporter_send_failed_spans_total{exporter}": failed,
        f"otelcol_exporter_sent_spans_total{exporter}": sent,
    }


_WRITTEN: Final = "by (cluster, job, exporter)"
_LOST: Final = f"sum {_WRITTEN} (rate(otelcol_exporter_send_failed_spans_total{{{_JOB}}}[5m]))"
_KEPT: Final = f"sum {_WRITTEN} (rate(otelcol_exporter_sent_spans_total{{{_JOB}}}[5m]))"

GROUPS: Final = (
    Group(
        name="jaeger",
        rules=(
            gone(
                "JaegerDown",
                job="jaeger",
                consequence="Traces are neither stored nor shown; services are not affected.",
                remedy=(
                    "Look at its pods or containers: storage it cannot reach at its start, or a "
                    "configuration it refuses. The collectors keep traces as long as their queues last."
                ),
                severity=Severity.WARNING,
            ),
            Alert(
                name="JaegerSpansNotWritten",
                expression=f"{_LOST} / ({_LOST} + {_KEPT} > 0) > 0.05",
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Jaeger loses {{ $value | humanizePercentage }} of its spans",
                description=(
                    "{{ $value | humanizePercentage }} of the spans for {{ $labels.exporter }} could "
                    "not be written in 5 minutes, for 10 minutes: traces have holes."
                ),
                remedy=(
                    "Jaeger's log shows the storage's answer. An index that is read-only has no room "
                    "left; a rejected bulk request means that the storage is too small for the rate: "
                    "sample less, or grow it."
                ),
                firing=(Case(series=_spans("0+6x40", "0+94x40"), after_minutes=15, firing=1),),
                silent=(
                    Case(series=_spans("0+4x40", "0+96x40"), after_minutes=30, firing=0),
                    Case(series=_spans("0+50x8 400x30", "0+50x40"), after_minutes=9, firing=0),
                ),
            ),
            Alert(
                name="JaegerStorageErrors",
                expression=(
                    f'sum {_BY} (rate(jaeger_storage_requests_total{{{_JOB}, result="err"}}[5m]))'
                    f" / (sum {_BY} (rate(jaeger_storage_requests_total{{{_JOB}}}[5m])) > 0) > 0.1"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Jaeger's storage fails {{ $value | humanizePercentage }} of {{ $labels.operation }}",
                description=(
                    "{{ $value | humanizePercentage }} of the calls {{ $labels.operation }} to Jaeger's "
                    "storage were errors for 10 minutes."
                ),
                remedy=(
                    "Try the same search in the user interface: it shows the error. Check the storage's "
                    "health, the credentials, and that the indices of the period exist."
                ),
                firing=(Case(series=_calls("0+88x40", "0+12x40"), after_minutes=15, firing=1),),
                silent=(Case(series=_calls("0+91x40", "0+9x40"), after_minutes=30, firing=0),),
            ),
            Alert(
                name="JaegerStorageLatency",
                expression=(
                    "histogram_quantile(0.99, sum by (cluster, job, operation, le)"
                    f" (rate(jaeger_storage_latency_seconds_bucket{{{_JOB}}}[5m]))) > 5"
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="Jaeger's storage is slow on {{ $labels.operation }}",
                description=(
                    "One in a hundred calls {{ $labels.operation }} to Jaeger's storage takes "
                    "{{ $value | humanizeDuration }} or longer, for 15 minutes."
                ),
                remedy=(
                    "Searches over many days without a service are slow by nature. Otherwise look at "
                    "the storage's CPU and heap, and at the number and size of its shards."
                ),
                firing=(Case(series=_latency("0+95x40", "0+100x40"), after_minutes=20, firing=1),),
                silent=(
                    Case(series=_latency("0+995x40", "0+1000x40"), after_minutes=35, firing=0),
                ),
            ),
            Alert(
                name="JaegerNoSuccessfulReads",
                expression=(
                    "sum by (cluster, job)"
                    f' (increase(jaeger_storage_requests_total{{{_JOB}, result="err"}}[15m])) > 0'
                    " unless on (cluster, job) sum by (cluster, job)"
                    f' (increase(jaeger_storage_requests_total{{{_JOB}, result="ok"}}[15m])) > 0'
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Nothing can be read from Jaeger's storage",
                description=(
                    "{{ $value | humanize }} reads of Jaeger's storage failed in 15 minutes, and none "
                    "succeeded."
                ),
                remedy="As for JaegerStorageErrors; the storage itself is down or refuses Jaeger.",
                firing=(Case(series=_calls("40x40", "0+1x40"), after_minutes=20, firing=1),),
                silent=(
                    Case(series=_calls("0+0.2x40", "0+10x40"), after_minutes=35, firing=0),
                    Case(series=_calls("40x40", "40x40"), after_minutes=35, firing=0),
                ),
            ),
        ),
    ),
)

"""What an indicator counts, as PromQL: good events, all events, and the series they are from."""

from __future__ import annotations

from dataclasses import dataclass

from components.observability.promql import Matcher
from components.observability.slo_indicator_spec import (
    GaugeSpec,
    Indicator,
    LatencySpec,
    ProbeSpec,
    RequestsSpec,
)
from components.observability.slo_selector import parsed, written


@dataclass(frozen=True)
class Counted:
    """Events over one window, per cluster.

    Attributes:
        good: PromQL of those that went well.
        total: PromQL of all; both count samples where the indicator is about time.
        raw: Selector of the series that ``total`` counts.
    """

    good: str
    total: str
    raw: str


def counted(indicator: Indicator, window: str) -> Counted:
    """What ``indicator`` counts over ``window``."""
    match indicator:
        case RequestsSpec(total=raw, errors=str() as errors):
            total, failed = _increase(raw, window), _increase(errors, window)
            return Counted(f"{total} - ({failed} or 0 * {total})", total, raw)
        case RequestsSpec(total=raw, good=good):
            return _of_counters(good or raw, raw, window)
        case LatencySpec():
            return _of_counters(in_time(indicator), all_requests(indicator), window)
        case ProbeSpec() | GaugeSpec():
            raw = gauge(indicator)
            return Counted(
                f"sum by (cluster) (sum_over_time({raw}[{window}]))",
                f"sum by (cluster) (count_over_time({raw}[{window}]))",
                raw,
            )


def in_time(indicator: LatencySpec) -> str:
    """Selector of the bucket at the threshold."""
    metric, chosen = parsed(indicator.histogram)
    # What is scraped has le="1.0", what arrives by OTLP le="1".
    le = f"{indicator.threshold_seconds!r}".removesuffix(".0")
    whole = float(indicator.threshold_seconds).is_integer()
    boundary = Matcher("le", "=~", f"{le}(\\.0)?") if whole else Matcher("le", "=", le)
    return written(f"{metric}_bucket", (*chosen.matchers, boundary))


def all_requests(indicator: LatencySpec) -> str:
    """Selector of the histogram's count."""
    metric, chosen = parsed(indicator.histogram)
    return written(f"{metric}_count", chosen.matchers)


def gauge(indicator: ProbeSpec | GaugeSpec) -> str:
    """Selector of what is 1 when all is well."""
    if isinstance(indicator, GaugeSpec):
        return indicator.gauge
    matchers = (
        Matcher("job", "=", indicator.job),
        Matcher("instance", "=", indicator.instance),
    )
    return written("probe_success", matchers)


def _increase(chosen: str, window: str) -> str:
    return f"sum by (cluster) (increase({chosen}[{window}]))"


def _of_counters(good: str, raw: str, window: str) -> Counted:
    total = _increase(raw, window)
    return Counted(f"({_increase(good, window)} or 0 * {total})", total, raw)

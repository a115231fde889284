"""Simulated incidents that prove an SLO's alerts: what is scraped, and whether somebody hears."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from components.observability.alert import Case
from components.observability.slo import Slo
from components.observability.slo_burn import Burn, BurnAlert
from components.observability.slo_indicator import all_requests, gauge, in_time
from components.observability.slo_indicator_spec import LatencySpec, RequestsSpec
from components.observability.slo_selector import example, fits, parsed, series

Incident = Sequence[tuple[float, int]]
"""Error ratio and minutes, one after the other."""

_MARGIN_MINUTES: Final = 15

Cases = tuple[tuple[Case, ...], tuple[Case, ...]]
"""The cases in which an alert fires, and those in which it does not."""


def burn_cases(slo: Slo, burn: Burn) -> Cases:
    """Proof that ``burn`` fires at twice its threshold, and not at half, nor when all is over."""
    hold, short = burn.windows.hold_minutes, burn.windows.short_minutes
    lasting = hold + _MARGIN_MINUTES
    rate = 10.0 * burn.least_events(slo.spec.least_errors)
    # A thing that is up or down has no halves.
    twice = min(1.0, 2 * burn.threshold) if slo.spec.counts_events else 1.0
    half = burn.threshold / 2 if slo.spec.counts_events else 0.0
    firing = [_case(slo, [(twice, lasting)], rate, 1)]
    silent = [
        _case(slo, [(half, lasting)], rate, 0),
        _case(slo, [(1.0, lasting), (0.0, short + 2)], rate, 0),
    ]
    if slo.spec.counts_events:
        few = burn.least_events(slo.spec.least_errors) / (2 * lasting)
        silent.append(_case(slo, [(1.0, lasting)], few, 0))
    if burn.alert is BurnAlert.PAGE_QUICK:
        calm = burn.windows.long_minutes
        found = math.floor(burn.detection_seconds / 60) + 1
        firing.append(_case(slo, [(0.0, calm), (1.0, found + hold + 1)], rate, 1))
        if found > 1:
            silent.append(_case(slo, [(0.0, calm), (1.0, found - 1)], rate, 0))
    return tuple(firing), tuple(silent)


def exhausted_cases(slo: Slo, least_events: int) -> Cases:
    """Proof that the budget's end is seen, from the counts that the other group records."""
    twice, enough = min(1.0, 2 * slo.budget), 10.0 * least_events
    firing = _counts(slo, twice, enough, 1)
    silent = [_counts(slo, slo.budget / 2, enough, 0)]
    if slo.spec.counts_events:
        silent.append(_counts(slo, twice, least_events / 20, 0))
    return (firing,), tuple(silent)


def _counts(slo: Slo, error_ratio: float, events: float, firing: int) -> Case:
    labels = {"slo": slo.name}
    good = _number(events * (1 - error_ratio))
    return Case(
        series={
            series("slo:good_events:increase5m", labels): f"{good}x40",
            series("slo:events:increase5m", labels): f"{_number(events)}x40",
        },
        after_minutes=40,
        firing=firing,
    )


def no_data_cases(slo: Slo) -> Cases:
    """Proof that missing series are seen."""
    gone = Case(series={'up{job="prometheus"}': "1x40"}, after_minutes=40, firing=1)
    return (gone,), (_case(slo, [(0.0, 40)], 1_000, 0),)


def _case(slo: Slo, incident: Incident, events_per_minute: float, firing: int) -> Case:
    return Case(
        series=simulated(slo, incident, events_per_minute),
        after_minutes=sum(minutes for _, minutes in incident),
        firing=firing,
    )


def simulated(slo: Slo, incident: Incident, events_per_minute: float) -> Mapping[str, str]:
    """What would be scraped during ``incident``, in promtool's notation, one sample a minute."""
    good = _counter([(events_per_minute * (1 - ratio), n) for ratio, n in incident])
    bad = _counter([(events_per_minute * ratio, n) for ratio, n in incident])
    every = _counter([(events_per_minute, n) for _, n in incident])
    match slo.spec.indicator:
        case RequestsSpec(total=total, errors=str() as errors):
            return _parts(total, errors, rest=good, part=bad, every=every)
        case RequestsSpec(total=total, good=part):
            return _parts(total, part or total, rest=bad, part=good, every=every)
        case LatencySpec() as latency:
            labels = example(parsed(latency.histogram)[1]) or {}
            return {
                series(
                    parsed(in_time(latency))[0],
                    {**labels, "le": repr(float(latency.threshold_seconds))},
                ): good,
                series(parsed(all_requests(latency))[0], labels): every,
            }
        case other:
            metric, chosen = parsed(gauge(other))
            return {series(metric, example(chosen) or {}): _gauge(incident)}


def _parts(whole: str, counted: str, *, rest: str, part: str, every: str) -> Mapping[str, str]:
    metric, chosen = parsed(whole)
    part_metric, part_chosen = parsed(counted)
    part_labels = example(part_chosen) or {}
    if metric == part_metric and fits(part_labels, chosen):
        other = example(chosen, unlike=part_chosen) or {}
        return {series(metric, other): rest, series(metric, part_labels): part}
    return {series(metric, example(chosen) or {}): every, series(part_metric, part_labels): part}


def _counter(rates: Sequence[tuple[float, int]]) -> str:
    pieces: list[str] = []
    value = 0.0
    for place, (rate, minutes) in enumerate(rates):
        # The first piece has a sample at minute 0, the next go on where the last ended.
        first, more = (value, minutes) if place == 0 else (value + rate, minutes - 1)
        pieces.append(f"{_number(first)}+{_number(rate)}x{more}")
        value += rate * minutes
    return " ".join(pieces)


def _gauge(incident: Incident) -> str:
    return " ".join(
        f"{1 - round(ratio)}x{minutes if place == 0 else minutes - 1}"
        for place, (ratio, minutes) in enumerate(incident)
    )


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")

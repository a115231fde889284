"""The rules of an SLO: recorded series, alerts on a burning budget, each with its cases.

Two groups. The quick one counts events per window, straight from the counters up to six hours,
and from recorded five-minute counts beyond, where reading every raw sample costs too much. The
slow one sums the five-minute counts over the period, so that a busy minute weighs more than a
quiet one.
"""

from __future__ import annotations

from typing import Final

from components.observability.alert import Group, Recording
from components.observability.slo import Slo
from components.observability.slo_alerts import burn_alert, exhausted, no_data, number, own
from components.observability.slo_indicator import counted

COUNTED_WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h")
"""Windows that are counted from the raw series."""

SUMMED_WINDOWS: Final = ("1d", "3d")
"""Windows that are summed from five-minute counts."""

GOOD: Final = "slo:good_events:increase5m"
EVENTS: Final = "slo:events:increase5m"


def slo_groups(slo: Slo) -> tuple[Group, Group]:
    """The groups of rules of one SLO: its windows and alerts, and its budget."""
    return (
        Group(
            name=f"slo-{slo.name}",
            interval_seconds=60,
            rules=(
                *_window_recordings(slo),
                *_facts(slo),
                *(burn_alert(slo, burn) for burn in slo.burns),
                no_data(slo),
            ),
        ),
        Group(
            name=f"budget-{slo.name}",
            interval_seconds=120,
            rules=(*_budget_recordings(slo), exhausted(slo)),
        ),
    )


def _record(slo: Slo, name: str, expression: str) -> Recording:
    return Recording(record=name, expression=expression, labels={"slo": slo.name})


def _window_recordings(slo: Slo) -> list[Recording]:
    counts = [(span, counted(slo.spec.indicator, span)) for span in COUNTED_WINDOWS]
    sources = [(span, count.good, count.total) for span, count in counts] + [
        (span, *(f"sum_over_time({own(slo, name)}[{span}:5m])" for name in (GOOD, EVENTS)))
        for span in SUMMED_WINDOWS
    ]
    rules: list[Recording] = []
    for span, good, total in sources:
        good_name, events_name = f"slo:good_events:increase{span}", f"slo:events:increase{span}"
        failed = f"1 - {own(slo, good_name)} / ({own(slo, events_name)} > 0)"
        rules += [
            _record(slo, good_name, good),
            _record(slo, events_name, total),
            _record(slo, f"slo:sli_error:ratio_rate{span}", f"clamp_min({failed}, 0)"),
        ]
    return rules


def _facts(slo: Slo) -> list[Recording]:
    spec = slo.spec
    info = {
        "slo": slo.name,
        "service": spec.service,
        "team": spec.team,
        "objective": number(spec.objective_percent),
        "period": f"{spec.period_days}d",
    }
    ratio = own(slo, "slo:sli_error:ratio_rate1h")
    return [
        _record(slo, "slo:objective:ratio", f"vector({number(1 - slo.budget)})"),
        _record(slo, "slo:error_budget:ratio", f"vector({number(slo.budget)})"),
        _record(slo, "slo:time_period:days", f"vector({spec.period_days})"),
        Recording(record="slo:info", expression="vector(1)", labels=info),
        _record(slo, "slo:current_burn_rate:ratio", f"{ratio} / {number(slo.budget)}"),
    ]


def _budget_recordings(slo: Slo) -> list[Recording]:
    period = f"{slo.spec.period_days}d"
    events = own(slo, "slo:period_events:sum")
    return [
        _record(slo, "slo:period_events:sum", f"sum_over_time({own(slo, EVENTS)}[{period}:5m])"),
        _record(
            slo,
            "slo:period_error:ratio",
            f"clamp_min(1 - sum_over_time({own(slo, GOOD)}[{period}:5m]) / ({events} > 0), 0)",
        ),
        _record(
            slo,
            "slo:period_burn_rate:ratio",
            f"{own(slo, 'slo:period_error:ratio')} / {number(slo.budget)}",
        ),
        _record(
            slo,
            "slo:period_error_budget_remaining:ratio",
            f"1 - {own(slo, 'slo:period_burn_rate:ratio')}",
        ),
    ]

"""The alerts of an SLO: on a budget that burns, one that is gone, and on missing data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.observability.alert import Alert, Severity
from components.observability.slo import Slo
from components.observability.slo_burn import Burn, events_needed
from components.observability.slo_cases import burn_cases, exhausted_cases, no_data_cases
from components.observability.slo_indicator import counted

_LONGEST_TEXT: Final = 1_000


def window(minutes: int) -> str:
    """A window as PromQL writes it: 5m, 6h, 3d."""
    if minutes % (24 * 60) == 0:
        return f"{minutes // (24 * 60)}d"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def number(value: float) -> str:
    """A number as PromQL writes it, without the noise of binary fractions."""
    return format(value, ".10g")


def own(slo: Slo, metric: str) -> str:
    """Selector of a series recorded for ``slo``."""
    return f'{metric}{{slo="{slo.name}"}}'


def _labels(slo: Slo) -> Mapping[str, str]:
    spec = slo.spec
    return {**spec.labels, "slo": slo.name, "service": spec.service, "team": spec.team}


def _severity(slo: Slo, burn: Burn) -> Severity:
    return Severity.CRITICAL if burn.alert.pages and slo.spec.pages else Severity.WARNING


def _guard(slo: Slo, metric: str, least_events: int) -> str:
    """At low traffic so few errors would do that the objective says nothing yet."""
    if not slo.spec.counts_events:
        return ""
    return f" and {own(slo, metric)} >= {least_events}"


def burn_alert(slo: Slo, burn: Burn) -> Alert:
    """Who hears that the budget burns too fast."""
    spec = slo.spec
    long, short = window(burn.windows.long_minutes), window(burn.windows.short_minutes)
    limit = f"{number(burn.factor)} * {number(slo.budget)}"
    guard = _guard(slo, f"slo:events:increase{long}", burn.least_events(spec.least_errors))
    firing, silent = burn_cases(slo, burn)
    return Alert(
        name=slo.alert_name(burn.alert.value),
        runbook="SloBurn",
        expression=(
            f"{own(slo, f'slo:sli_error:ratio_rate{long}')} > {limit}"
            f" and {own(slo, f'slo:sli_error:ratio_rate{short}')} > {limit}{guard}"
        ),
        for_minutes=burn.windows.hold_minutes,
        severity=_severity(slo, burn),
        summary=(
            f"{slo.name} burns its error budget more than {number(burn.factor)} times too fast."
        ),
        description=(
            f"{{{{ $value | humanizePercentage }}}} failed over {long}; {spec.objective_percent:g} %"
            f" over {spec.period_days} days allows {number(100 * slo.budget)} %. {spec.description}"
        ),
        remedy=(
            f"Open the dashboard {slo.dashboard_uid}: since when, how much of the budget is left,"
            f" and what changed then. Roll the last change of {spec.service} back before looking"
            " for the cause."
        ),
        labels=_labels(slo),
        firing=firing,
        silent=silent,
    )


def exhausted(slo: Slo) -> Alert:
    """The ticket for a period whose budget is gone."""
    spec = slo.spec
    least = events_needed(slo.budget, spec.least_errors)
    guard = _guard(slo, "slo:period_events:sum", least)
    firing, silent = exhausted_cases(slo, least)
    return Alert(
        name=slo.alert_name("budget-exhausted"),
        runbook="SloBudgetExhausted",
        expression=f"{own(slo, 'slo:period_error_budget_remaining:ratio')} <= 0{guard}",
        for_minutes=10,
        severity=Severity.WARNING,
        summary=f"{slo.name} has used up its error budget of {spec.period_days} days.",
        description=(
            "{{ $value | humanizePercentage }} of the budget is left;"
            f" {spec.objective_percent:g} % over {spec.period_days} days is not kept."
            f" {spec.description}"
        ),
        remedy=(
            f"Hold back changes of {spec.service} that can wait, and spend the time on what failed:"
            f" the dashboard {slo.dashboard_uid} shows when the budget went."
        ),
        labels=_labels(slo),
        firing=firing,
        silent=silent,
    )


def no_data(slo: Slo) -> Alert:
    """The ticket for a promise that nobody measures."""
    spec = slo.spec
    count = counted(spec.indicator, "1h")
    expected = spec.requests_per_minute is not None
    firing, silent = no_data_cases(slo)
    return Alert(
        name=slo.alert_name("no-data"),
        runbook="SloNoData",
        expression=(
            f"(sum(increase({count.raw}[1h])) or vector(0)) == 0"
            if expected
            else f"absent({count.raw})"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary=f"{slo.name} is not measured: its series are missing or stand still.",
        description=(
            f"Nothing is counted by {count.raw}, so neither the objective nor its alerts mean"
            f" anything. {spec.description}"
        )[:_LONGEST_TEXT],
        remedy=(
            f"Ask Prometheus whether the targets of {spec.service} are up, and whether the metric"
            " was renamed in its last release."
        ),
        labels=_labels(slo),
        firing=firing,
        silent=silent,
    )

"""Pages of the service level objectives: one for each, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    View,
)
from components.observability.slo import Slo

LIST_UID: Final = "slos"

_LEFT: Final = (
    Threshold(value=0, colour="red"),
    Threshold(value=0.1, colour="orange"),
    Threshold(value=0.5, colour="green"),
)
_BURN: Final = (
    Threshold(value=0, colour="green"),
    Threshold(value=1, colour="orange"),
    Threshold(value=6, colour="red"),
)


def slo_dashboards(slos: Iterable[Slo]) -> tuple[Dashboard, ...]:
    """The list and a page for each; nothing if there is no SLO."""
    every = tuple(slos)
    return (_list(), *(_page(slo) for slo in every)) if every else ()


def _stat(title: str, expression: str, unit: str, thresholds: tuple[Threshold, ...] = ()) -> Panel:
    return Panel(
        title=title,
        queries=(Query(expression=expression, instant=True),),
        view=View.STAT,
        unit=unit,
        width=6,
        height=4,
        thresholds=thresholds,
    )


def _page(slo: Slo) -> Dashboard:
    spec = slo.spec

    def own(metric: str) -> str:
        return f'{metric}{{slo="{slo.name}"}}'

    remaining = own("slo:period_error_budget_remaining:ratio")
    burning = Panel(
        title="How fast the budget burns",
        description=f"1 uses it up in exactly {spec.period_days} days. {slo.figures()}",
        queries=tuple(
            Query(
                expression=f"{own(f'slo:sli_error:ratio_rate{span}')} / {slo.budget:.10g}",
                legend=span,
            )
            for span in ("5m", "1h", "6h", "1d", "3d")
        ),
        thresholds=_BURN,
    )
    left = Panel(
        title="Error budget left",
        description=f"Of {slo.budget_minutes:.4g} minutes of total outage in a period.",
        queries=(Query(expression=remaining, legend="left"),),
        unit="percentunit",
        thresholds=_LEFT,
    )
    alerts = Panel(
        title="Alerts",
        queries=(
            Query(
                expression=f'ALERTS{{slo="{slo.name}", alertstate="firing"}}',
                legend="{{alertname}}",
            ),
        ),
        width=24,
    )
    events = Panel(
        title="Events in five minutes",
        queries=(
            Query(expression=own("slo:events:increase5m"), legend="all"),
            Query(
                expression=f"{own('slo:events:increase5m')} - {own('slo:good_events:increase5m')}",
                legend="failed",
            ),
        ),
    )
    ratio = Panel(
        title="Error ratio",
        queries=(
            Query(expression=own("slo:sli_error:ratio_rate5m"), legend="5m"),
            Query(expression=own("slo:error_budget:ratio"), legend="allowed"),
        ),
        unit="percentunit",
    )
    return Dashboard(
        uid=slo.dashboard_uid,
        title=f"SLO {slo.name}",
        tags=("slo", spec.service, spec.team),
        rows=(
            Row(
                title=f"{spec.objective_percent:g} % over {spec.period_days} days",
                panels=(
                    _stat("Objective", own("slo:objective:ratio"), "percentunit"),
                    _stat("Kept", f"1 - {own('slo:period_error:ratio')}", "percentunit"),
                    _stat("Error budget left", remaining, "percentunit", _LEFT),
                    _stat("Burn rate, 1 h", own("slo:current_burn_rate:ratio"), "short", _BURN),
                ),
            ),
            Row(title="Budget", panels=(burning, left)),
            Row(title="What happened", panels=(ratio, events, alerts)),
        ),
    )


def _list() -> Dashboard:
    info = "on (slo) group_left (service, team, objective, period) slo:info"

    def table(title: str, metric: str, unit: str, thresholds: tuple[Threshold, ...]) -> Panel:
        return Panel(
            title=title,
            queries=(
                Query(
                    expression=f"{metric} * {info}",
                    legend="{{slo}} {{objective}} % over {{period}}, {{team}}",
                    instant=True,
                ),
            ),
            view=View.BAR_GAUGE,
            unit=unit,
            thresholds=thresholds,
        )

    return Dashboard(
        uid=LIST_UID,
        title="Service level objectives",
        tags=("slo",),
        rows=(
            Row(
                title="All objectives",
                panels=(
                    table(
                        "Error budget left",
                        "slo:period_error_budget_remaining:ratio",
                        "percentunit",
                        _LEFT,
                    ),
                    table("Burn rate, 1 h", "slo:current_burn_rate:ratio", "short", _BURN),
                    Panel(
                        title="Error budget left over time",
                        queries=(
                            Query(
                                expression="slo:period_error_budget_remaining:ratio",
                                legend="{{slo}}",
                            ),
                        ),
                        unit="percentunit",
                        width=24,
                    ),
                ),
            ),
        ),
    )

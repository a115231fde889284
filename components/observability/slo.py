"""A service level objective: its budget, its alerts' arithmetic, and whether it can be measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from components.observability.slo_burn import Burn
from components.observability.slo_indicator_spec import LatencySpec
from components.observability.slo_selector import parsed
from components.observability.slo_spec import SloSpec


@dataclass(frozen=True)
class Slo:
    """One promise by name: the source of its rules, alerts, dashboard and figures.

    Attributes:
        name: Unique in the stack, kebab-case; the value of the label ``slo``.
        spec: What is promised.
    """

    name: str
    spec: SloSpec

    @property
    def budget(self) -> float:
        """Allowed part of failed events."""
        return self.spec.budget

    @property
    def budget_minutes(self) -> float:
        """Minutes of total outage that a period allows."""
        return self.budget * self.spec.period_days * 24 * 60

    @property
    def burns(self) -> tuple[Burn, ...]:
        """Its alerts on a burning budget, with factors, detection and reset times."""
        return self.spec.burns

    @property
    def dashboard_uid(self) -> str:
        """Uid of its page; at most 40 characters."""
        return f"slo-{self.name}"[:40].rstrip("-")

    def alert_name(self, role: str) -> str:
        """CamelCase name of one of its alerts: ``SloCheckoutPageQuick``."""
        return "Slo" + "".join(word.capitalize() for word in re.split("-", f"{self.name}-{role}"))

    def figures(self) -> str:
        """The arithmetic in words, one line per alert."""
        allowed = (
            f"{self.spec.objective_percent:g} % over {self.spec.period_days} days leaves"
            f" {self.budget_minutes:.4g} minutes of total outage."
        )
        return "\n".join([allowed, *(_said(burn) for burn in self.burns)])


def check_buckets(slos: Iterable[Slo], buckets_seconds: Mapping[str, Sequence[float]]) -> list[str]:
    """What is wrong with the thresholds of latency SLOs, one sentence each.

    Args:
        slos: Every SLO of the stack.
        buckets_seconds: Boundaries by histogram, the name without ``_bucket``.
    """
    problems: list[str] = []
    for slo in slos:
        indicator = slo.spec.indicator
        if not isinstance(indicator, LatencySpec):
            continue
        place = f"slos.{slo.name}.indicator"
        metric, _ = parsed(indicator.histogram)
        boundaries = buckets_seconds.get(metric)
        if boundaries is None:
            problems.append(
                f"{place}.histogram measures {metric}, whose boundaries nobody gives: list them among"
                " the histograms of its application"
            )
        elif indicator.threshold_seconds not in boundaries:
            listed = ", ".join(f"{boundary:g}" for boundary in boundaries)
            problems.append(
                f"{place}.threshold_seconds is {indicator.threshold_seconds:g}, which is no boundary"
                f" of {metric}: take one of {listed}"
            )
    return problems


def _said(burn: Burn) -> str:
    return (
        f"{burn.alert}: fires at {burn.factor:g} times the allowed rate, after"
        f" {_time(burn.detection_seconds)} of total outage and {burn.windows.hold_minutes} min"
        f" more; ends {_time(burn.reset_seconds())} after it."
    )


def _time(seconds: float) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.4g} s"

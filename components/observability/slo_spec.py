"""What users are promised: an objective, how it is measured, and who hears when it is in danger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.observability.alert import LabelName
from components.observability.slo_burn import Burn, BurnAlert, error_budget
from components.observability.slo_indicator_spec import (
    Indicator,
    LabelValue,
    LatencySpec,
    RequestsSpec,
)
from components.spec import Spec

_LEAST_PERCENT: Final = 50
_ALL_PERCENT: Final = 100
_OWN_LABELS: Final = frozenset({"alertname", "cluster", "severity", "service", "slo", "team"})


class SloSpec(Spec):
    """One promise to users, kept over the last ``period_days``."""

    objective_percent: Annotated[float, Field(ge=_LEAST_PERCENT, le=_ALL_PERCENT)] = Field(
        description="Part that goes well, percent; below 100."
    )
    indicator: Indicator = Field(description="What is counted.")
    description: Annotated[str, Field(min_length=10, max_length=300)] = Field(
        description="What it means to users, one sentence."
    )
    service: LabelValue = Field(description="What users call; a label of its alerts.")
    team: LabelValue = Field(description="Who answers for it; a label of its alerts.")
    period_days: Literal[28, 30] = Field(
        default=30, description="Days it is kept over; 28 has as many weekends in every period."
    )
    requests_per_minute: Annotated[float, Field(gt=0, le=100_000_000)] | None = Field(
        default=None,
        description="Events at quiet times; with it an objective that so few cannot measure is"
        " refused, and a standstill raises the alert on missing data.",
    )
    least_errors: Annotated[int, Field(ge=2, le=1_000)] = Field(
        default=3, description="So many failed events it takes at least to raise an alert."
    )
    alerts: tuple[BurnAlert, ...] = Field(
        default=tuple(BurnAlert),
        min_length=1,
        max_length=4,
        description="Alerts on a burning budget.",
    )
    pages: bool = Field(
        default=True, description="The page alerts are critical; otherwise they are warnings."
    )
    labels: Mapping[LabelName, LabelValue] = Field(
        default={}, max_length=16, description="Further labels of its alerts."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {"pages": False},
        Environment.STAGING: {"pages": False},
    }

    @property
    def budget(self) -> float:
        """Allowed part of failed events."""
        return error_budget(self.objective_percent)

    @property
    def counts_events(self) -> bool:
        """Whether it counts events, of which there may be few, and not time."""
        return isinstance(self.indicator, RequestsSpec | LatencySpec)

    @property
    def burns(self) -> tuple[Burn, ...]:
        """The alerts on a burning budget, the quickest first."""
        return tuple(
            Burn(alert, self.budget, self.period_days)
            for alert in BurnAlert
            if alert in self.alerts
        )

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.objective_percent >= _ALL_PERCENT:
            raise ValueError(
                "objective_percent is 100, which leaves no budget for a single failure, nor for a"
                " deployment: promise less, 99.99 at most"
            )
        if repeated := {alert.value for alert in self.alerts if self.alerts.count(alert) > 1}:
            raise ValueError(f"alerts names {', '.join(sorted(repeated))} twice: name each once")
        if taken := sorted(_OWN_LABELS & set(self.labels)):
            raise ValueError(
                f"labels sets {', '.join(taken)}, which the alerts have already: leave it out"
            )
        return self

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        problems = [*self._impossible(), *self._unmeasurable()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _impossible(self) -> Iterator[str]:
        for burn in self.burns:
            if not burn.possible:
                yield (
                    f"objective_percent is {self.objective_percent:g}, so {burn.alert} can never"
                    f" fire: a total outage burns {1 / self.budget:.3g} times too fast, it waits"
                    f" for {burn.factor:g}; promise more than"
                    f" {burn.lowest_objective_percent:.4g}, or leave {burn.alert} out of alerts"
                )

    def _unmeasurable(self) -> Iterator[str]:
        if self.requests_per_minute is None:
            return
        if not self.counts_events:
            yield (
                f"requests_per_minute is set, but kind {self.indicator.kind} counts time: leave it"
                " out"
            )
            return
        for burn in self.burns:
            minutes = burn.windows.long_minutes
            expected = self.requests_per_minute * minutes
            needed = burn.least_events(self.least_errors)
            if burn.possible and expected < needed:
                within = 100 * (1 - self.least_errors / (expected * burn.factor))
                advice = (
                    f"promise at most {within:.4g}, or leave {burn.alert} out of alerts"
                    if within >= _LEAST_PERCENT
                    else f"leave {burn.alert} out of alerts"
                )
                yield (
                    f"with {self.requests_per_minute:g} requests_per_minute {burn.alert} can never"
                    f" fire: it needs {needed} events in {minutes // 60} h so that fewer than"
                    f" {self.least_errors} errors do not raise it, and there are {expected:g};"
                    f" {advice}"
                )

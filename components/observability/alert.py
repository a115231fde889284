"""Alerts and recorded series, as data with proof: each says when it fires and when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
AlertName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{2,79}$")]
LabelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Expression = Annotated[str, Field(min_length=1, max_length=2_000)]


class Severity(StrEnum):
    """Who hears of an alert."""

    CRITICAL = "critical"  # pages
    WARNING = "warning"  # opens a ticket
    INFO = "info"  # is seen on a dashboard
    NONE = "none"  # is for the machinery: the watchdog, the inhibitor


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Case(_Part):
    """What Prometheus would have scraped, and how many alerts fire after a while.

    ``series`` maps a series to its values, one a minute, both in promtool's notation:
    ``{'up{job="api", instance="a"}': "1x5 0x30"}``.
    """

    series: Mapping[str, str] = Field(description="Values by series, one per minute.")
    after_minutes: Annotated[int, Field(ge=0, le=60_000)] = Field(
        description="When the alert is looked at, in minutes from the first value."
    )
    firing: Annotated[int, Field(ge=0)] = Field(description="Alerts of this name that fire then.")


class Recording(_Part):
    """A series computed once and used by many."""

    record: MetricName = Field(description="Name of the series, level:metric:operation.")
    expression: Expression = Field(description="PromQL.")
    labels: Mapping[LabelName, str] = Field(default={}, description="Labels put on it.")


class Alert(_Part):
    """A condition that someone should hear of.

    ``firing`` and ``silent`` prove it: every alert has at least one case of each.
    """

    name: AlertName = Field(description="CamelCase; unique, and part of the runbook's address.")
    expression: Expression = Field(
        description="PromQL; what it returns, fires. Aggregations keep the label cluster."
    )
    for_minutes: Annotated[int, Field(ge=0, le=20_160)] = Field(
        description="How long the condition holds before the alert fires; at least 2 evaluations."
    )
    severity: Severity = Field(description="Who hears of it.")
    summary: Annotated[str, Field(min_length=10, max_length=200)] = Field(
        description="One line with the labels that say where, in Prometheus' template language."
    )
    description: Annotated[str, Field(min_length=20, max_length=1_000)] = Field(
        description="What it means, with the value; the same language."
    )
    remedy: Annotated[str, Field(min_length=20, max_length=2_000)] = Field(
        description="What to look at and what to do first: the text of the runbook."
    )
    runbook: AlertName | None = Field(
        default=None, description="Heading of the runbook that several alerts share; unset: name."
    )
    labels: Mapping[LabelName, str] = Field(default={}, description="Labels beside severity.")
    firing: tuple[Case, ...] = Field(min_length=1, description="Cases in which it fires.")
    silent: tuple[Case, ...] = Field(min_length=1, description="Cases in which it does not.")

    @property
    def anchor(self) -> str:
        """The part of the runbook's address behind the number sign."""
        return (self.runbook or self.name).lower()

    @model_validator(mode="after")
    def _cases_say_what_they_are(self) -> Self:
        if any(case.firing < 1 for case in self.firing) or any(c.firing for c in self.silent):
            raise ValueError(f"{self.name}: a case in firing fires, one in silent does not")
        return self


class Group(_Part):
    """Rules that are evaluated together, in order, and written to one file."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,60}$")] = Field(
        description="Unique name; also the name of the file."
    )
    rules: tuple[Recording | Alert, ...] = Field(min_length=1, description="In this order.")
    interval_seconds: Annotated[int, Field(ge=10, le=3_600)] | None = Field(
        default=None, description="Time between evaluations; unset: the global one."
    )

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts among the rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """The recorded series among the rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Recording))

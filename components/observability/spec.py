"""What a stack asks of its metrics, logs, traces, dashboards and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Self, cast

from pydantic import Field, model_validator

from components.observability.alerting_spec import AlertingSpec
from components.observability.applications_spec import ApplicationSpec, ProbeSpec
from components.observability.destinations_spec import DestinationSpec
from components.observability.grafana_spec import GrafanaSpec
from components.observability.logs_spec import LogsSpec
from components.observability.metrics_spec import MetricsSpec
from components.observability.slo_indicator_spec import PROBES
from components.observability.slo_indicator_spec import ProbeSpec as ProbeIndicatorSpec
from components.observability.slo_spec import SloSpec
from components.observability.traces_spec import TracesSpec
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp", "docker"})
"""Kinds of ground that can carry it."""

Key = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=40)]


class ObservabilitySpec(Spec):
    """Everything that watches a stack, and who hears of it."""

    runbooks_url: Annotated[str, Field(pattern=r"^https://[!-~]{4,200}$")] = Field(
        description="Where your people read docs/runbooks.md; alerts link to it with #alertname."
    )
    metrics: MetricsSpec = Field(
        default=cast("MetricsSpec", {}), validate_default=True, description="Prometheus."
    )
    logs: LogsSpec = Field(default=cast("LogsSpec", {}), validate_default=True, description="Loki.")
    traces: TracesSpec = Field(
        default=cast("TracesSpec", {}), validate_default=True, description="Jaeger."
    )
    alerting: AlertingSpec = Field(
        default=cast("AlertingSpec", {}), validate_default=True, description="Alertmanager."
    )
    dashboards: GrafanaSpec = Field(
        default=cast("GrafanaSpec", {}), validate_default=True, description="Grafana."
    )
    applications: dict[Key, ApplicationSpec] = Field(
        default={},
        max_length=200,
        description="What else is scraped, by job; the name is the value of the label job.",
    )
    probes: dict[Key, ProbeSpec] = Field(
        default={}, max_length=200, description="Addresses asked from inside, by name."
    )
    slos: dict[Key, SloSpec] = Field(
        default={}, max_length=200, description="What users are promised, by name."
    )
    destinations: dict[Key, DestinationSpec] = Field(
        default={}, max_length=16, description="Where telemetry is sent besides, by name."
    )

    @model_validator(mode="after")
    def _keeps_what_slos_measure(self) -> Self:
        problems = [*self._unkept(), *self._unasked()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _unkept(self) -> Iterator[str]:
        kept = self.metrics.retention_days
        long = {name: slo.period_days for name, slo in self.slos.items() if slo.period_days > kept}
        if self.metrics.mode == "agent" and self.slos:
            yield (
                f"slos are {', '.join(sorted(self.slos))}, and metrics.mode is agent, which"
                " evaluates nothing: set metrics.mode to server, or remove them"
            )
        elif long:
            named = ", ".join(f"{name} over {days} days" for name, days in sorted(long.items()))
            yield (
                f"metrics.retention_days is {kept}, and slos are kept over more ({named}), which"
                f" could not be measured: set metrics.retention_days to {max(long.values())}"
            )

    def _unasked(self) -> Iterator[str]:
        asked = sorted(probe.url for probe in self.probes.values())
        for name, slo in sorted(self.slos.items()):
            indicator = slo.indicator
            if not isinstance(indicator, ProbeIndicatorSpec) or indicator.job != PROBES:
                continue
            if indicator.instance not in asked:
                yield (
                    f"slos.{name}.indicator.instance is {indicator.instance}, which no probe asks:"
                    f" add it to probes, or take one of {', '.join(asked) or 'none'}"
                )

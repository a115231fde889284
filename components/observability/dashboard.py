"""Dashboards as data; ``grafana`` writes them as Grafana reads them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Uid = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]


class Source(StrEnum):
    """What a query asks; also the fixed uid of the datasource in Grafana."""

    METRICS = "metrics"  # Prometheus
    LOGS = "logs"  # Loki
    TRACES = "traces"  # Jaeger
    ALERTS = "alerts"  # Alertmanager


class View(StrEnum):
    """How a panel shows what its queries return."""

    TIME_SERIES = "timeseries"
    STAT = "stat"
    GAUGE = "gauge"
    BAR_GAUGE = "bargauge"
    TABLE = "table"
    HEATMAP = "heatmap"
    LOGS = "logs"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Query(_Part):
    """One question to one datasource."""

    expression: Annotated[str, Field(min_length=1, max_length=2_000)] = Field(
        description="PromQL or LogQL; $__rate_interval and the dashboard's variables are allowed."
    )
    legend: str = Field(default="", description="Template of a series' name, {{label}}.")
    source: Source = Field(default=Source.METRICS, description="Who is asked.")
    instant: bool = Field(default=False, description="The newest value alone.")


class Threshold(_Part):
    """From ``value`` on, the panel takes ``colour``."""

    value: float = Field(description="In the panel's unit.")
    colour: Annotated[str, Field(pattern=r"^(green|yellow|orange|red|blue)$")] = Field(
        description="Grafana's name of the colour."
    )


class Panel(_Part):
    """One picture."""

    title: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="What it shows.")
    queries: tuple[Query, ...] = Field(min_length=1, description="Drawn together.")
    description: str = Field(default="", description="What a reader should know of it.")
    view: View = Field(default=View.TIME_SERIES, description="How it is drawn.")
    unit: str = Field(default="short", description="Grafana's id of the unit: bytes, s, reqps.")
    width: Annotated[int, Field(ge=3, le=24)] = Field(default=12, description="Of 24 columns.")
    height: Annotated[int, Field(ge=3, le=24)] = Field(default=8, description="In grid rows.")
    thresholds: tuple[Threshold, ...] = Field(default=(), description="Colours, rising.")


class Row(_Part):
    """Panels under one heading, laid from left to right."""

    title: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="The heading.")
    panels: tuple[Panel, ...] = Field(min_length=1, description="In this order.")


class Variable(_Part):
    """A value the reader chooses, from a label's values."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(description="Used as $name.")
    metric: Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")] = Field(
        description="Series whose label is listed."
    )
    label: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="The label whose values can be chosen; all of them by default."
    )


class Dashboard(_Part):
    """A page of panels."""

    uid: Uid = Field(description="Unique; part of the address, never reused.")
    title: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="The heading.")
    rows: tuple[Row, ...] = Field(min_length=1, description="In this order.")
    variables: tuple[Variable, ...] = Field(default=(), description="What the reader chooses.")
    tags: tuple[str, ...] = Field(default=(), description="For searching.")
    refresh_seconds: Annotated[int, Field(ge=30, le=3_600)] = Field(
        default=60, description="Time between refreshes; at least the scrape interval."
    )

    @property
    def queries(self) -> tuple[Query, ...]:
        """Every question of every panel."""
        return tuple(query for row in self.rows for panel in row.panels for query in panel.queries)

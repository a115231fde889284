"""The configuration file of the OpenTelemetry Collector 0.159: components and their pipelines.

Source: https://opentelemetry.io/docs/collector/configuration/ and the sources of the collector at
v0.159.0, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, SerializeAsAny, model_validator

from components.observability.config import Config

PipelineId = Annotated[str, Field(pattern=r"^(traces|metrics|logs)(/[a-z0-9-]+)?$")]

ORDER: Final = (
    "memory_limiter",
    "k8s_attributes",
    "resource",
    "attributes",
    "transform",
    "filter",
    "tail_sampling",
)
"""Processors in the only order in which each sees what it needs.

The limiter refuses before anything is spent; the address of the caller, by which pods are known,
is gone once spans of several callers are gathered.
"""


class Component(Config):
    """A part of the collector; its id is ``TYPE`` or ``TYPE/name``."""

    TYPE: ClassVar[str]


class Receiver(Component):
    """What takes telemetry in."""


class Processor(Component):
    """What changes it on the way."""


class Exporter(Component):
    """What sends it on."""


class Connector(Component):
    """An exporter of one pipeline that is the receiver of another."""


class Extension(Component):
    """What serves the others."""


class Pipeline(Config):
    """The way of one signal."""

    receivers: Annotated[tuple[str, ...], Field(min_length=1)]
    processors: tuple[str, ...]
    exporters: Annotated[tuple[str, ...], Field(min_length=1)]


class PrometheusReader(Config):
    """Where the collector's own metrics are scraped."""

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)]
    without_scope_info: bool = True
    without_type_suffix: bool = False
    without_units: bool = False


class PullExporter(Config):
    """What is asked for metrics."""

    prometheus: PrometheusReader


class PullReader(Config):
    """Metrics that are asked for."""

    exporter: PullExporter


class MetricReader(Config):
    """How metrics leave."""

    pull: PullReader


class OwnMetrics(Config):
    """The collector's own metrics."""

    level: Literal["normal", "detailed"]
    readers: tuple[MetricReader, ...]


class OwnLogs(Config):
    """The collector's own logs."""

    level: Literal["debug", "info", "warn", "error"]
    encoding: Literal["json", "console"]


class Telemetry(Config):
    """What the collector says of itself."""

    logs: OwnLogs
    metrics: OwnMetrics


class Service(Config):
    """What runs."""

    extensions: tuple[str, ...]
    pipelines: Mapping[PipelineId, Pipeline]
    telemetry: Telemetry


class CollectorConfig(Config):
    """The whole file.

    Raises:
        pydantic.ValidationError: A pipeline names what is not declared, something declared is not
            used, or processors are in an order that loses data; every problem is listed.
    """

    extensions: Mapping[str, SerializeAsAny[Extension]]
    receivers: Mapping[str, SerializeAsAny[Receiver]]
    processors: Mapping[str, SerializeAsAny[Processor]]
    connectors: Mapping[str, SerializeAsAny[Connector]] | None = None
    exporters: Mapping[str, SerializeAsAny[Exporter]]
    service: Service

    @model_validator(mode="after")
    def _is_wired(self) -> Self:
        problems = [*self._misnamed(), *self._unwired(), *self._out_of_order()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _groups(self) -> dict[str, Mapping[str, Component]]:
        return {
            "extensions": self.extensions,
            "receivers": self.receivers,
            "processors": self.processors,
            "connectors": self.connectors or {},
            "exporters": self.exporters,
        }

    def _misnamed(self) -> Iterator[str]:
        for group, members in self._groups().items():
            for id_, member in members.items():
                if id_.partition("/")[0] != member.TYPE:
                    yield f"{group}.{id_} is of the type {member.TYPE}: call it {member.TYPE}/NAME"

    def _unwired(self) -> Iterator[str]:
        connectors = set(self.connectors or {})
        pipelines = self.service.pipelines.values()
        uses = {
            "extensions": set(self.service.extensions),
            "receivers": _all(each.receivers for each in pipelines) - connectors,
            "processors": _all(each.processors for each in pipelines),
            "exporters": _all(each.exporters for each in pipelines) - connectors,
            "connectors": _all(each.receivers for each in pipelines)
            & _all(each.exporters for each in pipelines),
        }
        for group, members in self._groups().items():
            for id_ in sorted(uses[group] - set(members)):
                yield f"service names {id_}, which {group} does not declare"
            for id_ in sorted(set(members) - uses[group]):
                yield f"{group}.{id_} is declared, and the service does not use it"
        for id_ in sorted(set(_references(self.document())) - set(self.extensions)):
            yield f"{id_} is referred to, and extensions does not declare it"

    def _out_of_order(self) -> Iterator[str]:
        for id_, pipeline in self.service.pipelines.items():
            types = [each.partition("/")[0] for each in pipeline.processors]
            if types[:1] != ["memory_limiter"]:
                yield f"pipelines.{id_} does not begin with memory_limiter"
            if strange := [each for each in types if each not in ORDER]:
                yield f"pipelines.{id_} has {', '.join(strange)}, whose place is not known"
            elif types != sorted(types, key=ORDER.index):
                yield f"pipelines.{id_} has {', '.join(types)}: the order is {', '.join(ORDER)}"


def _all(groups: Iterable[tuple[str, ...]]) -> set[str]:
    return {each for group in groups for each in group}


def _references(part: Any) -> Iterator[str]:
    """Extensions that components name."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in ("authenticator", "storage") and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)

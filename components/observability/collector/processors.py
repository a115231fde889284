"""What changes telemetry on the way, and what leads from one pipeline to another."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from components.observability.collector.config import Connector, Processor
from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smh]))+$")]


class MemoryLimiter(Processor):
    """Refuses data before the process would be killed for its memory."""

    TYPE: ClassVar[str] = "memory_limiter"

    check_interval: Duration
    limit_mib: Annotated[int, Field(ge=1)]
    spike_limit_mib: Annotated[int, Field(ge=1)]


class Extract(Config):
    """What is taken over from the pod."""

    metadata: tuple[str, ...]
    deployment_name_from_replicaset: bool


class NodeFilter(Config):
    """Which pods are watched."""

    node_from_env_var: str


class ExcludedPod(Config):
    """Pods that are never named as the source, by a pattern of their names."""

    name: str


class Exclude(Config):
    """What is never named as the source."""

    pods: tuple[ExcludedPod, ...]


class AssociationSource(Config):
    """One mark by which a pod is known."""

    from_: Annotated[Literal["resource_attribute", "connection"], Field(alias="from")]
    name: str | None = None


class Association(Config):
    """Marks that together name a pod."""

    sources: tuple[AssociationSource, ...]


class K8sAttributes(Processor):
    """Says which pod telemetry comes from."""

    TYPE: ClassVar[str] = "k8s_attributes"

    auth_type: Literal["serviceAccount"]
    passthrough: bool
    filter: NodeFilter | None = None
    extract: Extract
    pod_association: tuple[Association, ...]
    exclude: Exclude | None = None


class ResourceAction(Config):
    """One attribute."""

    key: str
    value: str
    action: Literal["insert", "update", "upsert"]


class Resource(Processor):
    """Says where telemetry comes from."""

    TYPE: ClassVar[str] = "resource"

    attributes: Annotated[tuple[ResourceAction, ...], Field(min_length=1)]


class StatusCode(Config):
    """Traces with such a span."""

    status_codes: tuple[Literal["ERROR", "OK", "UNSET"], ...]


class Latency(Config):
    """Traces that took longer."""

    threshold_ms: Annotated[int, Field(ge=1)]


class Probabilistic(Config):
    """A part of all traces."""

    sampling_percentage: Annotated[float, Field(gt=0, le=100)]


class SamplingPolicy(Config):
    """One reason to keep a trace."""

    name: str
    type: Literal["status_code", "latency", "probabilistic"]
    status_code: StatusCode | None = None
    latency: Latency | None = None
    probabilistic: Probabilistic | None = None


class TailSampling(Processor):
    """Keeps traces that any policy wants."""

    TYPE: ClassVar[str] = "tail_sampling"

    decision_wait: Duration
    num_traces: Annotated[int, Field(ge=1)]
    policies: Annotated[tuple[SamplingPolicy, ...], Field(min_length=1)]


class Forward(Connector):
    """Leads to another pipeline."""

    TYPE: ClassVar[str] = "forward"


class Buckets(Config):
    """Upper bounds."""

    buckets: tuple[Duration, ...]


class SpanHistogram(Config):
    """How durations are counted."""

    unit: Literal["s", "ms"]
    explicit: Buckets


class Dimension(Config):
    """A label."""

    name: str


class SpanMetrics(Connector):
    """Counts spans and their durations."""

    TYPE: ClassVar[str] = "span_metrics"

    histogram: SpanHistogram
    dimensions: tuple[Dimension, ...]
    aggregation_cardinality_limit: Annotated[int, Field(ge=1)]
    metrics_flush_interval: Duration
    metrics_expiration: Duration

"""What a stack asks of Jaeger, and of the gateway through which telemetry passes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Self, cast

from pydantic import AfterValidator, Field, model_validator

from components.environment import Environment
from components.observability.address_spec import Network, callable_address
from components.observability.capacity_spec import Reserving, refuse_overfull
from components.observability.secret_spec import SecretSpec
from components.spec import Spec

STORED_SHARE: Final = 1.0
"""What a span takes on disk, of what it takes on the wire: badger indexes as much as it saves."""
SearchUrl = Annotated[
    str, Field(pattern=r"^https://[A-Za-z0-9.-]+(:\d{1,5})?$"), AfterValidator(callable_address)
]


class Store(StrEnum):
    """Where Jaeger keeps traces."""

    MEMORY = "memory"  # until the process ends
    BADGER = "badger"  # on the volume of the one replica
    OPENSEARCH = "opensearch"  # in an OpenSearch or Elasticsearch of yours


class SamplingSpec(Reserving):
    """Which traces are kept, decided once a trace is complete; failed ones always are."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {"memory_mib": 512},
        Environment.DEV: {"cpus_reserved": 0.05, "memory_mib": 256, "traces": 5_000},
    }

    percent: Annotated[float, Field(gt=0, le=100)] = Field(
        description="Kept of the traces that neither failed nor were slow, per cent."
    )
    slow_milliseconds: Annotated[int, Field(ge=1, le=3_600_000)] = Field(
        default=1_000, description="A trace that takes longer is kept."
    )
    decision_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        default=10, description="Time from a trace's first span to the decision."
    )
    traces: Annotated[int, Field(ge=1_000, le=10_000_000)] = Field(
        default=50_000, description="Traces that wait for their decision, in each replica."
    )
    replicas: Annotated[int, Field(ge=1, le=50)] = Field(
        default=2, description="Replicas that decide; each trace belongs to one of them."
    )
    cpus: Annotated[float, Field(ge=0.05, le=64)] = Field(
        default=1.0, description="CPU limit of each, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=64)] = Field(
        default=0.25, description="CPU reserved for each, cores."
    )
    memory_mib: Annotated[int, Field(ge=128, le=65_536)] = Field(
        default=1_024, description="Memory of each, MiB."
    )


class GatewaySpec(Reserving):
    """The collector that applications send to and that sends everything on."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {
            "replicas_at_least": 2,
            "replicas_at_most": 2,
            "cpus": 0.5,
            "cpus_reserved": 0.2,
            "memory_mib": 400,
        },
        Environment.DEV: {
            "replicas_at_least": 1,
            "replicas_at_most": 1,
            "cpus": 0.5,
            "cpus_reserved": 0.05,
            "memory_mib": 192,
        },
    }

    replicas_at_least: Annotated[int, Field(ge=1, le=100)] = Field(
        default=3, description="Copies that always run."
    )
    replicas_at_most: Annotated[int, Field(ge=1, le=100)] = Field(
        default=10, description="Copies under load; equal to replicas_at_least: no autoscaling."
    )
    cpus: Annotated[float, Field(ge=0.05, le=64)] = Field(
        default=1.0, description="CPU limit of each copy, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=64)] = Field(
        default=0.5, description="CPU reserved for each copy, cores."
    )
    memory_mib: Annotated[int, Field(ge=128, le=65_536)] = Field(
        default=1_024, description="Memory of each copy, MiB; its queues take a part of it."
    )
    span_metrics: bool = Field(
        default=True, description="Count calls, errors and durations of spans as metrics."
    )
    sampling: SamplingSpec | None = Field(
        default=None, description="Keep a part of the traces; unset: all of them."
    )

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.replicas_at_most < self.replicas_at_least:
            raise ValueError(
                f"replicas_at_most is {self.replicas_at_most}, below replicas_at_least,"
                f" {self.replicas_at_least}: raise it"
            )
        return self


class OpenSearchSpec(Spec):
    """A search cluster that keeps the traces."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {Environment.DEV: {"replicas": 1}}

    flavour: Literal["opensearch", "elasticsearch"] = Field(
        default="opensearch", description="Which of the two it is."
    )
    urls: Annotated[
        tuple[SearchUrl, ...],
        Field(min_length=1, max_length=16),
    ] = Field(description="Addresses of its nodes, https://host:port.")
    username: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="Name that Jaeger signs in with."
    )
    password: SecretSpec = Field(description="Where the password comes from.")
    network: Network | None = Field(
        default=None, description="IPv4 range it is in, 10.0.0.0/16; unset: public addresses."
    )
    index_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")] = Field(
        default="plinth", description="Prefix of its indices, unique in the cluster."
    )
    replicas: Annotated[int, Field(ge=1, le=10)] = Field(
        default=2, description="Copies of Jaeger, which keep nothing themselves."
    )


class TracesSpec(Reserving):
    """How many traces Jaeger takes in, where, and for how long it keeps them."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {
            "gib_per_day": 5,
            "retention_days": 3,
            "volume_gib": 20,
            "cpus": 1.0,
            "cpus_reserved": 0.2,
            "memory_mib": 1_024,
        },
        Environment.DEV: {
            "store": Store.MEMORY,
            "gib_per_day": 1,
            "retention_days": 1,
            "volume_gib": 5,
            "cpus": 0.5,
            "cpus_reserved": 0.05,
            "memory_mib": 512,
        },
    }

    store: Store = Field(
        default=Store.BADGER, description="memory, badger on a volume, or opensearch."
    )
    opensearch: OpenSearchSpec | None = Field(
        default=None, description="The search cluster; with the store opensearch, and only then."
    )
    retention_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7, description="Traces older than this are gone, days."
    )
    gib_per_day: Annotated[float, Field(gt=0, le=10_000)] = Field(
        default=10, description="Expected intake after sampling, GiB a day."
    )
    volume_gib: Annotated[int, Field(ge=2, le=16_384)] = Field(
        default=100, description="Storage of the store badger, GiB."
    )
    max_traces: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        default=20_000, description="Traces that the store memory keeps."
    )
    cpus: Annotated[float, Field(ge=0.05, le=64)] = Field(
        default=2.0, description="CPU limit of each replica, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=64)] = Field(
        default=0.5, description="CPU reserved for each replica, cores."
    )
    memory_mib: Annotated[int, Field(ge=256, le=1_048_576)] = Field(
        default=2_048, description="Memory of each replica, MiB."
    )
    gateway: GatewaySpec = Field(
        default=cast("GatewaySpec", {}),
        validate_default=True,
        description="The collector through which telemetry passes.",
    )

    @model_validator(mode="after")
    def _has_where_it_keeps(self) -> Self:
        if (self.store is Store.OPENSEARCH) != (self.opensearch is not None):
            given = "missing" if self.opensearch is None else "given"
            raise ValueError(
                f"store is {self.store} and opensearch is {given}: the store opensearch needs it,"
                " every other store must leave it out"
            )
        if self.store is Store.BADGER:
            refuse_overfull(
                retention_days=self.retention_days,
                gib_per_day=self.gib_per_day,
                stored_share=STORED_SHARE,
                volume_gib=self.volume_gib,
            )
        return self

"""Jaeger's own parts of the configuration of Jaeger 2.20, which is a collector's besides.

Source: https://github.com/jaegertracing/jaeger/tree/v2.20.0/cmd/jaeger (config-*.yaml, and the
structs that they fill), checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from components.observability.collector.config import Exporter, Extension
from components.observability.collector.exporters import Queue, Retry
from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smh]))+$")]


class Memory(Config):
    """Traces in the process."""

    max_traces: Annotated[int, Field(ge=1)]


class Ttl(Config):
    """How long spans are kept."""

    spans: Duration


class Directories(Config):
    """Where badger writes."""

    keys: str
    values: str


class Badger(Config):
    """Traces on a volume."""

    directories: Directories
    ephemeral: Literal[False]
    ttl: Ttl
    maintenance_interval: Duration


class BasicAuth(Config):
    """A name, and a password from a file."""

    username: str
    password_file: str
    reload_interval: Duration


class SearchAuth(Config):
    """How to sign in."""

    basic: BasicAuth


class Indices(Config):
    """How indices are called."""

    index_prefix: str


class Search(Config):
    """Traces in OpenSearch or Elasticsearch."""

    server_urls: Annotated[tuple[str, ...], Field(min_length=1)]
    auth: SearchAuth
    indices: Indices
    max_span_age: Duration


class Backend(Config):
    """One store; one of them."""

    memory: Memory | None = None
    badger: Badger | None = None
    opensearch: Search | None = None
    elasticsearch: Search | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.document()) != 1:
            raise ValueError(f"a backend is one store, not {', '.join(self.document()) or 'none'}")
        return self


class JaegerStorage(Extension):
    """The stores by name."""

    TYPE: ClassVar[str] = "jaeger_storage"

    backends: Mapping[str, Backend]


class QueryStorage(Config):
    """Which store is asked."""

    traces: str


class Endpoint(Config):
    """Where it listens."""

    endpoint: str


class JaegerQuery(Extension):
    """The pages and the API that Grafana asks."""

    TYPE: ClassVar[str] = "jaeger_query"

    storage: QueryStorage
    http: Endpoint
    grpc: Endpoint


class HealthStatus(Config):
    """Where the state is told."""

    enabled: bool
    path: str


class HealthHttp(Config):
    """The state over HTTP."""

    endpoint: str
    status: HealthStatus


class HealthCheckV2(Extension):
    """Whether all parts are up."""

    TYPE: ClassVar[str] = "healthcheckv2"

    use_v2: Literal[True]
    http: HealthHttp


class JaegerStorageExporter(Exporter):
    """Writes to a store."""

    TYPE: ClassVar[str] = "jaeger_storage_exporter"

    trace_storage: str
    queue: Queue
    retry_on_failure: Retry

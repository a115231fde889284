"""What sends telemetry on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from components.observability.collector.config import Exporter
from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smh]))+$")]


class Batch(Config):
    """How much is sent at once."""

    flush_timeout: Duration
    sizer: Literal["items", "bytes"]
    min_size: Annotated[int, Field(ge=0)]
    max_size: Annotated[int, Field(ge=0)]


class Queue(Config):
    """What waits to be sent."""

    sizer: Literal["bytes", "items", "requests"]
    queue_size: Annotated[int, Field(ge=1)]
    num_consumers: Annotated[int, Field(ge=1)]
    block_on_overflow: bool
    storage: str | None = None
    batch: Batch


class Retry(Config):
    """How long sending is tried."""

    enabled: bool
    max_elapsed_time: Duration


class Tls(Config):
    """Whether the connection is plain."""

    insecure: bool


class Auth(Config):
    """The extension that signs requests in."""

    authenticator: str


class OtlpHttpExporter(Exporter):
    """OTLP over HTTP."""

    TYPE: ClassVar[str] = "otlp_http"

    endpoint: str
    headers: Mapping[str, str] | None = None
    auth: Auth | None = None
    compression: Literal["gzip"] = "gzip"
    sending_queue: Queue
    retry_on_failure: Retry


class OtlpGrpcExporter(Exporter):
    """OTLP over gRPC."""

    TYPE: ClassVar[str] = "otlp_grpc"

    endpoint: str
    tls: Tls
    headers: Mapping[str, str] | None = None
    compression: Literal["gzip"] = "gzip"
    sending_queue: Queue
    retry_on_failure: Retry


class BackendOtlp(Config):
    """How each backend is sent to."""

    tls: Tls
    sending_queue: Queue
    retry_on_failure: Retry


class BackendProtocol(Config):
    """How backends are sent to."""

    otlp: BackendOtlp


class StaticResolver(Config):
    """Backends by address."""

    hostnames: Annotated[tuple[str, ...], Field(min_length=1)]


class Resolver(Config):
    """Who the backends are."""

    static: StaticResolver


class LoadBalancingExporter(Exporter):
    """Sends all spans of a trace to the same backend."""

    TYPE: ClassVar[str] = "load_balancing"

    routing_key: Literal["traceID"]
    protocol: BackendProtocol
    resolver: Resolver


class RemoteWriteQueue(Config):
    """What waits to be sent."""

    enabled: bool
    queue_size: Annotated[int, Field(ge=1)]
    num_consumers: Annotated[int, Field(ge=1)]


class ResourceConversion(Config):
    """Whether attributes of the resource become labels."""

    enabled: bool


class PrometheusRemoteWriteExporter(Exporter):
    """Prometheus remote write."""

    TYPE: ClassVar[str] = "prometheus_remote_write"

    endpoint: str
    auth: Auth | None = None
    external_labels: Mapping[str, str]
    resource_to_telemetry_conversion: ResourceConversion
    remote_write_queue: RemoteWriteQueue
    retry_on_failure: Retry


class DocumentMapping(Config):
    """How telemetry becomes documents."""

    mode: Literal["otel", "ecs"]


class ElasticsearchExporter(Exporter):
    """Documents in Elasticsearch."""

    TYPE: ClassVar[str] = "elasticsearch"

    endpoints: Annotated[tuple[str, ...], Field(min_length=1)]
    auth: Auth | None = None
    mapping: DocumentMapping
    sending_queue: Queue


class OpenSearchHttp(Config):
    """How OpenSearch is reached."""

    endpoint: str
    auth: Auth | None = None


class OpenSearchExporter(Exporter):
    """Documents in OpenSearch."""

    TYPE: ClassVar[str] = "opensearch"

    http: OpenSearchHttp
    sending_queue: Queue
    retry_on_failure: Retry


class SplunkHecExporter(Exporter):
    """Events of Splunk."""

    TYPE: ClassVar[str] = "splunk_hec"

    endpoint: str
    token: str
    index: str | None = None
    sourcetype: str
    source: str
    sending_queue: Queue
    retry_on_failure: Retry

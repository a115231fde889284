"""The configuration file of Loki 3.7, close to its schema; every key is known to 4.0 too.

Source: https://github.com/grafana/loki/blob/v3.7.6/docs/sources/shared/configuration.md,
checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smhdw]))+$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
ObjectStoreName = Literal["s3", "gcs", "filesystem"]


class Server(Config):
    """How it listens."""

    http_listen_port: Port
    grpc_listen_port: Port
    http_server_read_timeout: Duration
    http_server_write_timeout: Duration
    grpc_server_max_recv_msg_size: Annotated[int, Field(ge=1)]
    grpc_server_max_send_msg_size: Annotated[int, Field(ge=1)]
    log_level: Literal["debug", "info", "warn", "error"]
    log_format: Literal["logfmt", "json"]


class KvStore(Config):
    """Where replicas agree on who does what."""

    store: Literal["inmemory", "memberlist"]


class Ring(Config):
    """How replicas find each other."""

    kvstore: KvStore


class Common(Config):
    """What its parts share."""

    path_prefix: str
    replication_factor: Annotated[int, Field(ge=1, le=5)]
    instance_addr: str
    ring: Ring
    compactor_grpc_address: str | None = None


class Memberlist(Config):
    """Gossip between replicas."""

    bind_port: Port
    advertise_addr: str
    cluster_label: str
    join_members: Annotated[tuple[str, ...], Field(min_length=1)]
    rejoin_interval: Duration


class IndexPeriod(Config):
    """How the index is cut."""

    prefix: str
    period: Literal["24h"]


class SchemaPeriod(Config):
    """How data is written from a day on."""

    from_: Annotated[str, Field(alias="from", pattern=r"^\d{4}-\d{2}-\d{2}$")]
    store: Literal["tsdb"]
    object_store: ObjectStoreName
    schema_: Annotated[Literal["v13"], Field(alias="schema")]
    index: IndexPeriod


class SchemaConfig(Config):
    """How data is written."""

    configs: Annotated[tuple[SchemaPeriod, ...], Field(min_length=1)]


class S3(Config):
    """A bucket of Amazon S3, reached with the identity of the pod."""

    bucket_name: str
    endpoint: str
    region: str
    native_aws_auth_enabled: bool


class Gcs(Config):
    """A bucket of Google Cloud Storage, reached with the identity of the pod."""

    bucket_name: str


class Filesystem(Config):
    """A directory."""

    dir: str


class ObjectStore(Config):
    """Where chunks and index are kept; one of them."""

    s3: S3 | None = None
    gcs: Gcs | None = None
    filesystem: Filesystem | None = None


class StorageConfig(Config):
    """Where chunks and index are kept."""

    use_thanos_objstore: Literal[True]
    object_store: ObjectStore


class Compactor(Config):
    """What compacts the index and deletes what is too old."""

    working_directory: str
    compaction_interval: Duration
    retention_enabled: bool
    retention_delete_delay: Duration
    delete_request_store: ObjectStoreName | None = None
    horizontal_scaling_mode: Literal["disabled", "main", "worker"]

    @model_validator(mode="after")
    def _deletes_with_a_store(self) -> Self:
        if self.retention_enabled and self.delete_request_store is None:
            raise ValueError("retention_enabled needs delete_request_store, or Loki will not start")
        return self


class AttributesConfig(Config):
    """What becomes of attributes."""

    action: Literal["index_label", "structured_metadata", "drop"]
    attributes: tuple[str, ...]


class ResourceAttributes(Config):
    """What becomes of the attributes of a resource."""

    ignore_defaults: bool
    attributes_config: tuple[AttributesConfig, ...]


class OtlpConfig(Config):
    """How OTLP becomes labels."""

    resource_attributes: ResourceAttributes


class ShardStreams(Config):
    """Whether a stream that is too fast is cut into several."""

    enabled: bool


class Limits(Config):
    """What one Loki takes, keeps and answers."""

    retention_period: Duration
    deletion_mode: Literal["disabled", "filter-only", "filter-and-delete"]
    max_query_lookback: Duration
    reject_old_samples: bool
    reject_old_samples_max_age: Duration
    allow_structured_metadata: bool
    volume_enabled: bool
    max_global_streams_per_user: Annotated[int, Field(ge=1)]
    ingestion_rate_mb: Annotated[float, Field(gt=0)]
    ingestion_burst_size_mb: Annotated[float, Field(gt=0)]
    max_line_size_truncate: bool
    query_timeout: Duration
    shard_streams: ShardStreams
    otlp_config: OtlpConfig


class Wal(Config):
    """The write-ahead log."""

    enabled: bool
    dir: str
    replay_memory_ceiling: Annotated[str, Field(pattern=r"^\d+(MB|GB)$")]


class Ingester(Config):
    """What holds new lines until they are stored."""

    chunk_encoding: Literal["snappy"]
    autoforget_unhealthy: bool
    wal: Wal


class EmbeddedCache(Config):
    """A cache in the process."""

    enabled: bool
    max_size_mb: Annotated[int, Field(ge=1)]


class Cache(Config):
    """A cache."""

    embedded_cache: EmbeddedCache


class ResultsCache(Config):
    """Where answers are kept."""

    cache: Cache


class QueryRange(Config):
    """How queries over time are answered."""

    cache_results: bool
    results_cache: ResultsCache


class Querier(Config):
    """What reads."""

    max_concurrent: Annotated[int, Field(ge=1)]


class LocalRules(Config):
    """Rules from a directory, one sub-directory for each tenant."""

    directory: str


class RulerStorage(Config):
    """Where rules come from."""

    backend: Literal["local"]
    local: LocalRules


class Ruler(Config):
    """What evaluates rules."""

    alertmanager_url: str
    rule_path: str
    enable_sharding: bool
    enable_api: bool


class Analytics(Config):
    """What it tells its makers."""

    reporting_enabled: bool


class LokiConfig(Config):
    """The whole file."""

    target: Literal["all"]
    auth_enabled: bool
    server: Server
    common: Common
    memberlist: Memberlist | None = None
    schema_config: SchemaConfig
    storage_config: StorageConfig
    ingester: Ingester
    compactor: Compactor
    limits_config: Limits
    query_range: QueryRange
    querier: Querier
    ruler: Ruler | None = None
    ruler_storage: RulerStorage | None = None
    analytics: Analytics

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.common.replication_factor > 1 and self.memberlist is None:
            raise ValueError("replication_factor above 1 needs memberlist, or replicas are islands")
        if (self.ruler is None) != (self.ruler_storage is None):
            raise ValueError("ruler and ruler_storage go together")
        return self


class LogRule(Config):
    """An alert of the ruler."""

    alert: str
    expr: str
    for_: Annotated[str, Field(alias="for")]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class LogRuleGroup(Config):
    """Alerts that are evaluated together."""

    name: str
    rules: tuple[LogRule, ...]


class LogRules(Config):
    """A file of alerts."""

    groups: tuple[LogRuleGroup, ...]

"""Loki's configuration, made from what a stack asks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from components.observability.logs_spec import LogsSpec
from components.observability.loki.config import (
    S3,
    Analytics,
    AttributesConfig,
    Cache,
    Common,
    Compactor,
    EmbeddedCache,
    Filesystem,
    Gcs,
    IndexPeriod,
    Ingester,
    KvStore,
    Limits,
    LocalRules,
    LogRule,
    LogRuleGroup,
    LogRules,
    LokiConfig,
    Memberlist,
    ObjectStore,
    OtlpConfig,
    Querier,
    QueryRange,
    ResourceAttributes,
    ResultsCache,
    Ring,
    Ruler,
    RulerStorage,
    SchemaConfig,
    SchemaPeriod,
    Server,
    ShardStreams,
    StorageConfig,
    Wal,
)

HTTP_PORT: Final = 3100
GRPC_PORT: Final = 9095
GOSSIP_PORT: Final = 7946
DATA: Final = "/loki"
RULES: Final = "/etc/loki-rules"
TENANT: Final = "fake"
"""Loki's name for the one tenant there is without authentication."""

POD_ADDRESS: Final = "POD_IP"
SCHEMA_FROM: Final = "2024-04-01"
"""First day of the schema; any day before the first line will do, and it never changes."""

LABELS: Final = (
    "service.name",
    "service.namespace",
    "deployment.environment.name",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.cronjob.name",
    "k8s.job.name",
    "k8s.container.name",
)
"""Attributes that become labels; pods and instances come and go, so theirs stay metadata."""

_QUERY_SECONDS: Final = 180
_SLACK_SECONDS: Final = 10
_MESSAGE_BYTES: Final = 16 * 1024 * 1024
_SERVER: Final = Server(
    http_listen_port=HTTP_PORT,
    grpc_listen_port=GRPC_PORT,
    # A query that takes too long is told so before the connection is closed.
    http_server_read_timeout=f"{_QUERY_SECONDS + _SLACK_SECONDS}s",
    http_server_write_timeout=f"{_QUERY_SECONDS + _SLACK_SECONDS}s",
    grpc_server_max_recv_msg_size=_MESSAGE_BYTES,
    grpc_server_max_send_msg_size=_MESSAGE_BYTES,
    log_level="info",
    log_format="json",
)
_PEAK: Final = 20
"""The busiest moment against the average of a day."""
_LEAST_RATE_MB: Final = 4
_WEEK_DAYS: Final = 7
_SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Place:
    """What one replica's configuration says of where it stands.

    Attributes:
        compactor: Its part in compaction.
        members: Addresses of every replica, where there are several.
        main: Address of the replica that compacts, where there are several.
        cluster_label: What keeps its gossip apart from that of others.
        alertmanagers: URLs of every Alertmanager.
    """

    compactor: Literal["disabled", "main", "worker"]
    members: tuple[str, ...] = ()
    main: str | None = None
    cluster_label: str = ""
    alertmanagers: tuple[str, ...] = ()


def loki_config(
    spec: LogsSpec,
    place: Place,
    *,
    kind: Literal["s3", "gcs", "filesystem"],
    bucket: str,
    region: str,
) -> LokiConfig:
    """The file of one replica."""
    return LokiConfig(
        target="all",
        auth_enabled=False,
        server=_SERVER,
        common=_common(place),
        memberlist=_memberlist(place) if place.members else None,
        schema_config=_schema(kind),
        storage_config=StorageConfig(
            use_thanos_objstore=True, object_store=_object_store(kind, bucket, region)
        ),
        ingester=_ingester(spec),
        compactor=Compactor(
            working_directory=f"{DATA}/compactor",
            compaction_interval="10m",
            # A worker deletes on behalf of the main replica, and will not start without this.
            retention_enabled=True,
            retention_delete_delay="2h",
            delete_request_store=kind,
            horizontal_scaling_mode=place.compactor,
        ),
        limits_config=_limits(spec, place),
        query_range=_query_range(spec),
        querier=Querier(max_concurrent=max(2, math.ceil(spec.cpus * 2))),
        ruler=_ruler(place) if spec.alerts else None,
        ruler_storage=RulerStorage(backend="local", local=LocalRules(directory=RULES))
        if spec.alerts
        else None,
        analytics=Analytics(reporting_enabled=False),
    )


RUNBOOK: Final = "logalert"
"""Heading of the runbook of every alert on logs."""


def log_rules(spec: LogsSpec, runbooks_url: str) -> LogRules:
    """The alerts on what logs say, as the ruler reads them."""
    return LogRules(
        groups=(
            LogRuleGroup(
                name="logs",
                rules=tuple(
                    LogRule(
                        alert=name,
                        expr=alert.expression,
                        for_=f"{alert.for_minutes}m",
                        labels={"severity": alert.severity},
                        annotations={
                            "summary": alert.summary,
                            "runbook_url": f"{runbooks_url}#{RUNBOOK}",
                        },
                    )
                    for name, alert in sorted(spec.alerts.items())
                ),
            ),
        )
    )


def _address(place: Place) -> str:
    return f"${{{POD_ADDRESS}}}" if place.members else "127.0.0.1"


def _common(place: Place) -> Common:
    several = bool(place.members)
    return Common(
        path_prefix=DATA,
        replication_factor=3 if several else 1,
        instance_addr=_address(place),
        ring=Ring(kvstore=KvStore(store="memberlist" if several else "inmemory")),
        compactor_grpc_address=place.main,
    )


def _memberlist(place: Place) -> Memberlist:
    return Memberlist(
        bind_port=GOSSIP_PORT,
        advertise_addr=_address(place),
        cluster_label=place.cluster_label,
        join_members=place.members,
        rejoin_interval="5m",
    )


def _schema(kind: Literal["s3", "gcs", "filesystem"]) -> SchemaConfig:
    return SchemaConfig(
        configs=(
            SchemaPeriod(
                from_=SCHEMA_FROM,
                store="tsdb",
                object_store=kind,
                schema_="v13",
                index=IndexPeriod(prefix="index_", period="24h"),
            ),
        )
    )


def _ingester(spec: LogsSpec) -> Ingester:
    return Ingester(
        chunk_encoding="snappy",
        autoforget_unhealthy=True,
        wal=Wal(enabled=True, dir=f"{DATA}/wal", replay_memory_ceiling=f"{spec.memory_mib // 2}MB"),
    )


def _query_range(spec: LogsSpec) -> QueryRange:
    cache = EmbeddedCache(enabled=True, max_size_mb=max(16, spec.memory_mib // 16))
    return QueryRange(
        cache_results=True, results_cache=ResultsCache(cache=Cache(embedded_cache=cache))
    )


def _object_store(kind: str, bucket: str, region: str) -> ObjectStore:
    match kind:
        case "s3":
            return ObjectStore(
                s3=S3(
                    bucket_name=bucket,
                    endpoint=f"s3.{region}.amazonaws.com",
                    region=region,
                    # The SDK's own chain knows EKS Pod Identity.
                    native_aws_auth_enabled=True,
                )
            )
        case "gcs":
            return ObjectStore(gcs=Gcs(bucket_name=bucket))
        case _:
            return ObjectStore(filesystem=Filesystem(dir=f"{DATA}/chunks"))


def _limits(spec: LogsSpec, place: Place) -> Limits:
    average = spec.gib_per_day * 1024 / _SECONDS_PER_DAY
    rate = max(_LEAST_RATE_MB, math.ceil(average * _PEAK))
    retention = f"{spec.retention_days * 24}h"
    return Limits(
        retention_period=retention,
        # Loki 3.7 asks for requests to delete at its own address, whatever the compactor's, where a
        # worker has no answer: each query would be an error in its log.
        deletion_mode="disabled" if place.compactor == "worker" else "filter-and-delete",
        max_query_lookback=retention,
        reject_old_samples=True,
        reject_old_samples_max_age=f"{min(spec.retention_days, _WEEK_DAYS) * 24}h",
        allow_structured_metadata=True,
        volume_enabled=True,
        max_global_streams_per_user=10_000,
        ingestion_rate_mb=rate,
        ingestion_burst_size_mb=rate * 2,
        max_line_size_truncate=True,
        query_timeout=f"{_QUERY_SECONDS}s",
        shard_streams=ShardStreams(enabled=True),
        otlp_config=OtlpConfig(
            resource_attributes=ResourceAttributes(
                ignore_defaults=True,
                attributes_config=(AttributesConfig(action="index_label", attributes=LABELS),),
            )
        ),
    )


def _ruler(place: Place) -> Ruler:
    return Ruler(
        alertmanager_url=",".join(place.alertmanagers),
        rule_path=f"{DATA}/rules-temp",
        # With several replicas each rule is evaluated by one of them.
        enable_sharding=bool(place.members),
        enable_api=False,
    )

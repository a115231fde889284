"""What every collector here has: ports, health, limits and how it says where data comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from components.observability.collector.config import (
    MetricReader,
    OwnLogs,
    OwnMetrics,
    PrometheusReader,
    PullExporter,
    PullReader,
    Telemetry,
)
from components.observability.collector.exporters import Batch, Queue, Retry
from components.observability.collector.processors import (
    Association,
    AssociationSource,
    Exclude,
    ExcludedPod,
    Extract,
    K8sAttributes,
    MemoryLimiter,
    NodeFilter,
    Resource,
    ResourceAction,
)
from components.observability.collector.receivers import (
    GrpcServer,
    HealthCheck,
    HttpServer,
    OtlpReceiver,
    Protocols,
    ServerKeepalive,
    ServerParameters,
)
from components.observability.site import Site
from components.versions import COLLECTOR
from components.workload import (
    ApiAccess,
    Fact,
    Health,
    HttpCheck,
    Kind,
    Port,
    Resources,
    TcpCheck,
    Workload,
)

ADDRESS: Final = "POD_IP"
NODE: Final = "K8S_NODE_NAME"
HERE: Final = f"${{env:{ADDRESS}}}"
"""The replica's own address, as the collector reads it from its environment."""

GRPC_PORT: Final = 4317
HTTP_PORT: Final = 4318
METRICS_PORT: Final = 8888
HEALTH_PORT: Final = 13133
CONFIG_FILE: Final = "/etc/otelcol/config.yaml"
SECRETS: Final = "/etc/otelcol-secrets"

PORTS: Final[Mapping[str, Port]] = {
    "otlp-grpc": Port(number=GRPC_PORT),
    "otlp-http": Port(number=HTTP_PORT),
    "metrics": Port(number=METRICS_PORT),
    "health": Port(number=HEALTH_PORT),
}

HEAP_SHARE: Final = 0.8
_LIMIT_SHARE: Final = 0.8
_SPIKE_SHARE: Final = 0.25
_QUEUE_SHARE: Final = 0.3
"""Part of the memory that all queues together may take."""

_BYTES_PER_ITEM: Final = 1_024
_MESSAGE_MIB: Final = 16

HEALTH_CHECK: Final = HealthCheck(endpoint=f"{HERE}:{HEALTH_PORT}")

TELEMETRY: Final = Telemetry(
    logs=OwnLogs(level="info", encoding="json"),
    metrics=OwnMetrics(
        level="normal",
        readers=(
            MetricReader(
                pull=PullReader(
                    exporter=PullExporter(prometheus=PrometheusReader(host=HERE, port=METRICS_PORT))
                )
            ),
        ),
    ),
)

POD_ACCESS: Final = (
    ApiAccess(
        reason="Names the pod, the namespace and the owner that telemetry comes from.",
        verbs=("get", "list", "watch"),
        resources=("pods", "namespaces"),
    ),
)


def otlp_receiver() -> OtlpReceiver:
    """OTLP on the replica's own address.

    Connections end after a minute, so that callers spread over the replicas there are by then.
    """
    return OtlpReceiver(
        protocols=Protocols(
            grpc=GrpcServer(
                endpoint=f"{HERE}:{GRPC_PORT}",
                max_recv_msg_size_mib=_MESSAGE_MIB,
                keepalive=ServerKeepalive(
                    server_parameters=ServerParameters(
                        max_connection_age="60s", max_connection_age_grace="30s"
                    )
                ),
            ),
            http=HttpServer(endpoint=f"{HERE}:{HTTP_PORT}"),
        )
    )


def memory_limiter(memory_mib: int) -> MemoryLimiter:
    """Refuses data before a process with ``memory_mib`` is killed."""
    return MemoryLimiter(
        check_interval="1s",
        limit_mib=int(memory_mib * _LIMIT_SHARE),
        spike_limit_mib=int(memory_mib * _SPIKE_SHARE),
    )


def k8s_attributes(*, own_node: bool, relay: str | None = None) -> K8sAttributes:
    """Names the pod that telemetry comes from.

    Args:
        own_node: Whether pods of the collector's own node are enough.
        relay: Workload that passes on what others sent, and so is never the source.
    """
    by_attribute = tuple(
        Association(sources=(AssociationSource(from_="resource_attribute", name=name),))
        for name in ("k8s.pod.uid", "k8s.pod.ip")
    )
    return K8sAttributes(
        auth_type="serviceAccount",
        passthrough=False,
        filter=NodeFilter(node_from_env_var=NODE) if own_node else None,
        extract=Extract(
            metadata=(
                "k8s.namespace.name",
                "k8s.pod.name",
                "k8s.pod.uid",
                "k8s.pod.ip",
                "k8s.node.name",
                "k8s.deployment.name",
                "k8s.statefulset.name",
                "k8s.daemonset.name",
                "k8s.job.name",
                "k8s.cronjob.name",
                "service.name",
                "service.namespace",
                "service.version",
            ),
            # Reading it from the name spares the right to watch replica sets.
            deployment_name_from_replicaset=True,
        ),
        pod_association=(
            *by_attribute,
            Association(sources=(AssociationSource(from_="connection"),)),
        ),
        exclude=Exclude(pods=(ExcludedPod(name=f"{relay}-.*"),)) if relay else None,
    )


def resource(site: Site) -> Resource:
    """Says which cluster and environment telemetry comes from."""
    return Resource(
        attributes=(
            ResourceAction(key="k8s.cluster.name", value=site.cluster, action="upsert"),
            ResourceAction(
                key="deployment.environment.name", value=site.environment, action="upsert"
            ),
        )
    )


def queue(
    memory_mib: int, exporters: int, *, blocks: bool = False, storage: str | None = None
) -> Queue:
    """A queue that takes an equal part of what all ``exporters`` may take of the memory.

    Args:
        memory_mib: Memory of the process, MiB.
        exporters: Queues in it.
        blocks: Whether whoever fills it waits; else data is refused and the caller tries again.
        storage: Extension that keeps it over a restart.
    """
    size = int(memory_mib * _QUEUE_SHARE * 1024 * 1024 / max(exporters, 1))
    most = min(8_192, max(256, size // 8 // _BYTES_PER_ITEM))
    return Queue(
        sizer="bytes",
        queue_size=size,
        num_consumers=4,
        block_on_overflow=blocks,
        storage=storage,
        batch=Batch(flush_timeout="1s", sizer="items", min_size=most // 4, max_size=most),
    )


def retry(*, forever: bool = False) -> Retry:
    """Five minutes of trying, or for as long as it takes."""
    return Retry(enabled=True, max_elapsed_time="0s" if forever else "5m")


def collector(
    site: Site, *, config: str, resources: Resources, own_node: bool = False, **parts: Any
) -> Workload:
    """A collector with ``config``; ``parts`` are further fields of the workload."""
    facts = {ADDRESS: Fact.ADDRESS}
    if own_node:
        facts[NODE] = Fact.NODE
    plain = Workload(
        image=COLLECTOR,
        kind=Kind.REPLICATED,
        command=(f"--config={CONFIG_FILE}",),
        environment={"GOMEMLIMIT": f"{int(resources.memory_mib * HEAP_SHARE)}MiB"},
        facts=facts,
        ports=PORTS,
        files={CONFIG_FILE: config},
        # The image has no program to ask with.
        health=Health(
            ready=HttpCheck(path="/", port="health"),
            alive=TcpCheck(port="otlp-grpc"),
            start_seconds=60,
        ),
        stop_seconds=60,
        resources=resources,
        api_access=POD_ACCESS if site.kubernetes else (),
    )
    return replace(plain, **parts)

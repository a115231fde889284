"""Jaeger as a workload: one with its own store, or several on a search cluster."""

from __future__ import annotations

from typing import Final

from components.network.plan import Tier
from components.observability.collector.config import CollectorConfig, Pipeline, Service
from components.observability.collector.pieces import (
    ADDRESS,
    GRPC_PORT,
    HEALTH_PORT,
    HEAP_SHARE,
    HERE,
    HTTP_PORT,
    METRICS_PORT,
    TELEMETRY,
    memory_limiter,
    otlp_receiver,
    queue,
    retry,
)
from components.observability.grafana.dashboards import traces as dashboards
from components.observability.jaeger.config import (
    Backend,
    Badger,
    BasicAuth,
    Directories,
    Endpoint,
    HealthCheckV2,
    HealthHttp,
    HealthStatus,
    Indices,
    JaegerQuery,
    JaegerStorage,
    JaegerStorageExporter,
    Memory,
    QueryStorage,
    Search,
    SearchAuth,
    Ttl,
)
from components.observability.outside import egress
from components.observability.part import Part
from components.observability.rules import jaeger as rules
from components.observability.site import Secret, Site
from components.observability.target import Target
from components.observability.traces_spec import Store, TracesSpec
from components.versions import JAEGER
from components.workload import (
    HOST,
    Fact,
    Flow,
    Health,
    HttpCheck,
    Kind,
    Port,
    Resources,
    TcpCheck,
    Volume,
    Workload,
)

ROLE: Final = "jaeger"
QUERY_PORT: Final = 16686
_QUERY_GRPC_PORT: Final = 16685
CONFIG_FILE: Final = "/etc/jaeger/config.yaml"
PASSWORD_FILE: Final = "/etc/jaeger-secrets/password"  # noqa: S105
_STORE: Final = "traces"
_STATUS: Final = "/status"

PORTS: Final = {
    "query": Port(number=QUERY_PORT),
    "otlp-grpc": Port(number=GRPC_PORT),
    "otlp-http": Port(number=HTTP_PORT),
    "metrics": Port(number=METRICS_PORT),
    "health": Port(number=HEALTH_PORT),
}


def jaeger_part(site: Site, spec: TracesSpec) -> Part:
    """Jaeger, which keeps traces and shows them.

    Raises:
        pulumi.RunError: The password of the search cluster is not there.
    """
    me = site.workload(ROLE)
    people = Flow(source=HOST, target=me, port="query", tier=Tier.PUBLIC, published_port=QUERY_PORT)
    return Part(
        workloads={ROLE: _workload(site, spec)},
        flows=() if site.kubernetes else (people,),
        targets=(_target(site),),
        unhonoured=_unhonoured(site, spec),
    )


def jaeger_config(spec: TracesSpec, directory: str) -> CollectorConfig:
    """The file of every replica.

    Args:
        spec: Where traces are kept, and for how long.
        directory: Where the volume is mounted, for the store badger.
    """
    return CollectorConfig(
        extensions={
            "healthcheckv2": HealthCheckV2(
                use_v2=True,
                http=HealthHttp(
                    endpoint=f"{HERE}:{HEALTH_PORT}",
                    status=HealthStatus(enabled=True, path=_STATUS),
                ),
            ),
            "jaeger_storage": JaegerStorage(backends={_STORE: _backend(spec, directory)}),
            "jaeger_query": JaegerQuery(
                storage=QueryStorage(traces=_STORE),
                http=Endpoint(endpoint=f"{HERE}:{QUERY_PORT}"),
                grpc=Endpoint(endpoint=f"127.0.0.1:{_QUERY_GRPC_PORT}"),
            ),
        },
        receivers={"otlp": otlp_receiver()},
        processors={"memory_limiter": memory_limiter(spec.memory_mib)},
        exporters={
            "jaeger_storage_exporter": JaegerStorageExporter(
                trace_storage=_STORE, queue=queue(spec.memory_mib, 1), retry_on_failure=retry()
            )
        },
        service=Service(
            extensions=("healthcheckv2", "jaeger_storage", "jaeger_query"),
            pipelines={
                "traces": Pipeline(
                    receivers=("otlp",),
                    processors=("memory_limiter",),
                    exporters=("jaeger_storage_exporter",),
                )
            },
            telemetry=TELEMETRY,
        ),
    )


def _backend(spec: TracesSpec, directory: str) -> Backend:
    hours = f"{spec.retention_days * 24}h"
    if spec.opensearch is not None:
        search = Search(
            server_urls=spec.opensearch.urls,
            auth=SearchAuth(
                basic=BasicAuth(
                    username=spec.opensearch.username,
                    password_file=PASSWORD_FILE,
                    reload_interval="5m",
                )
            ),
            indices=Indices(index_prefix=spec.opensearch.index_prefix),
            max_span_age=hours,
        )
        if spec.opensearch.flavour == "elasticsearch":
            return Backend(elasticsearch=search)
        return Backend(opensearch=search)
    if spec.store is Store.MEMORY:
        return Backend(memory=Memory(max_traces=spec.max_traces))
    return Backend(
        badger=Badger(
            directories=Directories(keys=f"{directory}/keys", values=f"{directory}/values"),
            ephemeral=False,
            ttl=Ttl(spans=hours),
            maintenance_interval="5m",
        )
    )


def _workload(site: Site, spec: TracesSpec) -> Workload:
    on_volume = spec.store is Store.BADGER
    # Of the directories that the image has, its user may write to this one alone, and a volume of
    # Docker takes over who may write.
    directory = "/badger" if site.kubernetes else "/tmp"  # noqa: S108
    replicas = spec.opensearch.replicas if spec.opensearch and site.kubernetes else 1
    secrets: dict[str, Secret] = {}
    if spec.opensearch is not None:
        secrets[PASSWORD_FILE] = site.secret(spec.opensearch.password)
    scratch = {} if directory == "/tmp" and on_volume else {"/tmp": 64}  # noqa: S108
    return Workload(
        image=JAEGER,
        kind=Kind.STATEFUL if on_volume else Kind.REPLICATED,
        description="Traces: keeps them and shows them.",
        command=(f"--config={CONFIG_FILE}",),
        environment={"GOMEMLIMIT": f"{int(spec.memory_mib * HEAP_SHARE)}MiB"},
        facts={ADDRESS: Fact.ADDRESS},
        ports=PORTS,
        files={CONFIG_FILE: jaeger_config(spec, directory).yaml()},
        secret_files=secrets,
        volumes={"data": Volume(path=directory, size_gib=spec.volume_gib)} if on_volume else {},
        scratch_mib=scratch,
        replicas=replicas,
        single_because=None if spec.opensearch else "Its traces are in its own memory or volume.",
        spread=replicas > 1,
        max_unavailable=1 if replicas > 1 else None,
        health=Health(
            command=("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{HEALTH_PORT}{_STATUS}"),
            ready=HttpCheck(path=_STATUS, port="health"),
            alive=TcpCheck(port="query"),
            start_seconds=120,
        ),
        stop_seconds=60,
        resources=Resources(
            cpus=spec.cpus, cpus_reserved=spec.cpus_reserved, memory_mib=spec.memory_mib
        ),
        egress=egress(spec.opensearch.urls, spec.opensearch.network) if spec.opensearch else (),
    )


def _target(site: Site) -> Target:
    return Target(
        job=ROLE,
        metrics=("jaeger",),
        workload=site.workload(ROLE),
        port="metrics",
        groups=rules.GROUPS,
        dashboards=dashboards.DASHBOARDS,
    )


def _unhonoured(site: Site, spec: TracesSpec) -> tuple[str, ...]:
    search = spec.opensearch
    if search is None:
        said = (
            f"traces.store: {spec.store} has one replica, so that traces are late or lost while it"
            " restarts; the store opensearch has several"
        )
        return (said,)
    said = (
        f"traces.retention_days: Jaeger deletes nothing from {search.flavour}; give the indices"
        f" {search.index_prefix}-jaeger-* a lifecycle policy that deletes them after"
        f" {spec.retention_days} days"
    )
    if site.kubernetes or search.replicas == 1:
        return (said,)
    alone = f"traces.opensearch.replicas: {search.replicas} are asked, 1 runs on a Docker host"
    return (said, alone)

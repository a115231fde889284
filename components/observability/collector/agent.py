"""The collector on every node: reads what containers print and takes OTLP from the pods there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.network.plan import Tier
from components.observability.collector.config import (
    CollectorConfig,
    Exporter,
    Pipeline,
    Service,
)
from components.observability.collector.destinations import take_logs
from components.observability.collector.exporters import OtlpGrpcExporter, OtlpHttpExporter, Tls
from components.observability.collector.pieces import (
    GRPC_PORT,
    HEALTH_CHECK,
    TELEMETRY,
    collector,
    k8s_attributes,
    memory_limiter,
    otlp_receiver,
    queue,
    resource,
    retry,
)
from components.observability.collector.receivers import (
    ContainerParser,
    FileLogReceiver,
    FileStorage,
    ReceiverRetry,
)
from components.observability.destinations_spec import DestinationSpec
from components.observability.logs_spec import LogsSpec
from components.observability.loki.settings import HTTP_PORT as LOKI_PORT
from components.observability.loki.workload import entry_role
from components.observability.part import Part
from components.observability.rules import collector as rules
from components.observability.site import AGENTS_NAMESPACE, Site
from components.observability.target import Target
from components.workload import (
    NEIGHBOURS,
    Flow,
    HostAccess,
    HostPath,
    Kind,
    Resources,
    Volume,
)

ROLE: Final = "agent"
GATEWAY: Final = "gateway"
JOB: Final = "otel-agent"
POD_LOGS: Final = "/var/log/pods"
OFFSETS: Final = "/var/lib/otelcol"
_ROOT_GROUP: Final = 0
_LINE_LIMIT: Final = "256KiB"
_NO_AGENT: Final = (
    "logs.agent: Docker keeps the lines of containers in files of root, which no process here may"
    " read; applications send their logs to the gateway over OTLP"
)
_COMMON: Final = ("memory_limiter", "k8s_attributes", "resource")


def agent_part(site: Site, spec: LogsSpec, destinations: Mapping[str, DestinationSpec]) -> Part:
    """The agents, on Kubernetes; a single Docker host has none.

    Args:
        site: Where they run.
        spec: What one may use, and where Loki is.
        destinations: Where telemetry is sent besides; logs for them pass through the gateway.
    """
    if not site.kubernetes:
        return Part(
            workloads={},
            unhonoured=(_NO_AGENT,),
        )
    relayed = take_logs(destinations)
    workload = collector(
        site,
        config=agent_config(site, spec, relayed=relayed).yaml(),
        resources=Resources(
            cpus=spec.agent.cpus,
            cpus_reserved=spec.agent.cpus_reserved,
            memory_mib=spec.agent.memory_mib,
        ),
        own_node=True,
        kind=Kind.PER_NODE,
        description="Brings what containers print to Loki, and OTLP to the gateway.",
        volumes={"offsets": Volume(path=OFFSETS, size_gib=1, kept=False)},
        host_access=HostAccess(
            reason="Reads what containers print, which the kubelet keeps in files of the node.",
            paths={"pods": HostPath(path=POD_LOGS, mounted_at=POD_LOGS)},
            # The files are 0640 and belong to root and its group.
            groups=(_ROOT_GROUP,),
        ),
    )
    return Part(
        workloads={ROLE: workload},
        agents=frozenset({ROLE}),
        flows=_flows(site, () if relayed else (entry_role(site, spec),)),
        targets=(_target(site),),
    )


def agent_config(site: Site, spec: LogsSpec, *, relayed: bool) -> CollectorConfig:
    """The file of every agent.

    Args:
        site: Where it runs.
        spec: What it may use, and where Loki is.
        relayed: Whether logs pass through the gateway, which sends each line on once to everyone,
            so that no node holds the credentials of the destinations.
    """
    memory = spec.agent.memory_mib
    logs_to, to_logs = _logs_exporter(site, spec, relayed=relayed)
    to_gateway = OtlpGrpcExporter(
        endpoint=f"{site.host(GATEWAY)}:{GRPC_PORT}",
        tls=Tls(insecure=True),
        sending_queue=queue(memory, 2),
        retry_on_failure=retry(),
    )
    return CollectorConfig(
        extensions={
            "health_check": HEALTH_CHECK,
            "file_storage": FileStorage(directory=OFFSETS, create_directory=False, timeout="5s"),
        },
        receivers={"file_log": _pod_logs(site), "otlp": otlp_receiver()},
        processors={
            "memory_limiter": memory_limiter(memory),
            "k8s_attributes": k8s_attributes(own_node=True),
            "resource": resource(site),
        },
        exporters={logs_to: to_logs, "otlp_grpc/gateway": to_gateway},
        service=Service(
            extensions=("health_check", "file_storage"),
            pipelines={
                "logs": _pipeline("file_log", "otlp", to=logs_to),
                "metrics": _pipeline("otlp", to="otlp_grpc/gateway"),
                "traces": _pipeline("otlp", to="otlp_grpc/gateway"),
            },
            telemetry=TELEMETRY,
        ),
    )


def _logs_exporter(site: Site, spec: LogsSpec, *, relayed: bool) -> tuple[str, Exporter]:
    # Lines that cannot be sent wait in their files, so nothing is lost while Loki is away.
    patient = queue(spec.agent.memory_mib, 2, blocks=True, storage="file_storage")
    if relayed:
        to_gateway = OtlpGrpcExporter(
            endpoint=f"{site.host(GATEWAY)}:{GRPC_PORT}",
            tls=Tls(insecure=True),
            sending_queue=patient,
            retry_on_failure=retry(forever=True),
        )
        return "otlp_grpc/logs", to_gateway
    to_loki = OtlpHttpExporter(
        endpoint=f"http://{site.host(entry_role(site, spec))}:{LOKI_PORT}/otlp",
        sending_queue=patient,
        retry_on_failure=retry(forever=True),
    )
    return "otlp_http/loki", to_loki


def _pipeline(*receivers: str, to: str) -> Pipeline:
    return Pipeline(receivers=receivers, processors=_COMMON, exporters=(to,))


def _flows(site: Site, stores: tuple[str, ...]) -> tuple[Flow, ...]:
    me = site.workload(ROLE)
    return (
        *(
            Flow(source=NEIGHBOURS, target=me, port=port, tier=Tier.PRIVATE)
            for port in ("otlp-grpc", "otlp-http")
        ),
        Flow(source=me, target=site.workload(GATEWAY), port="otlp-grpc", tier=Tier.PRIVATE),
        *(
            Flow(source=me, target=site.workload(role), port="http", tier=Tier.PRIVATE)
            for role in stores
        ),
    )


def _pod_logs(site: Site) -> FileLogReceiver:
    return FileLogReceiver(
        include=(f"{POD_LOGS}/*/*/*.log",),
        # Its own lines would feed on themselves.
        exclude=(f"{POD_LOGS}/{AGENTS_NAMESPACE}_{site.workload(ROLE)}-*/*/*.log",),
        start_at="beginning",
        include_file_path=True,
        include_file_name=False,
        max_log_size=_LINE_LIMIT,
        storage="file_storage",
        operators=(ContainerParser(),),
        retry_on_failure=ReceiverRetry(enabled=True, max_elapsed_time="0s"),
    )


def _target(site: Site) -> Target:
    return Target(
        job=JOB,
        metrics=("otelcol",),
        workload=site.workload(ROLE),
        port="metrics",
        namespace=AGENTS_NAMESPACE,
        groups=rules.ON_KUBERNETES,
    )

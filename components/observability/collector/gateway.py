"""The collector that applications send to and that sends everything on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.network.plan import Tier
from components.observability.collector.destinations import sendings, through_gateway
from components.observability.collector.gateway_config import (
    JAEGER,
    PROMETHEUS,
    SAMPLER,
    gateway_config,
    has_samplers,
    sampler_config,
    stores,
    to_samplers,
)
from components.observability.collector.pieces import GRPC_PORT, HTTP_PORT, collector, queue
from components.observability.collector.sending import Sending, only, secret_files, ways
from components.observability.destinations_spec import DestinationSpec, Signal
from components.observability.grafana.dashboards import telemetry as dashboards
from components.observability.logs_spec import LogsSpec
from components.observability.loki.workload import entry_role
from components.observability.part import Part
from components.observability.rules import collector as rules
from components.observability.site import Site
from components.observability.target import Target
from components.observability.traces_spec import GatewaySpec, SamplingSpec, TracesSpec
from components.workload import (
    HOST,
    NEIGHBOURS,
    Autoscaling,
    Flow,
    Kind,
    Resources,
    Workload,
)

ROLE: Final = "gateway"
JOB: Final = "otel-gateway"
SAMPLER_JOB: Final = "otel-sampler"
_OTHER_STORES: Final = 2  # Jaeger and Loki


@dataclass(frozen=True, kw_only=True)
class _Stores:
    """The role that takes logs, and the hosts of every copy of Prometheus."""

    loki: str
    prometheus: tuple[str, ...]


def gateway_part(
    site: Site,
    spec: TracesSpec,
    logs: LogsSpec,
    destinations: Mapping[str, DestinationSpec],
    *,
    prometheus_replicas: int = 1,
) -> Part:
    """The gateway and, where several gateways share the traces to be sampled, the samplers.

    Args:
        site: Where it runs.
        spec: What it may use, and what is kept of the traces.
        logs: Where Loki is.
        destinations: Where telemetry is sent besides.
        prometheus_replicas: Copies of Prometheus; each is sent all metrics; 0 in agent
            mode, which keeps none.

    Raises:
        pulumi.RunError: A secret that a destination names is not there.
    """
    gateway = spec.gateway
    loki = entry_role(site, logs)
    prometheus = site.replica_hosts(PROMETHEUS, prometheus_replicas) if prometheus_replicas else ()

    stored = _Stores(loki=loki, prometheus=prometheus)
    sent = _everywhere(site, stored, destinations, gateway.memory_mib)
    workloads: dict[str, Workload] = {}
    keeper = ROLE
    if gateway.sampling is not None and has_samplers(site, gateway):
        keeper = SAMPLER
        workloads[SAMPLER] = _sampler(
            site,
            gateway.sampling,
            only(
                _everywhere(site, stored, destinations, gateway.sampling.memory_mib), Signal.TRACES
            ),
        )
        waiting = queue(gateway.memory_mib, len(sent) * gateway.sampling.replicas)
        sent = (
            to_samplers(site, gateway.sampling, waiting),
            *only(sent, Signal.METRICS, Signal.LOGS),
        )
    workloads = {ROLE: _gateway(site, gateway, sent), **workloads}
    calls = [(ROLE, loki, "http"), (keeper, JAEGER, "otlp-grpc")]
    if prometheus:
        calls.append((ROLE, PROMETHEUS, "http"))
    if keeper == SAMPLER:
        calls.append((ROLE, SAMPLER, "otlp-grpc"))
    return Part(
        workloads=workloads,
        flows=(*_flows_in(site), *_flows_out(site, calls)),
        targets=(
            _target(site, JOB, ROLE),
            *((_target(site, SAMPLER_JOB, SAMPLER),) if keeper == SAMPLER else ()),
        ),
        unhonoured=_unhonoured(site, gateway),
    )


def _everywhere(
    site: Site, stored: _Stores, destinations: Mapping[str, DestinationSpec], memory_mib: int
) -> tuple[Sending, ...]:
    """Everything that is sent to, with queues for a process of that much memory."""
    own = _OTHER_STORES + len(stored.prometheus)
    waiting = queue(memory_mib, own + len(through_gateway(destinations)))
    return (
        *stores(site, loki=stored.loki, prometheus=stored.prometheus, waiting=waiting),
        *sendings(site, destinations, waiting),
    )


def _gateway(site: Site, spec: GatewaySpec, sent: tuple[Sending, ...]) -> Workload:
    least, most = spec.replicas_at_least, spec.replicas_at_most
    scales = site.kubernetes and most > least
    replicas = least if site.kubernetes else 1
    return collector(
        site,
        config=gateway_config(site, spec, sent).yaml(),
        resources=Resources(
            cpus=spec.cpus, cpus_reserved=spec.cpus_reserved, memory_mib=spec.memory_mib
        ),
        description="Takes OTLP from applications and sends it on.",
        replicas=1 if scales else replicas,
        autoscaling=Autoscaling(replicas_at_least=least, replicas_at_most=most) if scales else None,
        spread=replicas > 1,
        max_unavailable=1 if replicas > 1 else None,
        **_sends(sent),
    )


def _sampler(site: Site, spec: SamplingSpec, sent: tuple[Sending, ...]) -> Workload:
    return collector(
        site,
        config=sampler_config(spec, sent).yaml(),
        resources=Resources(
            cpus=spec.cpus, cpus_reserved=spec.cpus_reserved, memory_mib=spec.memory_mib
        ),
        # Each has a name of its own, so that a trace keeps its sampler over a restart.
        kind=Kind.STATEFUL,
        description="Decides which traces are kept, once they are complete.",
        replicas=spec.replicas,
        spread=spec.replicas > 1,
        max_unavailable=1 if spec.replicas > 1 else None,
        # The gateway has named the pods already.
        api_access=(),
        **_sends(sent),
    )


def _sends(sent: tuple[Sending, ...]) -> dict[str, Any]:
    return {
        "secret_files": secret_files(sent),
        "egress": ways(sent),
        "cloud_identity": any(each.cloud_identity for each in sent),
    }


def _flows_in(site: Site) -> tuple[Flow, ...]:
    me = site.workload(ROLE)
    neighbours = tuple(
        Flow(source=NEIGHBOURS, target=me, port=port, tier=Tier.PRIVATE)
        for port in ("otlp-grpc", "otlp-http")
    )
    if site.kubernetes:
        return neighbours
    people = tuple(
        Flow(source=HOST, target=me, port=port, tier=Tier.PUBLIC, published_port=number)
        for port, number in (("otlp-grpc", GRPC_PORT), ("otlp-http", HTTP_PORT))
    )
    return (*neighbours, *people)


def _flows_out(site: Site, calls: Iterable[tuple[str, str, str]]) -> tuple[Flow, ...]:
    return tuple(
        Flow(
            source=site.workload(caller),
            target=site.workload(called),
            port=port,
            tier=Tier.PRIVATE,
        )
        for caller, called, port in calls
    )


def _target(site: Site, job: str, role: str) -> Target:
    main = job == JOB
    return Target(
        job=job,
        metrics=("otelcol",),
        workload=site.workload(role),
        port="metrics",
        # A sampler is half of a gateway to whoever watches it.
        labels={} if main else {"job": JOB},
        groups=rules.GROUPS if main else (),
        dashboards=dashboards.DASHBOARDS if main else (),
    )


def _unhonoured(site: Site, spec: GatewaySpec) -> tuple[str, ...]:
    if site.kubernetes or spec.replicas_at_least == 1:
        return ()
    asked = spec.replicas_at_least
    return (f"traces.gateway.replicas_at_least: {asked} are asked, 1 runs on a Docker host",)

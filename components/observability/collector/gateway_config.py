"""The files of the gateway and of the samplers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.observability.collector.config import (
    CollectorConfig,
    Connector,
    Pipeline,
    Processor,
    Service,
)
from components.observability.collector.exporters import (
    BackendOtlp,
    BackendProtocol,
    LoadBalancingExporter,
    OtlpGrpcExporter,
    OtlpHttpExporter,
    Queue,
    Resolver,
    StaticResolver,
    Tls,
)
from components.observability.collector.pieces import (
    GRPC_PORT,
    HEALTH_CHECK,
    TELEMETRY,
    k8s_attributes,
    memory_limiter,
    otlp_receiver,
    resource,
    retry,
)
from components.observability.collector.processors import (
    Buckets,
    Dimension,
    Forward,
    Latency,
    Probabilistic,
    SamplingPolicy,
    SpanHistogram,
    SpanMetrics,
    StatusCode,
    TailSampling,
)
from components.observability.collector.sending import Sending, exporters_of, extensions, of
from components.observability.destinations_spec import Signal
from components.observability.loki.settings import HTTP_PORT as LOKI_PORT
from components.observability.site import Site
from components.observability.traces_spec import GatewaySpec, SamplingSpec

AGENT: Final = "agent"
SAMPLER: Final = "sampler"
JAEGER: Final = "jaeger"
PROMETHEUS: Final = "prometheus"
PROMETHEUS_PORT: Final = 9090

SPAN_METRICS: Final = SpanMetrics(
    histogram=SpanHistogram(
        unit="s",
        explicit=Buckets(
            buckets=(
                *("5ms", "10ms", "25ms", "50ms", "100ms", "250ms", "500ms"),
                *("1s", "2s", "5s", "10s", "30s"),
            )
        ),
    ),
    dimensions=(Dimension(name="http.request.method"), Dimension(name="http.response.status_code")),
    # What an attribute without bounds would make of the series.
    aggregation_cardinality_limit=10_000,
    metrics_flush_interval="60s",
    metrics_expiration="10m",
)


def decides_itself(site: Site, spec: GatewaySpec) -> bool:
    """Whether one gateway sees every trace whole, so that it can decide what is kept."""
    return not site.kubernetes or spec.replicas_at_most == 1


def has_samplers(site: Site, spec: GatewaySpec) -> bool:
    """Whether traces are gathered behind the gateway before it is decided what is kept."""
    return spec.sampling is not None and not decides_itself(site, spec)


def stores(
    site: Site, *, loki: str, prometheus: tuple[str, ...], waiting: Queue
) -> tuple[Sending, ...]:
    """The stack's own stores.

    Args:
        site: Where they run.
        loki: Role that takes logs.
        prometheus: Hosts of every copy of Prometheus.
        waiting: The queue of each exporter.
    """
    return (
        Sending(
            id="otlp_grpc/jaeger",
            exporter=OtlpGrpcExporter(
                endpoint=f"{site.host(JAEGER)}:{GRPC_PORT}",
                tls=Tls(insecure=True),
                sending_queue=waiting,
                retry_on_failure=retry(),
            ),
            signals=frozenset({Signal.TRACES}),
        ),
        *(
            Sending(
                id=f"otlp_http/prometheus-{number}",
                exporter=OtlpHttpExporter(
                    endpoint=f"http://{host}:{PROMETHEUS_PORT}/api/v1/otlp",
                    sending_queue=waiting,
                    retry_on_failure=retry(),
                ),
                signals=frozenset({Signal.METRICS}),
            )
            for number, host in enumerate(prometheus)
        ),
        Sending(
            id="otlp_http/loki",
            exporter=OtlpHttpExporter(
                endpoint=f"http://{site.host(loki)}:{LOKI_PORT}/otlp",
                sending_queue=waiting,
                retry_on_failure=retry(),
            ),
            signals=frozenset({Signal.LOGS}),
        ),
    )


def to_samplers(site: Site, spec: SamplingSpec, waiting: Queue) -> Sending:
    """All spans of a trace go to the same sampler."""
    hosts = site.replica_hosts(SAMPLER, spec.replicas)
    return Sending(
        id="load_balancing",
        exporter=LoadBalancingExporter(
            routing_key="traceID",
            protocol=BackendProtocol(
                otlp=BackendOtlp(
                    tls=Tls(insecure=True), sending_queue=waiting, retry_on_failure=retry()
                )
            ),
            # Names outlast restarts where addresses do not, so a trace keeps its sampler.
            resolver=Resolver(
                static=StaticResolver(hostnames=tuple(f"{host}:{GRPC_PORT}" for host in hosts))
            ),
        ),
        signals=frozenset({Signal.TRACES}),
    )


def gateway_config(site: Site, spec: GatewaySpec, sendings: tuple[Sending, ...]) -> CollectorConfig:
    """The file of every gateway, which sends to ``sendings``."""
    processors: dict[str, Processor] = {"memory_limiter": memory_limiter(spec.memory_mib)}
    if site.kubernetes:
        processors["k8s_attributes"] = k8s_attributes(own_node=False, relay=site.workload(AGENT))
    processors["resource"] = resource(site)
    common = tuple(processors)

    traces, metrics = of(sendings, Signal.TRACES), of(sendings, Signal.METRICS)
    connectors: dict[str, Connector] = {}
    pipelines: dict[str, Pipeline] = {}
    if spec.sampling is not None and decides_itself(site, spec):
        processors["tail_sampling"] = tail_sampling(spec.sampling)
        connectors["forward"] = Forward()
        pipelines["traces/sampled"] = Pipeline(
            receivers=("forward",),
            processors=("memory_limiter", "tail_sampling"),
            exporters=traces,
        )
        traces = ("forward",)
    if spec.span_metrics and metrics:
        connectors["span_metrics"] = SPAN_METRICS
        pipelines["metrics/spans"] = Pipeline(
            receivers=("span_metrics",), processors=("memory_limiter",), exporters=metrics
        )
        # Spans are counted before any of them is dropped.
        traces = (*traces, "span_metrics")
    for signal, exporters in (
        (Signal.TRACES, traces),
        (Signal.METRICS, metrics),
        (Signal.LOGS, of(sendings, Signal.LOGS)),
    ):
        if exporters:
            pipelines[signal] = Pipeline(
                receivers=("otlp",), processors=common, exporters=exporters
            )
    return _collector_config(sendings, processors, connectors, pipelines)


def sampler_config(spec: SamplingSpec, sendings: tuple[Sending, ...]) -> CollectorConfig:
    """The file of every sampler, which sends to ``sendings``."""
    processors = {
        "memory_limiter": memory_limiter(spec.memory_mib),
        "tail_sampling": tail_sampling(spec),
    }
    pipeline = Pipeline(
        receivers=("otlp",), processors=tuple(processors), exporters=of(sendings, Signal.TRACES)
    )
    return _collector_config(sendings, processors, {}, {"traces": pipeline})


def tail_sampling(spec: SamplingSpec) -> TailSampling:
    """Keeps failed traces, slow ones and a part of the others."""
    return TailSampling(
        decision_wait=f"{spec.decision_seconds}s",
        num_traces=spec.traces,
        policies=(
            SamplingPolicy(
                name="failed", type="status_code", status_code=StatusCode(status_codes=("ERROR",))
            ),
            SamplingPolicy(
                name="slow", type="latency", latency=Latency(threshold_ms=spec.slow_milliseconds)
            ),
            SamplingPolicy(
                name="others",
                type="probabilistic",
                probabilistic=Probabilistic(sampling_percentage=spec.percent),
            ),
        ),
    )


def _collector_config(
    sendings: tuple[Sending, ...],
    processors: Mapping[str, Processor],
    connectors: Mapping[str, Connector],
    pipelines: Mapping[str, Pipeline],
) -> CollectorConfig:
    signing = extensions(sendings)
    return CollectorConfig(
        extensions={"health_check": HEALTH_CHECK, **signing},
        receivers={"otlp": otlp_receiver()},
        processors=processors,
        connectors=connectors or None,
        exporters=exporters_of(sendings),
        service=Service(
            extensions=("health_check", *signing), pipelines=pipelines, telemetry=TELEMETRY
        ),
    )

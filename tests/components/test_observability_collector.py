from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.observability.collector.config import CollectorConfig, Pipeline, Service
from components.observability.collector.exporters import OtlpGrpcExporter, Tls
from components.observability.collector.pieces import (
    HEALTH_CHECK,
    TELEMETRY,
    k8s_attributes,
    memory_limiter,
    otlp_receiver,
    queue,
    retry,
)
from components.observability.collector.processors import (
    Probabilistic,
    SamplingPolicy,
    TailSampling,
)
from components.observability.part import Part
from components.observability.site import AGENTS_NAMESPACE
from components.observability.traces_spec import GatewaySpec
from components.workload import Autoscaling, Fact, Flow, Kind, Port, Workload, connect
from tests.components.telemetry_parts import (
    DEV,
    PROD,
    agent,
    calls,
    document,
    gateway,
    jaeger,
    loki,
)

STAGING = Environment.STAGING
FILE = "/etc/otelcol/config.yaml"
SAMPLED: dict[str, Any] = {"sampling": {"percent": 10}}
SPLUNK = {
    "kind": "otlp",
    "url": "http://archive.example.com:4318",
    "network": "10.0.0.0/8",
    "signals": ["logs"],
}


def agent_file(**sent_to: Any) -> Any:
    return document(agent(PROD, **sent_to), "agent", FILE)


def gateway_file(environment: Environment = PROD, **asked: Any) -> Any:
    return document(gateway(environment, **asked), "gateway", FILE)


def memory_of(workload: Workload) -> int:
    return workload.resources.memory_mib


# The model of the file


def wired(**changes: Any) -> CollectorConfig:
    exporter = OtlpGrpcExporter(
        endpoint="jaeger:4317",
        tls=Tls(insecure=True),
        sending_queue=queue(256, 1),
        retry_on_failure=retry(),
    )
    pipeline = Pipeline(
        receivers=("otlp",), processors=("memory_limiter",), exporters=("otlp_grpc",)
    )
    parts: dict[str, Any] = {
        "extensions": {"health_check": HEALTH_CHECK},
        "receivers": {"otlp": otlp_receiver()},
        "processors": {"memory_limiter": memory_limiter(256)},
        "exporters": {"otlp_grpc": exporter},
        "pipelines": {"traces": pipeline},
        **changes,
    }
    pipelines = parts.pop("pipelines")
    service = Service(extensions=("health_check",), pipelines=pipelines, telemetry=TELEMETRY)
    return CollectorConfig(**parts, service=service)


def pipeline(*processors: str, exporters: tuple[str, ...] = ("otlp_grpc",)) -> dict[str, Pipeline]:
    return {"traces": Pipeline(receivers=("otlp",), processors=processors, exporters=exporters)}


SAMPLING = TailSampling(
    decision_wait="10s",
    num_traces=1_000,
    policies=(
        SamplingPolicy(
            name="some", type="probabilistic", probabilistic=Probabilistic(sampling_percentage=10)
        ),
    ),
)


def test_a_wired_file_is_accepted() -> None:
    assert list(wired().document()["exporters"]) == ["otlp_grpc"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"pipelines": pipeline("memory_limiter", exporters=("otlp_grpc", "debug"))},
            "service names debug, which exporters does not declare",
        ),
        (
            {
                "processors": {
                    "memory_limiter": memory_limiter(256),
                    "k8s_attributes": k8s_attributes(own_node=True),
                }
            },
            "processors.k8s_attributes is declared, and the service does not use it",
        ),
        (
            {"receivers": {"otlp": otlp_receiver(), "file_log": otlp_receiver()}},
            "receivers.file_log is of the type otlp: call it otlp/NAME",
        ),
        (
            {"extensions": {}},
            "service names health_check, which extensions does not declare",
        ),
    ],
)
def test_a_file_that_is_not_wired_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        wired(**changes)

    assert message in str(refused.value)


def test_a_queue_on_a_storage_that_is_not_declared_is_refused() -> None:
    exporter = OtlpGrpcExporter(
        endpoint="jaeger:4317",
        tls=Tls(insecure=True),
        sending_queue=queue(256, 1, storage="file_storage"),
        retry_on_failure=retry(),
    )

    with pytest.raises(ValidationError, match="file_storage is referred to, and extensions"):
        wired(exporters={"otlp_grpc": exporter})


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (("k8s_attributes", "memory_limiter"), "does not begin with memory_limiter"),
        (
            ("memory_limiter", "tail_sampling", "k8s_attributes"),
            "has memory_limiter, tail_sampling, k8s_attributes: the order is memory_limiter,",
        ),
        (("memory_limiter", "batch"), "has batch, whose place is not known"),
    ],
)
def test_processors_in_an_order_that_loses_data_are_refused(
    order: tuple[str, ...], message: str
) -> None:
    declared = {
        "memory_limiter": memory_limiter(256),
        "k8s_attributes": k8s_attributes(own_node=True),
        "tail_sampling": SAMPLING,
    }

    with pytest.raises(ValidationError) as refused:
        wired(processors=declared, pipelines=pipeline(*order))

    assert message in str(refused.value)


# The agents


def test_there_is_an_agent_on_every_node_in_a_namespace_of_its_own() -> None:
    part = agent()
    workload = part.workloads["agent"]

    assert workload.kind is Kind.PER_NODE
    assert part.agents == {"agent"}
    assert part.targets[0].namespace == AGENTS_NAMESPACE


def test_an_agent_reads_what_pods_print_and_nothing_else_of_the_node() -> None:
    access = agent().workloads["agent"].host_access

    assert access is not None
    assert {path.path for path in access.paths.values()} == {"/var/log/pods"}
    assert not access.network
    assert not access.processes


def test_an_agent_reads_files_of_root_without_being_root() -> None:
    workload = agent().workloads["agent"]

    assert workload.image.uid == 10_001
    assert workload.host_access is not None
    assert workload.host_access.groups == (0,)


def test_an_agent_does_not_read_its_own_lines() -> None:
    assert agent_file()["receivers"]["file_log"]["exclude"] == [
        "/var/log/pods/observability-agents_eyes-agent-*/*/*.log"
    ]


def test_a_line_that_cannot_be_sent_waits_in_its_file() -> None:
    file = agent_file()
    waiting = file["exporters"]["otlp_http/loki"]

    assert waiting["sending_queue"]["block_on_overflow"] is True
    assert waiting["sending_queue"]["storage"] == "file_storage"
    assert waiting["retry_on_failure"]["max_elapsed_time"] == "0s"
    assert file["receivers"]["file_log"]["storage"] == "file_storage"


def test_positions_go_with_the_node() -> None:
    volume = agent().workloads["agent"].volumes["offsets"]

    assert not volume.kept
    assert agent_file()["extensions"]["file_storage"]["directory"] == volume.path


def test_an_agent_watches_the_pods_of_its_own_node() -> None:
    workload = agent().workloads["agent"]
    names = agent_file()["processors"]["k8s_attributes"]

    assert workload.facts[names["filter"]["node_from_env_var"]] is Fact.NODE
    assert {resource for each in workload.api_access for resource in each.resources} == {
        "pods",
        "namespaces",
    }
    assert {verb for each in workload.api_access for verb in each.verbs} == {"get", "list", "watch"}


def test_logs_go_from_the_node_to_loki() -> None:
    assert agent_file()["exporters"]["otlp_http/loki"]["endpoint"] == (
        "http://eyes-loki-worker.observability.svc:3100/otlp"
    )
    assert ("eyes-agent", "eyes-loki-worker", "http") in calls(agent())


def test_logs_for_other_destinations_pass_through_the_gateway_once() -> None:
    part = agent(PROD, archive=SPLUNK)

    exporters = document(part, "agent", FILE)["service"]["pipelines"]["logs"]["exporters"]
    assert exporters == ["otlp_grpc/logs"]
    assert ("eyes-agent", "eyes-gateway", "otlp-grpc") in calls(part)
    assert "eyes-loki-worker" not in {target for _, target, _ in calls(part)}


def test_a_docker_host_has_no_agent_and_says_why() -> None:
    part = agent(DEV)

    assert not part.workloads
    assert not part.targets
    assert part.unhonoured[0].startswith("logs.agent: Docker keeps the lines of containers")


# The gateway


@pytest.mark.parametrize(
    ("environment", "replicas", "scaling"),
    [
        (DEV, 1, None),
        (STAGING, 2, None),
        (PROD, 1, Autoscaling(replicas_at_least=3, replicas_at_most=10)),
    ],
)
def test_gateways_per_environment(
    environment: Environment, replicas: int, scaling: Autoscaling | None
) -> None:
    workload = gateway(environment).workloads["gateway"]

    assert (workload.replicas, workload.autoscaling) == (replicas, scaling)


def test_fewer_gateways_at_most_than_at_least_are_refused() -> None:
    with pytest.raises(ValidationError, match="replicas_at_most is 2, below replicas_at_least, 5"):
        GatewaySpec.resolve(PROD, {"replicas_at_least": 5, "replicas_at_most": 2})


def test_every_signal_reaches_its_store() -> None:
    file = gateway_file()
    ways = {id_: each["exporters"] for id_, each in file["service"]["pipelines"].items()}

    assert ways == {
        "traces": ["otlp_grpc/jaeger", "span_metrics"],
        "metrics": ["otlp_http/prometheus-0", "otlp_http/prometheus-1"],
        "metrics/spans": ["otlp_http/prometheus-0", "otlp_http/prometheus-1"],
        "logs": ["otlp_http/loki"],
    }


def test_every_copy_of_prometheus_gets_every_metric() -> None:
    exporters = gateway_file()["exporters"]

    assert [exporters[f"otlp_http/prometheus-{n}"]["endpoint"] for n in range(2)] == [
        f"http://eyes-prometheus-{n}.eyes-prometheus-replicas.observability.svc:9090/api/v1/otlp"
        for n in range(2)
    ]


def test_without_a_prometheus_that_listens_there_is_no_way_for_metrics() -> None:
    part = gateway(PROD, prometheus_replicas=0)

    assert set(document(part, "gateway", FILE)["service"]["pipelines"]) == {"traces", "logs"}
    assert "eyes-prometheus" not in {target for _, target, _ in calls(part)}


def test_span_metrics_can_be_left_out() -> None:
    assert "connectors" not in gateway_file(span_metrics=False)


@pytest.mark.parametrize("memory", [256, 1_024])
def test_limiter_and_queues_follow_the_memory(memory: int) -> None:
    part = gateway(PROD, memory_mib=memory)
    file = document(part, "gateway", FILE)
    queues = [
        each["sending_queue"]["queue_size"]
        for each in file["exporters"].values()
        if "sending_queue" in each
    ]

    assert memory_of(part.workloads["gateway"]) == memory
    assert file["processors"]["memory_limiter"]["limit_mib"] == int(memory * 0.8)
    assert file["processors"]["memory_limiter"]["spike_limit_mib"] == memory // 4
    assert sum(queues) <= memory * 1024 * 1024 * 0.3
    assert part.workloads["gateway"].environment == {"GOMEMLIMIT": f"{int(memory * 0.8)}MiB"}


def test_what_an_agent_passes_on_is_not_the_agents_own() -> None:
    names = gateway_file()["processors"]["k8s_attributes"]

    assert names["exclude"] == {"pods": [{"name": "eyes-agent-.*"}]}
    assert "filter" not in names


def test_a_docker_host_knows_no_pods() -> None:
    part = gateway(DEV)

    assert "k8s_attributes" not in document(part, "gateway", FILE)["processors"]
    assert not part.workloads["gateway"].api_access


@pytest.mark.parametrize("environment", list(Environment))
def test_collectors_listen_on_their_own_address_alone(environment: Environment) -> None:
    for part in (gateway(environment), agent(environment)):
        for role, workload in part.workloads.items():
            text = str(document(part, role, FILE))
            assert workload.facts["POD_IP"] is Fact.ADDRESS
            assert "0.0.0.0" not in text  # noqa: S104
            assert "${env:POD_IP}:4317" in text


def test_anyone_on_the_tier_may_send_and_on_docker_the_host_too() -> None:
    assert ("@neighbours", "eyes-gateway", "otlp-http") in calls(gateway(PROD))
    assert ("@host", "eyes-gateway", "otlp-http") in calls(gateway(DEV))
    assert ("@host", "eyes-gateway", "otlp-http") not in calls(gateway(PROD))


def test_connections_end_so_that_new_gateways_get_their_part() -> None:
    grpc = gateway_file()["receivers"]["otlp"]["protocols"]["grpc"]

    assert grpc["keepalive"]["server_parameters"]["max_connection_age"] == "60s"


# Sampling


def test_traces_are_gathered_behind_several_gateways_before_they_are_sampled() -> None:
    part = gateway(PROD, **SAMPLED)
    front, sampler = (document(part, role, FILE) for role in ("gateway", "sampler"))

    assert front["exporters"]["load_balancing"]["routing_key"] == "traceID"
    assert front["exporters"]["load_balancing"]["resolver"]["static"]["hostnames"] == [
        f"eyes-sampler-{n}.eyes-sampler-replicas.observability.svc:4317" for n in range(2)
    ]
    assert "tail_sampling" not in front["processors"]
    assert "otlp_grpc/jaeger" not in front["exporters"]
    assert sampler["service"]["pipelines"]["traces"]["processors"] == [
        "memory_limiter",
        "tail_sampling",
    ]
    assert list(sampler["exporters"]) == ["otlp_grpc/jaeger"]


def test_samplers_have_names_and_are_the_ones_that_call_jaeger() -> None:
    part = gateway(PROD, **SAMPLED)

    assert part.workloads["sampler"].kind is Kind.STATEFUL
    assert ("eyes-gateway", "eyes-sampler", "otlp-grpc") in calls(part)
    assert ("eyes-sampler", "eyes-jaeger", "otlp-grpc") in calls(part)
    assert ("eyes-gateway", "eyes-jaeger", "otlp-grpc") not in calls(part)


def test_samplers_are_watched_as_a_half_of_the_gateway() -> None:
    front, sampler = gateway(PROD, **SAMPLED).targets

    assert front.job == "otel-gateway"
    assert (sampler.job, sampler.labels) == ("otel-sampler", {"job": "otel-gateway"})


def test_samplers_may_not_ask_the_kubernetes_api() -> None:
    assert not gateway(PROD, **SAMPLED).workloads["sampler"].api_access


def test_spans_are_counted_before_any_is_dropped() -> None:
    pipelines = gateway_file(PROD, **SAMPLED)["service"]["pipelines"]

    assert pipelines["traces"]["exporters"] == ["load_balancing", "span_metrics"]


def test_a_single_gateway_samples_by_itself() -> None:
    part = gateway(DEV, **SAMPLED)
    pipelines = document(part, "gateway", FILE)["service"]["pipelines"]

    assert list(part.workloads) == ["gateway"]
    assert pipelines["traces"]["exporters"] == ["forward", "span_metrics"]
    assert pipelines["traces/sampled"] == {
        "receivers": ["forward"],
        "processors": ["memory_limiter", "tail_sampling"],
        "exporters": ["otlp_grpc/jaeger"],
    }


def test_failed_and_slow_traces_are_always_kept() -> None:
    sampler = document(gateway(PROD, **SAMPLED), "sampler", FILE)
    policies = {each["name"]: each for each in sampler["processors"]["tail_sampling"]["policies"]}

    assert policies["failed"]["status_code"] == {"status_codes": ["ERROR"]}
    assert policies["slow"]["latency"] == {"threshold_ms": 1_000}
    assert policies["others"]["probabilistic"] == {"sampling_percentage": 10.0}


# Together


def parts(environment: Environment) -> list[Part]:
    alerts = {
        "NoLogs": {
            "expression": 'absent_over_time({service_name="shop"}[5m])',
            "summary": "No line comes at all",
        }
    }
    return [
        loki(environment, alerts=alerts),
        agent(environment),
        gateway(environment, **SAMPLED),
        jaeger(environment),
    ]


@pytest.mark.parametrize("environment", list(Environment))
def test_every_call_ends_where_something_listens(environment: Environment) -> None:
    jaeger_itself = jaeger(environment).workloads["jaeger"]
    other = replace(jaeger_itself, ports={**jaeger_itself.ports, "http": Port(number=9090)})
    listening = {"eyes-prometheus": other, "eyes-alertmanager": other}
    workloads = {
        f"eyes-{role}": each for part in parts(environment) for role, each in part.workloads.items()
    }
    flows: list[Flow] = [flow for part in parts(environment) for flow in part.flows]

    connected = connect({**listening, **workloads}, flows)

    assert all(connected[flow.target].flows for flow in flows)


@pytest.mark.parametrize("environment", list(Environment))
def test_every_target_is_a_port_of_a_workload(environment: Environment) -> None:
    for part in parts(environment):
        ports = {f"eyes-{role}": each.ports for role, each in part.workloads.items()}
        for target in part.targets:
            assert target.port in ports[target.workload or ""]


def test_jobs_are_unique() -> None:
    jobs = [target.job for part in parts(PROD) for target in part.targets]

    assert len(jobs) == len(set(jobs)) == 6

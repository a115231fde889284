"""All parts of observability together: what they say of each other holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.environment import Environment
from components.observability import LogStore, StateDatabase, Surroundings
from components.observability.site import AGENTS_NAMESPACE, Site
from components.observability.spec import ObservabilitySpec
from components.observability.target import Finding
from components.observability.whole import Whole, compose
from components.workload import HOST, NEIGHBOURS, Outside, Workload
from rehearsal.plugin import record

RUNBOOKS = "https://runbooks.example.com/runbooks"
PAGED: Mapping[str, Any] = {
    "receivers": {
        "pager": {"kind": "pagerduty", "routing_key": {"secret": "alerting", "key": "pagerduty"}},
        "switch": {"kind": "webhook", "url": {"secret": "alerting", "key": "switch"}},
    },
    "critical": "pager",
    "watchdog": "switch",
}
SIGNED_IN: Mapping[str, Any] = {
    "replicas": 1,
    "admin_password": {"secret": "grafana", "key": "admin"},
}
SHOP: Mapping[str, Any] = {"workload": "shop", "namespace": "shop", "port": 8080}


def on_kubernetes(**asked: Any) -> Whole:
    document = {"runbooks_url": RUNBOOKS, "alerting": PAGED, "dashboards": SIGNED_IN, **asked}
    return compose(
        Site(name="eyes", cluster="prod", environment="prod", kubernetes=True),
        ObservabilitySpec.resolve(Environment.PROD, document),
        Surroundings(
            cluster="prod",
            environment="prod",
            log_store=LogStore(kind="s3", bucket="logs", region="eu-west-1"),
        ),
    )


def on_docker(**asked: Any) -> Whole:
    return compose(
        Site(name="eyes", cluster="dev", environment="dev", kubernetes=False),
        ObservabilitySpec.resolve(Environment.DEV, {"runbooks_url": RUNBOOKS, **asked}),
        Surroundings(cluster="dev", environment="dev"),
        "hunter2",
    )


@pytest.fixture(scope="module")
def prod() -> Whole:
    return on_kubernetes(applications={"shop": SHOP}, probes={"web": {"url": "https://a.example"}})


@pytest.fixture(scope="module")
def dev() -> Whole:
    return on_docker()


def refusal(**asked: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        on_kubernetes(**asked)
    return str(refused.value)


def reached(name: str, workload: Workload) -> set[tuple[str, str]]:
    return {(flow.target, flow.port) for flow in workload.flows if flow.source == name}


def test_every_flow_between_workloads_is_known_at_both_ends(prod: Whole, dev: Whole) -> None:
    for whole in (prod, dev):
        for name, workload in whole.workloads.items():
            for flow in workload.flows:
                other = flow.target if flow.source == name else flow.source
                if other in whole.workloads:
                    assert flow in whole.workloads[other].flows, (name, flow)


def test_every_flow_ends_where_something_listens(prod: Whole, dev: Whole) -> None:
    for whole in (prod, dev):
        for workload in whole.workloads.values():
            for flow in workload.flows:
                if flow.target in whole.workloads:
                    port = whole.workloads[flow.target].ports[flow.port]
                    assert (port.number, port.protocol) == (flow.number, flow.protocol)


def test_every_target_can_be_reached_by_prometheus(prod: Whole) -> None:
    prometheus = prod.workloads["eyes-prometheus"]
    reaches = reached("eyes-prometheus", prometheus)
    called = {(str(each.to), each.port) for each in prometheus.egress}
    for target in prod.targets:
        if target.finding is Finding.NODES:
            assert (Outside.NODES.value, 10_250) in called
        elif target.finding is Finding.API_SERVER:
            assert prometheus.api_access
        elif target.namespace == AGENTS_NAMESPACE and target.number:
            assert (Outside.NODES.value, target.number) in called
        elif target.workload != "eyes-prometheus":
            assert (target.workload, target.port) in reaches, target.job


def test_every_address_in_a_file_has_a_flow(prod: Whole) -> None:
    """A host name of another workload in a configuration is one that its workload calls."""
    for name, workload in prod.workloads.items():
        calls = {target for target, _ in reached(name, workload)} | {name}
        for path, content in workload.files.items():
            if not isinstance(content, str) or "/boards/" in path or "/rules/" in path:
                continue
            named = {
                other
                for other in prod.workloads
                if f"{other}.observability.svc" in content or f"{other}-replicas." in content
            }
            assert named <= calls, (name, path, named - calls)


def test_no_two_targets_have_one_job(prod: Whole, dev: Whole) -> None:
    for whole in (prod, dev):
        jobs = [target.job for target in whole.targets]
        assert sorted(set(jobs)) == sorted(jobs)


def test_what_watches_itself_is_watched(prod: Whole) -> None:
    watched = {target.workload for target in prod.targets}

    assert set(prod.workloads) <= watched


def test_agents_alone_need_the_machines(prod: Whole) -> None:
    assert prod.agents == {
        name for name, workload in prod.workloads.items() if workload.host_access
    }


def test_a_docker_host_gets_no_agents_and_is_told(dev: Whole) -> None:
    assert dev.agents == frozenset()
    assert any(line.startswith("logs.agent:") for line in dev.unhonoured)
    assert any(line.startswith("node-exporter:") for line in dev.unhonoured)


def test_people_reach_three_addresses_of_a_docker_host(dev: Whole) -> None:
    opened = {
        name: flow.published_port
        for name, workload in dev.workloads.items()
        for flow in workload.flows
        if flow.source == HOST and flow.port in {"http", "query"}
    }

    assert {"eyes-grafana": 3000, "eyes-prometheus": 9090, "eyes-alertmanager": 9093}.items() <= (
        opened.items()
    )


def test_nobody_publishes_in_a_cluster(prod: Whole) -> None:
    assert not [
        flow for each in prod.workloads.values() for flow in each.flows if flow.source == HOST
    ]


def test_applications_send_to_the_gateway_from_anywhere(prod: Whole) -> None:
    gateway = prod.workloads["eyes-gateway"]

    assert {flow.port for flow in gateway.flows if flow.source == NEIGHBOURS} == {
        "otlp-grpc",
        "otlp-http",
    }


def test_no_file_that_is_no_secret_holds_a_password(dev: Whole) -> None:
    for workload in dev.workloads.values():
        for content in workload.files.values():
            assert isinstance(content, str)
            assert "hunter2" not in content


def test_a_job_name_that_is_taken_is_refused() -> None:
    assert "loki" in refusal(applications={"loki": SHOP})


def test_an_objective_on_a_metric_that_nobody_exposes_is_refused() -> None:
    message = refusal(
        applications={"shop": {**SHOP, "metrics": ["shop_requests_total"]}},
        metrics={"retention_days": 30},
        slos={
            "shop": {
                "description": "The shop answers without an error.",
                "service": "shop",
                "team": "shop",
                "objective_percent": 99.9,
                "indicator": {
                    "kind": "requests",
                    "total": 'shop_request_total{job="shop"}',
                    "errors": 'shop_request_total{job="shop", code="500"}',
                },
            }
        },
    )

    assert "shop_request_total" in message
    assert "shop_requests_total" in message


def test_a_threshold_that_is_no_boundary_is_refused() -> None:
    histogram = {"name": "shop_seconds", "buckets_seconds": [0.1, 0.5, 1]}
    message = refusal(
        applications={"shop": {**SHOP, "histograms": [histogram]}},
        metrics={"retention_days": 30},
        slos={
            "shop": {
                "description": "The shop answers in time.",
                "service": "shop",
                "team": "shop",
                "objective_percent": 99,
                "indicator": {
                    "kind": "latency",
                    "histogram": 'shop_seconds{job="shop"}',
                    "threshold_seconds": 0.3,
                },
            }
        },
    )

    assert "0.3, which is no boundary of shop_seconds: take one of 0.1, 0.5, 1" in message


def test_every_problem_is_listed_at_once() -> None:
    message = refusal(applications={"loki": SHOP, "grafana": {**SHOP, "port": 3000}})

    assert len(message.splitlines()) >= 3


def test_a_state_database_makes_grafana_copies_that_hold_nothing() -> None:
    document = {
        "runbooks_url": RUNBOOKS,
        "alerting": PAGED,
        "dashboards": {
            "admin_password": {"secret": "grafana", "key": "admin"},
            "database": {
                "database": "grafana",
                "password": {"secret": "grafana", "key": "database"},
                "secret_key": {"secret": "grafana", "key": "encryption"},
            },
        },
    }
    composed: list[Whole] = []
    record(
        lambda: composed.append(
            compose(
                Site(name="eyes", cluster="prod", environment="prod", kubernetes=True),
                ObservabilitySpec.resolve(Environment.PROD, document),
                Surroundings(
                    cluster="prod",
                    environment="prod",
                    log_store=LogStore(kind="s3", bucket="logs", region="eu-west-1"),
                    state_database=StateDatabase(
                        host="db.example.com", port=5432, database="grafana", cidr="10.0.0.0/16"
                    ),
                ),
            )
        )
    )
    grafana = composed[0].workloads["eyes-grafana"]

    assert grafana.replicas == 2
    assert not any(volume.kept for volume in grafana.volumes.values())
    assert ("10.0.0.0/16", 5432) in {(str(each.to), each.port) for each in grafana.egress}

"""What Prometheus scrapes, keeps, evaluates, sends and may do."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest
import yaml

from components.observability.alert import Group
from components.observability.metric_names import known_metrics
from components.observability.prometheus.cardinality import Profile, drops
from components.observability.prometheus.config import GoogleIam, RemoteWrite, SigV4
from components.observability.prometheus.rule_files import rule_file
from components.observability.rules import meta
from components.observability.rules.catalogue import GROUPS
from components.observability.target import Finding, Target
from components.workload import ApiAccess, Kind
from tests.components.metrics_parts import (
    DEV,
    PROD,
    PROMETHEUS_FILE,
    RUNBOOKS,
    document,
    job,
    labels_of,
    on_nodes,
    only,
    prometheus,
    selectors_read,
    text,
    ways_out,
)

SHOP = Target(job="shop", workload="shop", namespace="store", number=8080, path="/internal")
LOKI = Target(job="loki", metrics=("loki",), workload="eyes-loki", port="http")


def config(*targets: Target, **asked: Any) -> Any:
    return document(prometheus(PROD, targets, **asked), PROMETHEUS_FILE)


def read_of(name: str) -> set[str]:
    """The metrics that are asked of the job ``name``."""
    return {
        metric
        for selector in selectors_read()
        if all(matcher.accepts(name) for matcher in selector.on("job"))
        for metric in selector.metrics
    }


def test_production_has_two_copies_with_a_volume_each_in_different_zones() -> None:
    workload = only(prometheus())

    assert (workload.kind, workload.replicas, workload.spread) == (Kind.STATEFUL, 2, True)
    assert workload.max_unavailable == 1
    assert workload.volumes["data"].path == "/prometheus"
    assert workload.volumes["data"].size_gib == 150


def test_a_docker_host_runs_one_copy_that_people_reach_on_the_loopback_address() -> None:
    part = prometheus(DEV)
    people = part.flows[0]

    assert only(part).replicas == 1
    assert only(part).api_access == ()
    assert (people.source, people.target, people.published_port) == (
        "@host",
        "eyes-prometheus",
        9090,
    )


def test_a_start_may_take_as_long_as_replaying_the_log_takes() -> None:
    health = only(prometheus()).health

    assert health is not None
    assert health.start_seconds == 900
    assert only(prometheus()).stop_seconds == 600


def test_retention_is_by_time_and_by_size_below_that_of_the_volume() -> None:
    assert config()["storage"]["tsdb"]["retention"] == {"time": "15d", "size": "120GB"}


def test_a_copy_tells_itself_apart_from_the_other_and_from_other_clusters() -> None:
    assert config()["global"]["external_labels"] == {
        "cluster": "shop",
        "environment": "prod",
        "replica": "${REPLICA}",
    }
    assert only(prometheus()).facts == {"REPLICA": "replica"}


def test_alertmanager_does_not_hear_which_copy_an_alert_is_from() -> None:
    alerting = config()["alerting"]

    assert alerting["alert_relabel_configs"] == [{"regex": "replica", "action": "labeldrop"}]
    assert alerting["alertmanagers"] == [{"static_configs": [{"targets": ["a:9093", "b:9093"]}]}]


def test_no_target_can_take_everything() -> None:
    limits = config(series=400_000)["global"]

    assert limits["sample_limit"] == 200_000
    assert limits["body_size_limit"] == "64MB"
    assert limits["label_limit"] == 64
    assert limits["target_limit"] == 5_000


def test_a_scrape_never_takes_longer_than_the_time_between_two() -> None:
    assert config(scrape_seconds=5, series=10_000)["global"]["scrape_timeout"] == "5s"
    assert config(scrape_seconds=60)["global"]["scrape_timeout"] == "10s"


def test_every_group_of_rules_is_a_file_whose_alerts_lead_to_their_runbook() -> None:
    part = prometheus(groups=meta.GROUPS)
    (group,) = yaml.safe_load(text(part, "/etc/prometheus/rules/meta.yml"))["groups"]
    watchdog = group["rules"][0]

    assert config()["rule_files"] == ["/etc/prometheus/rules/*.yml"]
    assert watchdog["labels"]["severity"] == "none"
    assert watchdog["annotations"]["runbook_url"] == f"{RUNBOOKS}#watchdog"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_file_of_rules_is_smaller_than_what_every_runtime_delivers(group: Group) -> None:
    assert len(rule_file(group, RUNBOOKS).encode()) < 480 * 1024


def test_an_agent_keeps_and_evaluates_nothing_and_sends_everything() -> None:
    part = prometheus(
        PROD,
        groups=meta.GROUPS,
        mode="agent",
        remote_writes=[RemoteWrite(name="far", url="https://metrics.example.com/write")],
    )
    file = document(part, PROMETHEUS_FILE)

    assert set(only(part).files) == {PROMETHEUS_FILE}
    assert {"storage", "rule_files", "alerting"}.isdisjoint(file)
    assert file["remote_write"] == [{"name": "far", "url": "https://metrics.example.com/write"}]
    assert "--agent" in only(part).command
    assert "--storage.agent.path=/prometheus" in only(part).command


def test_an_agent_that_sends_to_nobody_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"metrics\.mode is agent, which keeps nothing"):
        prometheus(mode="agent")


@pytest.mark.parametrize("identity", [{"sigv4": SigV4(region="eu-west-1")}, {"google_iam": {}}])
def test_a_cloud_that_asks_who_sends_hears_it_from_the_pod(identity: dict[str, Any]) -> None:
    sent = RemoteWrite(
        name="cloud",
        url="https://metrics.example.com/write",
        sigv4=identity.get("sigv4"),
        google_iam=GoogleIam() if "google_iam" in identity else None,
    )
    part = prometheus(remote_writes=[sent])

    assert only(part).cloud_identity
    assert set(document(part, PROMETHEUS_FILE)["remote_write"][0]) == {"name", "url", *identity}


def test_pods_are_found_by_their_name_in_their_namespace_alone() -> None:
    scrape = job(prometheus(PROD, [LOKI]), "loki")

    assert scrape["kubernetes_sd_configs"] == [
        {
            "role": "pod",
            "namespaces": {"names": ["observability"]},
            "selectors": [{"role": "pod", "label": "app.kubernetes.io/name=eyes-loki"}],
        }
    ]
    assert scrape["relabel_configs"][0] == {
        "source_labels": ["__meta_kubernetes_pod_container_port_name"],
        "regex": "http",
        "action": "keep",
    }
    assert labels_of(scrape) == {
        "namespace": "__meta_kubernetes_namespace",
        "pod": "__meta_kubernetes_pod_name",
        "node": "__meta_kubernetes_pod_node_name",
    }


def test_an_application_is_scraped_at_its_number_and_path_in_its_namespace() -> None:
    scrape = job(prometheus(PROD, [SHOP]), "shop")

    assert scrape["metrics_path"] == "/internal"
    assert scrape["kubernetes_sd_configs"][0]["namespaces"] == {"names": ["store"]}
    assert scrape["relabel_configs"][0] == {
        "source_labels": ["__meta_kubernetes_pod_container_port_number"],
        "regex": "8080",
        "action": "keep",
    }


def test_on_docker_a_workload_is_called_by_its_name() -> None:
    part = prometheus(DEV, [LOKI, SHOP], ports={"eyes-loki": {"http": 3100}})

    assert job(part, "loki")["static_configs"] == [{"targets": ["eyes-loki:3100"]}]
    assert job(part, "shop")["static_configs"] == [{"targets": ["shop:8080"]}]
    assert job(part, "prometheus")["static_configs"] == [{"targets": ["eyes-prometheus:9090"]}]


def test_a_port_that_nobody_declares_is_refused() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"target loki is scraped at the port 'http' of eyes-loki"
    ):
        prometheus(DEV, [LOKI], ports={"eyes-loki": {"grpc": 9095}})


def test_labels_of_a_target_are_on_every_series_and_may_replace_the_job() -> None:
    server = Target(job="postgres-orders", workload="o", labels={"job": "postgres", "server": "o"})

    assert labels_of(job(prometheus(PROD, [server]), "postgres-orders")) == {
        "namespace": "__meta_kubernetes_namespace",
        "pod": "__meta_kubernetes_pod_name",
        "node": "__meta_kubernetes_pod_node_name",
        "job": "postgres",
        "server": "o",
    }


def test_what_speaks_of_other_pods_does_not_seem_to_speak_of_its_own() -> None:
    scrape = job(prometheus(PROD, on_nodes()), "kube-state-metrics")

    assert scrape["honor_labels"] is True
    assert labels_of(scrape) == {}


@pytest.mark.parametrize(("name", "path"), [("kubelet", None), ("cadvisor", "/metrics/cadvisor")])
def test_kubelets_are_found_by_their_nodes_and_asked_with_the_token(name: str, path: str) -> None:
    scrape = job(prometheus(PROD, on_nodes()), name)

    assert scrape["scheme"] == "https"
    assert scrape["kubernetes_sd_configs"] == [{"role": "node"}]
    assert scrape["authorization"]["credentials_file"].endswith("/serviceaccount/token")
    assert scrape.get("metrics_path") == path
    assert labels_of(scrape) == {"node": "__meta_kubernetes_node_name"}


def test_api_servers_are_found_behind_their_service_and_have_to_prove_who_they_are() -> None:
    scrape = job(prometheus(PROD, on_nodes()), "apiserver")

    assert scrape["kubernetes_sd_configs"] == [
        {"role": "endpointslice", "namespaces": {"names": ["default"]}}
    ]
    assert scrape["relabel_configs"][0]["regex"] == "kubernetes;https"
    assert scrape["tls_config"]["server_name"] == "kubernetes.default.svc"
    assert "insecure_skip_verify" not in scrape["tls_config"]


def test_a_probe_asks_the_exporter_about_each_address() -> None:
    asked = Target(
        job="probe",
        workload="eyes-blackbox",
        port="http",
        finding=Finding.PROBE,
        parameters={"module": "http_2xx"},
        addresses=("https://shop.example/",),
    )
    scrape = job(prometheus(PROD, [asked]), "probe")

    assert scrape["metrics_path"] == "/probe"
    assert scrape["params"] == {"module": ["http_2xx"]}
    assert scrape["static_configs"] == [{"targets": ["https://shop.example/"]}]
    assert [
        (each["target_label"], each.get("replacement") or each["source_labels"])
        for each in scrape["relabel_configs"]
    ] == [
        ("__param_target", ["__address__"]),
        ("instance", ["__param_target"]),
        ("__address__", "eyes-blackbox.observability.svc:9115"),
    ]


@pytest.mark.parametrize("name", ["cadvisor", "kubelet", "apiserver", "node-exporter"])
@pytest.mark.parametrize("profile", ["full", "standard", "lean"])
def test_no_profile_drops_by_name_what_rules_or_dashboards_read(
    name: str, profile: Profile
) -> None:
    # As if nobody had said what is needed: the families themselves are chosen well.
    told = read_of(name) if profile == "lean" else ()
    exposed = read_of(name) & known_metrics(name)

    dropped = {
        metric
        for step in drops(name, profile, told)
        if step.source_labels == ("__name__",)
        for metric in exposed
        if bool(re.fullmatch(step.regex or "", metric)) == (step.action == "drop")
    }

    assert exposed
    assert dropped == set()


def test_lean_keeps_of_a_cluster_what_is_read_and_nothing_else() -> None:
    (keep,) = drops("kubelet", "lean", ["kubelet_running_pods", "up"])

    assert (keep.action, keep.regex) == ("keep", "kubelet_running_pods|up")


def test_standard_drops_what_grows_unless_somebody_reads_it() -> None:
    family = "csi_operations_seconds.*"

    assert family in {step.regex for step in drops("kubelet", "standard", [])}
    assert family not in {
        step.regex for step in drops("kubelet", "standard", ["csi_operations_seconds_count"])
    }


@pytest.mark.parametrize("profile", ["full", "standard", "lean"])
def test_nothing_is_dropped_of_what_is_not_the_clusters_own(profile: Profile) -> None:
    assert drops("shop", profile, ["up"]) == ()


def test_the_histogram_of_requests_keeps_the_boundaries_that_tell_slow_from_fast() -> None:
    thin = drops("apiserver", "standard", [])[-1]
    name = "apiserver_request_duration_seconds_bucket"
    boundaries = [
        "0.005",
        "0.05",
        "0.1",
        "0.2",
        "0.6",
        "1.0",
        "1.25",
        "5.0",
        "20.0",
        "60.0",
        "+Inf",
    ]

    kept = [le for le in boundaries if not re.fullmatch(thin.regex or "", f"{name};{le}")]

    assert kept == ["0.05", "0.1", "0.2", "1.0", "5.0", "60.0", "+Inf"]


def test_it_may_find_pods_where_there_are_targets_and_nowhere_else() -> None:
    access = only(prometheus(PROD, [LOKI, SHOP])).api_access

    assert [(each.resources, each.verbs, each.namespaces) for each in access] == [
        (("pods",), ("get", "list", "watch"), ("observability", "store"))
    ]


def test_with_a_cluster_it_may_besides_read_metrics_of_nodes_and_api_servers() -> None:
    access = only(prometheus(PROD, on_nodes())).api_access
    everywhere = [each for each in access if each.namespaces is None]

    assert [(each.resources, each.verbs, each.paths) for each in everywhere] == [
        (("nodes",), ("get", "list", "watch"), ()),
        (("nodes/metrics",), ("get",), ()),
        ((), ("get",), ("/metrics", "/metrics/slis")),
    ]
    assert not any(_too_much(each) for each in access)


def _too_much(access: ApiAccess) -> bool:
    return bool({"secrets", "configmaps", "*"} & {*access.resources, *access.verbs, *access.paths})


def test_it_calls_every_target_once_and_the_nodes_where_agents_listen() -> None:
    twice = Target(job="shop-admin", workload="shop", namespace="store", number=8081)
    part = prometheus(PROD, [SHOP, twice, *on_nodes()])

    assert {(flow.target, flow.number) for flow in part.flows if flow.target == "shop"} == {
        ("shop", 8080),
        ("shop", 8081),
    }
    assert ways_out(only(part)) == {("@nodes", 10_250), ("@nodes", 9_100)}


def test_copies_scrape_each_other_where_there_are_several() -> None:
    several, single = prometheus(PROD), prometheus(PROD, replicas=1)

    assert [(each.source, each.target, each.port) for each in several.flows] == [
        ("eyes-prometheus", "eyes-prometheus", "http")
    ]
    assert single.flows == ()

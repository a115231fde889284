"""What exporters may see, whom they ask, and how they are watched."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
import yaml

from components.network.plan import Tier
from components.observability.exporters.control_plane import cluster_targets
from components.observability.exporters.kube_state_metrics import (
    RESOURCES,
    kube_state_metrics_part,
)
from components.observability.exporters.node import node_exporter_part
from components.observability.exporters.servers import Server, postgres_part, redis_part
from components.observability.part import Part
from components.observability.promql import selectors_of
from components.observability.rules import postgres, probes, redis
from components.observability.site import Site
from components.observability.target import Finding, Target
from components.workload import HttpCheck, Kind
from rehearsal.plugin import record
from tests.components.metrics_parts import blackbox, document, metrics_read, only, site, ways_out

BLACKBOX_FILE = "/etc/blackbox_exporter/config/blackbox.yml"
SHOP = {"url": "https://shop.example/health"}


Build = Callable[[Site, Mapping[str, Server]], Part]


def job_of(target: Target) -> str:
    return target.labels.get("job", target.job)


def built(build: Build, *names: str) -> tuple[Part, Any]:
    """The exporters of the servers ``names``, and what they are as plain data."""
    parts: list[Part] = []

    def program() -> dict[str, Any]:
        parts.append(
            build(
                site(),
                {
                    name: Server(
                        name=f"{name}-server",
                        port=5432,
                        port_key="main",
                        username="watcher",
                        password=pulumi.Output.secret("hunter2"),
                        database="orders",
                    )
                    for name in names
                },
            )
        )
        return {
            role: {
                "command": list(workload.command),
                "environment": dict(workload.environment),
                "files": dict(workload.files),
                "secrets": dict(workload.secret_files),
                "health": workload.health.model_dump() if workload.health else None,
            }
            for role, workload in parts[0].workloads.items()
        }

    outputs = record(program).outputs
    return parts[0], outputs


def exporter(build: Build, name: str) -> Any:
    """The exporter of the one server ``name``."""
    (found,) = built(build, name)[1].values()
    return found


def test_the_state_of_objects_is_listed_and_never_their_secrets() -> None:
    access = only(kube_state_metrics_part(site())).api_access
    seen = {kind for each in access for kind in each.resources}

    assert {each.verbs for each in access} == {("list", "watch")}
    assert seen.isdisjoint({"secrets", "configmaps", "*"})
    assert "*" not in {each.group for each in access}


def test_it_watches_exactly_what_it_may() -> None:
    workload = only(kube_state_metrics_part(site()))
    (flag,) = [each for each in workload.command if each.startswith("--resources=")]

    assert set(flag.partition("=")[2].split(",")) == {
        kind for kinds in RESOURCES.values() for kind in kinds
    }


def test_what_is_read_of_objects_is_of_a_kind_that_is_watched() -> None:
    watched = {f"kube_{singular(kind)}" for kinds in RESOURCES.values() for kind in kinds}

    assert [
        name
        for name in sorted(metrics_read())
        if name.startswith("kube_") and not _of(name, watched)
    ] == []


def singular(kind: str) -> str:
    endings = (("classes", "class"), ("sses", "ss"), ("policies", "policy"), ("s", ""))
    old, new = next(each for each in endings if kind.endswith(each[0]))
    return kind.removesuffix(old) + new


def _of(name: str, prefixes: set[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}_") for prefix in prefixes)


def test_objects_are_counted_once_and_under_their_own_names() -> None:
    part = kube_state_metrics_part(site())
    (target,) = part.targets

    assert only(part).replicas == 1
    assert only(part).single_because
    assert target.own_labels
    assert {group.name for group in target.groups} >= {"workloads", "resources"}


def test_readiness_is_asked_of_itself_and_liveness_of_the_api() -> None:
    health = only(kube_state_metrics_part(site())).health

    assert health is not None
    assert health.ready == HttpCheck(path="/readyz", port="telemetry")
    assert health.alive == HttpCheck(path="/livez", port="metrics")


def test_every_machine_is_looked_at_and_none_is_changed() -> None:
    part = node_exporter_part(site())
    workload = only(part)

    assert workload.kind is Kind.PER_NODE
    assert part.agents == {"node-exporter"}
    assert workload.host_access is not None
    assert [(path.path, path.mounted_at) for path in workload.host_access.paths.values()] == [
        ("/", "/host/root")
    ]
    assert workload.host_access.network
    assert workload.host_access.processes
    assert part.targets[0].namespace == "observability-agents"
    assert part.targets[0].number == 9100


def test_a_machine_is_read_through_its_own_directories() -> None:
    workload = only(node_exporter_part(site()))

    assert {each for each in workload.command if each.startswith("--path.")} == {
        "--path.rootfs=/host/root",
        "--path.sysfs=/host/root/sys",
        "--path.udev.data=/host/root/run/udev/data",
    }
    assert workload.environment == {
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/host/root/run/dbus/system_bus_socket"
    }


def test_units_that_fail_are_seen_and_other_units_are_not_asked_for() -> None:
    command = only(node_exporter_part(site())).command

    assert "--collector.systemd" in command
    assert r"--collector.systemd.unit-include=.+\.service" in command


def test_what_comes_and_goes_with_containers_is_not_measured() -> None:
    command = only(node_exporter_part(site())).command

    assert {"--no-collector.wifi", "--no-collector.hwmon", "--no-collector.btrfs"} <= set(command)
    assert any("mount-points-exclude" in each and "kubelet" in each for each in command)
    assert any("netclass.ignored-devices" in each and "veth" in each for each in command)


def test_a_cluster_is_watched_by_its_kubelets_and_its_api_servers() -> None:
    assert [(each.job, each.finding, each.path) for each in cluster_targets()] == [
        ("kubelet", Finding.NODES, "/metrics"),
        ("cadvisor", Finding.NODES, "/metrics/cadvisor"),
        ("apiserver", Finding.API_SERVER, "/metrics"),
    ]


def test_there_is_one_way_to_ask_over_http_and_one_over_tcp() -> None:
    modules = document(blackbox(shop=SHOP), BLACKBOX_FILE)["modules"]

    assert modules["http_2xx"]["prober"] == "http"
    assert modules["http_2xx"]["http"]["tls_config"] == {"min_version": "TLS12"}
    assert modules["tcp_connect"] == {
        "prober": "tcp",
        "timeout": "5s",
        "tcp": {"preferred_ip_protocol": "ip4"},
    }


def test_an_answer_comes_before_prometheus_stops_listening() -> None:
    modules = document(blackbox(shop=SHOP), BLACKBOX_FILE)["modules"]

    assert all(int(each["timeout"].removesuffix("s")) < 10 for each in modules.values())


def test_probes_are_one_job_for_each_way_to_ask_and_one_kind_of_series() -> None:
    part = blackbox(shop=SHOP, site={"url": "http://site.example"}, db={"url": "db.example:5432"})
    asked = {each.job: each for each in part.targets if each.finding is Finding.PROBE}

    assert {name: each.addresses for name, each in asked.items()} == {
        "probe": ("https://shop.example/health", "http://site.example"),
        "probe-tcp": ("db.example:5432",),
    }
    assert {job_of(each) for each in asked.values()} == {"probe"}
    assert {name: dict(each.parameters) for name, each in asked.items()} == {
        "probe": {"module": "http_2xx"},
        "probe-tcp": {"module": "tcp_connect"},
    }


@pytest.mark.parametrize(
    "asked", [{"a": SHOP}, {"a": {"url": "db.example:5432"}}, {"a": SHOP, "b": {"url": "d.de:1"}}]
)
def test_rules_and_pages_of_probes_come_once_whatever_is_probed(asked: dict[str, Any]) -> None:
    part = blackbox(**asked)

    assert [group for each in part.targets for group in each.groups] == list(probes.GROUPS)
    assert len([page for each in part.targets for page in each.dashboards]) == 1


@pytest.mark.parametrize(
    ("probe", "ways"),
    [
        (SHOP, {("@internet", 443)}),
        ({"url": "http://shop.example"}, {("@internet", 80), ("@internet", 443)}),
        ({"url": "db.example:5432", "internet": False}, {("@nodes", 5432)}),
        ({"url": "https://10.1.2.3:8443/"}, {("10.1.2.3/32", 8443)}),
    ],
)
def test_the_exporter_may_call_what_it_probes_and_nothing_else(
    probe: dict[str, Any], ways: set[tuple[str, int]]
) -> None:
    assert ways_out(only(blackbox(shop=probe))) == ways


def test_the_password_of_a_database_is_in_a_secret_file_alone() -> None:
    found = exporter(postgres_part, "orders")

    assert found["secrets"] == {"/run/secrets/password": "hunter2"}
    assert found["files"] == {"/etc/postgres-exporter/user": "watcher"}
    assert found["environment"] == {
        "DATA_SOURCE_URI": "orders-server:5432/orders?sslmode=disable",
        "DATA_SOURCE_USER_FILE": "/etc/postgres-exporter/user",
        "DATA_SOURCE_PASS_FILE": "/run/secrets/password",
    }
    assert "hunter2" not in json.dumps([found["command"], found["environment"]])


def test_the_password_of_a_cache_is_in_a_secret_file_by_its_address() -> None:
    found = exporter(redis_part, "sessions")
    address = "redis://sessions-server:5432"

    assert json.loads(found["secrets"]["/run/secrets/passwords.json"]) == {address: "hunter2"}
    assert f"--redis.addr={address}" in found["command"]
    assert "--redis.password-file=/run/secrets/passwords.json" in found["command"]
    assert "hunter2" not in json.dumps([found["command"], found["environment"]])


def test_an_image_with_a_program_to_ask_with_is_asked_with_it() -> None:
    database = exporter(postgres_part, "orders")
    cache = exporter(redis_part, "sessions")

    assert database["health"]["command"][0] == "wget"
    assert cache["health"]["command"] == []
    assert cache["health"]["ready"]["path"] == "/health"


def test_transactions_and_identifiers_that_run_out_are_collected() -> None:
    command = exporter(postgres_part, "orders")["command"]

    assert {"--collector.long_running_transactions", "--collector.database_wraparound"} <= set(
        command
    )


@pytest.mark.parametrize(("build", "name"), [(postgres_part, "postgres"), (redis_part, "redis")])
def test_every_server_has_an_exporter_and_a_job_of_its_own_under_one_name(
    build: Build, name: str
) -> None:
    part = built(build, "b", "a")[0]

    assert set(part.workloads) == {f"{name}-a", f"{name}-b"}
    assert [(each.job, dict(each.labels)) for each in part.targets] == [
        (f"{name}-a", {"job": name, "server": "a"}),
        (f"{name}-b", {"job": name, "server": "b"}),
    ]
    assert {
        (flow.source, flow.target, flow.port, flow.number, flow.tier) for flow in part.flows
    } == {(f"eyes-{name}-{each}", f"{each}-server", "main", 5432, Tier.DATA) for each in "ab"}


@pytest.mark.parametrize(
    ("build", "groups"),
    [(postgres_part, postgres.groups()), (redis_part, redis.GROUPS)],
    ids=["postgres", "redis"],
)
def test_rules_come_once_and_speak_of_the_job_that_all_servers_share(
    build: Build, groups: tuple[Any, ...]
) -> None:
    part = built(build, "a", "b")[0]
    (job,) = {job_of(each) for each in part.targets}

    assert [group for each in part.targets for group in each.groups] == list(groups)
    assert all(
        matcher.accepts(job)
        for group in groups
        for rule in group.rules
        for selector in selectors_of(rule.expression)
        for matcher in selector.on("job")
    )


def test_without_servers_there_is_nothing() -> None:
    assert postgres_part(site(), {}) == Part(workloads={})


def test_the_file_of_the_exporter_is_yaml_without_what_is_not_said() -> None:
    content = only(blackbox(shop=SHOP)).files[BLACKBOX_FILE]

    assert isinstance(content, str)
    assert "null" not in content
    assert set(yaml.safe_load(content)) == {"modules"}

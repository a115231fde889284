"""What the rules of Docker say of whole containers and services, and what their settings change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies.catalogue import rules_of
from policies.containers import (
    ALWAYS_RESTART,
    CONTAINER,
    HOST_ACCESS,
    NETWORK,
    NO_HEALTHCHECK,
    SERVICE,
    VOLUME,
    documented,
    in_service,
)
from policies.examples import example
from policies.judge import Judge, judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules import (
    docker_container,
    docker_host,
    docker_mounts,
    docker_operation,
    docker_process,
    docker_resources,
)
from policies.subject import Resource
from policies.view import UNKNOWN_STRING

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
HEALTHY = {"tests": ["CMD", "pg_isready", "--quiet"], "interval": "10s"}


def container(**changed: Any) -> Resource:
    props = {
        "image": f"postgres:17.6@{DIGEST}",
        "user": "999:999",
        "readOnly": True,
        "tmpfs": {"/tmp": "rw,noexec,size=16m"},
        "capabilities": {"drops": ["ALL"]},
        "securityOpts": ["no-new-privileges:true"],
        "memory": 512,
        "cpus": "0.5",
        "restart": "on-failure",
        "maxRetryCount": 5,
        "healthcheck": HEALTHY,
        "ports": [{"internal": 5432, "external": 15432, "ip": "127.0.0.1"}],
        "mounts": [{"type": "volume", "source": "data", "target": "/var/lib/postgresql"}],
        "networksAdvanced": [{"name": "core"}],
        **changed,
    }
    return example(CONTAINER, "orders", props)


def service(labels: Any = None, task: Mapping[str, Any] | None = None, **changed: Any) -> Resource:
    spec = {
        "image": f"postgres:17.6@{DIGEST}",
        "user": "999:999",
        "readOnly": True,
        "capDrops": ["ALL"],
        "healthcheck": HEALTHY,
        "mounts": [{"type": "volume", "source": "data", "target": "/var/lib/postgresql"}],
        **changed,
    }
    props = {
        "labels": labels,
        "taskSpec": {
            "containerSpec": spec,
            "resources": {"limits": {"memoryBytes": 268435456, "nanoCpus": 500000000}},
            "restartPolicy": {"condition": "on-failure", "maxAttempts": 5},
            "networksAdvanceds": [{"id": "0a1b2c3d"}],
            **(task or {}),
        },
        "endpointSpec": {"ports": [{"targetPort": 5432, "publishedPort": 15432}]},
    }
    return example(SERVICE, "orders", props)


def violated(resource: Resource) -> set[str]:
    found = Judge(rules_of("docker")).resource(resource)
    assert found
    return {finding.rule.id for finding in found if finding.verdict is not Verdict.PASS}


def verdict_of(
    rule: Rule, type_: str, props: Mapping[str, object], **configured: object
) -> Verdict:
    (finding,) = judge(rule, example(type_, "x", props), configured)
    return finding.verdict


def test_a_hardened_container_and_a_hardened_service_pass() -> None:
    assert violated(container()) == set()
    assert violated(service()) == set()


def test_everything_that_is_careless_about_a_container_is_found() -> None:
    careless = example(
        CONTAINER,
        "orders",
        {
            "image": "postgres",
            "privileged": True,
            "networkMode": "host",
            "mounts": [{"type": "bind", "source": "/", "target": "/host"}],
            "restart": "always",
            "publishAllPorts": True,
            "devices": [{"hostPath": "/dev/sda"}],
        },
    )

    assert violated(careless) == {rule.id for rule in rules_of("docker")}


def test_what_is_careless_about_a_service_is_found_wherever_a_service_can_say_it() -> None:
    careless = example(
        SERVICE,
        "orders",
        {
            "taskSpec": {
                "containerSpec": {
                    "image": "postgres",
                    "mounts": [{"type": "bind", "source": "/", "target": "/host"}],
                    "privileges": {"seLinuxContext": {"disable": True}},
                },
                "networksAdvanceds": [{"name": "host"}],
            },
            "endpointSpec": {"ports": [{"targetPort": 80, "publishedPort": 80}]},
        },
    )

    assert violated(careless) == {rule.id for rule in rules_of("docker")} - {
        "docker-no-privileged",
        "docker-no-devices",
    }


def test_a_reason_opens_the_host_to_an_agent_to_read_and_loosens_nothing_else() -> None:
    agent = {
        "networkMode": "host",
        "pidMode": "host",
        "mounts": [{"type": "bind", "source": "/sys", "target": "/host/sys", "readOnly": True}],
    }

    assert violated(container(**agent, **documented(HOST_ACCESS))) == set()
    assert violated(container(**agent)) == {
        "docker-no-host-namespaces",
        "docker-no-sensitive-mounts",
    }
    assert violated(container(**agent, **documented(HOST_ACCESS), user="0")) == {"docker-non-root"}


def test_no_reason_hands_the_socket_over() -> None:
    mounts = [{"type": "bind", "source": "/run/docker.sock", "target": "/s", "readOnly": True}]

    assert violated(container(mounts=mounts, **documented(HOST_ACCESS))) == {
        "docker-no-daemon-socket"
    }


def test_a_reason_in_the_labels_of_a_service_counts_and_in_those_of_its_tasks_does_not() -> None:
    mounts = [{"type": "bind", "source": "/proc", "target": "/host/proc", "readOnly": True}]
    because = documented(HOST_ACCESS)["labels"]

    assert violated(service(labels=because, mounts=mounts)) == set()
    inner = service(mounts=mounts)
    inner.props["taskSpec"]["containerSpec"]["labels"] = because
    assert violated(inner) == {"docker-no-sensitive-mounts"}


@pytest.mark.parametrize(
    ("label", "changed", "rule"),
    [
        (ALWAYS_RESTART, {"restart": "always"}, "docker-restart-bounded"),
        (NO_HEALTHCHECK, {"healthcheck": None}, "docker-healthcheck"),
    ],
)
def test_a_reason_counts_for_what_it_is_about(
    label: str, changed: Mapping[str, Any], rule: str
) -> None:
    assert violated(container(**changed)) == {rule}
    assert violated(container(**changed, **documented(label))) == set()
    assert violated(container(**changed, **documented(HOST_ACCESS))) == {rule}


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("1234567890", Verdict.PASS),
        ("123456789", Verdict.FAIL),
        ("  12345678  ", Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_a_reason_is_more_than_a_word(reason: str, verdict: Verdict) -> None:
    props = {"restart": "always", **documented(ALWAYS_RESTART, reason)}

    assert verdict_of(docker_operation.RESTART_BOUNDED, CONTAINER, props) is verdict


def test_what_only_carries_files_need_not_be_sealed_nor_asked() -> None:
    carrier = {"start": False, "readOnly": False, "healthcheck": None, "restart": "no"}

    assert violated(container(**carrier)) == set()
    assert violated(container(**{**carrier, "start": True})) == {
        "docker-readonly-rootfs",
        "docker-healthcheck",
    }


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/", Verdict.FAIL),
        ("//", Verdict.FAIL),
        ("/etc/", Verdict.FAIL),
        ("/etc/ssl/certs", Verdict.FAIL),
        ("/srv/../etc", Verdict.FAIL),
        ("/dev/shm", Verdict.FAIL),
        ("/lib64", Verdict.PASS),
        ("/etcetera", Verdict.PASS),
        ("/opt/etc", Verdict.PASS),
        ("etc", Verdict.PASS),
        ("", Verdict.PASS),
    ],
)
@pytest.mark.parametrize("how", ["mounts", "volumes", "service", "driver", "volume"])
def test_folders_are_told_apart_in_every_spelling(how: str, path: str, verdict: Verdict) -> None:
    mount = {"type": "bind", "source": path, "target": "/data"}
    options = {"driverOptions": {"type": "none", "o": "bind", "device": path}}
    props: dict[str, tuple[str, Mapping[str, object]]] = {
        "mounts": (CONTAINER, {"mounts": [mount]}),
        "volumes": (CONTAINER, {"volumes": [{"hostPath": path}]}),
        "service": (SERVICE, in_service(mounts=[mount])),
        "driver": (CONTAINER, {"mounts": [{"type": "volume", "volumeOptions": options}]}),
        "volume": (VOLUME, {"driverOpts": {"type": "none", "device": path}}),
    }

    assert verdict_of(docker_mounts.SENSITIVE_MOUNTS, *props[how]) is verdict


@pytest.mark.parametrize("type_", ["volume", "tmpfs", "cluster", "image"])
def test_a_mount_of_a_type_without_paths_shows_none(type_: str) -> None:
    props = {"mounts": [{"type": type_, "source": "/run/docker.sock"}]}

    assert verdict_of(docker_mounts.SENSITIVE_MOUNTS, CONTAINER, props) is Verdict.PASS
    assert verdict_of(docker_container.NO_DAEMON_SOCKET, CONTAINER, props) is Verdict.PASS


def test_the_folders_and_the_harmless_files_can_be_configured() -> None:
    rule = docker_mounts.SENSITIVE_MOUNTS
    home = {"mounts": [{"source": "/opt/web", "readOnly": True}]}
    clock = {"mounts": [{"source": "/etc/localtime", "readOnly": True}]}

    assert verdict_of(rule, CONTAINER, home) is Verdict.PASS
    assert verdict_of(rule, CONTAINER, home, folders=["/opt"]) is Verdict.FAIL
    assert verdict_of(rule, CONTAINER, clock, harmless=[]) is Verdict.FAIL


def test_devices_can_be_allowed_one_by_one() -> None:
    rule = docker_host.NO_DEVICES
    props = {
        "devices": [{"hostPath": "/dev/dri"}],
        "deviceCgroupRules": ["c 10:200 rwm"],
        "deviceRequests": [{"deviceIds": ["vendor.com/device=0"]}],
        "gpus": "all",
    }
    allowed = ["/dev/dri", "c 10:200 rwm", "vendor.com/device=0", "all"]

    assert verdict_of(rule, CONTAINER, props, devices=allowed) is Verdict.PASS
    for left in allowed:
        others = [each for each in allowed if each != left]
        assert verdict_of(rule, CONTAINER, props, devices=others) is Verdict.FAIL


@pytest.mark.parametrize("written", ["SYS_PTRACE", "CAP_SYS_PTRACE", "cap_sys_ptrace"])
@pytest.mark.parametrize("allowed", ["SYS_PTRACE", "CAP_SYS_PTRACE", "sys_ptrace"])
@pytest.mark.parametrize("type_", [CONTAINER, SERVICE])
def test_capabilities_are_compared_in_both_spellings(
    type_: str, written: str, allowed: str
) -> None:
    props = (
        {"capabilities": {"drops": ["ALL"], "adds": [written]}}
        if type_ == CONTAINER
        else in_service(capDrops=["ALL"], capAdds=[written])
    )

    assert verdict_of(docker_process.CAPABILITIES, type_, props) is Verdict.FAIL
    found = verdict_of(docker_process.CAPABILITIES, type_, props, allowed=[allowed])
    assert found is Verdict.PASS


@pytest.mark.parametrize(
    ("cpus", "verdict"),
    [
        ("0.5", Verdict.PASS),
        ("2", Verdict.PASS),
        (0.5, Verdict.PASS),
        ("nan", Verdict.FAIL),
        ("-0.5", Verdict.FAIL),
        (0, Verdict.FAIL),
        (-1, Verdict.FAIL),
    ],
)
def test_processors_are_read_in_every_form_they_arrive_in(cpus: object, verdict: Verdict) -> None:
    props = {"memory": 256.0, "cpus": cpus}

    assert verdict_of(docker_resources.LIMITS, CONTAINER, props) is verdict


@pytest.mark.parametrize("network", ["networkMode", "networksAdvanced"])
def test_a_network_that_is_not_known_yet_is_left_to_the_stack(network: str) -> None:
    core = example(NETWORK, "core")
    props = {
        "networkMode": {"networkMode": UNKNOWN_STRING},
        "networksAdvanced": {"networksAdvanced": [{"name": UNKNOWN_STRING}]},
    }[network]
    resource = example(CONTAINER, "web", props, made_from={network: [core]})
    judged = Judge([docker_host.HOST_NAMESPACES])

    assert judged.resource(resource) == []
    assert [found.verdict for found in judged.stack([core, resource])] == [Verdict.PASS]


def test_a_network_of_the_stack_says_nothing_of_another_that_is_not_known() -> None:
    core = example(NETWORK, "core")
    resource = example(
        CONTAINER,
        "web",
        {"networkMode": UNKNOWN_STRING, "networksAdvanced": [{"name": UNKNOWN_STRING}]},
        made_from={"networksAdvanced": [core]},
    )

    (found,) = judge_stack(docker_host.HOST_NAMESPACES, [core, resource])

    assert found.verdict is Verdict.UNDECIDED
    assert found.paths == ("networkMode",)


def test_the_stack_does_not_settle_a_reason_that_is_not_known() -> None:
    labels = documented(HOST_ACCESS, UNKNOWN_STRING)
    by_container = example(CONTAINER, "web", {"pidMode": "host", **labels})
    by_service = example(
        SERVICE, "web", {"taskSpec": {"networksAdvanceds": [{"name": "host"}]}, **labels}
    )

    found = judge_stack(docker_host.HOST_NAMESPACES, [by_container, by_service])

    assert [each.verdict for each in found] == [Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_a_namespace_of_its_own_needs_no_reason_that_can_be_read() -> None:
    props = {"pidMode": "", "ipcMode": "shareable", "labels": UNKNOWN_STRING}

    assert verdict_of(docker_host.HOST_NAMESPACES, CONTAINER, props) is Verdict.PASS


@pytest.mark.parametrize("value", ["", "=1", ":t", "=T", ":true", "=True", ":TRUE"])
def test_no_new_privileges_is_read_as_the_daemon_reads_it(value: str) -> None:
    rule = docker_container.SECURITY_OPTS
    options = {"securityOpts": [f"no-new-privileges{value}"]}

    assert verdict_of(rule, CONTAINER, options) is Verdict.PASS

"""What the rules about pods say at their limits, beside the examples that define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies.examples import example
from policies.judge import judge
from policies.pods import HOST_ACCESS, POD
from policies.rule import Rule, Verdict
from policies.rules.kubernetes_confinement import LSM_PROC_SYSCTL
from policies.rules.kubernetes_container import CAPABILITIES
from policies.rules.kubernetes_pod import HOST_PORTS, HOSTPATH_VOLUMES, NO_RUNTIME_SOCKET
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
REASON = {HOST_ACCESS: "measures the node itself"}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/web"


def verdict_of(
    rule: Rule,
    spec: Mapping[str, object],
    annotations: Mapping[str, str] | None = None,
    **configured: object,
) -> Verdict:
    props = {"metadata": {"annotations": annotations}, "spec": spec}
    (finding,) = judge(rule, example(POD, "x", props), configured)
    return finding.verdict


@pytest.mark.parametrize(
    "type_",
    [None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"],
)
def test_the_domains_of_containers_are_allowed_and_no_others(type_: str | None) -> None:
    context = {"seLinuxOptions": {"type": type_}}

    assert verdict_of(LSM_PROC_SYSCTL, {"securityContext": context}) is PASS
    assert (
        verdict_of(
            LSM_PROC_SYSCTL, {"securityContext": {"seLinuxOptions": {"type": f"my_{type_}"}}}
        )
        is FAIL
    )


@pytest.mark.parametrize("key", ["user", "role"])
def test_nobody_chooses_who_a_process_is_for_selinux(key: str) -> None:
    def verdict(value: str) -> Verdict:
        return verdict_of(LSM_PROC_SYSCTL, {"securityContext": {"seLinuxOptions": {key: value}}})

    assert verdict("") is PASS
    assert verdict("sysadm") is FAIL


@pytest.mark.parametrize(
    "name",
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_notsent_lowat",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_slow_start_after_idle",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ],
)
def test_the_settings_of_the_kernel_that_a_pod_has_to_itself_are_allowed(name: str) -> None:
    def verdict(text: str) -> Verdict:
        context = {"sysctls": [{"name": text, "value": "1"}]}
        return verdict_of(LSM_PROC_SYSCTL, {"securityContext": context})

    assert verdict(name) is PASS
    assert verdict(f"{name}.more") is FAIL


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [
        ("", PASS),
        ("runtime/default", PASS),
        ("localhost/web", PASS),
        ("unconfined", FAIL),
        ("web/localhost/", FAIL),
    ],
)
def test_a_profile_of_apparmor_in_an_annotation_counts(profile: str, verdict: Verdict) -> None:
    assert verdict_of(LSM_PROC_SYSCTL, {}, {APPARMOR: profile}) is verdict


BASELINE: Sequence[str] = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)


def adding(capability: str, system: str | None = None) -> Mapping[str, object]:
    capabilities = {"add": [capability], "drop": ["ALL"]}
    return {
        "os": {"name": system},
        "containers": [{"securityContext": {"capabilities": capabilities}}],
    }


@pytest.mark.parametrize("capability", BASELINE)
def test_the_level_baseline_admits_the_usual_capabilities(capability: str) -> None:
    own = PASS if capability == "NET_BIND_SERVICE" else FAIL

    assert verdict_of(CAPABILITIES, adding(capability), restricted=False) is PASS
    assert verdict_of(CAPABILITIES, adding(capability)) is own


@pytest.mark.parametrize(("restricted", "verdict"), [(True, PASS), (False, FAIL)])
def test_the_level_restricted_asks_pods_of_windows_for_no_capabilities(
    restricted: bool, verdict: Verdict
) -> None:
    spec = adding("SYS_ADMIN", "windows")

    assert verdict_of(CAPABILITIES, spec, restricted=restricted) is verdict


@pytest.mark.parametrize(
    "kind",
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ],
)
def test_the_volumes_of_the_level_restricted_are_allowed(kind: str) -> None:
    assert verdict_of(HOSTPATH_VOLUMES, {"volumes": [{"name": "a", kind: {}}]}) is PASS


@pytest.mark.parametrize("kind", ["nfs", "iscsi", "gitRepo"])
def test_other_volumes_are_of_the_level_baseline(kind: str) -> None:
    spec = {"volumes": [{"name": "a", kind: {}}]}

    assert verdict_of(HOSTPATH_VOLUMES, spec) is FAIL
    assert verdict_of(HOSTPATH_VOLUMES, spec, restricted=False) is PASS


def test_a_volume_whose_source_is_null_shows_nothing() -> None:
    assert verdict_of(HOSTPATH_VOLUMES, {"volumes": [{"name": "a", "hostPath": None}]}) is PASS


def test_a_volume_of_another_shape_is_not_passed_over() -> None:
    assert verdict_of(HOSTPATH_VOLUMES, {"volumes": ["data"]}) is UNDECIDED


@pytest.mark.parametrize(
    ("volume", "mount", "read_only", "verdict"),
    [
        ("node", "node", True, PASS),
        ("node", "node", False, FAIL),
        ("node", "node", None, FAIL),
        ("node", "other", False, PASS),
        (UNKNOWN_STRING, "node", False, UNDECIDED),
        (UNKNOWN_STRING, "node", True, PASS),
        ("node", UNKNOWN_STRING, False, UNDECIDED),
        (UNKNOWN_STRING, UNKNOWN_STRING, False, UNDECIDED),
        ("node", UNKNOWN_STRING, UNKNOWN_BOOLEAN, UNDECIDED),
    ],
)
def test_files_of_the_node_are_mounted_for_reading_only(
    volume: str, mount: str, read_only: Any, verdict: Verdict
) -> None:
    spec = {
        "volumes": [{"name": volume, "hostPath": {"path": "/proc"}}],
        "containers": [{"volumeMounts": [{"name": mount, "readOnly": read_only}]}],
    }

    assert verdict_of(HOSTPATH_VOLUMES, spec, REASON) is verdict


def on_root(path: str, own: int | None = None, **context: Any) -> Mapping[str, object]:
    return {
        "securityContext": context,
        "volumes": [{"name": "node", "hostPath": {"path": path}}],
        "containers": [{"securityContext": {"runAsGroup": own}}],
    }


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        (on_root("/", runAsGroup=1), PASS),
        (on_root("/", own=1), PASS),
        (on_root("/", own=1, runAsGroup=0), PASS),
        (on_root("/", own=0, runAsGroup=1), FAIL),
        (on_root("/"), FAIL),
        (on_root("/", runAsGroup=1, fsGroup=1), PASS),
        (on_root("/", runAsGroup=1, fsGroup=0), FAIL),
        (on_root("/", runAsGroup=1, supplementalGroups=[1, 2]), PASS),
        (on_root("/", runAsGroup=1, supplementalGroups=[1, 0]), FAIL),
        (on_root(UNKNOWN_STRING, runAsGroup=1), UNDECIDED),
        (on_root("/run", runAsGroup=1), FAIL),
        (on_root("/home"), PASS),
        ({"volumes": [{"name": "a", "hostPath": {}}, {"name": "b"}]}, PASS),
    ],
)
def test_a_folder_above_the_socket_is_for_those_who_are_not_of_its_group(
    spec: Mapping[str, object], verdict: Verdict
) -> None:
    assert verdict_of(NO_RUNTIME_SOCKET, spec, REASON) is verdict


def test_a_path_that_is_not_known_may_be_one_above_the_socket() -> None:
    assert verdict_of(NO_RUNTIME_SOCKET, on_root(UNKNOWN_STRING)) is UNDECIDED


@pytest.mark.parametrize(
    ("port", "shared", "because", "verdict"),
    [
        ({"containerPort": 80}, False, None, PASS),
        ({"containerPort": 80, "hostPort": 0}, False, None, PASS),
        ({"containerPort": 80, "hostPort": 1}, False, REASON, FAIL),
        ({"containerPort": 80, "hostPort": 80}, False, REASON, FAIL),
        ({"containerPort": 80, "hostPort": 80}, True, REASON, PASS),
        ({"containerPort": 80, "hostPort": 80}, True, None, FAIL),
        ({"containerPort": 80, "hostPort": 81}, True, REASON, FAIL),
        ({"containerPort": 80}, True, REASON, PASS),
        ({"containerPort": UNKNOWN_NUMBER, "hostPort": 81}, True, REASON, UNDECIDED),
        ({"containerPort": 80, "hostPort": UNKNOWN_NUMBER}, True, REASON, UNDECIDED),
        ({"containerPort": UNKNOWN_NUMBER, "hostPort": UNKNOWN_NUMBER}, True, REASON, UNDECIDED),
        ({"containerPort": 80, "hostPort": UNKNOWN_NUMBER}, False, None, UNDECIDED),
    ],
)
def test_a_port_of_the_node_is_the_pods_own_in_a_shared_network(
    port: Mapping[str, object],
    shared: bool,
    because: Mapping[str, str] | None,
    verdict: Verdict,
) -> None:
    spec = {"hostNetwork": shared, "containers": [{"ports": [port]}]}

    assert verdict_of(HOST_PORTS, spec, because) is verdict


@pytest.mark.parametrize("call", ["httpGet", "tcpSocket"])
@pytest.mark.parametrize("name", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_no_probe_makes_the_node_call_another_host(name: str, call: str) -> None:
    def verdict(host: str | None) -> Verdict:
        return verdict_of(HOST_PORTS, {"containers": [{name: {call: {"host": host}}}]})

    assert verdict(None) is PASS
    assert verdict("") is PASS
    assert verdict("10.0.0.1") is FAIL


@pytest.mark.parametrize("name", ["preStop", "postStart"])
def test_no_hook_makes_the_node_call_another_host(name: str) -> None:
    def verdict(host: str | None) -> Verdict:
        handler = {"httpGet": {"host": host}}
        return verdict_of(HOST_PORTS, {"containers": [{"lifecycle": {name: handler}}]})

    assert verdict(None) is PASS
    assert verdict("10.0.0.1") is FAIL

"""What the rules of Kubernetes say of whole pods, and what their settings change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies.catalogue import rules_of
from policies.examples import example
from policies.judge import Judge, judge, judge_stack
from policies.pods import API_ACCESS, HOST_ACCESS, TEMPLATES
from policies.rule import Rule, Verdict
from policies.rules import (
    kubernetes_confinement,
    kubernetes_container,
    kubernetes_helm,
    kubernetes_image,
    kubernetes_namespace,
    kubernetes_pod,
    kubernetes_rbac,
    kubernetes_secret,
)
from policies.subject import Environment, Resource
from policies.view import UNKNOWN_STRING

POD = "kubernetes:core/v1:Pod"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
NAMESPACE = "kubernetes:core/v1:Namespace"
ENFORCE = "pod-security.kubernetes.io/enforce"

DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def container(**changed: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "image": f"registry.k8s.io/web:1.4.2@{DIGEST}",
        "env": [{"name": "DATABASE_PASSWORD_FILE", "value": "/run/secrets/database"}],
        "ports": [{"containerPort": 8080}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "256Mi"},
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
        "livenessProbe": {"httpGet": {"path": "/healthy", "port": 8080}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
        **changed,
    }


def spec(**changed: Any) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "serviceAccountName": "web",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container()],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone"}],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
        **changed,
    }


def workload(
    type_: str,
    pods: Mapping[str, Any],
    because: Mapping[str, str] | None = None,
    environment: Environment = "prod",
) -> Resource:
    held: dict[str, Any] = {"metadata": {"annotations": dict(because or {})}, "spec": pods}
    for key in reversed(TEMPLATES[type_]):
        held = {key: held}
    metadata = {**held.get("metadata", {}), "name": "web", "namespace": "shop"}
    return example(type_, "web", {**held, "metadata": metadata}, environment=environment)


def violated(resource: Resource) -> set[str]:
    found = Judge(rules_of("kubernetes")).resource(resource)
    assert found
    return {finding.rule.id for finding in found if finding.verdict is not Verdict.PASS}


def verdict_of(
    rule: Rule, type_: str, props: Mapping[str, object], **configured: object
) -> Verdict:
    (finding,) = judge(rule, example(type_, "x", props), configured)
    return finding.verdict


@pytest.mark.parametrize("type_", [each for each in TEMPLATES if each != POD])
def test_a_hardened_pod_passes_wherever_it_is_described(type_: str) -> None:
    assert violated(workload(type_, spec())) == set()


@pytest.mark.parametrize("type_", TEMPLATES)
def test_a_careless_pod_is_found_wherever_it_is_described(type_: str) -> None:
    found = violated(workload(type_, {"hostPID": True, "containers": [{"image": "web"}]}))

    assert found >= {
        "k8s-pss-host-namespaces",
        "k8s-pss-capabilities",
        "k8s-pss-seccomp",
        "k8s-pss-no-escalation",
        "k8s-pss-non-root",
        "k8s-readonly-rootfs",
        "k8s-image-pinned",
        "k8s-resources-set",
        "k8s-no-token-automount",
    }


def test_a_reason_opens_the_node_to_an_agent_and_loosens_nothing_else() -> None:
    mounts = [{"name": "root", "mountPath": "/host", "readOnly": True}]
    agent = spec(
        hostNetwork=True,
        hostPID=True,
        containers=[container(volumeMounts=mounts)],
        volumes=[{"name": "root", "hostPath": {"path": "/"}}],
    )
    because = {HOST_ACCESS: "measures file systems and network of its node"}
    careless = {**agent, "securityContext": {"runAsUser": 0}}

    assert violated(workload(DAEMON_SET, agent, because)) == set()
    assert violated(workload(DAEMON_SET, agent)) == {
        "k8s-pss-host-namespaces",
        "k8s-pss-host-ports",
        "k8s-pss-hostpath-volumes",
        "k8s-no-runtime-socket",
    }
    assert violated(workload(DAEMON_SET, careless, because)) == {
        "k8s-pss-non-root",
        "k8s-pss-seccomp",
        "k8s-no-runtime-socket",
    }


def test_a_reason_gives_a_pod_a_token_and_no_more() -> None:
    because = {API_ACCESS: "watches the objects of the cluster"}
    caller = spec(automountServiceAccountToken=True)

    assert violated(workload(DEPLOYMENT, caller, because)) == set()
    assert violated(workload(DEPLOYMENT, caller)) == {"k8s-no-token-automount"}
    assert violated(workload(DEPLOYMENT, spec(hostPID=True), because)) == {
        "k8s-pss-host-namespaces"
    }


def test_outside_production_a_tag_and_one_replica_are_enough() -> None:
    tagged = spec(
        containers=[container(image="registry.k8s.io/web:1.4.2")], topologySpreadConstraints=[]
    )

    assert violated(workload(DEPLOYMENT, tagged, environment="staging")) == set()
    assert violated(workload(DEPLOYMENT, tagged)) == {
        "k8s-image-pinned",
        "k8s-replicas-and-spread",
    }


@pytest.mark.parametrize(
    ("rule", "pods"),
    [
        (kubernetes_container.CAPABILITIES, {"containers": [{}]}),
        (
            kubernetes_container.CAPABILITIES,
            {"containers": [{"securityContext": {"capabilities": {"add": ["CHOWN"]}}}]},
        ),
        (kubernetes_confinement.SECCOMP, {"containers": [{}]}),
        (kubernetes_pod.HOSTPATH_VOLUMES, {"volumes": [{"name": "data", "nfs": {}}]}),
        (
            kubernetes_confinement.LSM_PROC_SYSCTL,
            {
                "hostUsers": False,
                "containers": [{"securityContext": {"procMount": "Unmasked"}}],
            },
        ),
    ],
)
def test_the_level_baseline_can_be_chosen(rule: Rule, pods: Mapping[str, object]) -> None:
    assert verdict_of(rule, POD, {"spec": pods}) is Verdict.FAIL
    assert verdict_of(rule, POD, {"spec": pods}, restricted=False) is Verdict.PASS


@pytest.mark.parametrize(
    ("rule", "pods"),
    [
        (
            kubernetes_container.CAPABILITIES,
            {"containers": [{"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]},
        ),
        (
            kubernetes_confinement.SECCOMP,
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        ),
        (
            kubernetes_pod.HOSTPATH_VOLUMES,
            {"volumes": [{"name": "node", "hostPath": {"path": "/srv"}}]},
        ),
        (
            kubernetes_confinement.LSM_PROC_SYSCTL,
            {"containers": [{"securityContext": {"procMount": "Unmasked"}}]},
        ),
    ],
)
def test_the_level_baseline_has_limits_too(rule: Rule, pods: Mapping[str, object]) -> None:
    assert verdict_of(rule, POD, {"spec": pods}, restricted=False) is Verdict.FAIL


def test_the_registries_of_pods_can_be_configured() -> None:
    rule = kubernetes_image.REGISTRY_ALLOWED
    props = {"spec": {"containers": [{"image": "registry.example.com/web:1.4.2"}]}}
    allowed = verdict_of(rule, POD, props, registries=["*.example.com"])

    assert verdict_of(rule, POD, props) is Verdict.FAIL
    assert allowed is Verdict.PASS


def test_a_looser_level_can_be_the_demanded_one() -> None:
    rule = kubernetes_namespace.NS_PSS_LABEL
    props = {"metadata": {"labels": {ENFORCE: "baseline", f"{ENFORCE}-version": "v1.33"}}}

    assert verdict_of(rule, NAMESPACE, props) is Verdict.FAIL
    assert verdict_of(rule, NAMESPACE, props, levels=["baseline"]) is Verdict.PASS


def test_pods_of_a_level_that_is_demanded_owe_no_reason() -> None:
    rule = kubernetes_namespace.NS_PSS_LABEL
    labels = {ENFORCE: "baseline", f"{ENFORCE}-version": "v1.33"}
    namespace = example(NAMESPACE, "shop", {"metadata": {"name": "shop", "labels": labels}})
    stack = [namespace, workload(DEPLOYMENT, spec())]

    (by_default,) = judge_stack(rule, stack)
    (configured,) = judge_stack(rule, stack, {"levels": ["baseline"]})

    assert by_default.verdict is Verdict.FAIL
    assert configured.verdict is Verdict.PASS


def test_pods_of_a_namespace_without_a_name_yet_are_found_by_what_they_were_made_from() -> None:
    rule = kubernetes_namespace.NS_PSS_LABEL
    labels = {ENFORCE: "privileged", f"{ENFORCE}-version": "v1.33"}
    unnamed = {"metadata": {"name": UNKNOWN_STRING, "labels": labels}}
    namespace, other = example(NAMESPACE, "agents", unnamed), example(NAMESPACE, "shop", unnamed)
    pods = example(
        DAEMON_SET,
        "agent",
        {"metadata": {"namespace": UNKNOWN_STRING}, "spec": {"template": {"spec": spec()}}},
        made_from={"metadata": [namespace]},
    )

    found = judge_stack(rule, [namespace, other, pods])
    assert {finding.urn: finding.verdict for finding in found} == {
        namespace.urn: Verdict.FAIL,
        other.urn: Verdict.PASS,
    }


def test_who_administers_a_cluster_can_be_configured() -> None:
    rule = kubernetes_rbac.RBAC_NO_CLUSTER_ADMIN
    props = {
        "roleRef": {"name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "operators"}],
    }

    assert verdict_of(rule, rule.checks[0].type, props) is Verdict.FAIL
    assert verdict_of(rule, rule.checks[0].type, props, administrators=["operators"]) is (
        Verdict.PASS
    )


def test_the_repositories_of_charts_can_be_configured() -> None:
    rule = kubernetes_helm.HELM_RELEASE_VISIBLE
    props = {"chart": "oci://registry.example.com/charts/web", "version": "1.4.2"}
    allowed = verdict_of(
        rule, rule.checks[0].type, props, repositories=["oci://registry.example.com/charts"]
    )

    assert verdict_of(rule, rule.checks[0].type, props) is Verdict.FAIL
    assert allowed is Verdict.PASS


def test_which_namespaces_are_those_of_teams_can_be_configured() -> None:
    rule = kubernetes_namespace.NS_QUOTA
    namespace = example(
        NAMESPACE, "shop", {"metadata": {"name": "shop", "labels": {"example.com/team": "shop"}}}
    )

    (by_default,) = judge_stack(rule, [namespace])
    (configured,) = judge_stack(rule, [namespace], {"team_labels": ["example.com/team"]})

    assert by_default.verdict is Verdict.PASS
    assert configured.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("PASSWORD", True),
        ("POSTGRES_PASSWORD", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("signing.key", True),
        ("clientSecret", True),
        ("AWS_ACCESS_KEY_ID", False),
        ("GF_SECURITY_ADMIN_PASSWORD__FILE", False),
        ("TOKEN_URL", False),
        ("SORT_KEY", False),
        ("TOKENIZER", False),
        ("maxTokens", False),
    ],
)
def test_secrets_are_told_by_the_words_of_a_name(name: str, is_secret: bool) -> None:
    props = {"spec": {"containers": [{"env": [{"name": name, "value": "example"}]}]}}
    found = verdict_of(kubernetes_secret.SECRETS_NOT_IN_ENV, POD, props)

    assert (found is Verdict.FAIL) is is_secret


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/var/run/docker.sock", Verdict.FAIL),
        ("/run/k3s/containerd/containerd.sock", Verdict.FAIL),
        ("/var/run", Verdict.FAIL),
        ("/var/", Verdict.FAIL),
        ("/var/log", Verdict.PASS),
        ("/run/udev", Verdict.PASS),
    ],
)
def test_paths_that_lead_to_the_runtime_are_found(path: str, verdict: Verdict) -> None:
    props = {"spec": {"volumes": [{"name": "node", "hostPath": {"path": path}}]}}

    assert verdict_of(kubernetes_pod.NO_RUNTIME_SOCKET, POD, props) is verdict

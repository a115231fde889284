"""What the rules of Kubernetes say at their limits, beside the examples that define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies.examples import example
from policies.judge import judge, judge_stack
from policies.namespaces import NAMESPACE
from policies.pods import API_ACCESS, DEPLOYMENT, HOST_ACCESS, POD, SINGLE_REPLICA
from policies.rule import Rule, Verdict
from policies.rules.kubernetes_availability import PDB_PRESENT_AND_SANE, REPLICAS_AND_SPREAD
from policies.rules.kubernetes_helm import HELM_RELEASE_VISIBLE
from policies.rules.kubernetes_namespace import NO_DEFAULT_NAMESPACE, NS_PSS_LABEL
from policies.rules.kubernetes_network import (
    INGRESS_TLS,
    NS_DEFAULT_DENY,
    SERVICE_EXPOSURE,
)
from policies.rules.kubernetes_rbac import (
    NO_TOKEN_AUTOMOUNT,
    RBAC_NO_WILDCARD,
    RBAC_SENSITIVE_VERBS,
)
from policies.rules.kubernetes_scheduling import PROBES_SET
from policies.rules.kubernetes_secret import SECRET_NOT_PLAIN, SECRETS_NOT_IN_ENV
from policies.subject import Resource
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
SCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
REASON = "two of them would count twice"


def verdict_of(rule: Rule, props: Mapping[str, object], *, check: int = 0) -> Verdict:
    (finding,) = judge(rule, example(rule.checks[check].type, "x", props))
    return finding.verdict


def verdict_among(rule: Rule, *resources: Resource) -> Verdict:
    return next(
        found.verdict for found in judge_stack(rule, resources) if found.urn == resources[0].urn
    )


def deployment(replicas: Any = None, name: Any = "web", **annotations: str) -> Resource:
    metadata = {"name": name, "namespace": "shop", "annotations": annotations}
    template = {"metadata": {"labels": {"app": "web", "version": UNKNOWN_STRING}}}
    return example(
        DEPLOYMENT,
        "web",
        {"metadata": metadata, "spec": {"replicas": replicas, "template": template}},
    )


def scaler(target: Any = "web", least: Any = 2, namespace: str = "shop") -> Resource:
    spec = {"scaleTargetRef": {"name": target}, "minReplicas": least}
    return example(SCALER, "web", {"metadata": {"namespace": namespace}, "spec": spec})


def budget(selector: Any, **spec: Any) -> Resource:
    props = {"metadata": {"namespace": "shop"}, "spec": {"selector": selector, **spec}}
    return example(BUDGET, "web", props)


@pytest.mark.parametrize(
    ("workload", "beside", "verdict"),
    [
        (deployment(), scaler(), PASS),
        (deployment(), scaler(least=1), FAIL),
        (deployment(), scaler(least=3), PASS),
        (deployment(), scaler(namespace="bank"), FAIL),
        (deployment(), scaler("api"), FAIL),
        (deployment(), scaler(None), FAIL),
        (deployment(name=UNKNOWN_STRING), scaler("web"), UNDECIDED),
        (deployment(name=UNKNOWN_STRING), scaler(None), FAIL),
        (deployment(UNKNOWN_NUMBER), scaler(), PASS),
        (deployment(0), scaler("api"), FAIL),
    ],
)
def test_an_autoscaler_counts_for_what_it_scales_to_two(
    workload: Resource, beside: Resource, verdict: Verdict
) -> None:
    assert verdict_among(REPLICAS_AND_SPREAD, workload, beside) is verdict


LABELS = {"matchLabels": {"app": "web"}}


@pytest.mark.parametrize(
    ("replicas", "beside", "verdict"),
    [
        (2, budget(LABELS), PASS),
        (2, budget({}), PASS),
        (2, budget(None), FAIL),
        (2, budget({"matchLabels": {"app": "api"}}), FAIL),
        (2, budget({"matchLabels": {"app": "web", "tier": "front"}}), FAIL),
        (2, budget({"matchLabels": {"app": "web", "version": "2"}}), UNDECIDED),
        (2, budget({"matchLabels": {"app": UNKNOWN_STRING}}), UNDECIDED),
        (2, budget({"matchLabels": UNKNOWN_STRING}), UNDECIDED),
        (2, budget({"matchLabels": ["app"]}), UNDECIDED),
        (2, budget({**LABELS, "matchExpressions": []}), PASS),
        (2, budget({**LABELS, "matchExpressions": [{"key": "app"}]}), UNDECIDED),
        (2, budget({"matchLabels": {"app": "api"}, "matchExpressions": [{"key": "app"}]}), FAIL),
        (2, budget(LABELS, minAvailable=1), PASS),
        (2, budget(LABELS, minAvailable=2), FAIL),
        (2, budget(LABELS, minAvailable=3), FAIL),
        (2, budget(LABELS, minAvailable="50%"), PASS),
        (2, budget(LABELS, minAvailable=UNKNOWN_NUMBER), UNDECIDED),
        (2, budget({"matchLabels": {"app": "api"}}, minAvailable=2), FAIL),
        (UNKNOWN_NUMBER, budget(LABELS, minAvailable=1), UNDECIDED),
        ("many", budget(LABELS, minAvailable=1), PASS),
        (UNKNOWN_NUMBER, budget(LABELS, maxUnavailable=1), PASS),
        (1, budget(None), PASS),
        (1, budget(LABELS, minAvailable=1), PASS),
        (0, budget(None), PASS),
        (None, budget(None), PASS),
    ],
)
def test_a_budget_covers_the_pods_it_selects(
    replicas: Any, beside: Resource, verdict: Verdict
) -> None:
    assert verdict_among(PDB_PRESENT_AND_SANE, deployment(replicas), beside) is verdict


def test_a_budget_of_others_may_keep_them_all() -> None:
    own, others = budget(LABELS, maxUnavailable=1), {"matchLabels": {"app": "api"}}
    other = example(BUDGET, "api", budget(others, minAvailable=2).props)

    assert verdict_among(PDB_PRESENT_AND_SANE, deployment(2), own, other) is PASS


def test_what_an_autoscaler_counts_needs_no_more_than_a_budget() -> None:
    kept = budget(LABELS, minAvailable=2)

    assert verdict_among(PDB_PRESENT_AND_SANE, deployment(), scaler(), kept) is PASS
    assert verdict_among(PDB_PRESENT_AND_SANE, deployment(UNKNOWN_NUMBER), scaler()) is FAIL
    assert verdict_among(PDB_PRESENT_AND_SANE, deployment(), scaler("api")) is PASS


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [(REASON, PASS), ("1234567890", PASS), ("123456789", FAIL), ("  12345678  ", FAIL)],
)
def test_a_reason_is_more_than_a_word(reason: str, verdict: Verdict) -> None:
    props = {
        "metadata": {"annotations": {SINGLE_REPLICA: reason}},
        "spec": {"strategy": {"type": "Recreate"}, "template": {"spec": {}}},
    }

    assert verdict_of(REPLICAS_AND_SPREAD, props) is verdict


def test_a_reason_that_is_not_known_may_be_one() -> None:
    props = {
        "metadata": {"annotations": {SINGLE_REPLICA: UNKNOWN_STRING}},
        "spec": {
            "strategy": {"type": "Recreate"},
            "template": {"spec": {"topologySpreadConstraints": [{"maxSkew": 1}]}},
        },
    }

    assert verdict_of(REPLICAS_AND_SPREAD, props) is UNDECIDED


@pytest.mark.parametrize(
    ("repository", "verdict"),
    [
        ("https://charts.jetstack.io", PASS),
        ("https://charts.jetstack.io/", PASS),
        ("https://charts.jetstack.io/stable", PASS),
        ("https://charts.jetstack.io.example.com", FAIL),
        ("https://charts.jetstack.io~/stable", FAIL),
        ("https://charts.jetstack.io~", FAIL),
    ],
)
def test_a_chart_comes_from_below_an_allowed_address(repository: str, verdict: Verdict) -> None:
    props = {"chart": "web", "version": "1.2.3", "repositoryOpts": {"repo": repository}}

    for index in range(len(HELM_RELEASE_VISIBLE.checks)):
        assert verdict_of(HELM_RELEASE_VISIBLE, props, check=index) is verdict


def test_one_of_several_allowed_repositories_is_enough() -> None:
    props = {"chart": "web", "version": "1.2.3", "repositoryOpts": {"repo": "https://a.example"}}
    chart = example(HELM_RELEASE_VISIBLE.checks[0].type, "web", props)
    allowed = {"repositories": ["https://a.example", "https://b.example"]}

    (finding,) = judge(HELM_RELEASE_VISIBLE, chart, allowed)

    assert finding.verdict is PASS


@pytest.mark.parametrize("name", ["", "default", "kube-system"])
def test_a_namespace_that_is_not_ones_own_is_recognised(name: str) -> None:
    check = NO_DEFAULT_NAMESPACE.checks[0]

    (finding,) = judge(
        NO_DEFAULT_NAMESPACE, example(check.type, "x", {"metadata": {"namespace": name}})
    )

    assert finding.verdict is FAIL


def test_a_namespace_that_is_left_out_is_not_judged_again() -> None:
    check = NO_DEFAULT_NAMESPACE.stack_checks[0]

    assert verdict_among(NO_DEFAULT_NAMESPACE, example(check.type, "x", {"kind": "Pod"})) is PASS


def test_a_looser_namespace_is_no_matter_of_pods_elsewhere() -> None:
    loose = example(
        NAMESPACE,
        "agents",
        {
            "metadata": {
                "name": "agents",
                "labels": {
                    "pod-security.kubernetes.io/enforce": "privileged",
                    "pod-security.kubernetes.io/enforce-version": "v1.36",
                },
                "annotations": {HOST_ACCESS: REASON},
            }
        },
    )
    pod = example(POD, "web", {"metadata": {"namespace": "shop"}, "spec": {}})

    found = judge_stack(NS_PSS_LABEL, [loose, pod])

    assert {each.verdict for each in found} == {PASS}


@pytest.mark.parametrize(
    ("place", "verdict"), [("shop", FAIL), ("bank", PASS), (UNKNOWN_STRING, UNDECIDED)]
)
def test_a_pod_that_needs_its_node_may_be_elsewhere(place: str, verdict: Verdict) -> None:
    strict = example(
        NAMESPACE,
        "shop",
        {
            "metadata": {
                "name": "shop",
                "labels": {
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/enforce-version": "v1.36",
                },
            }
        },
    )
    metadata = {"namespace": place, "annotations": {HOST_ACCESS: REASON}}

    pod = example(POD, "agent", {"metadata": metadata, "spec": {}})

    assert verdict_among(NS_PSS_LABEL, strict, pod) is verdict


@pytest.mark.parametrize(
    ("selector", "verdict"),
    [
        ({}, PASS),
        ({"matchLabels": {"app": "web"}}, FAIL),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, FAIL),
    ],
)
def test_a_namespace_is_closed_by_a_policy_for_all_its_pods(
    selector: Mapping[str, object], verdict: Verdict
) -> None:
    namespace = example(NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    policy = example(
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "deny",
        {
            "metadata": {"namespace": "shop"},
            "spec": {"podSelector": selector, "policyTypes": ["Ingress", "Egress"]},
        },
    )

    assert verdict_among(NS_DEFAULT_DENY, namespace, policy) is verdict


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("networking.gke.io/load-balancer-type", "Internal"),
        ("cloud.google.com/load-balancer-type", "Internal"),
        ("cloud.google.com/load-balancer-type", "internal"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ],
)
def test_each_cloud_keeps_a_load_balancer_inside_in_its_own_words(
    annotation: str, value: str
) -> None:
    def verdict(text: str) -> Verdict:
        props = {
            "metadata": {"annotations": {annotation: text}},
            "spec": {"type": "LoadBalancer"},
        }
        return verdict_of(SERVICE_EXPOSURE, props)

    assert verdict(value) is PASS
    assert verdict("false") is FAIL


@pytest.mark.parametrize(
    ("certified", "verdict"),
    [
        ("shop.example.com", PASS),
        (UNKNOWN_STRING, UNDECIDED),
        (7, UNDECIDED),
        (None, FAIL),
    ],
)
def test_a_certificate_of_what_is_not_known_may_be_the_one(
    certified: Any, verdict: Verdict
) -> None:
    spec = {"tls": [{"hosts": [certified]}], "rules": [{"host": "shop.example.com"}]}

    assert verdict_of(INGRESS_TLS, {"spec": spec}) is verdict


@pytest.mark.parametrize(("account", "verdict"), [("web", PASS), ("", FAIL), ("default", FAIL)])
def test_the_account_of_every_pod_is_nobodys(account: str, verdict: Verdict) -> None:
    spec = {"serviceAccountName": account, "automountServiceAccountToken": True}
    metadata = {"annotations": {API_ACCESS: "watches all objects"}}

    assert verdict_of(NO_TOKEN_AUTOMOUNT, {"metadata": metadata, "spec": spec}) is verdict


@pytest.mark.parametrize(
    ("path", "verdict"), [("/metrics", PASS), ("/*", FAIL), ("*", FAIL), ("/healthz/*", PASS)]
)
def test_every_path_of_the_server_is_too_much(path: str, verdict: Verdict) -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": [path]}

    assert verdict_of(RBAC_NO_WILDCARD, {"rules": [rule]}) is verdict


@pytest.mark.parametrize(
    ("verb", "resource", "verdict"),
    [
        ("escalate", "roles", FAIL),
        ("bind", "roles", FAIL),
        ("impersonate", "users", FAIL),
        ("get", "secrets", FAIL),
        ("list", "secrets", FAIL),
        ("watch", "secrets", FAIL),
        ("delete", "secrets", PASS),
        ("create", "pods", FAIL),
        ("delete", "pods", PASS),
        ("get", "pods/attach", FAIL),
        ("create", "pods/exec", FAIL),
        ("get", "nodes/proxy", FAIL),
        ("approve", "certificatesigningrequests/approval", FAIL),
        ("create", "serviceaccounts/token", FAIL),
        ("get", "serviceaccounts/token", PASS),
        *(
            (verb, f"{kind}webhookconfigurations", FAIL)
            for verb in ("create", "update", "patch", "delete", "deletecollection")
            for kind in ("mutating", "validating")
        ),
        ("get", "mutatingwebhookconfigurations", PASS),
        ("*", "services", FAIL),
        ("get", "*", FAIL),
    ],
)
def test_each_right_that_gives_more_than_it_names_is_refused(
    verb: str, resource: str, verdict: Verdict
) -> None:
    props = {"rules": [{"verbs": [verb], "resources": [resource]}]}

    assert verdict_of(RBAC_SENSITIVE_VERBS, props) is verdict
    assert verdict_of(RBAC_SENSITIVE_VERBS, props, check=1) is verdict


def probed(ready: Any, alive: Any) -> Mapping[str, object]:
    container = {"readinessProbe": ready, "livenessProbe": alive}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


@pytest.mark.parametrize("handler", ["exec", "grpc", "httpGet", "tcpSocket"])
@pytest.mark.parametrize(
    ("ready", "alive", "verdict"),
    [
        ({"port": 8080}, {"port": 8080}, FAIL),
        ({"port": 8080}, {"port": 8081}, PASS),
        ({"port": 8080}, {"port": UNKNOWN_NUMBER}, UNDECIDED),
        ({"port": UNKNOWN_NUMBER}, {"port": 8080}, UNDECIDED),
        ({"port": UNKNOWN_NUMBER}, {"port": UNKNOWN_NUMBER}, UNDECIDED),
        (None, {"port": 8080}, PASS),
        ({"port": 8080}, None, PASS),
        ({"port": UNKNOWN_NUMBER}, None, PASS),
        (None, {"port": UNKNOWN_NUMBER}, PASS),
    ],
)
def test_probes_of_every_kind_are_compared(
    handler: str, ready: Any, alive: Any, verdict: Verdict
) -> None:
    assert verdict_of(PROBES_SET, probed({handler: ready}, {handler: alive})) is verdict


@pytest.mark.parametrize(
    ("ready", "alive", "verdict"),
    [
        (UNKNOWN_STRING, {"exec": {}}, UNDECIDED),
        ({"exec": {}}, UNKNOWN_STRING, UNDECIDED),
        ({"exec": {}}, None, PASS),
        (None, {"exec": {}}, FAIL),
        (None, UNKNOWN_STRING, FAIL),
        ({}, {}, PASS),
        (UNKNOWN_STRING, {}, UNDECIDED),
        ({}, UNKNOWN_STRING, UNDECIDED),
    ],
)
def test_a_probe_that_is_not_known_may_ask_the_same(
    ready: Any, alive: Any, verdict: Verdict
) -> None:
    assert verdict_of(PROBES_SET, probed(ready, alive)) is verdict


def with_variable(name: str) -> Mapping[str, object]:
    return {"spec": {"containers": [{"env": [{"name": name, "value": "example"}]}]}}


SECRETS: Sequence[str] = (
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PASSWORDS",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "ACCESS_KEY",
    "API_KEY",
    "ENCRYPTION_KEY",
    "PRIVATE_KEY",
    "SIGNING_KEY",
    "apiKey",
    "db.password",
    "_TOKEN_",
    "__API__KEY",
)


@pytest.mark.parametrize("name", SECRETS)
def test_each_word_for_a_secret_names_one(name: str) -> None:
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(name)) is FAIL
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(f"{name}_BACKUP")) is FAIL


@pytest.mark.parametrize(
    "ending",
    [
        "DIR",
        "ENABLED",
        "ENDPOINT",
        "FILE",
        "FILES",
        "ID",
        "LENGTH",
        "NAME",
        "PATH",
        "REF",
        "SECONDS",
        "TTL",
        "TYPE",
        "URI",
        "URL",
    ],
)
def test_what_is_said_about_a_secret_is_none(ending: str) -> None:
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(f"TOKEN_{ending}")) is PASS
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(f"TOKEN_{ending}_")) is PASS
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(f"{ending}_TOKEN")) is FAIL


@pytest.mark.parametrize("name", ["", "_", "KEY", "PUBLIC_KEY", "PRIVATE_HOST", "KEY_API", "PATH"])
def test_other_words_name_no_secret(name: str) -> None:
    assert verdict_of(SECRETS_NOT_IN_ENV, with_variable(name)) is PASS


KEY = "-----BEGIN RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        ({"key.pem": KEY}, FAIL),
        ({"key.pem": "-----BEGIN PRIVATE KEY-----"}, FAIL),
        ({"guide.txt": "it begins with ... PRIVATE KEY-----"}, PASS),
        ({"guide.txt": "BEGIN PRIVATE KEY"}, PASS),
        ({"password": "example"}, FAIL),
        ({"password.txt": "example"}, PASS),
        ({"reset password": "example"}, PASS),
    ],
)
def test_a_configuration_holds_no_key_and_no_password(
    data: Mapping[str, str], verdict: Verdict
) -> None:
    index = next(
        index
        for index, check in enumerate(SECRET_NOT_PLAIN.checks)
        if check.type.endswith(":ConfigMap")
    )

    assert verdict_of(SECRET_NOT_PLAIN, {"data": data}, check=index) is verdict

"""What pods, people and groups may ask of the API of a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.controls import cis_eks, cis_gke, cis_kubernetes, nsa
from policies.expected import expects, off
from policies.pods import API_ACCESS, pod, pod_checks, states
from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, View, some, truth

_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/v1"
_ROLE: Final = f"{_RBAC}:Role"
_CLUSTER_ROLE: Final = f"{_RBAC}:ClusterRole"
_ROLE_BINDING: Final = f"{_RBAC}:RoleBinding"
_CLUSTER_ROLE_BINDING: Final = f"{_RBAC}:ClusterRoleBinding"
_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
_DOCS: Final = "https://kubernetes.io/docs"
_GOOD_PRACTICES: Final = f"{_DOCS}/concepts/security/rbac-good-practices/"


def _no_token(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    switch = spec.at("automountServiceAccountToken", absent=True)
    mounted = switch.is_true()
    if mounted is not Truth.NO:
        yield Demand(
            ~mounted | states(template, API_ACCESS), switch, "gives the pod a token of the API"
        )
    account = spec.at("serviceAccountName", absent="default")
    yield Demand(
        ~account.is_one_of("default", ""), account, "is the account that every pod may have"
    )


def _as(account: str | None, token: Any = None, because: str = "") -> Props:
    return pod(
        because={API_ACCESS: because} if because else None,
        serviceAccountName=account,
        automountServiceAccountToken=token,
    )


NO_TOKEN_AUTOMOUNT: Final = Rule(
    id="k8s-no-token-automount",
    title="Pods have an account of their own, and its token only if they call the API",
    reason=(
        "A token in a pod is a way from one flaw in a program to the API of the cluster, and most "
        "programs never use theirs."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *cis_kubernetes("5.1.5", "5.1.6"),
        *cis_eks("4.1.5", "4.1.6"),
        *cis_gke("4.1.4", "4.1.5"),
        *nsa("C-0034"),
    ),
    fix=(
        "Set automount_service_account_token=False on the account and in the pod, and name an "
        f"account in service_account_name. A pod that calls the API says why in the annotation "
        f"{API_ACCESS} of its template."
    ),
    source=f"{_DOCS}/tasks/configure-pod-container/configure-service-account/",
    checks=(
        *pod_checks(
            "The pod itself says that it gets no token, or why it does; its account is not the "
            "namespace's default.",
            reads=(
                "spec.automountServiceAccountToken",
                "spec.serviceAccountName",
                "metadata.annotations",
            ),
            absent=(
                "automountServiceAccountToken left out is up to the account and violates. "
                "serviceAccountName left out is default and violates. No annotation is no reason."
            ),
            judge=_no_token,
            good={
                "no token": _as("web", token=False),
                "a token, with a reason": _as("state", token=True, because="watches all objects"),
            },
            bad={
                "left out": {"metadata": {}, "spec": {}},
                "the default account": _as("default", token=False),
                "up to the account": _as("web"),
                "a token": _as("web", token=True),
                "a token, and a word": _as("web", token=True, because="yes"),
            },
            undecided={
                "token not known": _as("web", token=UNKNOWN_BOOLEAN),
                "account not known": _as(UNKNOWN_STRING, token=False),
            },
        ),
        expects(
            _ACCOUNT,
            "The account gives pods no token unless they ask.",
            off(
                "automountServiceAccountToken",
                "gives every pod of the account a token of the API",
                left_out=True,
            ),
        ),
    ),
)


def _no_wildcard(role: Subject) -> Iterator[Demand]:
    for rule in role.at("rules").elements():
        for key in ("verbs", "resources", "apiGroups"):
            for each in rule.at(key).elements():
                yield Demand(
                    ~each.matches(_has_wildcard), each, "grants what does not even exist yet"
                )
        for path in rule.at("nonResourceURLs").elements():
            yield Demand(~path.is_one_of("*", "/*"), path, "grants every path of the API server")


def _has_wildcard(text: str) -> bool:
    return "*" in text


def _granting(**rule: Any) -> Props:
    return {"rules": [rule]}


def _wildcard_check(type_: str) -> Check:
    keys = ("verbs", "resources", "apiGroups", "nonResourceURLs")
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    return Check(
        type=type_,
        demand="No rule has a * in its verbs, resources or groups, nor every path.",
        reads=tuple(f"rules.{key}" for key in keys),
        absent="What is left out grants nothing and satisfies.",
        judge=_no_wildcard,
        good={
            "pods, to read": _granting(**pods),
            "metrics of the server": _granting(verbs=["get"], nonResourceURLs=["/metrics"]),
            "left out": _granting(),
            "no rules": {},
        },
        bad={
            "every verb": _granting(**{**pods, "verbs": ["*"]}),
            "every resource": _granting(**{**pods, "resources": ["*"]}),
            "every part of pods": _granting(**{**pods, "resources": ["pods/*"]}),
            "every group": _granting(**{**pods, "apiGroups": ["*"]}),
            "every path": _granting(verbs=["get"], nonResourceURLs=["*"]),
            "verbs not known, every resource": _granting(verbs=UNKNOWN_ARRAY, resources=["*"]),
        },
        undecided={
            "rules not known": {"rules": UNKNOWN_ARRAY},
            "a verb not known": _granting(**{**pods, "verbs": [UNKNOWN_STRING]}),
        },
    )


RBAC_NO_WILDCARD: Final = Rule(
    id="k8s-rbac-no-wildcard",
    title="Roles name what they grant",
    reason="A * grants what the next release of the cluster brings, to whoever holds the role.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(*cis_kubernetes("5.1.3"), *cis_eks("4.1.3"), *cis_gke("4.1.3")),
    fix="List the verbs, the resources and the groups that are needed.",
    source=_GOOD_PRACTICES,
    checks=(_wildcard_check(_ROLE), _wildcard_check(_CLUSTER_ROLE)),
)


@dataclass(frozen=True, slots=True)
class _Danger:
    """Verbs on resources that give more than they name; no verbs are all, no resources any."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    problem: str


_DANGERS: Final = (
    _Danger(("escalate", "bind", "impersonate"), (), "lets its holder take another one's rights"),
    _Danger(("get", "list", "watch"), ("secrets",), "shows what was told to its owner alone"),
    _Danger(("create",), ("pods",), "starts what has any account of the namespace"),
    _Danger(
        (),
        ("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
        "runs commands in what belongs to others",
    ),
    _Danger((), ("nodes/proxy",), "runs commands in all that runs on a node"),
    _Danger((), ("certificatesigningrequests/approval",), "signs for any user"),
    _Danger(("create",), ("serviceaccounts/token",), "speaks for other accounts"),
    _Danger(
        ("create", "update", "patch", "delete", "deletecollection"),
        ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        "rewrites every object on its way into the cluster",
    ),
)


def _harmless(role: Subject) -> Iterator[Demand]:
    for rule in role.at("rules").elements():
        verbs, resources = list(rule.at("verbs").elements()), list(rule.at("resources").elements())
        names = rule.at("resourceNames")
        for danger in _DANGERS:
            granted = _grants(resources, danger.resources)
            if granted is Truth.NO:
                continue
            for verb in verbs:
                found = granted & _is_among(verb, danger.verbs)
                if danger.resources == ("secrets",):
                    found &= ~(verb.is_one_of("get") & ~names.is_empty())
                yield Demand(~found, verb, danger.problem)


def _grants(resources: list[View], dangerous: tuple[str, ...]) -> Truth:
    if not dangerous:
        return Truth.YES
    return some(each.is_one_of("*", *dangerous) for each in resources)


def _is_among(verb: View, verbs: tuple[str, ...]) -> Truth:
    return verb.is_one_of("*", *verbs) if verbs else truth(verb.is_present)


def _sensitive_check(type_: str) -> Check:
    def on(*resources: str, verbs: tuple[str, ...], **more: Any) -> Props:
        return _granting(resources=[*resources], verbs=[*verbs], **more)

    return Check(
        type=type_,
        demand=(
            "No rule grants to become another one, to read secrets, to start or enter pods, to "
            "act as a node, to make credentials, or to rewrite what others create."
        ),
        reads=("rules.verbs", "rules.resources", "rules.resourceNames"),
        absent=(
            "No verbs and no resources grant nothing and satisfy. resourceNames left out are all."
        ),
        judge=_harmless,
        good={
            "pods, to read": on("pods", "nodes/metrics", verbs=("get", "list", "watch")),
            "one secret by its name": on("secrets", verbs=("get",), resourceNames=["web"]),
            "left out": _granting(),
            "no rules": {},
        },
        bad={
            "impersonation": on("users", verbs=("impersonate",)),
            "binding": on("roles", verbs=("bind",)),
            "secrets": on("secrets", verbs=("get",)),
            "secrets among others": on("configmaps", "secrets", verbs=("list", "watch")),
            "one secret, watched": on("secrets", verbs=("watch",), resourceNames=["web"]),
            "starting pods": on("pods", verbs=("create",)),
            "entering pods": on("pods/exec", verbs=("get",)),
            "putting containers into pods": on("pods/ephemeralcontainers", verbs=("patch",)),
            "the agents of nodes": on("nodes/proxy", verbs=("get",)),
            "signing": on("certificatesigningrequests/approval", verbs=("update",)),
            "tokens": on("serviceaccounts/token", verbs=("create",)),
            "webhooks": on("mutatingwebhookconfigurations", verbs=("patch",)),
            "everything": on("*", verbs=("*",)),
        },
        undecided={
            "rules not known": {"rules": UNKNOWN_ARRAY},
            "verb not known": on("secrets", verbs=(UNKNOWN_STRING,)),
            "resource not known": on(UNKNOWN_STRING, verbs=("get",)),
            "whether named not known": on("secrets", verbs=("get",), resourceNames=UNKNOWN_ARRAY),
        },
    )


RBAC_SENSITIVE_VERBS: Final = Rule(
    id="k8s-rbac-sensitive-verbs",
    title="Roles grant nothing that grants everything",
    reason=(
        "Some rights are worth more than they say: who may read the secrets, start a pod or bind "
        "a role has what every account of the namespace has, or the cluster."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *cis_kubernetes("5.1.2", "5.1.4", "5.1.8", "5.1.10", "5.1.11", "5.1.12", "5.1.13"),
        *cis_eks("4.1.2", "4.1.4", "4.1.8", "4.1.10", "4.1.11", "4.1.12"),
        *cis_gke("4.1.2", "4.1.7"),
        *nsa("C-0002"),
    ),
    fix=(
        "Remove the verb; read one secret by resource_names, take nodes/metrics instead of "
        "nodes/proxy, and leave the rest to the pipeline."
    ),
    source=_GOOD_PRACTICES,
    checks=(_sensitive_check(_ROLE), _sensitive_check(_CLUSTER_ROLE)),
)

_EVERYBODY: Final = (
    "system:anonymous",
    "system:unauthenticated",
    "system:authenticated",
    "system:masters",
    "system:serviceaccounts",
)
_DEFAULT_ACCOUNT: Final = re.compile(r"system:serviceaccount:[^:]+:default")
_ADMINISTRATORS: Final = Setting(
    name="administrators",
    description="Names of the subjects that may be bound to cluster-admin.",
    default=("platform-administrators",),
)


def _no_admin(binding: Subject) -> Iterator[Demand]:
    is_admin = binding.at("roleRef", "name").is_one_of("cluster-admin")
    administrators = binding.configured["administrators"]
    for subject in binding.at("subjects").elements():
        name, kind = subject.at("name"), subject.at("kind")
        allowed = name.is_one_of(*administrators)
        yield Demand(~is_admin | allowed, name, "gets the whole cluster")
        yield Demand(~name.is_one_of(*_EVERYBODY), name, "stands for people nobody chose")
        shared = kind.is_one_of("ServiceAccount") & name.is_one_of("default")
        shared |= name.matches(lambda text: _DEFAULT_ACCOUNT.fullmatch(text) is not None)
        yield Demand(~shared, name, "is the account that every pod of a namespace may have")


def _admin_check(type_: str) -> Check:
    def bound(role: str | None, name: str | None, kind: str | None = "Group") -> Props:
        return {"roleRef": {"name": role}, "subjects": [{"kind": kind, "name": name}]}

    return Check(
        type=type_,
        demand=(
            "Only named administrators get cluster-admin; nobody binds everybody, nor the default "
            "account of a namespace."
        ),
        reads=("roleRef.name", "subjects.name", "subjects.kind"),
        absent="No subjects satisfy. kind left out is no account.",
        judge=_no_admin,
        good={
            "a role of its own": bound("shop-viewer", "web", "ServiceAccount"),
            "an account by its name as a user": bound(
                "shop-viewer", "system:serviceaccount:default:web", "User"
            ),
            "an administrator": bound("cluster-admin", "platform-administrators"),
            "nobody": {"roleRef": {"name": "cluster-admin"}},
            "left out": bound(None, None, None),
        },
        bad={
            "the whole cluster": bound("cluster-admin", "web", "ServiceAccount"),
            "everybody": bound("shop-viewer", "system:authenticated"),
            "strangers": bound("shop-viewer", "system:anonymous", "User"),
            "masters": bound("shop-viewer", "system:masters"),
            "the default account": bound("shop-viewer", "default", "ServiceAccount"),
            "every account": bound("shop-viewer", "system:serviceaccounts"),
            "the default account by its name as a user": bound(
                "shop-viewer", "system:serviceaccount:shop:default", "User"
            ),
            "role not known, everybody": bound(UNKNOWN_STRING, "system:unauthenticated"),
        },
        undecided={
            "role not known": bound(UNKNOWN_STRING, "web"),
            "name not known": bound("shop-viewer", UNKNOWN_STRING),
            "kind not known": bound("shop-viewer", "default", UNKNOWN_STRING),
            "subjects not known": {"subjects": UNKNOWN_ARRAY},
        },
    )


RBAC_NO_CLUSTER_ADMIN: Final = Rule(
    id="k8s-rbac-no-cluster-admin",
    title="Nobody gets the whole cluster, and nothing is granted to everybody",
    reason=(
        "Who is bound to cluster-admin reads every secret and enters every node; what is granted "
        "to a group of everybody is granted to whoever finds the API."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *cis_kubernetes("5.1.1", "5.1.5", "5.1.7"),
        *cis_eks("4.1.1"),
        *cis_gke("4.1.1", "4.1.6", "4.1.8", "4.1.9", "4.1.10"),
        *nsa("C-0035"),
    ),
    fix="Bind a role that names what is needed, to an account or a group made for it.",
    source=_GOOD_PRACTICES,
    settings=(_ADMINISTRATORS,),
    checks=(_admin_check(_ROLE_BINDING), _admin_check(_CLUSTER_ROLE_BINDING)),
)

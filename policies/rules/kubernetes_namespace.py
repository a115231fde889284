"""Where pods live: in namespaces with a level of security, a share of the cluster and a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_eks, cis_gke, cis_kubernetes
from policies.examples import example
from policies.expected import Expected, expects, forbids
from policies.namespaces import NAMESPACE, living_in
from policies.pods import HOST_ACCESS, POD, TEMPLATES, states
from policies.rule import Check, Demand, Props, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, truth

_DOCS: Final = "https://kubernetes.io/docs"
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_VERSION: Final = "pod-security.kubernetes.io/enforce-version"
_PINNED: Final = re.compile(r"v1\.\d{1,3}")
_LOOSER: Final = ("baseline", "privileged")
_REASON: Final = {HOST_ACCESS: "agents that measure their node"}


def _is_own(namespace: View) -> Truth:
    return namespace.matches(
        lambda name: name not in ("", "default") and not name.startswith("kube-")
    )


def _made_here(pods: Subject, stack: Stack) -> Iterator[Demand]:
    name = pods.at("metadata", "namespace")
    made = any(each.type == NAMESPACE for each in stack.behind(pods.resource, "metadata"))
    settled = truth(made or name.is_known or not name.is_present)
    yield Demand(settled | Truth.UNKNOWN, name, "is a namespace from elsewhere")


def _settled_namespace(type_: str) -> StackCheck:
    namespace = example(NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    unknown = {"metadata": {"namespace": UNKNOWN_STRING}}
    return StackCheck(
        type=type_,
        demand="A namespace that is not known yet is one of the stack.",
        reads={type_: ("metadata.namespace",)},
        absent="Nothing is read: a namespace that is left out is judged on its own.",
        judge=_made_here,
        settles=True,
        good={
            "a namespace of the stack": (
                namespace,
                example(type_, "web", unknown, made_from={"metadata": [namespace]}),
            ),
            "known": (example(type_, "web", {"metadata": {"namespace": "shop"}}),),
        },
        bad={},
        undecided={"from nothing known": (namespace, example(type_, "web", unknown))},
    )


NO_DEFAULT_NAMESPACE: Final = Rule(
    id="k8s-no-default-namespace",
    title="Pods live in namespaces of their own",
    reason=(
        "The namespaces that every cluster has bear no policy, no quota and no owner, and those "
        "of the system hold its accounts."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(*cis_kubernetes("5.6.4"), *cis_eks("4.5.2"), *cis_gke("4.6.4")),
    fix="Set metadata.namespace to a namespace that the stack makes.",
    source=f"{_DOCS}/concepts/overview/working-with-objects/namespaces/",
    checks=tuple(
        expects(
            type_,
            "The namespace is given, and is neither default nor one of the system.",
            Expected(
                path="metadata.namespace",
                problem="is a namespace that nobody made",
                holds=_is_own,
                left_out_as="the namespace of the provider, else default",
                left_out="default",
                good=("shop",),
                bad=("default", "kube-system"),
            ),
        )
        for type_ in TEMPLATES
    ),
    stack_checks=tuple(map(_settled_namespace, TEMPLATES)),
)

NO_BARE_PODS: Final = Rule(
    id="k8s-no-bare-pods",
    title="Pods are started by what starts them again",
    reason="A pod of its own is gone with its node, and nobody starts another one.",
    severity=Severity.LOW,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=(),
    fix="Use a Deployment, a StatefulSet, a DaemonSet or a Job.",
    source=f"{_DOCS}/concepts/workloads/pods/#working-with-pods",
    checks=(
        forbids(
            POD,
            "There is no pod that nothing starts again.",
            "is a pod that nothing starts again",
            {"metadata": {"name": "web"}},
        ),
    ),
)


def _leveled(namespace: Subject) -> Iterator[Demand]:
    labels = namespace.at("metadata", "labels")
    enforced = labels.at(_ENFORCE)
    demanded = enforced.is_one_of(*namespace.configured["levels"])
    if demanded is not Truth.YES:
        loosened = enforced.is_one_of(*_LOOSER) & states(namespace, HOST_ACCESS)
        yield Demand(demanded | loosened, enforced, "is not the level that is demanded")
    version = labels.at(_VERSION)
    yield Demand(
        version.matches(lambda text: _PINNED.fullmatch(text) is not None),
        version,
        "is no version, so that the level changes with the cluster",
    )


def _of_one_mind(namespace: Subject, stack: Stack) -> Iterator[Demand]:
    enforced = namespace.at("metadata", "labels", _ENFORCE)
    looser = [level for level in _LOOSER if level not in namespace.configured["levels"]]
    loose = enforced.is_one_of(*looser)
    for pods, inside in living_in(namespace.resource, stack, *TEMPLATES):
        needs = states(View(pods.props).at(*TEMPLATES[pods.type]), HOST_ACCESS)
        yield Demand(
            ~inside | ~loose | needs, enforced, "loosens what holds a pod that says no reason"
        )
        yield Demand(~inside | loose | ~needs, enforced, "does not admit a pod that needs its node")


def _namespace(
    level: str | None, version: str | None = "v1.33", because: Props | None = None
) -> Props:
    return {
        "metadata": {
            "name": "shop",
            "labels": {_ENFORCE: level, _VERSION: version},
            "annotations": because,
        }
    }


def _holding(level: str, because: Props | None, namespace: str = "shop") -> tuple[Resource, ...]:
    pods = {
        "metadata": {"namespace": namespace},
        "spec": {"template": {"metadata": {"annotations": because}}},
    }
    return (
        example(NAMESPACE, "shop", _namespace(level, because=_REASON)),
        example("kubernetes:apps/v1:DaemonSet", "agent", pods),
    )


NS_PSS_LABEL: Final = Rule(
    id="k8s-ns-pss-label",
    title="Namespaces enforce a level of the Pod Security Standards",
    reason=(
        "What the cluster itself refuses needs nobody's care: without the label it takes any pod, "
        "whatever these rules say of those they see."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(*cis_kubernetes("5.2.1"), *cis_gke("4.2.1")),
    fix=(
        f"Set the labels {_ENFORCE} to restricted and {_VERSION} to the version of the cluster. A "
        "namespace of agents that need their node enforces privileged and says why in the "
        f"annotation {HOST_ACCESS}, as do all pods in it, and no others."
    ),
    source=f"{_DOCS}/concepts/security/pod-security-admission/",
    settings=(
        Setting(
            name="levels",
            description="Levels that satisfy without a reason.",
            default=("restricted",),
        ),
    ),
    checks=(
        Check(
            type=NAMESPACE,
            demand=(
                "The namespace enforces the level restricted, or a looser one if it says why, in "
                "a version that is pinned."
            ),
            reads=("metadata.labels", "metadata.annotations"),
            absent="No label violates. No annotation, or fewer than ten letters, is no reason.",
            judge=_leveled,
            good={
                "restricted": _namespace("restricted"),
                "privileged, with a reason": _namespace("privileged", because=_REASON),
                "no annotations": {
                    "metadata": {"labels": _namespace("restricted")["metadata"]["labels"]}
                },
            },
            bad={
                "left out": {"metadata": {"name": "shop"}},
                "privileged": _namespace("privileged"),
                "privileged, and a word": _namespace("privileged", because={HOST_ACCESS: "agents"}),
                "no level at all, with a reason": _namespace(None, because=_REASON),
                "the version of the day": _namespace("restricted", "latest"),
                "no version": _namespace("restricted", None),
            },
            undecided={
                "labels not known": {"metadata": {"labels": UNKNOWN_STRING}},
                "level not known": _namespace(UNKNOWN_STRING),
                "reason not known": {
                    "metadata": {
                        **_namespace("privileged")["metadata"],
                        "annotations": UNKNOWN_STRING,
                    }
                },
            },
        ),
    ),
    stack_checks=(
        StackCheck(
            type=NAMESPACE,
            demand="All pods in a looser namespace say why they need their node, and no others do.",
            reads={
                NAMESPACE: ("metadata.name", "metadata.labels"),
                **{
                    type_: (
                        "metadata.namespace",
                        ".".join((*path, "metadata", "annotations")),
                    )
                    for type_, path in TEMPLATES.items()
                },
            },
            absent="No label is not looser. No annotation is no reason.",
            judge=_of_one_mind,
            good={
                "agents by themselves": _holding("privileged", _REASON),
                "others by themselves": _holding("restricted", None),
                "agents elsewhere": _holding("restricted", _REASON, "agents"),
            },
            bad={
                "others among agents": _holding("privileged", None),
                "agents among others": _holding("restricted", _REASON),
            },
            undecided={
                "where not known": _holding("privileged", None, UNKNOWN_STRING),
                "reason not known": _holding("privileged", {HOST_ACCESS: UNKNOWN_STRING}),
            },
        ),
    ),
)

_QUOTA: Final = "kubernetes:core/v1:ResourceQuota"
_LIMITS: Final = "kubernetes:core/v1:LimitRange"
_TEAM: Final = "plinth.dev/team"


def _shared_out(namespace: Subject, stack: Stack) -> Iterator[Demand]:
    labels = namespace.at("metadata", "labels")
    marks = namespace.configured["team_labels"]
    of_team = [labels.at(mark) for mark in marks if labels.at(mark).is_present]
    if not of_team:
        return
    limited = Truth.NO
    for bound, inside in living_in(namespace.resource, stack, _QUOTA, _LIMITS):
        held = View(bound.props).at("spec", "hard" if bound.type == _QUOTA else "limits")
        limited |= inside & ~held.is_empty()
    if not labels.is_known:
        limited |= Truth.UNKNOWN
    yield Demand(limited, namespace, "takes as much of the cluster as it likes")


def _team(labels: Any = None) -> Resource:
    return example(
        NAMESPACE, "shop", {"metadata": {"name": "shop", "labels": labels or {_TEAM: "shop"}}}
    )


def _bound(type_: str, namespace: str = "shop", **spec: Any) -> Resource:
    return example(type_, "shop", {"metadata": {"namespace": namespace}, "spec": spec})


_HARD: Final[dict[str, Any]] = {"hard": {"requests.cpu": "8", "requests.memory": "16Gi"}}

NS_QUOTA: Final = Rule(
    id="k8s-ns-quota",
    title="Teams share a cluster by quota",
    reason="Without a quota one team's mistake takes the cluster from all others.",
    severity=Severity.LOW,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Add a ResourceQuota, or at least a LimitRange, to the namespace.",
    source=f"{_DOCS}/concepts/policy/resource-quotas/",
    settings=(
        Setting(
            name="team_labels",
            description="Labels that make a namespace that of a team, whatever they say.",
            default=(_TEAM,),
        ),
    ),
    stack_checks=(
        StackCheck(
            type=NAMESPACE,
            demand="A namespace of a team has a quota or a range of limits.",
            reads={
                NAMESPACE: ("metadata.name", "metadata.labels"),
                _QUOTA: ("metadata.namespace", "spec.hard"),
                _LIMITS: ("metadata.namespace", "spec.limits"),
            },
            absent="Neither violates. A namespace without the label is no team's and satisfies.",
            judge=_shared_out,
            good={
                "a quota": (_team(), _bound(_QUOTA, **_HARD)),
                "limits": (_team(), _bound(_LIMITS, limits=[{"type": "Container"}])),
                "of no team": (_team({"app": "web"}),),
            },
            bad={
                "neither": (_team(),),
                "elsewhere": (_team(), _bound(_QUOTA, "bank", **_HARD)),
                "an empty one": (_team(), _bound(_QUOTA, hard={})),
            },
            undecided={
                "labels not known": (_team(UNKNOWN_STRING),),
                "where not known": (_team(), _bound(_QUOTA, UNKNOWN_STRING, **_HARD)),
            },
        ),
    ),
)

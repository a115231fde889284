"""The rules about pods say what the admission of a real cluster says, control by control."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

import pytest

from policies.catalogue import RULES
from policies.controls import Framework, Relation
from policies.judge import Judge
from policies.pods import DEPLOYMENT, POD, TEMPLATES
from policies.rule import Rule, Verdict
from policies.subject import Resource
from tests.acceptance.cluster import MERGING, Answer, Api, Tally
from tests.acceptance.pods import (
    CASES,
    INVALID,
    LEVELS,
    NEWER,
    Case,
    Control,
    Level,
)

# What the admission calls a control when one is violated.
CONTROLS: Final = {
    "host namespaces": Control.HOST_NAMESPACES,
    "privileged": Control.PRIVILEGED,
    "hostProcess": Control.HOST_PROCESS,
    "non-default capabilities": Control.CAPABILITIES,
    "unrestricted capabilities": Control.CAPABILITIES,
    "hostPath volumes": Control.HOST_PATH,
    "restricted volume types": Control.VOLUME_TYPES,
    "hostPort": Control.HOST_PORTS,
    "probe or lifecycle host": Control.PROBE_HOSTS,
    "forbidden AppArmor profile": Control.APPARMOR,
    "forbidden AppArmor profiles": Control.APPARMOR,
    "seLinuxOptions": Control.SELINUX,
    "procMount": Control.PROC_MOUNT,
    "seccompProfile": Control.SECCOMP,
    "forbidden sysctls": Control.SYSCTLS,
    "allowPrivilegeEscalation != false": Control.ESCALATION,
    "runAsNonRoot != true": Control.NON_ROOT,
    "runAsUser=0": Control.USER,
}
RULES_OF_PODS: Final = tuple(rule for rule in RULES if rule.id.startswith("k8s-pss-"))
# Level and name of a control, and the rules that say they are it.
CLAIMED: Final = [
    (each.id.partition(": ")[0], each.id.partition(": ")[2], rule.id)
    for rule in RULES_OF_PODS
    for each in rule.controls
    if each.framework is Framework.PSS and each.relation is Relation.SAME
]
RULE_OF: Final = {name: rule for _, name, rule in CLAIMED}

VIOLATES: Final = re.compile(r'violates? PodSecurity "[a-z]+:v[0-9.]+": (.*)', re.DOTALL)
# What is said of a control in parentheses may have texts in quotes, and parentheses in those.
SAID: Final = re.compile(r'([^()",]+) \((?:[^()"]|"(?:[^"\\]|\\.)*")*\)(?:, |$)')

# The kinds, beside pods, that hold a template of pods, and what they need besides.
KINDS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    DEPLOYMENT: ("apps/v1", {"selector": {"matchLabels": {"app": "case"}}}),
    "kubernetes:apps/v1:StatefulSet": (
        "apps/v1",
        {"serviceName": "case", "selector": {"matchLabels": {"app": "case"}}},
    ),
    "kubernetes:apps/v1:DaemonSet": ("apps/v1", {"selector": {"matchLabels": {"app": "case"}}}),
    "kubernetes:apps/v1:ReplicaSet": ("apps/v1", {"selector": {"matchLabels": {"app": "case"}}}),
    "kubernetes:core/v1:ReplicationController": ("v1", {"selector": {"app": "case"}}),
    "kubernetes:batch/v1:Job": ("batch/v1", {}),
    "kubernetes:batch/v1:CronJob": ("batch/v1", {"schedule": "0 3 * * *"}),
    "kubernetes:core/v1:PodTemplate": ("v1", {}),
}
NEVER: Final = frozenset({"kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"})
"""Kinds whose pods must not start again."""

each_control = pytest.mark.parametrize(
    "control", [*Control, None], ids=[*(each.name for each in Control), "good"]
)
numbers = count()


def namespace(level: Level, mode: str) -> str:
    return f"{mode}-{level}"


@pytest.fixture
def api(cluster: Api) -> Api:
    """The cluster, with a namespace that enforces each level, and one that warns of it."""
    for level in LEVELS:
        for mode in ("enforce", "warn"):
            labels = {
                f"pod-security.kubernetes.io/{mode}": level,
                f"pod-security.kubernetes.io/{mode}-version": cluster.version,
            }
            answer = cluster.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {"name": namespace(level, mode), "labels": labels},
                }
            )
            assert answer.accepted, answer.message
    return cluster


def named(text: str) -> frozenset[Control]:
    """The controls that the admission names; it must be understood whole."""
    found = VIOLATES.search(text)
    assert found, text
    assert SAID.sub("", found[1]) == "", text
    return frozenset(CONTROLS[reason] for reason in SAID.findall(found[1]))


def refused_for(answer: Answer) -> frozenset[Control]:
    if answer.accepted:
        return frozenset()
    assert answer.status == 403, answer.message
    return named(answer.body["message"])


def enforced(api: Api, case: Case, level: Level) -> frozenset[Control]:
    """The controls for which the server refuses the pod."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"case-{next(numbers)}",
            "namespace": namespace(level, "enforce"),
            "annotations": dict(case.annotations),
        },
        "spec": {key: value for key, value in case.spec.items() if key != "ephemeralContainers"},
    }
    added = case.spec.get("ephemeralContainers")
    if added is None:
        return refused_for(api.rehearse(pod))
    # No pod is created with an ephemeral container: a pod that runs gets it.
    there = api.apply(pod)
    assert there.accepted, there.message
    return refused_for(
        api.ask(
            "PATCH",
            f"{api.path(pod)}/ephemeralcontainers",
            {"spec": {"ephemeralContainers": added}},
            content_type=MERGING,
            dryRun="All",
            fieldValidation="Strict",
        )
    )


def held(type_: str, template: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object of the type that holds the template."""
    path = TEMPLATES[type_]
    inner: dict[str, Any] = dict(template)
    for key in reversed(path):
        inner = {key: inner}
    if path[0] == "spec":
        inner["spec"] |= own
    return inner


def template_of(case: Case, type_: str) -> dict[str, Any]:
    again = {"restartPolicy": "Never"} if type_ in NEVER else {}
    return {
        "metadata": {"labels": {"app": "case"}, "annotations": dict(case.annotations)},
        "spec": {**case.spec, **again},
    }


def warned(api: Api, case: Case, level: Level, type_: str) -> frozenset[Control]:
    """The controls of which the server warns where a template has the pod."""
    api_version, own = KINDS[type_]
    answer = api.rehearse(
        {
            "apiVersion": api_version,
            "kind": type_.rpartition(":")[2],
            "metadata": {"name": "case", "namespace": namespace(level, "warn")},
            **held(type_, template_of(case, type_), own),
        }
    )
    assert answer.accepted, answer.message
    return frozenset(
        control for text in answer.warnings if VIOLATES.search(text) for control in named(text)
    )


def is_of(rule: Rule, level: Level) -> bool:
    """Whether the standards have what the rule says at the level."""
    return level == "restricted" or ("baseline", rule.id) in {(at, id_) for at, _, id_ in CLAIMED}


def judge_at(level: Level) -> Judge:
    rules = [rule for rule in RULES_OF_PODS if is_of(rule, level)]
    restricted = {"restricted": level == "restricted"}
    return Judge(rules, {rule.id: restricted for rule in rules if rule.settings})


JUDGES: Final = {level: judge_at(level) for level in LEVELS}


def failing(case: Case, level: Level, type_: str = POD) -> frozenset[str]:
    """The ids of the rules that the pod fails; every rule must decide."""
    pod = {"metadata": {"annotations": dict(case.annotations)}, "spec": case.spec}
    props = pod if type_ == POD else held(type_, pod, {})
    urn = f"urn:pulumi:prod::plinth::{type_}::case"
    findings = JUDGES[level].resource(Resource(urn, type_, "case", props))
    assert {each.verdict for each in findings} <= {Verdict.PASS, Verdict.FAIL}
    assert len(findings) == len([rule for rule in RULES_OF_PODS if is_of(rule, level)])
    return frozenset(each.rule.id for each in findings if each.verdict is Verdict.FAIL)


def rules_of(controls: frozenset[Control]) -> frozenset[str]:
    return frozenset(RULE_OF[control] for control in controls)


def with_fault(control: Control | None) -> Iterator[tuple[Case, Level]]:
    return ((case, level) for case in CASES if case.breaks is control for level in LEVELS)


def test_every_pod_has_one_fault_or_none() -> None:
    assert len(CASES) >= 300
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(case.breaks is None for case in CASES) >= 100


def test_the_corpus_violates_every_control_that_a_rule_claims_and_no_other() -> None:
    violated = {(case.at, case.breaks.value) for case in CASES if case.breaks}
    claimed = {(level, name) for level, name, _ in CLAIMED}

    # The API refuses a pod that baseline would refuse for this: see INVALID.
    assert claimed - violated == {("baseline", Control.PROC_MOUNT.value)}
    assert violated <= claimed


def test_one_rule_claims_a_control() -> None:
    assert {name for _, name, _ in CLAIMED} == {*Control} == {*CONTROLS.values()}
    assert len({(name, rule) for _, name, rule in CLAIMED}) == len(RULE_OF)
    assert {*RULE_OF.values()} == {rule.id for rule in RULES_OF_PODS}


@each_control
def test_pods_are_refused_for_the_controls_whose_rules_they_fail(
    control: Control | None, api: Api, tally: Tally
) -> None:
    differ: dict[tuple[str, Level], object] = {}
    for case, level in with_fault(control):
        refused, failed = enforced(api, case, level), failing(case, level)
        if refused == case.broken(level) and failed == rules_of(refused):
            tally.pods[level] += 1
        else:
            differ[case.name, level] = ({*refused}, {*failed})

    assert differ == {}


@each_control
def test_deployments_are_warned_of_the_controls_whose_rules_they_fail(
    control: Control | None, api: Api, tally: Tally
) -> None:
    differ: dict[tuple[str, Level], object] = {}
    for case, level in with_fault(control):
        if "ephemeralContainers" in case.spec:
            continue
        told = warned(api, case, level, DEPLOYMENT) | (case.filled_in & case.broken(level))
        failed = failing(case, level, DEPLOYMENT)
        if told == case.broken(level) and failed == rules_of(told):
            tally.templates[level] += 1
        else:
            differ[case.name, level] = ({*told}, {*failed})

    assert differ == {}


@pytest.mark.parametrize("type_", KINDS, ids=[each.rpartition(":")[2] for each in KINDS])
def test_every_kind_that_starts_pods_is_judged_as_its_pods_are(type_: str, api: Api) -> None:
    """One case for each control, and a good one."""
    found = {
        case.breaks: case
        for case in reversed(CASES)
        if "ephemeralContainers" not in case.spec and "restartPolicy" not in str(case.spec)
    }
    cases = [case for case in found.values() if not case.filled_in]

    assert {case.breaks for case in cases} == {*Control, None}
    for case in cases:
        for level in LEVELS:
            told = warned(api, case, level, type_)
            assert (told, failing(case, level, type_)) == (case.broken(level), rules_of(told))


def test_no_kind_that_starts_pods_is_left_out() -> None:
    assert {*KINDS, POD} == {*TEMPLATES}


@pytest.mark.parametrize("case", NEWER.values(), ids=NEWER)
def test_what_later_standards_allow_is_all_that_the_server_refuses_and_the_rules_do_not(
    case: Case, api: Api
) -> None:
    assert int(api.version.rpartition(".")[2]) < 37, "the server is as new as the standards"
    for level in LEVELS:
        assert enforced(api, case, level) == {Control.SYSCTLS}
        assert failing(case, level) == frozenset()


@pytest.mark.parametrize("name", INVALID)
def test_what_the_corpus_leaves_out_is_no_pod_at_all(name: str, api: Api) -> None:
    answer = api.rehearse(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "invalid", "namespace": namespace("restricted", "warn")},
            "spec": INVALID[name],
        }
    )

    assert answer.status == 422, answer.message


def test_a_pod_is_not_created_with_an_ephemeral_container(api: Api) -> None:
    case = next(each for each in CASES if "ephemeralContainers" in each.spec)
    answer = api.rehearse(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "case", "namespace": namespace("restricted", "warn")},
            "spec": case.spec,
        }
    )

    assert answer.status == 422, answer.message

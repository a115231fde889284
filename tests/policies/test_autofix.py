"""Repairs: what they set, what they leave alone, and that engines get them from the packs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from policies.analyzer import PackAnalyzer
from policies.autofix import AutoFix, Configured, repaired
from policies.catalogue import RULES
from policies.examples import example
from policies.fixes import FIXES
from policies.judge import Finding, Judge
from policies.pack import EXEMPTIONS_FILE, Pack
from policies.pages import page_of
from policies.rule import EVERYWHERE, Rule, Verdict
from policies.subject import Environment, Resource
from policies.twins import translated
from policies.view import MARKERS, MASKED_SECRET, UNKNOWN_BOOLEAN, UNKNOWN_STRING
from policies.wire import encoded, raw
from rehearsal.errors import RehearsalError
from rehearsal.facts import facts_of
from rehearsal.pack_requests import about_resource
from rehearsal.sdk import Sdk
from tests.policies.pack import analyzed, running
from tests.policies.support import CASES
from tests.policies.test_catalogue import is_input

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
OUTPUT = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "dependencies": ["urn:x"]}
OPAQUE = (SECRET, OUTPUT, MASKED_SECRET, *sorted(MARKERS))

DATABASE = "aws:rds/instance:Instance"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
LISTENER = "aws:lb/listener:Listener"

ALL = "dev, prod, staging"
REPAIRED_IN = {
    "aws-cloudtrail-complete": ALL,
    "aws-ebs-encrypted": ALL,
    "aws-ec2-imdsv2": ALL,
    "aws-ecr-immutable-tags": ALL,
    "aws-ecr-scan-on-push": ALL,
    "aws-eks-control-plane-logs": ALL,
    "aws-elasticache-resilient": "prod",
    "aws-kms-deletion-window": "prod, staging",
    "aws-kms-rotation": ALL,
    "aws-lb-hardened": ALL,
    "aws-lb-tls-policy": ALL,
    "aws-loggroup-retention-kms": ALL,
    "aws-rds-backup-retention": ALL,
    "aws-rds-deletion-protection": "prod",
    "aws-rds-iam-auth": ALL,
    "aws-rds-minor-upgrades": ALL,
    "aws-rds-not-public": ALL,
    "aws-s3-block-public-access": ALL,
    "aws-s3-owner-enforced": ALL,
    "aws-s3-versioned": ALL,
    "aws-secret-policy-private": ALL,
    "aws-secret-recoverable": "prod",
    "aws-subnet-no-auto-public-ip": "dev",
    "docker-capabilities": "dev",
    "gcp-ar-hardened": ALL,
    "gcp-gcs-durable": "prod",
    "gcp-gcs-private": ALL,
    "gcp-gcs-uniform-access": ALL,
    "gcp-gke-deletion-protection": "prod",
    "gcp-gke-kubelet-readonly-off": ALL,
    "gcp-gke-no-legacy-auth": ALL,
    "gcp-gke-node-maintenance": ALL,
    "gcp-gke-observability": ALL,
    "gcp-gke-shielded-nodes": ALL,
    "gcp-gke-vpc-native-visible": ALL,
    "gcp-kms-rotation": ALL,
    "gcp-sql-backups": ALL,
    "gcp-sql-resilient": "prod",
    "gcp-sql-tls": ALL,
    "gcp-ssl-policy-modern": ALL,
    "gcp-subnet-flow-logs": ALL,
    "gcp-subnet-private-google-access": ALL,
    "k8s-no-token-automount": ALL,
    "k8s-ns-pss-label": ALL,
    "k8s-pss-capabilities": "dev",
    "k8s-pss-no-escalation": ALL,
    "k8s-pss-seccomp": ALL,
}
NOT_REPAIRED = {
    "aws-eks-secrets-kms": "cannot be taken back",
    "aws-elasticache-encrypted": "replaces",
    "aws-lb-access-logs": "needs a bucket",
    "aws-rds-multi-az": "costs",
    "aws-rds-storage-encrypted": "replaces",
    "aws-vpc-default-sg-closed": "needs a companion",
    "aws-vpc-flow-logs": "needs a companion",
    "docker-security-opts": "replaces: a container cannot change in place",
    "gcp-gke-private-nodes": "replaces",
    "gcp-gke-secrets-kms": "needs a key",
    "gcp-network-custom": "replaces",
    "gcp-sql-cmek": "replaces",
    "gcp-sql-flags": "restarts",
    "gcp-sql-iam-auth": "restarts",
    "k8s-ns-default-deny": "needs a companion",
    "stack-protect-stateful": "options are not properties",
    "stack-required-tags": "nobody but its owner knows whose a resource is",
}

BY_ID = {rule.id: rule for rule in RULES}
EACH_FIX = [(id_, fix) for id_, fixes in FIXES.items() for fix in fixes]
each_fix = pytest.mark.parametrize(
    ("id_", "fix"),
    EACH_FIX,
    ids=[f"{id_}: {fix.type}: {', '.join(sorted(fix.environments))}" for id_, fix in EACH_FIX],
)


@dataclass(frozen=True)
class Trial:
    """A bad example of a rule, and what a repair makes of it."""

    before: Finding
    resource: Resource
    props: Mapping[str, Any]
    after: Finding


def judged(rule: Rule, resource: Resource) -> Finding:
    (finding,) = Judge([rule]).resource(resource)
    return finding


@cache
def trials(id_: str, fix: AutoFix) -> list[Trial]:
    """Each bad example of the rule that the repair changes, wherever both are about it."""
    found: list[Trial] = []
    for resource in examples(id_, fix, Verdict.FAIL):
        before = judged(BY_ID[id_], resource)
        if before.verdict is Verdict.FAIL:
            props = repaired(resource.props, fix, before.paths)
            if props is not None:
                after = judged(BY_ID[id_], replace(resource, props=props))
                found.append(Trial(before, resource, props, after))
    return found


def examples(id_: str, fix: AutoFix, *verdicts: Verdict) -> Iterator[Resource]:
    for case in CASES.values():
        if (case.rule.id, case.check.type) == (id_, fix.type) and case.verdict in verdicts:
            for environment in sorted(fix.environments & case.check.environments):
                yield moved(case.resource, environment)


def moved(resource: Resource, environment: Environment) -> Resource:
    return replace(resource, urn=f"urn:pulumi:{environment}::{resource.urn.partition('::')[2]}")


def changes(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The path of each value that is not the same in both."""
    if isinstance(old, Mapping | None) and isinstance(new, Mapping):
        for key in sorted({*(old or {}), *new}):
            inner = f"{path}.{key}".removeprefix(".")
            yield from changes((old or {}).get(key), new.get(key), inner)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from changes(one, other, f"{path}[{index}]")
    elif old != new:
        yield path


def lies_in(path: str, holder: str) -> bool:
    return path == holder or path.startswith((f"{holder}.", f"{holder}["))


def paths_of(fix: AutoFix) -> list[list[str]]:
    """Every path of the repair in its parts, ``*`` included."""
    return [
        [(quoted or plain).removesuffix("?") for quoted, plain in re.findall(PART, path)]
        for path in (*fix.sets, *fix.adds)
    ]


PART = r"\[([^\]]+)\]|([^.\[\]]+)"


def holding(path: list[str], value: Any) -> Any:
    """``value`` at ``path``, in a list of one where the path goes through lists."""
    for key in reversed(path):
        value = [value] if key == "*" else {key: value}
    return value


def opaque_in(value: Any, path: str = "") -> dict[str, Any]:
    """Every secret, output and unknown value by its path."""
    if isinstance(value, Mapping) and SIGNATURE not in value:
        found = [opaque_in(inner, f"{path}.{key}") for key, inner in value.items()]
    elif isinstance(value, list):
        found = [opaque_in(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    elif value in OPAQUE or isinstance(value, Mapping):
        return {path: value}
    else:
        return {}
    return {key: inner for each in found for key, inner in each.items()}


def test_repairs_are_made_for_these_rules_and_in_these_environments() -> None:
    told = {
        id_: ", ".join(sorted({place for fix in fixes for place in fix.environments}))
        for id_, fixes in FIXES.items()
    }

    assert told == REPAIRED_IN
    assert FIXES.keys() <= BY_ID.keys()
    assert not FIXES.keys() & NOT_REPAIRED.keys()


@each_fix
def test_a_repair_says_what_it_sets_and_why_that_is_safe(id_: str, fix: AutoFix) -> None:
    rule = BY_ID[id_]

    assert fix.sets or fix.adds
    assert fix.environments <= EVERYWHERE
    assert re.fullmatch(r"[A-Z].{20,}\.", fix.because)
    assert fix.type in {each for check in rule.checks for each in (check.type,)} | {
        each for check in rule.stack_checks for each in (check.type, *check.reads)
    }


@each_fix
def test_what_a_repair_sets_and_asks_is_an_input_of_its_type(id_: str, fix: AutoFix) -> None:
    del id_
    for path in paths_of(fix):
        plain = [key for key in path if key != "*" and "/" not in key]
        assert is_input(fix.type, plain), path
        for beside in fix.where:
            if "/" not in beside:
                assert is_input(fix.type, [*plain[:-1], *beside.split(".")]), beside


@each_fix
def test_no_repair_makes_a_new_object(id_: str, fix: AutoFix) -> None:
    del id_
    facts = facts_of(fix.type, Sdk().resource_type(fix.type))
    for parts in paths_of(fix):
        path = ".".join(key for key in parts if key != "*")
        kept = any(lies_in(path, each) for each in facts.keeps)
        fixed = [*facts.replaces, *facts.fixed]

        assert kept or not [
            each for each in fixed if each == "*" or lies_in(path, each) or lies_in(each, path)
        ]


def test_no_repair_touches_what_is_called_otherwise_under_an_older_token() -> None:
    for fixes in FIXES.values():
        for fix in fixes:
            assert translated(fix.type, {"a": 1}) == {"a": 1}


@each_fix
def test_a_repair_repairs_a_bad_example(id_: str, fix: AutoFix) -> None:
    assert fix.always or trials(id_, fix)


@each_fix
def test_what_was_repaired_violates_no_more(id_: str, fix: AutoFix) -> None:
    for trial in trials(id_, fix):
        if not fix.always:
            left = trial.after.paths if trial.after.verdict is Verdict.FAIL else ()
            assert {*left} < {*trial.before.paths}
            assert not [
                each
                for each in left
                for change in changes(trial.resource.props, trial.props)
                if lies_in(each, change) or lies_in(change, each)
            ]


@each_fix
def test_a_second_pass_changes_nothing(id_: str, fix: AutoFix) -> None:
    for trial in trials(id_, fix):
        assert repaired(trial.props, fix, trial.before.paths) is None
        assert repaired(trial.props, fix, trial.after.paths) is None


@each_fix
def test_a_repair_changes_only_what_violates(id_: str, fix: AutoFix) -> None:
    for trial in trials(id_, fix):
        for change in changes(trial.resource.props, trial.props):
            assert fix.always or any(
                lies_in(change, each) or lies_in(each, change) for each in trial.before.paths
            )


@each_fix
def test_a_repair_leaves_what_it_was_given_as_it_was(id_: str, fix: AutoFix) -> None:
    for resource in examples(id_, fix, Verdict.FAIL):
        given_props = deepcopy(dict(resource.props))

        repaired(resource.props, fix, [""])

        assert resource.props == given_props


@pytest.mark.parametrize("id_", FIXES)
def test_what_satisfies_or_is_not_decided_is_left_alone(id_: str) -> None:
    rule = BY_ID[id_]
    analyzer = remediating(rule.pack, id_)
    for fix in FIXES[id_]:
        for resource in examples(id_, fix, Verdict.PASS, Verdict.UNDECIDED, Verdict.NOT_APPLICABLE):
            found = Judge([rule]).resource(resource)
            if fix.always or Verdict.FAIL in {each.verdict for each in found}:
                continue

            assert [*remediated(analyzer, resource)] == []


@each_fix
def test_what_holds_or_is_a_secret_or_unknown_value_survives(id_: str, fix: AutoFix) -> None:
    del id_
    for path in paths_of(fix):
        for depth in range(1, len(path) + 1):
            for opaque in OPAQUE:
                props = holding(path[:depth], opaque)

                result = repaired(props, fix, [""]) or props

                assert opaque_in(props).items() <= opaque_in(result).items()


KEYS = sorted(
    {key for _, fix in EACH_FIX for path in paths_of(fix) for key in path}
    | {part for _, fix in EACH_FIX for path in fix.where for part in path.split(".")}
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(OPAQUE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.sampled_from([(fix, path) for _, fix in EACH_FIX for path in paths_of(fix)]),
    st.integers(0, 9),
    values,
)
def test_a_repair_of_anything_keeps_secrets_and_is_made_once(
    place: tuple[AutoFix, list[str]], depth: int, value: Any
) -> None:
    fix, path = place
    props = holding([*path[: depth % (len(path) + 1)]], value)
    if not isinstance(props, Mapping) or SIGNATURE in props:
        props = {"beside": value}
    known = deepcopy(props)

    result = repaired(props, fix, [""])

    assert repr(props) == repr(known)
    if result is not None:
        assert opaque_in(props).items() <= opaque_in(result).items()
        assert repaired(result, fix, [""]) is None


def remediating(
    pack: str, *policies: str, configured: Mapping[str, Mapping[str, Any]] | None = None
) -> PackAnalyzer:
    """The pack with ``policies`` at the level that repairs."""
    analyzer = PackAnalyzer(Pack(pack))
    known = configured or {}
    config = {
        name: analyzer_pb2.PolicyConfig(
            enforcementLevel=(
                analyzer_pb2.REMEDIATE if name in policies else analyzer_pb2.MANDATORY
            ),
            properties=encoded(known.get(name, {})),
        )
        for name in {*policies, *known}
    }
    analyzer.Configure(
        analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config), Mock(grpc.ServicerContext)
    )
    return analyzer


def remediated(analyzer: PackAnalyzer, resource: Resource) -> list[tuple[str, dict[str, Any]]]:
    """Each repair that the pack answers with: the policy and the properties."""
    request = about_resource(analyzed(resource))
    # An engine keeps what it notes for itself; a rehearsal drops it.
    request.properties.CopyFrom(encoded(resource.props))
    answer = analyzer.Remediate(request, Mock(grpc.ServicerContext))
    return [(each.policyName, raw(each.properties)) for each in answer.remediations]


def test_only_policies_at_the_level_that_repairs_do() -> None:
    database = example(DATABASE, "orders", {"publiclyAccessible": True, "backupRetentionPeriod": 0})

    (repair,) = remediated(remediating("aws", "aws-rds-backup-retention"), database)

    assert repair == (
        "aws-rds-backup-retention",
        {"publiclyAccessible": True, "backupRetentionPeriod": 7},
    )


def test_each_repair_goes_on_from_the_one_before() -> None:
    database = example(DATABASE, "orders", {"publiclyAccessible": True, "backupRetentionPeriod": 0})
    analyzer = remediating("aws", "aws-rds-backup-retention", "aws-rds-not-public")

    assert remediated(analyzer, database) == [
        ("aws-rds-not-public", {"publiclyAccessible": False, "backupRetentionPeriod": 0}),
        ("aws-rds-backup-retention", {"publiclyAccessible": False, "backupRetentionPeriod": 7}),
    ]


def test_what_is_not_repaired_comes_back_as_it_came() -> None:
    props = {
        "__defaults": ["port"],
        "publiclyAccessible": True,
        "password": SECRET,
        "engine": OUTPUT,
        "identifier": UNKNOWN_STRING,
        "tags": {"a": None, "b": [1.5, SECRET, {"c": UNKNOWN_BOOLEAN}]},
    }
    analyzer = remediating("aws", "aws-rds-not-public")

    ((_, repaired_props),) = remediated(analyzer, example(DATABASE, "orders", props))

    assert repaired_props == {**props, "publiclyAccessible": False}


def test_a_secret_that_violates_stays_a_secret() -> None:
    secret = {SIGNATURE: SECRET[SIGNATURE], "value": True}
    database = example(DATABASE, "orders", {"publiclyAccessible": secret})

    assert remediated(remediating("aws", "aws-rds-not-public"), database) == []


def test_a_repair_is_made_in_its_environments_only() -> None:
    analyzer = remediating("aws", "aws-rds-deletion-protection")
    database = example(DATABASE, "orders", {"deletionProtection": False})

    assert remediated(analyzer, moved(database, "dev")) == []
    assert remediated(analyzer, database) != []


def test_what_is_exempt_is_not_repaired(tmp_path: Path) -> None:
    file = tmp_path / "exemptions.yaml"
    exemption = {
        "rule": "aws-rds-not-public",
        "urn": "urn:pulumi:prod::example::*::orders",
        "reason": "the partner reaches it until it has moved",
        "owner": "payments",
        "ticket": "PAY-1",
        "expires": datetime.now(UTC).date() + timedelta(days=2),
    }
    file.write_text(yaml.safe_dump({"exemptions": [exemption]}), encoding="utf-8")
    configured = {"aws-stack": {EXEMPTIONS_FILE: str(file)}}
    analyzer = remediating("aws", "aws-rds-not-public", configured=configured)

    assert remediated(analyzer, example(DATABASE, "orders", {"publiclyAccessible": True})) == []
    assert remediated(analyzer, example(DATABASE, "carts", {"publiclyAccessible": True})) != []


@pytest.mark.parametrize(("least_days", "kept_days"), [(5, 7), (7, 7), (14, 14)])
def test_a_repair_reaches_what_the_rule_is_configured_to_demand(
    least_days: int, kept_days: int
) -> None:
    id_ = "aws-rds-backup-retention"
    analyzer = remediating("aws", id_, configured={id_: {"least_days": least_days}})

    answer = remediated(analyzer, example(DATABASE, "orders", {"backupRetentionPeriod": 1}))

    assert answer == [(id_, {"backupRetentionPeriod": kept_days})]


USUAL = "ELBSecurityPolicy-TLS13-1-2-2021-06"


@pytest.mark.parametrize(
    ("allowed", "chosen"), [(["strict", USUAL], USUAL), (["strict", "stricter"], "strict")]
)
def test_a_repair_chooses_what_the_rule_is_configured_to_allow(
    allowed: list[str], chosen: str
) -> None:
    id_ = "aws-lb-tls-policy"
    analyzer = remediating("aws", id_, configured={id_: {"policies": allowed}})

    ((_, props),) = remediated(analyzer, example(LISTENER, "web", {"protocol": "TLS"}))

    assert props["sslPolicy"] == chosen


def test_nothing_is_set_where_nothing_is_allowed() -> None:
    fix = AutoFix(type=LISTENER, sets={"sslPolicy": Configured("policies", USUAL)}, because="")

    assert repaired({}, fix, [""], {"policies": ()}) is None


@pytest.mark.parametrize("policy", ["aws-s3-versioned", "aws-stack"])
def test_what_only_the_stack_decides_is_repaired_in_any_case(policy: str) -> None:
    repository = example("aws:ecr/repository:Repository", "web")
    versioning = example(
        VERSIONING, "data", {"versioningConfiguration": {"status": "Suspended", "mfaDelete": "x"}}
    )
    on = {"imageScanningConfiguration": {"scanOnPush": True}}
    enabled = {"versioningConfiguration": {"status": "Enabled", "mfaDelete": "x"}}

    answers = [remediated(remediating("aws", policy), each) for each in (repository, versioning)]

    # A rule that has a policy of its own is repaired under its name.
    if policy == "aws-stack":
        assert answers == [[("aws-stack", on)], []]
    else:
        assert answers == [[], [("aws-s3-versioned", enabled)]]


def test_an_older_token_of_a_type_is_repaired_too() -> None:
    listener = example("aws:alb/listener:Listener", "web", {"protocol": "HTTPS"})

    ((_, props),) = remediated(remediating("aws", "aws-lb-tls-policy"), listener)

    assert props["sslPolicy"] == USUAL


def test_a_repair_of_containers_touches_those_that_violate() -> None:
    right = {"securityContext": {"allowPrivilegeEscalation": False, "runAsUser": 7}}
    privileged = {"securityContext": {"privileged": True}}
    powerful = {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}
    bound = {"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}
    unknown = {"securityContext": {"allowPrivilegeEscalation": UNKNOWN_BOOLEAN}}
    spec = {
        "containers": [right, {"name": "web"}, privileged, powerful, bound, unknown],
        "initContainers": [{"securityContext": {"allowPrivilegeEscalation": True}}],
    }
    deployment = example(DEPLOYMENT, "web", {"spec": {"template": {"spec": spec}}})
    off = {"allowPrivilegeEscalation": False}

    ((_, props),) = remediated(remediating("kubernetes", "k8s-pss-no-escalation"), deployment)

    assert props["spec"]["template"]["spec"] == {
        "containers": [
            right,
            {"name": "web", "securityContext": off},
            privileged,
            powerful,
            {"securityContext": {**bound["securityContext"], **off}},
            unknown,
        ],
        "initContainers": [{"securityContext": off}],
    }


@pytest.mark.parametrize("type_", ["kubernetes:core/v1:Pod", "kubernetes:batch/v1:Job"])
def test_pods_and_jobs_cannot_change_and_are_left_alone(type_: str) -> None:
    assert type_ not in {fix.type for fixes in FIXES.values() for fix in fixes}


@pytest.mark.parametrize("opaque", OPAQUE, ids=str)
@pytest.mark.parametrize(
    "held",
    [
        lambda value: value,
        lambda value: {"c": value},
        lambda value: {"c": 1, "d": {"e": value}},
        lambda value: ["x", value],
        lambda value: [{"c": [value]}],
    ],
    ids=["itself", "in an object", "deep in an object", "in a list", "deep in a list"],
)
def test_a_value_that_holds_a_secret_or_is_not_known_is_not_replaced(
    opaque: Any, held: Callable[[Any], Any]
) -> None:
    fix = AutoFix(type="x", sets={"a.b": {"c": 2}}, because="")

    assert repaired({"a": {"b": held(opaque)}}, fix, [""]) is None
    assert repaired({"a": opaque}, fix, [""]) is None


@pytest.mark.parametrize("old", [None, 1, 2.5, "text", "", [], ["x"], {}, {"c": 2}, [{"c": 1}]])
def test_any_other_value_is_replaced(old: Any) -> None:
    fix = AutoFix(type="x", sets={"a": True}, because="")

    assert repaired({"a": old, "b": SECRET}, fix, [""]) == {"a": True, "b": SECRET}


def test_a_value_that_is_there_already_changes_nothing() -> None:
    fix = AutoFix(type="x", sets={"a": True, "b": 7, "c": {"d": 1}}, because="")

    assert repaired({"a": True, "b": 7.0, "c": {"d": 1}}, fix, [""]) is None


def test_a_policy_with_nothing_to_repair_is_not_applicable() -> None:
    analyzer = remediating("aws", "aws-rds-not-public", "aws-vpc-flow-logs")
    request = about_resource(analyzed(example(DATABASE, "orders")))

    answer = analyzer.Remediate(request, Mock(grpc.ServicerContext))

    assert [each.policy_name for each in answer.not_applicable] == ["aws-rds-not-public"]
    assert not answer.remediations


def test_a_repair_adds_to_a_list_what_is_missing() -> None:
    fix = AutoFix(type="x", adds={"a.b": ("x", "y")}, because="")

    assert repaired({"a": {"b": ["y", SECRET]}}, fix, ["a.b"]) == {"a": {"b": ["y", SECRET, "x"]}}
    assert repaired({"a": {}}, fix, ["a.b"]) == {"a": {"b": ["x", "y"]}}
    assert repaired({"a": {"b": ["y", "x"]}}, fix, ["a.b"]) is None
    assert repaired({"a": {"b": "x"}}, fix, ["a.b"]) is None


@pytest.mark.parametrize("wrong", ["", "a", "a.b", "a.b.c", "a.b[0]"])
def test_what_violates_is_set_wherever_in_it_the_rule_sees_it(wrong: str) -> None:
    fix = AutoFix(type="x", sets={"a.b": 1}, because="")

    assert repaired({}, fix, [wrong]) == {"a": {"b": 1}}


@pytest.mark.parametrize("wrong", ["b", "a.bc", "ab", "a.c"])
def test_what_does_not_violate_is_not_set(wrong: str) -> None:
    fix = AutoFix(type="x", sets={"a.b": 1}, because="")

    assert repaired({}, fix, [wrong]) is None


def test_an_object_is_made_unless_it_must_be_there() -> None:
    made = AutoFix(type="x", sets={"a.b": 1}, because="")
    there = AutoFix(type="x", sets={"a?.b": 1}, because="")

    assert repaired({}, made, [""]) == {"a": {"b": 1}}
    assert repaired({}, there, [""]) is None
    assert repaired({"a": {}}, there, [""]) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("beside", "is_possible"),
    [
        ({}, True),
        ({"c": None}, True),
        ({"c": {"d": False}}, True),
        ({"c": {"d": 0}}, False),
        ({"c": {"d": True}}, False),
        ({"c": {"d": UNKNOWN_BOOLEAN}}, False),
        ({"c": UNKNOWN_BOOLEAN}, False),
        ({"c": SECRET}, False),
    ],
)
def test_a_repair_is_made_where_what_is_beside_allows_it(
    beside: Mapping[str, Any], is_possible: bool
) -> None:
    fix = AutoFix(type="x", sets={"a.b": 1}, where={"c.d": (None, False)}, because="")

    assert (repaired({"a": beside}, fix, [""]) is not None) is is_possible


def test_a_served_pack_repairs_in_order_and_is_satisfied_with_the_result() -> None:
    repairs = ["aws-rds-not-public", "aws-rds-backup-retention", "aws-rds-minor-upgrades"]
    props = {
        "publiclyAccessible": True,
        "backupRetentionPeriod": 0,
        "autoMinorVersionUpgrade": False,
        "storageEncrypted": False,
    }
    database = analyzed(example(DATABASE, "orders", props))

    with running("aws", {id_: {"enforcementLevel": "remediate"} for id_ in repairs}) as pack:
        told = pack.analyze(database).violations

    about = [found for found in told if found.rule in repairs]
    assert [(found.rule, found.level, found.message) for found in about] == [
        (id_, "advisory", f"Pulumi would change {key}; a rehearsal changes nothing.")
        for id_, key in zip(repairs, props, strict=False)
    ]
    assert "aws-rds-storage-encrypted" in {found.rule for found in told}


def test_a_level_that_does_not_exist_is_refused() -> None:
    config = {"aws-rds-not-public": {"enforcementLevel": "repair"}}

    with (
        pytest.raises(RehearsalError, match=r"aws-rds-not-public .* advisory, mandatory"),
        running("aws", config),
    ):
        pass


def test_a_policy_that_is_disabled_for_a_rehearsal_does_not_judge() -> None:
    database = analyzed(example(DATABASE, "orders", {"publiclyAccessible": True}))

    with running("aws", {"aws-rds-not-public": {"enforcementLevel": "disabled"}}) as pack:
        told = pack.analyze(database).violations

    assert "aws-rds-not-public" not in {found.rule for found in told}


def test_the_page_of_a_rule_tells_its_repairs() -> None:
    told = page_of(BY_ID["aws-ebs-encrypted"])

    assert (
        "- `aws:ec2/launchTemplate:LaunchTemplate` (where `snapshotId` beside it is left out): "
        '`blockDeviceMappings.*.ebs.encrypted` becomes `"true"`. It makes a version'
    ) in told
    assert "With the policy `aws-stack` at" in page_of(BY_ID["aws-ecr-scan-on-push"])
    assert "(in prod)" in page_of(BY_ID["aws-rds-deletion-protection"])
    assert "`7`, or as the setting `least_days` demands" in page_of(
        BY_ID["aws-rds-backup-retention"]
    )
    assert '`enabledClusterLogTypes` gets `"api"` and `"audit"` and `"authenticator"`' in page_of(
        BY_ID["aws-eks-control-plane-logs"]
    )
    assert "## Repair" not in page_of(BY_ID["aws-sg-no-public-admin"])

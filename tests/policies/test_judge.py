from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.catalogue import RULES, rules_of
from policies.examples import example
from policies.judge import Finding, Judge, judge, judge_stack, level
from policies.rule import EVERY_TYPE, EVERYWHERE, Check, Demand, Rule, Severity, StackCheck, Verdict
from policies.rules.aws_rds import NOT_PUBLIC
from policies.rules.aws_vpc import DEFAULT_GROUP_CLOSED, FLOW_LOGS
from policies.subject import Environment, Resource, Stack, Subject
from policies.view import MARKERS, UNKNOWN_STRING, Truth
from tests.policies.support import CASES, STACK_CASES, Case, StackCase

INSTANCE = "aws:rds/instance:Instance"
VPC = "aws:ec2/vpc:Vpc"

MAY_BECOME = {
    Verdict.PASS: {Verdict.PASS, Verdict.UNDECIDED},
    Verdict.FAIL: {Verdict.FAIL, Verdict.UNDECIDED},
    Verdict.UNDECIDED: {Verdict.UNDECIDED},
    Verdict.NOT_APPLICABLE: {Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.UNDECIDED},
}


@pytest.mark.parametrize(
    ("severity", "environment", "expected"),
    [
        (Severity.CRITICAL, "dev", "mandatory"),
        (Severity.CRITICAL, "staging", "mandatory"),
        (Severity.CRITICAL, "prod", "mandatory"),
        (Severity.HIGH, "dev", "mandatory"),
        (Severity.HIGH, "staging", "mandatory"),
        (Severity.HIGH, "prod", "mandatory"),
        (Severity.MEDIUM, "dev", "advisory"),
        (Severity.MEDIUM, "staging", "mandatory"),
        (Severity.MEDIUM, "prod", "mandatory"),
        (Severity.LOW, "dev", "advisory"),
        (Severity.LOW, "staging", "advisory"),
        (Severity.LOW, "prod", "advisory"),
    ],
)
def test_severity_and_environment_make_the_level(
    severity: Severity, environment: Environment, expected: str
) -> None:
    assert level(severity, environment) == expected


def test_a_violation_has_the_level_of_its_environment() -> None:
    in_dev, in_prod = (example(VPC, "core", environment=name) for name in ("dev", "prod"))
    found = judge_stack(FLOW_LOGS, [in_dev, in_prod])

    assert {finding.urn: finding.level for finding in found} == {
        in_dev.urn: "advisory",
        in_prod.urn: "mandatory",
    }


def test_what_is_not_decided_only_advises() -> None:
    (finding,) = judge(NOT_PUBLIC, example(INSTANCE, "x", {"publiclyAccessible": UNKNOWN_STRING}))

    assert finding.verdict is Verdict.UNDECIDED
    assert finding.level == "advisory"
    assert finding.paths == ("publiclyAccessible",)


def breaks(subject: Subject) -> Iterator[Demand]:
    message = f"cannot read {subject.resource.props}"
    raise KeyError(message)


def breaks_in_stack(subject: Subject, stack: Stack) -> Iterator[Demand]:
    del stack
    return breaks(subject)


def broken() -> Rule:
    check = Check(
        type=INSTANCE,
        demand="",
        reads=(),
        absent="",
        judge=breaks,
        good={},
        bad={},
        undecided={},
    )
    stack_check = StackCheck(
        type=INSTANCE,
        demand="",
        reads={},
        absent="",
        judge=breaks_in_stack,
        good={},
        bad={},
        undecided={},
    )
    return replace(NOT_PUBLIC, id="aws-broken", checks=(check,), stack_checks=(stack_check,))


def test_a_rule_that_raises_is_reported_as_its_own_defect_and_the_others_judge_on() -> None:
    resource = example(INSTANCE, "orders", {"password": "hunter2", "publiclyAccessible": True})
    panel = Judge([broken(), NOT_PUBLIC])

    defect, violation = panel.resource(resource)
    (stack_defect,) = panel.stack([resource])

    for finding in (defect, stack_defect):
        assert finding.verdict is Verdict.DEFECT
        assert finding.urn == resource.urn
        assert finding.level == "mandatory"
        assert "aws-broken" in finding.message
        assert "KeyError in breaks" in finding.message
        assert "hunter2" not in finding.message
    assert violation.verdict is Verdict.FAIL


def test_a_panel_gives_each_resource_the_findings_of_the_rules_about_its_type_only() -> None:
    panel = Judge(rules_of("aws"))
    found = panel.resource(example(INSTANCE, "orders", {"storageEncrypted": True}))

    assert [(finding.rule.id, finding.verdict) for finding in found] == [
        ("aws-rds-not-public", Verdict.PASS),
        ("aws-rds-storage-encrypted", Verdict.PASS),
        ("aws-rds-no-literal-password", Verdict.PASS),
        ("aws-rds-deletion-protection", Verdict.FAIL),
        ("aws-rds-multi-az", Verdict.FAIL),
        ("aws-rds-backup-retention", Verdict.FAIL),
        ("aws-rds-minor-upgrades", Verdict.PASS),
        ("aws-rds-iam-auth", Verdict.FAIL),
        ("aws-rds-force-tls", Verdict.FAIL),
        ("aws-rds-log-exports", Verdict.FAIL),
    ]
    assert panel.resource(example("random:index/randomPet:RandomPet", "pet")) == []


def test_a_panel_judges_a_stack_like_each_rule_on_its_own() -> None:
    for case in STACK_CASES.values():
        apart = [f for rule in RULES for f in judge_stack(rule, case.resources)]

        assert Judge(RULES).stack(case.resources) == apart


def test_one_violation_is_told_with_its_place_its_fix_and_its_page() -> None:
    (finding,) = judge(NOT_PUBLIC, example(INSTANCE, "orders", {"publiclyAccessible": True}))

    assert finding.message == (
        "publiclyAccessible gives the database a public address. "
        "Set publicly_accessible=False and reach the database from inside its VPC. "
        "See docs/policies/aws-rds-not-public.md."
    )


def test_what_is_missing_altogether_is_told_of_the_resource() -> None:
    (finding,) = judge_stack(DEFAULT_GROUP_CLOSED, [example(VPC, "core")])

    assert finding.paths == ("",)
    assert finding.message.startswith("the resource has a default security group")


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"aws-sg": {}}, "aws-sg is configured, but no rule has that id"),
        ({"aws-ecr-immutable-tags": {"filters": []}}, "has no setting filters; it has: mutable_"),
        ({"aws-rds-not-public": {"x": 1}}, "aws-rds-not-public has no setting x; it has: none"),
        (
            {"aws-sg-no-public-admin": {"ports": "22"}},
            "aws-sg-no-public-admin.ports is '22'; it must be a list of whole numbers",
        ),
        ({"aws-sg-no-public-admin": {"ports": [22.5]}}, "must be a list of whole numbers"),
        ({"aws-rds-storage-encrypted": {"own_key_required": 1}}, "must be true or false"),
        ({"aws-rds-backup-retention": {"least_days": 7.5}}, "must be a whole number"),
        ({"aws-rds-backup-retention": {"least_days": True}}, "must be a whole number"),
        ({"docker-image-pinned": {"registries": [1]}}, "must be a list of texts"),
        ({"docker-image-pinned": {"registries": None}}, "must be a list of texts"),
    ],
)
def test_a_wrong_configuration_is_refused_with_what_is_allowed(
    configuration: Mapping[str, Mapping[str, Any]], problem: str
) -> None:
    with pytest.raises(ValueError, match=r"configured|setting|must be") as refusal:
        Judge(RULES, configuration)

    assert problem in str(refusal.value)


def test_every_problem_of_a_configuration_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="no rule has that id") as refusal:
        Judge(RULES, {"aws-sg": {}, "docker-image-pinned": {"registries": 1, "tags": 2}})

    assert str(refusal.value).count(";") >= 2
    assert "registries is 1" in str(refusal.value)
    assert "no setting tags" in str(refusal.value)


Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value inside ``value``."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(cast("list[Any]", value)) if isinstance(value, list) else inside
    for key, item in inside:
        yield (*path, key)
        yield from places(item, (*path, key))


def blurred(value: Any, markers: Mapping[Path, str], path: Path = ()) -> Any:
    """``value`` with the marker of each path in its place."""
    if path in markers:
        return markers[path]
    if isinstance(value, dict):
        return {key: blurred(item, markers, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        items = enumerate(cast("list[Any]", value))
        return [blurred(item, markers, (*path, index)) for index, item in items]
    return value


def draw_blur(data: st.DataObject, props: Any, *, spared: str = "") -> Any:
    found = [path for path in places(props) if path[0] != spared]
    chosen = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    markers = st.sampled_from(sorted(MARKERS))
    return blurred(props, {path: data.draw(markers) for path in chosen})


# That something is given decides here, known or not: what is made in the same stack is not known
# before the first update, and only an empty text would be wrong.
DECIDED_BY_PRESENCE = {
    "gcp-secret-managed",
    "gcp-sql-cmek",
    "stack-env-coherent",
    "stack-no-orphan-exposure",
    "stack-no-plain-secret-inputs",
    "stack-region-allowed",
    "stack-required-tags",
}
# What is not known and was made from nothing is what the provider fills in.
FILLED_IN = {
    "aws-backup-covers-stateful",
    "aws-backup-vault-protected",
    "aws-s3-access-logging",
    "aws-secret-rotation",
}
AMONG = [
    case for case in STACK_CASES.values() if case.rule.id not in DECIDED_BY_PRESENCE | FILLED_IN
]
TYPED = [case for case in CASES.values() if case.rule.id not in DECIDED_BY_PRESENCE]


@settings(deadline=None)
@given(case=st.sampled_from(TYPED), data=st.data())
def test_not_knowing_a_value_changes_a_verdict_to_undecided_or_not_at_all(
    case: Case, data: st.DataObject
) -> None:
    props = draw_blur(data, case.resource.props)

    (finding,) = judge(case.alone, replace(case.resource, props=props))

    assert finding.verdict in MAY_BECOME[case.verdict]


@settings(deadline=None)
@given(case=st.sampled_from(AMONG), data=st.data())
def test_not_knowing_a_value_in_the_stack_changes_a_verdict_to_undecided_or_not_at_all(
    case: StackCase, data: st.DataObject
) -> None:
    # An id that is unknown says that the resource is yet to be created, which is knowledge.
    resources = [
        replace(resource, props=draw_blur(data, resource.props, spared="id"))
        for resource in case.resources
    ]

    before = verdicts(judge_stack(case.alone, case.resources))
    after = verdicts(judge_stack(case.alone, resources))

    for urn in before | after:
        then = before.get(urn, Verdict.NOT_APPLICABLE)
        assert after.get(urn, Verdict.NOT_APPLICABLE) in MAY_BECOME[then]


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.urn: finding.verdict for finding in findings}


# A rule about every type cannot say what it reads of each.
LISTED = [case for case in CASES.values() if case.check.type != EVERY_TYPE]


@settings(deadline=None)
@given(case=st.sampled_from(LISTED), marker=st.sampled_from(sorted(MARKERS)))
def test_not_knowing_what_a_rule_does_not_read_changes_nothing(case: Case, marker: str) -> None:
    read = {path.partition(".")[0] for path in case.check.reads}
    others = {"unread", *case.resource.props} - read
    props = {**case.resource.props, **dict.fromkeys(others, marker)}

    (finding,) = judge(case.alone, replace(case.resource, props=props))

    assert finding.verdict is case.verdict


WORDS = sorted(
    {
        part
        for rule in RULES
        for check in rule.checks
        for path in check.reads
        for part in path.split(".")
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(sorted(MARKERS)),
    st.sampled_from(["0.0.0.0/0", "::/0", "tcp", "-1", "/", "a/b:c@d", "arn:", "10.0.0.1/40"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    props=st.dictionaries(st.sampled_from(WORDS), ANYTHING),
    type_=st.sampled_from(sorted({check.type for rule in RULES for check in rule.checks})),
    environment=st.sampled_from(sorted(EVERYWHERE)),
)
def test_no_rule_breaks_on_properties_of_any_shape(
    props: dict[str, Any], type_: str, environment: Environment
) -> None:
    resource = example(type_, "x", props, environment=environment)
    panel = Judge(RULES)

    for finding in (*panel.resource(resource), *panel.stack([resource])):
        assert finding.verdict is not Verdict.DEFECT, finding.message


def test_a_check_of_an_unclear_kind_violates_nothing_for_certain() -> None:
    demanding = replace(
        NOT_PUBLIC.checks[0],
        judge=lambda subject: [Demand(Truth.NO, subject, "is wrong")],
        applies=lambda _: Truth.UNKNOWN,
    )
    rule = replace(NOT_PUBLIC, checks=(demanding,))

    (finding,) = judge(rule, Resource("urn:pulumi:dev::p::t::n", INSTANCE, "n", {}))

    assert finding.verdict is Verdict.UNDECIDED

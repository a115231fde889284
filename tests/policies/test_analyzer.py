"""A pack on the Analyzer protocol: what it answers, and that it says the same as the SDK's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from policies.analyzer import PackAnalyzer
from policies.catalogue import RULES
from policies.examples import example
from policies.finding import Finding
from policies.judge import Judge
from policies.pack import Pack
from policies.subject import STACK, Resource
from policies.twins import canonical
from policies.view import UNKNOWN_STRING
from policies.wire import decoded, tree
from rehearsal.errors import RehearsalError
from rehearsal.pack_requests import about_resource
from rehearsal.packs import PolicyPack
from tests.policies.pack import analyzed, running
from tests.policies.support import CASES, STACK_CASES

PACKS = ("aws", "docker", "gcp", "kubernetes", "stack")
INSTANCE = "aws:rds/instance:Instance"
RULE = "aws-rds-not-public"
SECRETS = ("stack-no-plain-secret-inputs", "k8s-secret-not-plain")
PUBLIC = {"publiclyAccessible": True}


@pytest.mark.parametrize("pack_name", PACKS)
def test_the_packs_of_the_sdk_say_the_same(pack_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each verdict of each check once: the SDK takes a hundred times as long for each.
    different = {
        (case.rule.id, case.check.type, case.check.demand, case.verdict): case
        for case in CASES.values()
        # The SDK does not tell a policy what is a secret.
        if case.rule.pack == pack_name and case.rule.id not in SECRETS
    }
    singles = [analyzed(case.resource) for case in different.values()]
    stacks = [
        [*map(analyzed, case.resources)]
        for case in STACK_CASES.values()
        # Nor does it let one count what the others leave open.
        if case.rule.pack == pack_name and not case.rule.about_judging
    ]

    def answers(pack: PolicyPack) -> Iterator[Any]:
        # The stacks first: what is judged by itself adds to what is open.
        yield from (pack.analyze_stack(resources) for resources in stacks)
        yield from (pack.analyze(resource) for resource in singles)

    with running(pack_name) as pack:
        ours = [*answers(pack)]
    monkeypatch.setenv("PLINTH_POLICY_SDK", "1")
    with running(pack_name) as pack:
        theirs = [*answers(pack)]

    assert ours == theirs


@pytest.mark.parametrize("pack_name", PACKS)
def test_both_kinds_of_pack_have_the_same_policies(
    pack_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(pack_name) as pack:
        ours = pack.info
    monkeypatch.setenv("PLINTH_POLICY_SDK", "1")
    with running(pack_name) as pack:
        theirs = pack.info

    assert list(ours.policies) == list(theirs.policies)
    assert ours.version == Pack(pack_name).version


def findings(judge: Judge, resource: Resource) -> list[Finding]:
    return judge.resource(resource)


def test_what_rules_do_not_read_is_not_needed_to_judge() -> None:
    judge = Judge(rule for rule in RULES if rule.pack != "stack")
    for name, case in CASES.items():
        reads = judge.reads(case.resource.type)
        if case.rule.pack == "stack" or reads is None:
            continue
        struct = struct_pb2.Struct()
        struct.update(case.resource.props)
        needed, _ = decoded(struct, tree(reads))

        assert findings(judge, replace(case.resource, props=needed)) == findings(
            judge, case.resource
        ), name


def test_an_answer_about_a_foreign_type_is_made_once() -> None:
    pack = PackAnalyzer(Pack("aws"))
    asked = [about_resource(analyzed(example("gcp:storage/bucket:Bucket", name))) for name in "ab"]

    first, second = (pack.Analyze(request, None) for request in asked)  # pyright: ignore[reportArgumentType]

    assert first is second
    assert len(first.not_applicable) == len(Pack("aws").single)


def with_exemption(folder: Path, **changes: Any) -> str:
    entry = {
        "rule": RULE,
        "urn": "urn:pulumi:prod::example::**::orders",
        "reason": "Read by a partner until the link is there",
        "owner": "shop",
        "ticket": "SHOP-12",
        "expires": date(2999, 1, 1),
        **changes,
    }
    path = folder / "exemptions.yaml"
    path.write_text(yaml.safe_dump({"exemptions": [entry]}), encoding="utf-8")
    return str(path)


def test_a_mark_is_seen_by_a_pack_and_told_as_an_exemption() -> None:
    mark = "2027-05-31 shop SHOP-12 Read by a partner until the link is there"
    orders = example(INSTANCE, "orders", {**PUBLIC, "tags": {f"plinth-exempt/{RULE}": mark}})

    with running("aws") as pack:
        answer = pack.analyze(analyzed(orders))

    (told,) = [found for found in answer.violations if found.rule == RULE]
    assert (told.level, told.exempt) == ("advisory", True)
    assert answer.judged.exempt == 1


def stack_of(*resources: Resource) -> Sequence[Any]:
    return [analyzed(example(STACK, "example-prod")), *map(analyzed, resources)]


@pytest.mark.parametrize("way", ["configured", "environment"])
def test_a_broken_file_of_exemptions_is_a_violation_and_exempts_nothing(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_exemption(tmp_path)
    configured = {"aws-stack": {"exemptions_file": path}} if way == "configured" else None
    if way == "environment":
        monkeypatch.setenv("PLINTH_EXEMPTIONS", path)
    orders = example(INSTANCE, "orders", PUBLIC)

    with running("aws", configured) as pack:
        single = pack.analyze(analyzed(orders))
        across = pack.analyze_stack(stack_of(orders))

    assert [found.level for found in single.violations if found.rule == RULE] == ["mandatory"]
    told = [found.message for found in across.violations if "exemptions-sound" in found.message]
    assert len(told) == 1
    assert "exemptions[0].expires: is 2999-01-01" in told[0]


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (
            {"aws-kms-deletion-window": {"days": 3}},
            "aws-kms-deletion-window has no setting days; it has: none",
        ),
        (
            {"aws-rds-backup-retention": {"least_days": "a week"}},
            "aws-rds-backup-retention.least_days is 'a week'; it must be a whole number",
        ),
        (
            {"aws-stack": {"aws-nothing": {"a": 1}}},
            "aws-nothing is configured, but no rule has that id",
        ),
        ({"aws-stack": {"aws-s3-versioned": 7}}, "takes exemptions_file, and for each rule"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused_with_every_problem(
    configuration: dict[str, Any], said: str
) -> None:
    with pytest.raises(RehearsalError) as refused, running("aws", configuration):
        pass

    assert "The configuration of the policy pack plinth-aws is wrong" in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["aws-nothing", "aws-vpc-flow-logs", "docker-no-privileged"])
@pytest.mark.parametrize("pack_name", ["aws", "stack"])
def test_what_is_no_policy_of_the_pack_is_refused_though_only_its_level_is_given(
    name: str, pack_name: str
) -> None:
    with pytest.raises(ValueError, match=f"{name} is configured, but plinth-{pack_name} has no"):
        Pack(pack_name).configuration({name: {}})


def test_the_stacks_tag_says_what_its_name_does_not() -> None:
    pack = PackAnalyzer(Pack("aws"))
    orders = example(INSTANCE, "orders")
    orders = replace(orders, urn=orders.urn.replace(":prod::", ":team-a::"))
    request = about_resource(analyzed(orders))

    def levels(**tags: str) -> set[int]:
        configure = analyzer_pb2.AnalyzerStackConfigureRequest(stack="team-a", tags=tags)
        pack.ConfigureStack(configure, None)  # pyright: ignore[reportArgumentType]
        answer = pack.Analyze(request, None)  # pyright: ignore[reportArgumentType]
        return {
            told.enforcementLevel
            for told in answer.diagnostics
            if told.policyName == "aws-rds-iam-auth"
        }

    request.properties.update({"engine": "postgres"})
    assert levels() == {analyzer_pb2.MANDATORY}
    assert levels(environment="dev") == {analyzer_pb2.ADVISORY}


def test_what_is_not_known_of_a_resource_that_no_rule_reads_is_no_obstacle() -> None:
    pack = PackAnalyzer(Pack("kubernetes"))
    thing = example("kubernetes:example.com/v1:Thing", "x", {"spec": UNKNOWN_STRING})

    answer = pack.Analyze(about_resource(analyzed(thing)), None)  # pyright: ignore[reportArgumentType]

    assert not answer.diagnostics
    assert canonical(thing.type) == thing.type

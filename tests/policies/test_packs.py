"""The packs as subprocesses say what the rules say in-process, on every example."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
import yaml

from policies.catalogue import RULES, rules_of
from policies.examples import example
from policies.judge import Finding, Judge
from policies.rule import EVERYWHERE, Rule, Verdict
from policies.subject import Environment, Resource
from policies.view import UNKNOWN_STRING
from rehearsal.analysis import Analysis
from rehearsal.events import Judged, Violation
from rehearsal.packs import PolicyPack
from tests.policies.pack import FOLDER, analyzed, running
from tests.policies.support import CASES, STACK_CASES

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # the mark of a secret, itself public

PACKS = ("aws", "docker", "gcp", "kubernetes")
ENVIRONMENTS = sorted(EVERYWHERE)
each_pack = pytest.mark.parametrize("pack_name", PACKS)
each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


@pytest.fixture(scope="module")
def packs() -> Iterator[dict[str, PolicyPack]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(name)) for name in PACKS}


def expected(pack_name: str, resource: Resource) -> Analysis:
    """What a pack should answer: the findings of its rules on one resource."""
    rules = [rule for rule in rules_of(pack_name) if rule.checks]
    findings = Judge(rules).resource(resource)
    return Analysis(
        tuple(violation(f, f.rule.id, f.message) for f in findings if is_told(f)),
        counted([finding.verdict for finding in findings]),
    )


def expected_of_stack(pack_name: str, resources: list[Resource]) -> Analysis:
    """What a pack should answer: the findings of its rules on a stack, under one policy."""
    rules = [rule for rule in rules_of(pack_name) if rule.stack_checks]
    findings = Judge(rules).stack(resources)
    told = [finding for finding in findings if is_told(finding)]
    policy = f"{pack_name}-stack"
    passed = [] if told or not findings else [Verdict.PASS]
    # One policy speaks for several rules: of two verdicts on a resource, the failure counts.
    told_last = sorted(told, key=lambda finding: finding.verdict is not Verdict.UNDECIDED)
    by_urn = {finding.urn: finding.verdict for finding in told_last}
    return Analysis(
        tuple(violation(f, policy, f"{f.rule.id}: {f.message}") for f in told),
        counted(passed or list(by_urn.values())),
    )


def is_told(finding: Finding) -> bool:
    return finding.verdict is not Verdict.PASS


def counted(verdicts: list[Verdict]) -> Judged:
    undecided, passed = verdicts.count(Verdict.UNDECIDED), verdicts.count(Verdict.PASS)
    return Judged(passed, len(verdicts) - passed - undecided, undecided)


def violation(finding: Finding, policy: str, message: str) -> Violation:
    return Violation(
        rule=policy,
        pack=f"plinth-{finding.rule.pack}",
        level=finding.level,
        urn=finding.urn,
        message=message,
        severity=finding.rule.severity.value,
        undecided=finding.verdict is Verdict.UNDECIDED,
    )


def moved(resource: Resource, environment: Environment) -> Resource:
    """``resource`` in the stack of another environment."""
    return replace(
        resource,
        urn=_in(resource.urn, environment),
        property_dependencies={
            key: [_in(urn, environment) for urn in urns]
            for key, urns in resource.property_dependencies.items()
        },
    )


def _in(urn: str, environment: Environment) -> str:
    return f"urn:pulumi:{environment}::{urn.partition('::')[2]}"


@each_environment
@each_pack
def test_a_pack_gives_every_example_the_verdict_and_level_of_its_rules(
    packs: dict[str, PolicyPack], pack_name: str, environment: Environment
) -> None:
    for case in CASES.values():
        if case.rule.pack != pack_name:
            continue
        resource = moved(case.resource, environment)

        assert packs[pack_name].analyze(analyzed(resource)) == expected(pack_name, resource)


@each_environment
@each_pack
def test_a_pack_gives_every_example_stack_the_verdicts_and_levels_of_its_rules(
    packs: dict[str, PolicyPack], pack_name: str, environment: Environment
) -> None:
    for case in STACK_CASES.values():
        if case.rule.pack != pack_name:
            continue
        stack = [moved(resource, environment) for resource in case.resources]

        answer = packs[pack_name].analyze_stack([*map(analyzed, stack)])
        assert answer == expected_of_stack(pack_name, stack)


@each_pack
def test_nothing_of_a_pack_applies_to_a_foreign_resource(
    packs: dict[str, PolicyPack], pack_name: str
) -> None:
    others = {
        check.type
        for rule in RULES
        for check in (*rule.checks, *rule.stack_checks)
        # The pack about stacks judges what any provider makes.
        if rule.pack not in (pack_name, "stack")
    }
    foreign = [
        analyzed(example(type_, "foreign", {"length": 2}))
        for type_ in sorted(others | {"random:index/randomPet:RandomPet"})
    ]

    assert {packs[pack_name].analyze(resource) for resource in foreign} == {Analysis()}
    assert packs[pack_name].analyze_stack(foreign) == Analysis()


def test_a_secret_password_violates_and_is_not_told(packs: dict[str, PolicyPack]) -> None:
    secret = {SIGNATURE: SECRET, "value": "hunter2"}
    props = {"password": secret, "storageEncrypted": True}
    instance = example("aws:rds/instance:Instance", "orders", props, environment="dev")

    told = packs["aws"].analyze(analyzed(instance)).violations

    assert "aws-rds-no-literal-password" in {found.rule for found in told}
    assert "hunter2" not in str(told)


def test_a_critical_rule_that_cannot_decide_advises_under_its_own_name(
    packs: dict[str, PolicyPack],
) -> None:
    container = example(
        "docker:index/container:Container",
        "web",
        {"privileged": UNKNOWN_STRING, "securityOpts": ["no-new-privileges"]},
    )

    told = packs["docker"].analyze(analyzed(container)).violations
    (found,) = [found for found in told if found.rule == "docker-no-privileged"]

    assert (found.level, found.severity, found.urn) == ("advisory", "critical", container.urn)
    assert found.undecided
    assert "not known: privileged." in found.message


def test_configuration_reaches_the_rule(packs: dict[str, PolicyPack]) -> None:
    image = analyzed(
        example(
            "docker:index/remoteImage:RemoteImage",
            "web",
            {"name": "registry.example.com/web:1.4.2"},
            environment="dev",
        )
    )
    without = packs["docker"].analyze(image)
    settings = {"docker-image-pinned": {"registries": ["registry.example.com"]}}
    with running("docker", settings) as pack:
        configured = pack.analyze(image)

    assert [found.rule for found in without.violations] == ["docker-image-pinned"]
    assert configured.violations == ()


@each_pack
def test_a_pack_names_its_policies_with_severity_and_fix(
    packs: dict[str, PolicyPack], pack_name: str
) -> None:
    info = packs[pack_name].info
    by_name: dict[str, Rule] = {rule.id: rule for rule in RULES}

    assert info.name == f"plinth-{pack_name}"
    *single, across = info.policies
    assert across.name == f"{pack_name}-stack"
    for policy in single:
        assert policy.remediation_steps == by_name[policy.name].fix
        assert policy.url == by_name[policy.name].source
        assert set(policy.configSchema.properties) == {
            setting.name for setting in by_name[policy.name].settings
        }


@each_pack
def test_a_pack_has_the_version_of_the_project(pack_name: str) -> None:
    described = yaml.safe_load((FOLDER / pack_name / "PulumiPolicy.yaml").read_text("utf-8"))
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))["project"]

    assert described["version"] == project["version"]

"""The packs as subprocesses say what the rules say in-process, on every example."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml

from policies.catalogue import RULES, rules_of
from policies.engine import policies_of
from policies.examples import example
from policies.judge import Finding, Judge
from policies.rule import EVERYWHERE, Rule, Verdict
from policies.subject import Environment, Resource
from policies.view import UNKNOWN_STRING
from tests.policies.pack import FOLDER, Pack, Report, running
from tests.policies.support import CASES, STACK_CASES

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # the mark of a secret, itself public

PACKS = ("aws", "docker")
ENVIRONMENTS = sorted(EVERYWHERE)
each_pack = pytest.mark.parametrize("pack_name", PACKS)
each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


@pytest.fixture(scope="module")
def packs() -> Iterator[dict[str, Pack]]:
    with running("aws") as aws, running("docker") as docker:
        yield {"aws": aws, "docker": docker}


def expected(pack_name: str, resource: Resource) -> Report:
    """The findings of a pack's rules on one resource, as the pack should report them."""
    rules = [rule for rule in rules_of(pack_name) if rule.checks]
    findings = Judge(rules).resource(resource)
    judged = {finding.rule.id for finding in findings}
    return Report(
        told=[told(f, f.rule.id, f.rule.title, f.message) for f in findings if is_told(f)],
        not_applicable={rule.id for rule in rules} - judged,
    )


def expected_of_stack(pack_name: str, resources: list[Resource]) -> Report:
    """The findings of a pack's rules on a stack, as the pack should report them."""
    policy = policies_of(pack_name)[-1]
    rules = [rule for rule in rules_of(pack_name) if rule.stack_checks]
    types = {check.type for rule in rules for check in rule.stack_checks}
    applicable = any(resource.type in types for resource in resources)
    return Report(
        told=[
            told(f, policy.name, policy.description, f"{f.rule.id}: {f.message}")
            for f in Judge(rules).stack(resources)
            if is_told(f)
        ],
        not_applicable=set() if applicable else {policy.name},
    )


def is_told(finding: Finding) -> bool:
    return finding.verdict is not Verdict.PASS


def told(
    finding: Finding, policy: str, description: str, message: str
) -> tuple[str, str, str, str, str]:
    severity = finding.rule.severity.value
    return policy, finding.level, severity, finding.urn, f"{description}\n{message}"


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
    packs: dict[str, Pack], pack_name: str, environment: Environment
) -> None:
    for case in CASES.values():
        resource = moved(case.resource, environment)

        assert packs[pack_name].analyze(resource) == expected(pack_name, resource)


@each_environment
@each_pack
def test_a_pack_gives_every_example_stack_the_verdicts_and_levels_of_its_rules(
    packs: dict[str, Pack], pack_name: str, environment: Environment
) -> None:
    for case in STACK_CASES.values():
        stack = [moved(resource, environment) for resource in case.resources]

        assert packs[pack_name].analyze_stack(stack) == expected_of_stack(pack_name, stack)


def test_a_foreign_resource_is_not_applicable_to_any_policy(packs: dict[str, Pack]) -> None:
    pet = example("random:index/randomPet:RandomPet", "pet", {"length": 2})

    for name, pack in packs.items():
        report = pack.analyze(pet)
        assert report.told == []
        assert report.not_applicable == {rule.id for rule in rules_of(name) if rule.checks}
        assert pack.analyze_stack([pet]).not_applicable == {f"{name}-stack"}


def test_a_secret_password_violates_and_is_not_told(packs: dict[str, Pack]) -> None:
    secret = {SIGNATURE: SECRET, "value": "hunter2"}
    instance = example("aws:rds/instance:Instance", "orders", environment="dev")

    report = packs["aws"].analyze(instance, {"password": secret, "storageEncrypted": True})

    assert [entry[0] for entry in report.told] == ["aws-rds-no-literal-password"]
    assert "hunter2" not in str(report.told)


def test_a_critical_rule_that_cannot_decide_advises_under_its_own_name(
    packs: dict[str, Pack],
) -> None:
    container = example(
        "docker:index/container:Container",
        "web",
        {"privileged": UNKNOWN_STRING, "securityOpts": ["no-new-privileges"]},
    )

    entries = [entry for entry in packs["docker"].analyze(container).told if entry[3]]
    (undecided,) = [entry for entry in entries if entry[0] == "docker-no-privileged"]

    assert undecided[1:4] == ("advisory", "critical", container.urn)
    assert "not known: privileged." in undecided[4]


def test_configuration_reaches_the_rule() -> None:
    image = example(
        "docker:index/remoteImage:RemoteImage",
        "web",
        {"name": "registry.example.com/web:1.4.2"},
        environment="dev",
    )
    with running("docker") as pack:
        before = pack.analyze(image).told
        pack.configure({"docker-image-pinned": {"registries": ["registry.example.com"]}})
        after = pack.analyze(image).told

    assert [entry[0] for entry in before] == ["docker-image-pinned"]
    assert after == []


@each_pack
def test_a_pack_names_its_policies_with_severity_and_fix(
    packs: dict[str, Pack], pack_name: str
) -> None:
    info = packs[pack_name].info()
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

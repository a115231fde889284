"""Every example of every rule, as cases for parametrised tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from policies.catalogue import RULES
from policies.examples import example
from policies.rule import Check, Rule, StackCheck, Verdict
from policies.subject import Environment, Resource


@dataclass(frozen=True)
class Case:
    """One example of one check and the verdict it stands for."""

    rule: Rule
    check: Check
    resource: Resource
    verdict: Verdict

    @property
    def alone(self) -> Rule:
        """The rule with this check only, so that no other one has a say."""
        return replace(self.rule, checks=(self.check,), stack_checks=())


@dataclass(frozen=True)
class StackCase:
    """One example of one check that takes a whole stack."""

    rule: Rule
    check: StackCheck
    resources: tuple[Resource, ...]
    verdict: Verdict

    @property
    def alone(self) -> Rule:
        """The rule with this check only, so that no other one has a say."""
        return replace(self.rule, checks=(), stack_checks=(self.check,))


def cases() -> Iterator[tuple[str, Case]]:
    """Each example of each check, named, in an environment where the check holds."""
    for rule in RULES:
        for check in rule.checks:
            environment: Environment = next(
                each for each in ("prod", "staging", "dev") if each in check.environments
            )
            for verdict, examples in (
                (Verdict.PASS, check.good),
                (Verdict.FAIL, check.bad),
                (Verdict.UNDECIDED, check.undecided),
                (Verdict.NOT_APPLICABLE, check.foreign),
            ):
                for name, props in examples.items():
                    resource = (
                        replace(props, urn=_moved(props.urn, environment))
                        if isinstance(props, Resource)
                        else example(check.type, "example", props, environment=environment)
                    )
                    title = f"{rule.id}: {check.type}: {check.demand}: {verdict}: {name}"
                    yield title, Case(rule, check, resource, verdict)


def stack_cases() -> Iterator[tuple[str, StackCase]]:
    """Each example of each check that takes a whole stack, named."""
    for rule in RULES:
        for check in rule.stack_checks:
            for verdict, examples in (
                (Verdict.PASS, check.good),
                (Verdict.FAIL, check.bad),
                (Verdict.UNDECIDED, check.undecided),
                (Verdict.NOT_APPLICABLE, check.foreign),
            ):
                for name, resources in examples.items():
                    title = f"{rule.id}: {check.type}: {check.demand}: {verdict}: {name}"
                    yield title, StackCase(rule, check, resources, verdict)


def _moved(urn: str, environment: Environment) -> str:
    return f"urn:pulumi:{environment}::{urn.partition('::')[2]}"


CASES = dict(cases())
STACK_CASES = dict(stack_cases())

each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
each_stack_case = pytest.mark.parametrize("case", STACK_CASES.values(), ids=STACK_CASES)
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])

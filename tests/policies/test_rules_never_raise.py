"""Whatever a program gives, a rule answers: it never raises, and never tells a value."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from policies.catalogue import RULES
from policies.judge import Finding, Judge
from policies.rule import Rule, Verdict
from policies.subject import Resource
from tests.policies.inputs import CANARY, resources_for, stacks_for

EXAMPLES = 200

of_single = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.checks], ids=lambda rule: rule.id
)
of_stacks = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.stack_checks], ids=lambda rule: rule.id
)
each_time_the_same = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def judges_of(rule: Rule) -> list[Judge]:
    """The rule as it is, and with every switch turned and every list and number emptied."""
    turned = {
        setting.name: (
            not setting.default
            if isinstance(setting.default, bool)
            else 0
            if isinstance(setting.default, int)
            else []
        )
        for setting in rule.settings
    }
    return [Judge([rule]), Judge([rule], {rule.id: turned})] if turned else [Judge([rule])]


def check(findings: Iterable[Finding]) -> None:
    for finding in findings:
        assert finding.verdict is not Verdict.DEFECT, finding.message
        assert CANARY not in finding.message
        assert not any(CANARY in path for path in finding.paths)


@of_single
def test_no_resource_makes_a_rule_raise(rule: Rule) -> None:
    judges = judges_of(rule)

    @each_time_the_same
    @given(resource=resources_for(rule))
    def judged(resource: Resource) -> None:
        for judge in judges:
            check(judge.resource(resource))

    judged()


@of_stacks
def test_no_stack_makes_a_rule_raise(rule: Rule) -> None:
    judges = judges_of(rule)

    @each_time_the_same
    @given(resources=stacks_for(rule))
    def judged(resources: list[Resource]) -> None:
        for judge in judges:
            check(judge.stack(resources))

    judged()

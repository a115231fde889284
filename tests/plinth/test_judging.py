from __future__ import annotations

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES
from policies.rule import Check, Rule
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Judged

CHECKED = [(rule, check) for rule in RULES for check in rule.checks]
EACH_CHECK = pytest.mark.parametrize(
    ("rule", "check"), CHECKED, ids=[f"{rule.id}-{check.type}" for rule, check in CHECKED]
)


def judged(rule: Rule, check: Check, examples: str) -> list[Analysis]:
    analyzer = RuleAnalyzer([rule])
    environment = min(check.environments)
    urn = f"urn:pulumi:{environment}::shop::{check.type}::thing"
    return [
        analyzer.analyze(AnalyzedResource(urn, check.type, "thing", props))
        for props in getattr(check, examples).values()
    ]


@EACH_CHECK
def test_good_examples_pass_without_a_violation(rule: Rule, check: Check) -> None:
    for analysis in judged(rule, check, "good"):
        assert analysis == Analysis((), Judged(passed=1))


@EACH_CHECK
def test_bad_examples_fail_with_rule_urn_and_fix(rule: Rule, check: Check) -> None:
    for analysis in judged(rule, check, "bad"):
        (violation,) = analysis.violations
        assert (violation.rule, violation.pack, violation.undecided) == (rule.id, rule.pack, False)
        assert violation.urn.endswith("::thing")
        assert rule.fix in violation.message
        assert analysis.judged == Judged(failed=1)


@EACH_CHECK
def test_undecided_examples_are_counted_and_shown_but_never_block(rule: Rule, check: Check) -> None:
    for analysis in judged(rule, check, "undecided"):
        assert analysis.judged == Judged(undecided=len(analysis.violations))
        for violation in analysis.violations:
            assert (violation.undecided, violation.level) == (True, "advisory")


def test_a_resource_that_no_rule_knows_is_not_judged() -> None:
    resource = AnalyzedResource("urn:pulumi:dev::shop::a:b:C::x", "a:b:C", "x", {})

    assert RuleAnalyzer(RULES).analyze(resource) == Analysis()


def test_the_stack_is_judged_as_a_whole() -> None:
    rule, check, resources = next(
        (rule, check, example)
        for rule in RULES
        for check in rule.stack_checks
        for example in check.bad.values()
    )
    shown = [
        AnalyzedResource(
            resource.urn,
            resource.type,
            resource.name,
            resource.props,
            property_dependencies={
                key: tuple(urns) for key, urns in resource.property_dependencies.items()
            },
        )
        for resource in resources
    ]
    analysis = RuleAnalyzer([rule]).analyze_stack(shown)

    assert {violation.rule for violation in analysis.violations} == {rule.id}
    assert {violation.urn for violation in analysis.violations} == {
        resource.urn for resource in resources if resource.type == check.type
    }
    assert analysis.judged.failed == len(analysis.violations)

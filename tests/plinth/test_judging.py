from __future__ import annotations

from datetime import date

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES
from policies.examples import example
from policies.exemptions import Exemption, Exemptions
from policies.rule import Verdict
from policies.rules.aws_rds import NOT_PUBLIC
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Judged
from tests.policies.pack import analyzed
from tests.policies.support import CASES, STACK_CASES, Case

TODAY = date(2026, 11, 21)
# Each verdict of each check once: what a rule says of its examples, the rules' own tests know.
DIFFERENT = {
    (case.rule.id, case.check.type, case.check.demand, case.verdict): name
    for name, case in CASES.items()
}
EACH_VERDICT = pytest.mark.parametrize(
    "case", [CASES[name] for name in DIFFERENT.values()], ids=DIFFERENT.values()
)
COUNTED = {
    Verdict.PASS: Judged(passed=1),
    Verdict.FAIL: Judged(failed=1),
    Verdict.UNDECIDED: Judged(undecided=1),
    Verdict.NOT_APPLICABLE: Judged(),
}


@EACH_VERDICT
def test_a_verdict_is_counted_and_told_with_rule_pack_urn_and_fix(case: Case) -> None:
    analysis = RuleAnalyzer([case.alone]).analyze(analyzed(case.resource))

    assert analysis.judged == COUNTED[case.verdict]
    assert len(analysis.violations) == (case.verdict in {Verdict.FAIL, Verdict.UNDECIDED})
    for violation in analysis.violations:
        assert (violation.rule, violation.pack) == (case.rule.id, case.rule.pack)
        assert violation.urn == case.resource.urn
        assert violation.undecided is (case.verdict is Verdict.UNDECIDED)
        assert (case.rule.fix in violation.message) is not violation.undecided


@EACH_VERDICT
def test_what_is_not_decided_never_blocks(case: Case) -> None:
    for violation in RuleAnalyzer([case.alone]).analyze(analyzed(case.resource)).violations:
        assert violation.undecided <= (violation.level == "advisory")


def test_a_resource_that_no_rule_knows_is_not_judged() -> None:
    resource = AnalyzedResource("urn:pulumi:dev::shop::a:b:C::x", "a:b:C", "x", {})
    rules = [rule for rule in RULES if rule.pack != "stack"]

    assert RuleAnalyzer(rules).analyze(resource) == Analysis()


def test_the_stack_is_judged_as_a_whole() -> None:
    case = next(case for case in STACK_CASES.values() if case.verdict is Verdict.FAIL)
    analyzer = RuleAnalyzer([case.alone])

    analysis = analyzer.analyze_stack([*map(analyzed, case.resources)])

    assert {violation.rule for violation in analysis.violations} == {case.rule.id}
    assert analysis.judged.failed == len(analysis.violations)
    assert analyzer.findings


def test_what_is_exempt_is_counted_and_told_by_itself() -> None:
    orders = example("aws:rds/instance:Instance", "orders", {"publiclyAccessible": True})
    excuse = Exemption(
        NOT_PUBLIC.id, orders.urn, "A reason that is long enough", "shop", "S-1", TODAY, "here"
    )

    analysis = RuleAnalyzer([NOT_PUBLIC], Exemptions((excuse,), today=TODAY)).analyze(
        analyzed(orders)
    )

    (violation,) = analysis.violations
    assert analysis.judged == Judged(exempt=1)
    assert (violation.exempt, violation.undecided, violation.level) == (True, False, "advisory")


def test_the_last_verdict_on_a_resource_counts() -> None:
    analyzer = RuleAnalyzer([NOT_PUBLIC])
    for public in (True, False):
        props = {"publiclyAccessible": public}
        analyzer.analyze(analyzed(example("aws:rds/instance:Instance", "orders", props)))

    assert [finding.verdict for finding in analyzer.findings] == [Verdict.PASS]

"""The cost of judging, without which rules would be left out for speed."""

from __future__ import annotations

from policies.catalogue import RULES
from policies.judge import Judge
from policies.rule import Verdict
from tests.policies.support import CASES
from tests.speed import cost

# Five times what was measured: this guards against a slip. `make bench` holds the budget.
LIMIT = 0.015


def test_judging_a_pair_of_rule_and_resource_stays_cheap() -> None:
    resources = [
        case.resource for case in CASES.values() if case.verdict in (Verdict.PASS, Verdict.FAIL)
    ]
    panel = Judge(RULES)
    pairs = sum(len(panel.resource(resource)) for resource in resources)

    def judge_all() -> None:
        for resource in resources:
            panel.resource(resource)

    assert cost(judge_all) / pairs < LIMIT

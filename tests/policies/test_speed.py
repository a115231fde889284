"""The cost of judging, without which rules would be left out for speed."""

from __future__ import annotations

import time

from policies.catalogue import RULES
from policies.judge import Judge
from policies.rule import Verdict
from tests.policies.support import CASES

# Five times the budget that `make bench` measures: this guards against a slip, not against load.
LIMIT_SECONDS = 50e-6


def test_judging_a_pair_of_rule_and_resource_stays_within_microseconds() -> None:
    resources = [
        case.resource for case in CASES.values() if case.verdict in (Verdict.PASS, Verdict.FAIL)
    ]
    panel = Judge(RULES)

    def seconds_per_pair() -> float:
        started = time.process_time()
        pairs = sum(len(panel.resource(resource)) for resource in resources * 5)
        return (time.process_time() - started) / pairs

    # The machine may be busy with other work; what the code costs is the best of several rounds.
    assert min(seconds_per_pair() for _ in range(20)) < LIMIT_SECONDS

"""What the rules of Docker say at their limits, beside the examples that define them."""

from __future__ import annotations

import pytest

from policies.examples import example
from policies.judge import judge
from policies.rule import Verdict
from policies.rules.docker_process import NON_ROOT

CONTAINER = "docker:index/container:Container"


@pytest.mark.parametrize(
    ("user", "verdict"),
    [
        ("app", Verdict.PASS),
        ("~", Verdict.PASS),
        ("1000:0", Verdict.PASS),
        ("root", Verdict.FAIL),
        ("root:app", Verdict.FAIL),
        ("0", Verdict.FAIL),
        ("-0", Verdict.FAIL),
        ("+00:1000", Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_root_is_recognised_in_every_spelling(user: str, verdict: Verdict) -> None:
    (finding,) = judge(NON_ROOT, example(CONTAINER, "x", {"user": user}))

    assert finding.verdict is verdict

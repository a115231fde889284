"""What the rules about judging itself say beside the examples that define them."""

from __future__ import annotations

from policies.examples import example
from policies.rules.stack_judging import EXEMPTIONS_SOUND
from policies.subject import STACK, Stack, Subject
from policies.view import Truth


def test_each_exemption_that_does_not_hold_is_a_violation() -> None:
    (check,) = EXEMPTIONS_SOUND.stack_checks
    root = example(STACK, "example")

    def verdicts(*problems: str) -> list[Truth]:
        stack = Stack([root], exemption_problems=problems)
        return [demand.holds for demand in check.judge(Subject(root, {}), stack)]

    assert verdicts() == []
    assert verdicts("it has ended", "it is not used") == [Truth.NO, Truth.NO]

"""About judging itself: what exempts from rules has to hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.examples import example
from policies.rule import Demand, Rule, Severity, StackCheck
from policies.subject import STACK, Stack, Subject
from policies.themes import Theme
from policies.view import Truth


def _sound(root: Subject, stack: Stack) -> Iterator[Demand]:
    for problem in stack.exemption_problems:
        yield Demand(Truth.NO, root, f"is judged with an exemption that does not hold: {problem}")


EXEMPTIONS_SOUND: Final = Rule(
    id="stack-exemptions-sound",
    title="Exemptions are well-formed, narrow, in force and in use",
    reason="An exemption that outlives its cause is a hole in every rule that nobody looks at.",
    severity=Severity.HIGH,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Correct, renew or remove the exemption.",
    source="https://www.pulumi.com/docs/insights/policy/policy-packs/",
    stack_checks=(
        StackCheck(
            type=STACK,
            demand="No exemption is malformed, covers too much, has ended or is not used.",
            reads={},
            absent="Without exemptions there is nothing to object to.",
            judge=_sound,
            good={"none": (example(STACK, "example"),)},
            bad={},
            undecided={},
        ),
    ),
    about_judging=True,
)

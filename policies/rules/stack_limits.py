"""What a stack as a whole may not exceed: its resources, and what nobody could decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.examples import example
from policies.rule import PROD, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import STACK, Resource, Stack, Subject
from policies.themes import Theme
from policies.view import Truth, truth

_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
# What makes resources of its own, which no policy is shown.
_OPAQUE: Final = (
    _RELEASE,
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackSet:StackSet",
)


def _bounded(root: Subject, stack: Stack) -> Iterator[Demand]:
    counts: dict[str, int] = {}
    for resource in stack.all():
        counts[resource.type] = counts.get(resource.type, 0) + 1
    hidden = Truth.UNKNOWN if stack.of(*_OPAQUE) else Truth.YES
    most = root.configured["resources"]
    problem = f"has {sum(counts.values())} resources; {most} are allowed"
    yield Demand(truth(sum(counts.values()) <= most) & hidden, root, problem)
    most = root.configured["resources_of_a_type"]
    for type_, count in counts.items():
        if count > most:
            yield Demand(Truth.NO, root, f"has {count} resources of {type_}; {most} are allowed")


def _stack_with(count: int, type_: str = "aws:sqs/queue:Queue") -> tuple[Resource, ...]:
    return (
        example(STACK, "example"),
        *(example(type_, f"queue-{index}") for index in range(count)),
    )


RESOURCE_CEILING: Final = Rule(
    id="stack-resource-ceiling",
    title="A stack is no larger than one change should ever be",
    reason=(
        "One wrong argument reaches everything in a stack, a loop over the wrong list makes "
        "hundreds of what was to be one, and every preview takes as long as all of it."
    ),
    severity=Severity.LOW,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Split the stack, or raise the limit in the configuration of the pack.",
    source="https://www.pulumi.com/docs/iac/guides/basics/organizing-projects-stacks/",
    settings=(
        Setting(
            name="resources",
            description="How many resources a stack may have.",
            default=1_000,
        ),
        Setting(
            name="resources_of_a_type",
            description="How many resources of one type a stack may have.",
            default=200,
        ),
    ),
    stack_checks=(
        StackCheck(
            type=STACK,
            demand="Neither all resources nor those of one type are more than allowed.",
            reads={STACK: ()},
            absent=(
                "Nothing is read. What makes resources that no policy is shown, such as a release "
                "of Helm, leaves the rule undecided."
            ),
            judge=_bounded,
            good={"few": _stack_with(2), "as many as allowed": _stack_with(200)},
            bad={"one more of a type": _stack_with(201)},
            undecided={"a release": _stack_with(1, _RELEASE)},
        ),
    ),
)


_LIMITED: Final = (Severity.CRITICAL, Severity.HIGH)


def _within_budget(root: Subject, stack: Stack) -> Iterator[Demand]:
    for severity in _LIMITED:
        count = stack.open_pairs.get(severity.value, 0)
        most = root.configured[severity.value]
        problem = (
            f"leaves {count} judgements of {severity} severity open until the update; "
            f"{most} are allowed"
        )
        yield Demand(truth(count <= most), root, problem)


UNKNOWN_BUDGET: Final = Rule(
    id="stack-unknown-budget",
    title="Few grave rules are left undecided before an update",
    reason=(
        "A rule that cannot read a value yet says neither yes nor no. A few such pairs are normal "
        "before the first update; many mean that a review approves what nobody has judged."
    ),
    severity=Severity.HIGH,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix=(
        "Pass values that are known beforehand instead of outputs, or raise the limit in the "
        "configuration of the pack and judge the state after the update."
    ),
    source="https://www.pulumi.com/docs/insights/policy/policy-packs/",
    settings=(
        Setting(
            name="critical",
            description="How many pairs of a critical rule and a resource may be undecided.",
            default=10,
        ),
        Setting(
            name="high",
            description="How many pairs of a rule of high severity and a resource may be undecided.",
            default=25,
        ),
    ),
    stack_checks=(
        StackCheck(
            type=STACK,
            demand="The undecided pairs of rule and resource are no more than allowed.",
            reads={STACK: ()},
            absent="Nothing is read: the other rules say what they could not decide.",
            judge=_within_budget,
            environments=PROD,
            good={"nothing undecided": (example(STACK, "example"),)},
            bad={},
            undecided={},
        ),
    ),
    about_judging=True,
)

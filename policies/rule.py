"""A rule: one requirement as data, with the examples that define it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple

from policies.controls import Control
from policies.subject import Environment, Resource, Stack, Subject
from policies.themes import Theme, broad_controls
from policies.view import Truth, View

EVERY_TYPE: Final = "*"
"""The type of a check that is about resources of every type."""

Level = Literal["mandatory", "advisory"]
Props = Mapping[str, Any]
Example = Props | Resource

EVERYWHERE: Final[frozenset[Environment]] = frozenset({"dev", "staging", "prod"})
PROD: Final[frozenset[Environment]] = frozenset({"prod"})


class Severity(StrEnum):
    """How bad a violation is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(StrEnum):
    """What a rule says of a resource.

    ``UNDECIDED``: a value the rule needs is not known yet. ``DEFECT``: the rule itself broke.
    """

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"
    DEFECT = "defect"


MANDATORY_IN: Final[Mapping[Severity, frozenset[Environment]]] = {
    Severity.CRITICAL: EVERYWHERE,
    Severity.HIGH: EVERYWHERE,
    Severity.MEDIUM: frozenset({"staging", "prod"}),
    Severity.LOW: frozenset(),
}
"""The one table that makes an enforcement level of severity and environment."""

_PACK_OF: Final[Mapping[str, str]] = {"k8s": "kubernetes"}


def level(severity: Severity, environment: Environment) -> Level:
    """How a violation of ``severity`` is enforced in ``environment``."""
    return "mandatory" if environment in MANDATORY_IN[severity] else "advisory"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of a rule that the configuration of its pack may replace.

    ``default`` shows the type: a boolean, an integer, or a list of integers or of texts.
    """

    name: str
    description: str
    default: bool | int | tuple[int, ...] | tuple[str, ...]


class Demand(NamedTuple):
    """One statement that must hold, the place it is about, and what is wrong if it does not.

    ``problem`` continues a sentence that begins with the path. It never contains a property value:
    secrets reach policies in clear.
    """

    holds: Truth
    at: View
    problem: str


def always(_: Subject) -> Truth:
    """Every resource of the type is judged."""
    return Truth.YES


def always_among(_: Subject, __: Stack) -> Truth:
    """Every resource of the type is judged, whatever else there is."""
    return Truth.YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a rule demands of one resource of one type.

    Attributes:
        type: The type token, ``EVERY_TYPE`` for all.
        demand: The requirement, one sentence.
        reads: Wire paths of the properties read, list indices left out.
        absent: How a left-out property reads, one sentence.
        judge: The demands; none at all means there was nothing to object to.
        applies: Whether the resource is of the kind meant, where its type does not tell.
        environments: Where the demand holds.
        good: Properties that satisfy the check, by what they show; whole resources where more
            than properties is judged.
        bad: Properties that violate it.
        undecided: Properties it cannot decide.
        foreign: Properties of the type that the check is not about.
        forbidden: Whether no resource of the type can satisfy it.
    """

    type: str
    demand: str
    reads: tuple[str, ...]
    absent: str
    judge: Callable[[Subject], Iterable[Demand]]
    applies: Callable[[Subject], Truth] = always
    environments: frozenset[Environment] = EVERYWHERE
    good: Mapping[str, Example]
    bad: Mapping[str, Example]
    undecided: Mapping[str, Example]
    foreign: Mapping[str, Example] = field(default_factory=dict)
    forbidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StackCheck:
    """What a rule demands of one resource of one type among the others of its stack.

    ``reads`` names the properties read of each type. The examples are whole stacks, in which the
    first resource of the type gets the verdict. With ``settles`` this check decides what the rule's
    ``Check`` for the same type leaves undecided. ``applies`` is as in ``Check``; where it says no,
    the resource gets no verdict, as the first one of the stacks in ``foreign`` does not.
    """

    type: str
    demand: str
    reads: Mapping[str, tuple[str, ...]]
    absent: str
    judge: Callable[[Subject, Stack], Iterable[Demand]]
    applies: Callable[[Subject, Stack], Truth] = always_among
    settles: bool = False
    environments: frozenset[Environment] = EVERYWHERE
    good: Mapping[str, tuple[Resource, ...]]
    bad: Mapping[str, tuple[Resource, ...]]
    undecided: Mapping[str, tuple[Resource, ...]]
    foreign: Mapping[str, tuple[Resource, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One requirement. Its id is in ``ids.txt`` and is never used for another one.

    Attributes:
        id: Begins with the name of the pack, ``k8s`` for Kubernetes: ``aws-rds-not-public``.
        title: The requirement as a sentence without full stop.
        reason: What goes wrong without it.
        severity: How bad a violation is.
        theme: What the rule is about; gives the items of the broad frameworks.
        controls: Items of frameworks that assert this or nearly this.
        themes_inferred: Whether the broad items are inferred rather than stated by a source.
        fix: What to do, imperative.
        source: Where the vendor documents the behaviour.
        settings: Values the configuration of the pack may replace.
        checks: Demands decided from one resource.
        stack_checks: Demands decided from several.
        about_judging: Whether it is about what the other rules found, and so judges after them.
    """

    id: str
    title: str
    reason: str
    severity: Severity
    theme: Theme
    controls: tuple[Control, ...]
    themes_inferred: bool = False
    fix: str
    source: str
    settings: tuple[Setting, ...] = ()
    checks: tuple[Check, ...] = ()
    stack_checks: tuple[StackCheck, ...] = ()
    about_judging: bool = False

    @property
    def pack(self) -> str:
        """The name of the pack that holds the rule."""
        prefix = self.id.partition("-")[0]
        return _PACK_OF.get(prefix, prefix)

    @property
    def page(self) -> str:
        """The page of the rule, relative to the root of the repository."""
        return f"docs/policies/{self.id}.md"

    @property
    def all_controls(self) -> tuple[Control, ...]:
        """The rule's own controls and the broad ones of its theme."""
        return self.controls + broad_controls(self.theme, inferred=self.themes_inferred)

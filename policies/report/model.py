"""What the rules said of a stack, as every format of the report tells it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from policies.report.text import counted
from policies.rule import Level, Rule, Severity, Verdict
from policies.subject import Environment

Source = Literal["rehearsal", "preview", "update", "state"]

SEVERITIES: Final[tuple[Severity, ...]] = tuple(Severity)
"""The severities, the worst first."""

_RANK: Final[Mapping[Severity, int]] = {severity: rank for rank, severity in enumerate(Severity)}


class Outcome(StrEnum):
    """What becomes of a verdict, once levels and exemptions are counted in; the worst first."""

    VIOLATION = "violation"
    DEFECT = "defect"
    ADVICE = "advice"
    UNDECIDED = "undecided"
    EXEMPTED = "exempted"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"


FAILED: Final[frozenset[Outcome]] = frozenset({Outcome.VIOLATION, Outcome.DEFECT, Outcome.ADVICE})
"""The outcomes of what failed and is not exempted."""

_ORDER: Final[Mapping[Outcome, int]] = {outcome: rank for rank, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the program declares a resource.

    Attributes:
        file: Relative to the project, with forward slashes.
        line: Counted from 1.
        column: Counted from 1; 0 where it is not known.
    """

    file: str
    line: int
    column: int = 0


@dataclass(frozen=True, slots=True)
class Exempted:
    """The exemption that excuses a result.

    Attributes:
        urn_pattern: The resources it is about.
        reason: Why the rule does not bind them.
        owner: Who answers for it.
        ticket: Where it was agreed.
        expires: The last day on which it holds.
        source: The file it is written in, or the resource that bears it as an annotation.
    """

    urn_pattern: str
    reason: str
    owner: str
    ticket: str
    expires: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class ExemptionUse:
    """What became of an exemption.

    ``used`` counts the resources it excused from ``rule``. ``problem`` says what is wrong with it,
    such as that it has expired or is not used; empty if nothing is.
    """

    exempted: Exempted
    rule: str
    used: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The verdict of a rule on a resource.

    Attributes:
        rule: The rule.
        verdict: What it says.
        level: How a violation is enforced in the environment of the resource.
        urn: The resource.
        type: Its type token.
        name: Its logical name.
        component: Type and name of the nearest component above it; empty if there is none.
        environment: The environment of the resource.
        paths: The properties that violate or that are not known; empty for the whole resource.
        message: What is wrong and what to do, without any property value; empty for a pass.
        place: Where the program declares it, ``None`` if that is not known.
        exempted: What excuses it, ``None`` if nothing does.
    """

    rule: Rule
    verdict: Verdict
    level: Level
    urn: str
    type: str
    name: str
    component: str
    environment: Environment
    paths: tuple[str, ...] = ()
    message: str = ""
    place: Place | None = None
    exempted: Exempted | None = None

    @property
    def outcome(self) -> Outcome:
        """What becomes of the verdict; an exemption excuses everything but what passes anyway."""
        if self.verdict is Verdict.PASS:
            return Outcome.PASSED
        if self.verdict is Verdict.NOT_APPLICABLE:
            return Outcome.NOT_APPLICABLE
        if self.exempted is not None:
            return Outcome.EXEMPTED
        if self.verdict is Verdict.UNDECIDED:
            return Outcome.UNDECIDED
        if self.verdict is Verdict.DEFECT:
            return Outcome.DEFECT
        return Outcome.VIOLATION if self.level == "mandatory" else Outcome.ADVICE

    @property
    def is_blocking(self) -> bool:
        """Whether it stops an update: failed or not judged, mandatory, not exempted."""
        return self.level == "mandatory" and self.outcome in FAILED


class Group(NamedTuple):
    """The results about one component, the worst first; ``component`` is empty for those of none."""

    component: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the rules said of one stack.

    Attributes:
        project: The Pulumi project.
        stack: The stack.
        environment: The environment of the stack.
        source: What the resources were seen in.
        version: The version of the rules.
        date: The day of the report; exemptions that end soon are marked by it.
        results: Every verdict, those that pass too.
        exemptions: What became of the exemptions of the stack.
        undecided_limits: How many undecided results are accepted, by severity; a severity that is
            left out has no limit.
    """

    project: str
    stack: str
    environment: Environment
    source: Source
    version: str
    date: dt.date
    results: tuple[Result, ...]
    exemptions: tuple[ExemptionUse, ...] = ()
    undecided_limits: Mapping[str, int]

    def of(self, *outcomes: Outcome) -> tuple[Result, ...]:
        """The results with one of ``outcomes``, the worst first."""
        return _worst_first(result for result in self.results if result.outcome in outcomes)

    @property
    def blocking(self) -> tuple[Result, ...]:
        """What stops an update, the worst first."""
        return _worst_first(result for result in self.results if result.is_blocking)

    @property
    def failures(self) -> tuple[Result, ...]:
        """What failed or was not judged because its rule broke, and is not exempted."""
        return self.of(*FAILED)

    @property
    def counts(self) -> Mapping[Severity, Mapping[Outcome, int]]:
        """The number of results by severity, the worst first, and by outcome."""
        found = Counter((result.rule.severity, result.outcome) for result in self.results)
        return {
            severity: {outcome: found[severity, outcome] for outcome in Outcome}
            for severity in SEVERITIES
        }

    @property
    def totals(self) -> Mapping[Outcome, int]:
        """The number of results by outcome."""
        counts = self.counts
        return {
            outcome: sum(counts[severity][outcome] for severity in SEVERITIES)
            for outcome in Outcome
        }

    @property
    def undecided(self) -> Mapping[Severity, int]:
        """The number of undecided results by severity, the worst first."""
        return {severity: row[Outcome.UNDECIDED] for severity, row in self.counts.items()}

    @property
    def over_limit(self) -> tuple[Severity, ...]:
        """The severities of which more is undecided than is accepted."""
        return tuple(
            severity
            for severity, number in self.undecided.items()
            if severity in self.undecided_limits and number > self.undecided_limits[severity]
        )

    @property
    def bad_exemptions(self) -> tuple[ExemptionUse, ...]:
        """The exemptions with which something is wrong."""
        return tuple(use for use in self.exemptions if use.problem)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the report is not ok, a few words each; empty if it is."""
        blocking = Counter(result.outcome for result in self.blocking)
        violations, defects = blocking[Outcome.VIOLATION], blocking[Outcome.DEFECT]
        bad = len(self.bad_exemptions)
        told = (
            counted(violations, "mandatory violation") if violations else "",
            f"{counted(defects, 'mandatory defect')} of rules" if defects else "",
            *(f"too much undecided of severity {severity}" for severity in self.over_limit),
            f"{counted(bad, 'exemption')} out of order" if bad else "",
        )
        return tuple(problem for problem in told if problem)

    @property
    def ok(self) -> bool:
        """Whether nothing blocks, no limit is exceeded and no exemption is wrong."""
        return not self.problems


def by_component(results: Iterable[Result]) -> tuple[Group, ...]:
    """``results`` by the component they are about; the component with the worst ones comes first."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.component, []).append(result)
    found = [Group(component, _worst_first(members)) for component, members in groups.items()]
    return tuple(sorted(found, key=_badness))


def _worst_first(results: Iterable[Result]) -> tuple[Result, ...]:
    return tuple(sorted(results, key=_place_in_order))


def _place_in_order(
    result: Result,
) -> tuple[int, int, int, str, str, str, tuple[str, ...], str]:
    order = _ORDER[result.outcome]
    return (
        -1 if result.is_blocking else order,
        _RANK[result.rule.severity],
        order,
        result.component,
        result.rule.id,
        result.urn,
        result.paths,
        result.message,
    )


def _badness(group: Group) -> tuple[tuple[int, ...], str]:
    found = Counter((result.outcome, result.rule.severity) for result in group.results)
    most = tuple(-found[outcome, severity] for outcome in Outcome for severity in SEVERITIES)
    return most, group.component

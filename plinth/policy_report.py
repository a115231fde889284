"""What the rules found, put together for a report."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES
from policies.exemptions import Exemption
from policies.finding import Finding
from policies.report.model import Exempted, ExemptionUse, Place, Report, Result, Source
from policies.rule import Rule, Verdict, level
from policies.rules.stack_limits import UNKNOWN_BUDGET
from policies.subject import STACK, Environment, environment_of, type_of
from rehearsal.analysis import AnalyzedResource
from rehearsal.events import Violation
from stacks.day import today_utc

_CLOUDS: Final = frozenset(
    {"aws", "docker", "gcp", "kubernetes", "pulumi", "random", "tls", "command"}
)
_EXEMPT: Final = re.compile(
    r"exempt until (\d{4}-\d\d-\d\d) \((.*?), (.*?)\): (.*?)\. Without that: (.*)", re.DOTALL
)


@dataclass(frozen=True)
class Told:
    """What the packs said under the Pulumi engine.

    Attributes:
        violations: Everything they told of.
        packs: The names of the packs that were asked, such as ``aws``.
        finished: Whether they were asked about everything: what they told nothing of passed.
    """

    violations: Sequence[Violation]
    packs: Collection[str]
    finished: bool


def report(
    analyzer: RuleAnalyzer,
    *,
    project: str,
    stack: str,
    source: Source,
    version: str,
    root: Path,
    told: Told | None = None,
    limits: Mapping[str, int] | None = None,
    day: date | None = None,
) -> Report:
    """The report of what ``analyzer`` found.

    Args:
        analyzer: What judged.
        project: The Pulumi project.
        stack: The stack.
        source: What the resources were seen in.
        version: The version of the rules.
        root: The folder of the project; source positions are relative to it.
        told: What the packs said. They were shown more than an analyzer sees of the engine's
            events, so of each pair they judged, their word counts.
        limits: How many undecided results are accepted by severity; those of the rule without.
        day: The day of the report; today without one.
    """
    seen = _Seen(analyzer.shown, root)
    results = [seen.result(finding) for finding in analyzer.findings]
    if told is not None:
        results = [*_corrected(results, told, seen)]
    environment = environment_of(f"urn:pulumi:{stack}::{project}::")
    uses = analyzer.exemptions.uses((rule.id for rule in analyzer.rules), project, stack)
    return Report(
        project=project,
        stack=stack,
        environment=environment,
        source=source,
        version=version,
        date=day or today_utc(),
        results=tuple(results),
        exemptions=tuple(
            ExemptionUse(_exempted(use.exemption), use.exemption.rule, use.used, use.problem)
            for use in uses
        ),
        undecided_limits=_limits(environment) if limits is None else limits,
    )


def _limits(environment: Environment) -> Mapping[str, int]:
    """What the rule about undecided results accepts by default."""
    (check,) = UNKNOWN_BUDGET.stack_checks
    if environment not in check.environments:
        return {}
    defaults = {setting.name: setting.default for setting in UNKNOWN_BUDGET.settings}
    return {name: limit for name, limit in defaults.items() if isinstance(limit, int)}


class _Seen:
    """The resources that were judged, and where they are declared."""

    def __init__(self, shown: Mapping[str, AnalyzedResource], root: Path) -> None:
        self._shown = shown
        self._root = root.resolve()

    def result(self, finding: Finding) -> Result:
        """``finding`` with what is known of its resource."""
        return Result(
            rule=finding.rule,
            verdict=finding.verdict,
            level=finding.level,
            urn=finding.urn,
            type=self.type(finding.urn),
            name=finding.urn.rpartition("::")[2],
            component=self.component(finding.urn),
            environment=finding.environment,
            paths=finding.paths,
            message=finding.message,
            place=self.place(finding.urn),
            exempted=None if finding.exemption is None else _exempted(finding.exemption),
        )

    def told(self, violation: Violation, rule: Rule) -> Result:
        """What a pack said, as a result."""
        excuse = _EXEMPT.fullmatch(violation.message) if violation.exempt else None
        verdict = Verdict.FAIL
        if violation.undecided:
            verdict = Verdict.UNDECIDED
        elif violation.message.startswith(f"the rule {rule.id} is defective"):
            verdict = Verdict.DEFECT
        return Result(
            rule=rule,
            verdict=verdict,
            level="mandatory" if violation.level == "mandatory" else "advisory",
            urn=violation.urn,
            type=self.type(violation.urn),
            name=violation.urn.rpartition("::")[2],
            component=self.component(violation.urn),
            environment=environment_of(violation.urn),
            message=excuse[5] if excuse else violation.message,
            place=self.place(violation.urn),
            exempted=(
                Exempted(
                    urn_pattern=violation.urn,
                    reason=excuse[4],
                    owner=excuse[2],
                    ticket=excuse[3],
                    expires=date.fromisoformat(excuse[1]),
                    source="told by the pack",
                )
                if excuse
                else None
            ),
        )

    def type(self, urn: str) -> str:
        """The type token of a resource."""
        return self._shown[urn].type if urn in self._shown else type_of(urn)

    def component(self, urn: str) -> str:
        """Type and name of the nearest component above a resource, empty if there is none."""
        above = self._shown.get(urn)
        while above is not None and above.parent:
            above = self._shown.get(above.parent)
            if above is None or above.type == STACK:
                return ""
            if above.type.partition(":")[0] not in _CLOUDS:
                return f"{above.type} {above.name}"
        return ""

    def place(self, urn: str) -> Place | None:
        """Where the program declares a resource, if that is in the project."""
        position = self._shown[urn].source_position if urn in self._shown else ""
        address, _, fragment = position.partition("#")
        numbers = re.findall(r"\d+", fragment)
        if not address or not numbers:
            return None
        parts = urlsplit(address)
        path = PurePosixPath(unquote(parts.path))
        if parts.scheme == "project":
            # Pulumi writes a state's positions relative to the project.
            file = path.relative_to("/") if path.is_absolute() else path
        elif path.is_relative_to(self._root.as_posix()):
            file = path.relative_to(self._root.as_posix())
        else:
            return None
        line, column = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0
        return Place(str(file), line, column)


def _corrected(results: Iterable[Result], told: Told, seen: _Seen) -> Iterator[Result]:
    """The results with the packs' word for what those judged."""
    rules = {rule.id: rule for rule in RULES}
    spoken = [seen.told(each, rules[each.rule]) for each in told.violations if each.rule in rules]
    yield from spoken
    pairs = {(each.rule.id, each.urn) for each in spoken}
    for result in results:
        if (result.rule.id, result.urn) in pairs:
            continue
        if result.verdict is Verdict.PASS or result.rule.pack not in told.packs:
            yield result
        elif told.finished:
            yield _passed(result)


def _passed(result: Result) -> Result:
    held_to = level(result.rule.severity, result.environment)
    return replace(result, verdict=Verdict.PASS, level=held_to, paths=(), message="", exempted=None)


def _exempted(exemption: Exemption) -> Exempted:
    return Exempted(
        urn_pattern=exemption.urn,
        reason=exemption.reason,
        owner=exemption.owner,
        ticket=exemption.ticket,
        expires=exemption.expires,
        source=exemption.source,
    )

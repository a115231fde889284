"""The report as Markdown for a pull request: the verdict, the numbers, then the worst first.

Names and messages are foreign text. What is a name stands in a code span, in which neither links
nor mentions nor HTML mean anything; what is prose is escaped.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from policies.report.model import (
    SEVERITIES,
    ExemptionUse,
    Group,
    Outcome,
    Report,
    Result,
    Source,
    by_component,
)
from policies.report.text import counted, one_line, shortened
from policies.rule import Severity

LIMIT: Final = 60_000
"""Characters; GitHub takes 65,536 in a comment."""

LEAST_LIMIT: Final = 4_000
"""Characters that the verdict and the numbers have room in, whatever the names."""

SOON_DAYS: Final = 30
"""An exemption that ends within so many days is marked."""

_NAME: Final = 120
_MESSAGE: Final = 600
# What the lists of undecided results and of exemptions may take of the room, each.
_SHARE: Final = 5
# What one line that counts what is left out may take.
_REST: Final = 120

_SEEN_IN: Final[Mapping[Source, str]] = {
    "rehearsal": "a rehearsal",
    "preview": "a preview",
    "update": "an update",
    "state": "the state",
}
_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.VIOLATION: "mandatory",
    Outcome.ADVICE: "advisory",
    Outcome.DEFECT: "**defect of the rule**",
}
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>()#+!|~&$]")
# GitHub makes links and mentions of these in spite of escapes, so a character of no width parts them.
_PARTED: Final = re.compile(
    r"(?<=[a-z])(?=://)|(?<=w)(?=ww\.)|(?<=@)|(?<=#)(?=\d)|(?<=GH)(?=-\d)", re.IGNORECASE
)
_NOTHING: Final = "\N{ZERO WIDTH SPACE}"


def render(report: Report, limit: int = LIMIT) -> str:
    """The text, at most ``limit`` characters; rows for which there is no room are counted.

    Raises:
        ValueError: ``limit`` is less than ``LEAST_LIMIT``.
    """
    if limit < LEAST_LIMIT:
        raise ValueError(f"limit is {limit}; it must be at least {LEAST_LIMIT}")
    head = [_verdict(report), "", _origin(report), "", *_numbers(report)]
    last = _undecided(report, limit // _SHARE) + _exemptions(report, limit // _SHARE)
    room = limit - _size(head) - _size(last)
    return "\n".join([*head, *_failures(report, room), *last]) + "\n"


def _verdict(report: Report) -> str:
    stack = f"{_code(report.stack)} of {_code(report.project)}"
    if report.problems:
        return f"## ❌ Policies block {stack}: {', '.join(report.problems)}"
    advice = report.totals[Outcome.ADVICE] + report.totals[Outcome.DEFECT]
    told = f", {counted(advice, 'result')} to look at" if advice else ""
    return f"## ✅ Policies pass for {stack}{told}"


def _origin(report: Report) -> str:
    judged = len(report.results) - report.totals[Outcome.NOT_APPLICABLE]
    resources = len({result.urn for result in report.results})
    return (
        f"{counted(judged, 'verdict')} on {counted(resources, 'resource')} of environment "
        f"{_code(report.environment)}, seen in {_SEEN_IN[report.source]} on "
        f"{report.date.isoformat()}; rules of version {_code(report.version)}."
    )


def _numbers(report: Report) -> list[str]:
    return [
        "| Severity | Mandatory | Advisory | Defects | Undecided (limit) | Exempted | Passed |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_row(_numbers_of(report, severity, row)) for severity, row in report.counts.items()),
    ]


def _numbers_of(report: Report, severity: Severity, row: Mapping[Outcome, int]) -> Iterator[str]:
    limit = report.undecided_limits.get(severity)
    undecided = f"{row[Outcome.UNDECIDED]:,} ({'none' if limit is None else f'{limit:,}'})"
    yield f"**{severity}**"
    yield from (f"{row[each]:,}" for each in (Outcome.VIOLATION, Outcome.ADVICE, Outcome.DEFECT))
    yield f"**{undecided} ❌**" if severity in report.over_limit else undecided
    yield from (f"{row[each]:,}" for each in (Outcome.EXEMPTED, Outcome.PASSED))


def _failures(report: Report, room: int) -> list[str]:
    """A table for each component, until there is no room."""
    lines: list[str] = []
    left = list(by_component(report.failures))
    room -= _REST
    while left:
        group, *others = left
        shown, remaining = _table(group, room - _size(lines))
        lines += shown
        left = [Group(group.component, remaining), *others] if remaining else others
        if remaining:
            break
    rest = [result for group in left for result in group.results]
    return [*lines, "", _left_out(rest)] if rest else lines


def _table(group: Group, room: int) -> tuple[list[str], tuple[Result, ...]]:
    """The lines that have room, and the results that have none."""
    title = _code(group.component) if group.component else "Outside of any component"
    head = [
        "",
        f"### {title}",
        "",
        "| Severity | Rule | Resource | What is wrong |",
        "|---|---|---|---|",
    ]
    rows, taken = _fitting(map(_failure, group.results), room - _size(head))
    return ([*head, *rows] if rows else [], group.results[taken:])


def _failure(result: Result) -> str:
    place = result.place
    where = f" in {_code(f'{place.file}:{place.line}')}" if place else ""
    return _row(
        (
            f"{result.rule.severity}, {_WORDS[result.outcome]}",
            _code(result.rule.id),
            f"{_code(result.name)} ({_code(result.type)}){where}",
            _prose(result.message),
        )
    )


def _left_out(results: Sequence[Result]) -> str:
    numbers = [
        f"{number:,} {severity}"
        for severity in SEVERITIES
        if (number := sum(result.rule.severity is severity for result in results))
    ]
    return f"_{len(results):,} more not shown: {', '.join(numbers)}._"


def _undecided(report: Report, room: int) -> list[str]:
    """A table of what is undecided, by rule, folded; empty if nothing is."""
    results = report.of(Outcome.UNDECIDED)
    if not results:
        return []
    head = [
        "",
        f"<details><summary>{counted(len(results), 'undecided result')}</summary>",
        "",
        "| Severity | Rule | Resources | Among them |",
        "|---|---|---:|---|",
    ]
    ordered = sorted(results, key=_severity_and_rule)
    rules = [list(members) for _, members in groupby(ordered, _severity_and_rule)]
    rows, taken = _fitting(map(_undecided_row, rules), room - _size(head) - _REST)
    rest = len(rules) - taken
    more = ["", f"_{counted(rest, 'more rule')} not shown._"] if rest else []
    return [*head, *rows, *more, "", "</details>"]


def _severity_and_rule(result: Result) -> tuple[int, str]:
    return SEVERITIES.index(result.rule.severity), result.rule.id


def _undecided_row(results: Sequence[Result]) -> str:
    first = results[0]
    return _row(
        (
            first.rule.severity.value,
            _code(first.rule.id),
            f"{len(results):,}",
            f"{_code(first.name)}: {_prose(first.message)}",
        )
    )


def _exemptions(report: Report, room: int) -> list[str]:
    """A table of the exemptions, those out of order first; empty if there are none."""
    uses = sorted(
        report.exemptions,
        key=lambda use: (not use.problem, use.exempted.expires, use.rule, use.exempted.urn_pattern),
    )
    if not uses:
        return []
    head = [
        "",
        f"### {counted(len(uses), 'exemption')}",
        "",
        "| Rule | Resources | Until | Owner | Ticket | Reason | Out of order |",
        "|---|---|---|---|---|---|---|",
    ]
    rows, taken = _fitting((_exemption(report, use) for use in uses), room - _size(head) - _REST)
    rest = len(uses) - taken
    more = ["", f"_{counted(rest, 'more exemption')} not shown._"] if rest else []
    return [*head, *rows, *more]


def _exemption(report: Report, use: ExemptionUse) -> str:
    exempted = use.exempted
    return _row(
        (
            _code(use.rule),
            f"{use.used:,} of {_code(exempted.urn_pattern)}",
            _until(exempted.expires, report.date),
            _prose(exempted.owner),
            _code(exempted.ticket),
            _prose(exempted.reason),
            f"❌ {_prose(use.problem)}" if use.problem else "",
        )
    )


def _until(expires: dt.date, today: dt.date) -> str:
    days = (expires - today).days
    if days < 0:
        return f"**{expires}, over**"
    return f"**{expires}, ⚠️ {counted(days, 'day')} left**" if days <= SOON_DAYS else f"{expires}"


def _fitting(rows: Iterable[str], room: int) -> tuple[list[str], int]:
    """The first rows that have room, and how many they are."""
    taken: list[str] = []
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            break
        taken.append(row)
    return taken, len(taken)


def _size(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """``text`` as a code span that is whole in a table too."""
    # No escape of these two is read alike by every reader of tables.
    plain = shortened(one_line(text), _NAME).replace("`", "'").replace("|", "¦").strip()
    return f"`{plain or '-'}`"


def _prose(text: str) -> str:
    """``text`` of which nothing is markup."""
    parted = _PARTED.sub(_NOTHING, shortened(one_line(text), _MESSAGE))
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", parted)

"""The numbers of a report, as a table with a bar for each severity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.report.model import Outcome, Report
from policies.rule import Severity

SHOWN: Final = (
    Outcome.VIOLATION,
    Outcome.DEFECT,
    Outcome.ADVICE,
    Outcome.UNDECIDED,
    Outcome.EXEMPTED,
    Outcome.PASSED,
)
"""The outcomes that are shown, the worst first."""

_BAR: Final = 240
_LEAST: Final = 4


def numbers(report: Report) -> Iterator[str]:
    """The lines of the section."""
    counts = report.counts
    most = max((_shown_in(row) for row in counts.values()), default=0)
    yield '<section aria-labelledby="numbers"><h2 id="numbers">Verdicts by severity</h2>'
    yield '<div class="scroll" tabindex="0" role="region" aria-labelledby="numbers"><table>'
    heads = "".join(
        f'<th scope="col" class="number">{outcome.capitalize()}</th>' for outcome in SHOWN
    )
    yield f'<thead><tr><th scope="col">Severity</th><th scope="col">Share</th>{heads}</tr></thead>'
    yield "<tbody>"
    yield from (_numbers_row(report, severity, row, most) for severity, row in counts.items())
    yield "</tbody></table></div>"
    legend = "".join(
        f'<li><span class="mark {outcome}">{outcome.capitalize()}</span></li>' for outcome in SHOWN
    )
    yield f'<ul class="legend" aria-label="Colours">{legend}</ul></section>'


def _numbers_row(report: Report, severity: Severity, row: Mapping[Outcome, int], most: int) -> str:
    cells = "".join(
        f'<td class="number">{_number(report, severity, outcome, row[outcome])}</td>'
        for outcome in SHOWN
    )
    return (
        f'<tr><th scope="row">{severity.capitalize()}</th>'
        f"<td>{_bar(severity, row, most)}</td>{cells}</tr>"
    )


def _number(report: Report, severity: Severity, outcome: Outcome, number: int) -> str:
    limit = report.undecided_limits.get(severity)
    if outcome is not Outcome.UNDECIDED or limit is None:
        return f"{number:,}"
    told = f"{number:,} (limit {limit:,})"
    return f'<span class="exceeded">{told}</span>' if severity in report.over_limit else told


def _bar(severity: Severity, row: Mapping[Outcome, int], most: int) -> str:
    """A bar as long as the severity's share of the most frequent one, in a part per outcome."""
    parts = [(outcome, row[outcome]) for outcome in SHOWN if row[outcome]]
    told = ", ".join(f"{number:,} {outcome}" for outcome, number in parts) or "nothing judged"
    rects: list[str] = []
    start = 0.0
    # What is rare must still be seen, so every part has a least width before the rest is shared.
    rest = _BAR - _LEAST * len(SHOWN)
    for outcome, number in parts:
        width = _LEAST + rest * number / most
        rects.append(f'<rect class="{outcome}" x="{start:.1f}" width="{width:.1f}" height="14"/>')
        start += width
    return (
        f'<svg class="bar" viewBox="0 0 {_BAR} 14" preserveAspectRatio="none" role="img" '
        f'aria-label="{severity.capitalize()}: {told}">'
        f'<rect class="empty" width="{_BAR}" height="14"/>{"".join(rects)}</svg>'
    )


def _shown_in(row: Mapping[Outcome, int]) -> int:
    return sum(row[outcome] for outcome in SHOWN)

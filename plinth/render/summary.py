"""The closing summary: counts, policy verdicts, failures, outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import yaml

from plinth.render.report import Report
from plinth.render.words import ALWAYS_COUNTED, STYLE, outcomes, verdict_of, word
from rehearsal.events import Judged, Level, StepFailed, Summary, Violation
from rehearsal.values import mask

MANDATORY: Final = "mandatory"
LONGEST_LINE: Final = 100


class Line(NamedTuple):
    """A line of text and how a terminal may dress it."""

    text: str
    style: str = ""


def summary_lines(report: Report) -> list[Line]:
    """The summary of an operation that ended; empty while it has none."""
    summary = report.summary
    if summary is None:
        return []
    return [
        Line(""),
        *_failures(report),
        *_policies(report, summary),
        *_counts(summary),
        *_outputs(summary),
    ]


def _counts(summary: Summary) -> Iterator[Line]:
    counts = outcomes(summary.counts)
    width = max(len(word(outcome, summary.kind)) for outcome in counts)
    yield Line("Resources", "bold")
    for outcome in (*ALWAYS_COUNTED, *sorted(counts.keys() - set(ALWAYS_COUNTED))):
        style = STYLE[outcome] if counts[outcome] else "dim"
        yield Line(f"  {word(outcome, summary.kind):<{width}}  {counts[outcome]:>4}", style)


def _policies(report: Report, summary: Summary) -> Iterator[Line]:
    judged = summary.judged
    if judged == Judged() and not report.violations:
        return
    yield Line("Policies", "bold")
    told = f"  {judged.passed} passed, {judged.failed} failed, {judged.undecided} undecided"
    yield Line(f"{told}, {judged.exempt} exempt" if judged.exempt else told)
    for found in sorted(report.violations, key=lambda found: (found.undecided, found.exempt)):
        yield from _violation(found)


def _violation(found: Violation) -> Iterator[Line]:
    verdict = verdict_of(found)
    severity = f", {found.severity}" if found.severity else ""
    style = "red" if found.level == MANDATORY and verdict == "violation" else "yellow"
    yield Line(f"  {verdict} {found.rule} ({found.level}{severity})", style)
    yield Line(f"    {found.urn}")
    for line in found.message.splitlines():
        yield Line(f"    {line}")


def _failures(report: Report) -> Iterator[Line]:
    told = [
        *(_failed(failure) for failure in report.failed),
        *(found.message for found in report.diagnostics if found.level is Level.ERROR),
    ]
    summary = report.summary
    if not told and summary is not None and not summary.ok:
        told.append(summary.message or "the operation failed and did not say why")
    if told:
        yield Line("Failures", "bold red")
    for message in dict.fromkeys(told):
        for line in message.splitlines():
            yield Line(f"  {line}", "red")


def _failed(failure: StepFailed) -> str:
    step = failure.step
    return f"{step.op} {step.type} {step.name}: {failure.message}"


def _outputs(summary: Summary) -> Iterator[Line]:
    if not summary.outputs:
        return
    yield Line("Outputs", "bold")
    width = max(len(name) for name in summary.outputs)
    for name, value in sorted(summary.outputs.items()):
        shown = mask(value)
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        if len(text) <= LONGEST_LINE:
            yield Line(f"  {name:<{width}}  {text}")
            continue
        yield Line(f"  {name}")
        for line in yaml.safe_dump(shown, allow_unicode=True, width=1_000).splitlines():
            yield Line(f"    {line}")

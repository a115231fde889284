"""The report as SARIF 2.1.0, within what code scanning of GitHub accepts.

What passes is counted and not listed: code scanning shows every result as an alert, whatever its
``kind``. It also shows suppressed results; other readers hide those.

Sources: the OASIS standard, sections 3.11 (messages), 3.27 (results), 3.35 (suppressions); GitHub's
"SARIF support for code scanning", for limits and for what it requires.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from policies.controls import Control, Relation
from policies.report.model import Exempted, Outcome, Place, Report, Result
from policies.report.text import counted, one_line, shortened
from policies.rule import Level, Rule, Severity, Verdict

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS: Final = 25_000
"""GitHub refuses a run with more."""

MOST_TAGS: Final = 20
"""GitHub refuses a rule with more, and shows the first ten."""

_ROOT: Final = "%SRCROOT%"
_MOST_DESCRIBED: Final = 1024
# GitHub refuses a file of more than 10 MB compressed; the longest message keeps 25,000 below it.
_MOST_TOLD: Final = 2000
_LISTED: Final = (
    Outcome.VIOLATION,
    Outcome.DEFECT,
    Outcome.ADVICE,
    Outcome.UNDECIDED,
    Outcome.EXEMPTED,
)
_LEVELS: Final[Mapping[Level, str]] = {"mandatory": "error", "advisory": "warning"}
# GitHub reads over 9.0 as critical, from 7.0 as high, from 4.0 as medium.
_SCORES: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
_NEAREST_FIRST: Final[Sequence[Relation]] = (
    Relation.SAME,
    Relation.RELATED,
    Relation.THEME,
    Relation.INFERRED,
)


def render(report: Report) -> str:
    """The text of the file: one run, the worst results first."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, separators=(",", ":")) + "\n"


def _run(report: Report) -> dict[str, Any]:
    rules = sorted({result.rule for result in report.results}, key=lambda rule: rule.id)
    places = {rule.id: place for place, rule in enumerate(rules)}
    listed = report.of(*_LISTED)
    occurrences: Counter[tuple[str, str]] = Counter()
    results = [
        _result(report, result, places[result.rule.id], occurrences)
        for result in listed[:MOST_RESULTS]
    ]
    stack = f"{_quoted(report.project, '')}/{_quoted(report.stack, '')}"
    return {
        "tool": {
            "driver": {
                "name": "plinth-policies",
                "version": report.version,
                "rules": [_descriptor(rule) for rule in rules],
            }
        },
        "automationDetails": {
            "id": f"plinth-policies/{stack}/",
            "description": _message(f"Policies of {report.project}, stack {report.stack}"),
        },
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The folder of the Pulumi project."}}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, places, len(listed))],
        "results": results,
        "properties": {
            "project": report.project,
            "stack": report.stack,
            "environment": report.environment,
            "source": report.source,
            "ok": report.ok,
            "counts": {outcome.value: number for outcome, number in report.totals.items()},
        },
    }


def _descriptor(rule: Rule) -> dict[str, Any]:
    text = f"{rule.reason}\n\nFix: {rule.fix}\n\nSee {rule.page} and {rule.source}"
    markdown = f"{rule.reason}\n\n**Fix:** {rule.fix}\n\nSee `{rule.page}` and <{rule.source}>."
    return {
        "id": rule.id,
        "shortDescription": {"text": shortened(f"{rule.title}.", _MOST_DESCRIBED)},
        "fullDescription": {"text": shortened(rule.reason, _MOST_DESCRIBED)},
        "help": {"text": text, "markdown": markdown},
        "helpUri": rule.source,
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "severity": rule.severity.value,
            "security-severity": _SCORES[rule.severity],
            # A value that is not known never fails, so what fails does violate.
            "precision": "very-high",
            "tags": _tags(rule),
            "controls": [_tag(control) for control in _controls(rule)],
        },
    }


def _controls(rule: Rule) -> list[Control]:
    return sorted(rule.all_controls, key=lambda each: _NEAREST_FIRST.index(each.relation))


def _tag(control: Control) -> str:
    return f"{control.framework.value}: {control.id}"


def _tags(rule: Rule) -> list[str]:
    tags = ["security", rule.pack, rule.theme.value, *map(_tag, _controls(rule))]
    return list(dict.fromkeys(tags))[:MOST_TAGS]


def _result(
    report: Report, result: Result, rule_index: int, occurrences: Counter[tuple[str, str]]
) -> dict[str, Any]:
    pair = (result.rule.id, result.urn)
    occurrences[pair] += 1
    undecided = result.verdict is Verdict.UNDECIDED
    told: dict[str, Any] = {
        "ruleId": result.rule.id,
        "ruleIndex": rule_index,
        # The standard has no level for what is not a failure.
        "kind": "review" if undecided else "fail",
        "level": "none" if undecided else _LEVELS[result.level],
        "message": _message(f"{result.name} ({result.type}): {result.message}"),
        "locations": [_location(report, result)],
        "partialFingerprints": _fingerprints(pair, occurrences[pair]),
        "properties": {
            "severity": result.rule.severity.value,
            "outcome": result.outcome.value,
            "environment": result.environment,
            "component": one_line(result.component),
            "paths": [one_line(path) for path in result.paths],
        },
    }
    if result.exempted is not None:
        told["suppressions"] = [_suppression(result.exempted)]
    return told


def _fingerprints(pair: tuple[str, str], occurrence: int) -> dict[str, str]:
    """What tells the result again in the next run, wherever its line has moved."""
    digest = hashlib.sha256("\n".join(pair).encode("utf-8", "backslashreplace")).hexdigest()
    # GitHub compares this one and no other, in the form of a hash and an ordinal number.
    return {
        "primaryLocationLineHash": f"{digest[:16]}:{occurrence}",
        "ruleAndResource/v1": f"{digest}:{occurrence}",
    }


def _location(report: Report, result: Result) -> dict[str, Any]:
    return {
        "physicalLocation": _physical(result.place or Place(f"Pulumi.{report.stack}.yaml", 1)),
        "logicalLocations": [
            {
                "name": one_line(result.name),
                "fullyQualifiedName": one_line(result.urn),
                "kind": "resource",
            }
        ],
    }


def _physical(place: Place) -> dict[str, Any]:
    column = max(place.column, 1)
    line = max(place.line, 1)
    return {
        "artifactLocation": {"uri": _quoted(place.file, "/"), "uriBaseId": _ROOT},
        # GitHub requires all four.
        "region": {
            "startLine": line,
            "startColumn": column,
            "endLine": line,
            "endColumn": column + 1,
        },
    }


def _suppression(exempted: Exempted) -> dict[str, Any]:
    until = exempted.expires.isoformat()
    reason = f"{exempted.reason} ({exempted.ticket}; {exempted.owner}; until {until})"
    return {
        "kind": "external",
        "status": "accepted",
        "justification": shortened(one_line(reason), _MOST_TOLD),
    }


def _invocation(report: Report, places: Mapping[str, int], listed: int) -> dict[str, Any]:
    defects = report.of(Outcome.DEFECT)
    broken = {result.rule.id: result for result in reversed(defects)}
    return {
        "executionSuccessful": not defects,
        "toolExecutionNotifications": [
            *(_defect(result, places[rule]) for rule, result in sorted(broken.items())),
            *_remarks(report, listed),
        ],
        "toolConfigurationNotifications": [
            {
                "level": "error",
                "message": _message(f"{use.exempted.source}: {use.rule}: {use.problem}"),
            }
            for use in report.bad_exemptions
        ],
    }


def _defect(result: Result, rule_index: int) -> dict[str, Any]:
    return {
        "level": "error",
        "message": _message(result.message),
        "associatedRule": {"id": result.rule.id, "index": rule_index},
    }


def _remarks(report: Report, listed: int) -> Iterator[dict[str, Any]]:
    for severity in report.over_limit:
        number, limit = report.undecided[severity], report.undecided_limits[severity]
        told = f"{counted(number, 'result')} of severity {severity} undecided; {limit:,} accepted"
        yield {"level": "error", "message": _message(f"{told}.")}
    if listed > MOST_RESULTS:
        left_out = counted(listed - MOST_RESULTS, "result")
        yield {
            "level": "warning",
            "message": _message(f"{left_out} left out, the least bad: no more than {MOST_RESULTS}"),
        }


def _message(text: str) -> dict[str, str]:
    """A message that holds neither placeholders nor links, whatever names are in ``text``."""
    cut = shortened(one_line(text), _MOST_TOLD)
    return {"text": cut.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _quoted(text: str, kept: str) -> str:
    """``text`` as part of a URI; names may hold what no encoding takes."""
    return quote(text, safe=kept, errors="replace")

"""The report as one HTML page that needs nothing from elsewhere.

Without its script the page shows everything; the script adds the filters. What passes is counted by
rule and not listed.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from policies.report.model import (
    ExemptionUse,
    Group,
    Outcome,
    Report,
    Result,
    by_component,
)
from policies.report.page import SCRIPT, STYLE
from policies.report.page_numbers import SHOWN, numbers
from policies.report.text import counted, one_line
from policies.rule import Rule, Severity

_LISTED: Final = SHOWN[:-1]


def render(report: Report) -> str:
    """The text of the page."""
    title = f"Policies: stack {report.stack} of {report.project}"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_allowed()}">',
        f"<title>{_text(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        *_header(report, title),
        "<main>",
        *numbers(report),
        *_findings(report),
        *_exemptions(report),
        *_passed(report),
        "</main>",
        f"<script>{SCRIPT}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _allowed() -> str:
    """What the page may load and run: its own style and script, even if an escape failed."""
    return (
        f"default-src 'none'; style-src '{_digest(STYLE)}'; script-src '{_digest(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _header(report: Report, title: str) -> Iterator[str]:
    resources = len({result.urn for result in report.results})
    facts = (
        f"Environment {report.environment} · seen in {report.source} · {report.date} · "
        f"{counted(resources, 'resource')} · rules of version {report.version}"
    )
    yield "<header>"
    yield f"<h1>{_text(title)}</h1>"
    yield f'<p class="faint">{_text(facts)}</p>'
    yield f'<p class="verdict {"ok" if report.ok else "blocked"}">{_verdict(report)}</p>'
    yield "</header>"


def _verdict(report: Report) -> str:
    return f"Blocked: {', '.join(report.problems)}" if report.problems else "Passed: nothing blocks"


def _findings(report: Report) -> Iterator[str]:
    groups = by_component(report.of(*_LISTED))
    yield "<h2>Findings by component, the worst first</h2>"
    if not groups:
        yield "<p>None: everything that was judged passes.</p>"
        return
    yield from _filters(groups)
    for place, group in enumerate(groups):
        yield from _section(group, f"component-{place}")


def _filters(groups: Sequence[Group]) -> Iterator[str]:
    found = [result for group in groups for result in group.results]
    severities = {result.rule.severity for result in found}
    outcomes = {result.outcome for result in found}
    yield '<form class="filters" aria-label="Filter the findings" hidden>'
    yield _choice("severity", "Severity", [(each, each) for each in Severity if each in severities])
    yield _choice("outcome", "Verdict", [(each, each) for each in _LISTED if each in outcomes])
    yield _choice("component", "Component", [(_name(group), _title(group)) for group in groups])
    yield '<button type="reset">Show all</button><output aria-live="polite"></output></form>'


def _choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<option value="{_text(value)}">{_text(shown)}</option>' for value, shown in options
    )
    return (
        f"<label>{label}"
        f'<select name="{name}"><option value="">All</option>{listed}</select></label>'
    )


def _section(group: Group, anchor: str) -> Iterator[str]:
    yield f'<section data-component="{_text(_name(group))}" aria-labelledby="{anchor}">'
    yield f'<h3 id="{anchor}">{_text(_title(group))}</h3>'
    yield f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{anchor}">'
    yield '<table class="findings"><thead><tr><th scope="col">Verdict</th><th scope="col">Rule</th>'
    yield '<th scope="col">Resource</th><th scope="col">What is wrong</th></tr></thead><tbody>'
    yield from map(_finding, group.results)
    yield "</tbody></table></div></section>"


def _finding(result: Result) -> str:
    rule, outcome = result.rule, result.outcome
    place = ""
    if result.place is not None:
        where = f"{result.place.file}:{result.place.line}"
        place = f'<span class="place"><code>{_text(where)}</code></span>'
    return (
        f'<tr data-severity="{rule.severity}" data-outcome="{outcome}">'
        f'<td><span class="mark {outcome}">{outcome.capitalize()}</span>'
        f'<span class="title">{rule.severity}</span></td>'
        f'<td>{_rule(rule)}<span class="title">{_text(rule.title)}</span></td>'
        f'<td><code class="resource" title="{_text(result.urn)}">{_text(result.name)}</code>'
        f'<span class="type"><code>{_text(result.type)}</code></span>{place}</td>'
        f"<td>{_text(result.message)}{_excuse(result)}</td></tr>"
    )


def _excuse(result: Result) -> str:
    exempted = result.exempted
    if exempted is None:
        return ""
    told = f"Exempted until {exempted.expires} ({exempted.owner}, {exempted.ticket}): "
    return f'<span class="title">{_text(told + exempted.reason)}</span>'


def _exemptions(report: Report) -> Iterator[str]:
    if not report.exemptions:
        return
    yield '<section aria-labelledby="exemptions"><h2 id="exemptions">Exemptions</h2>'
    yield '<div class="scroll" tabindex="0" role="region" aria-labelledby="exemptions"><table>'
    heads = ("Rule", "Resources", "Until", "Owner", "Ticket", "Reason", "Written in", "Problem")
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield f"<thead><tr>{columns}</tr></thead><tbody>"
    yield from map(_exemption, sorted(report.exemptions, key=_order_of_exemption))
    yield "</tbody></table></div></section>"


def _order_of_exemption(use: ExemptionUse) -> tuple[bool, str, str, str]:
    exempted = use.exempted
    return not use.problem, exempted.expires.isoformat(), use.rule, exempted.urn_pattern


def _exemption(use: ExemptionUse) -> str:
    exempted = use.exempted
    problem = f'<span class="exceeded">{_text(use.problem)}</span>' if use.problem else "none"
    return (
        f"<tr><td><code>{_text(use.rule)}</code></td>"
        f"<td>{use.used:,} of <code>{_text(exempted.urn_pattern)}</code></td>"
        f"<td>{exempted.expires}</td><td>{_text(exempted.owner)}</td>"
        f"<td>{_text(exempted.ticket)}</td><td>{_text(exempted.reason)}</td>"
        f"<td><code>{_text(exempted.source)}</code></td><td>{problem}</td></tr>"
    )


def _passed(report: Report) -> Iterator[str]:
    passed = report.of(Outcome.PASSED)
    if not passed:
        return
    numbers = Counter(result.rule.id for result in passed)
    rules = {result.rule.id: result.rule for result in passed}
    yield f"<h2>Passed</h2><details><summary>{counted(len(passed), 'verdict')} of "
    yield f"{counted(len(rules), 'rule')}</summary>"
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Rules that passed"><table>'
    yield '<thead><tr><th scope="col">Rule</th><th scope="col">Severity</th>'
    yield '<th scope="col" class="number">Resources</th></tr></thead><tbody>'
    for name, rule in sorted(rules.items()):
        yield (
            f'<tr><td>{_rule(rule)}<span class="title">{_text(rule.title)}</span></td>'
            f'<td>{rule.severity}</td><td class="number">{numbers[name]:,}</td></tr>'
        )
    yield "</tbody></table></div></details>"


def _rule(rule: Rule) -> str:
    return f'<a href="{_text(rule.source)}" rel="noreferrer"><code>{_text(rule.id)}</code></a>'


def _name(group: Group) -> str:
    # An empty choice stands for every component.
    return group.component or "-"


def _title(group: Group) -> str:
    return group.component or "Outside of any component"


def _text(text: str) -> str:
    return escape(one_line(text))

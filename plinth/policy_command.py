"""``plinth policies``: judge a stack or an exported state, and tell about the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from plinth.errors import PlinthError, UsageError
from plinth.exported import read_state
from plinth.judging import RuleAnalyzer
from plinth.policy_report import report
from plinth.rehearse import RehearsalRunner
from plinth.report_order import ReportOrder
from plinth.reporting import PACKAGE, write
from plinth.surroundings import Surroundings, exemptions_of
from plinth.target import Target, find_project
from policies.catalogue import RULES
from policies.coverage import coverage, framework_of, text
from policies.pages import page_of
from policies.report.model import Outcome, Report, Result, Source
from policies.rule import Rule, Severity
from policies.settings import Configuration
from rehearsal.events import Diagnostic, Event, Level, Listener, StepFailed
from rehearsal.state import urn_name

SHOWN: Final = 50
"""How many results are shown; a report holds all of them."""

_LIMIT: Final = re.compile(r"(critical|high|medium|low)=(\d+)")
_STYLES: Final = {
    Outcome.VIOLATION: "red",
    Outcome.DEFECT: "red",
    Outcome.ADVICE: "yellow",
    Outcome.UNDECIDED: "yellow",
    Outcome.EXEMPTED: "cyan",
}
_WIDEST: Final = max(len(outcome) for outcome in _STYLES)

Say = Callable[[str, str], None]
"""Shows a line in a style, such as ``red``; empty for none."""


@dataclass(frozen=True)
class Asked:
    """What is to be judged, and what becomes of it.

    Attributes:
        stack: The stack.
        state: A file with an exported state; without one a preview is rehearsed.
        orders: The reports to write.
        limits: How many undecided results are accepted, by severity; without any those of the rule.
        configuration: A file with settings of rules.
        home: Where rehearsals are kept; the project's own place without one.
    """

    stack: str
    state: Path | None = None
    orders: Sequence[ReportOrder] = ()
    limits: Mapping[str, int] | None = None
    configuration: Path | None = None
    home: Path | None = None


def judge(
    asked: Asked, around: Surroundings, say: Say, listener: Listener = lambda _: None
) -> Report:
    """Judge a stack by all rules, tell the outcome and write the reports.

    ``listener`` hears what a rehearsed preview does.

    Raises:
        PlinthError, RehearsalError, SettingsError: it cannot be judged; the message says why.
    """
    target = around.read_target(find_project(around.directory), asked.stack)
    configuration = _configuration(asked.configuration) if asked.configuration else {}
    try:
        analyzer = RuleAnalyzer(RULES, exemptions_of(target), configuration)
    except ValueError as error:
        raise PlinthError(f"{asked.configuration}: {error}. Correct it.") from error
    source: Source = "rehearsal"
    if asked.state is not None:
        source = "state"
        _judge_state(asked.state, target, analyzer)
        say(f"Policies: {asked.stack}, as exported to {asked.state}.", "")
    else:
        say(f"Policies: {asked.stack}, as a rehearsed preview shows it; no cloud is asked.", "")
        _judge_preview(RehearsalRunner(target, asked.home or target.home, [analyzer]), listener)
    made = report(
        analyzer,
        project=target.project,
        stack=target.stack,
        source=source,
        version=version(PACKAGE),
        root=target.directory,
        limits=asked.limits,
    )
    for line, style in lines(made):
        say(line, style)
    write(made, asked.orders)
    for order in asked.orders:
        say(f"{order.format} report: {order.file}", "")
    return made


def _judge_preview(runner: RehearsalRunner, listener: Listener) -> None:
    """Let the analyzer of ``runner`` see a preview of the whole stack.

    Raises:
        PlinthError: the program did not come to its end, so that not everything was seen.
    """
    problems: list[str] = []

    def listening(event: Event) -> None:
        if isinstance(event, StepFailed) or (
            isinstance(event, Diagnostic) and event.level is Level.ERROR
        ):
            problems.append(event.message)
        listener(event)

    summary = runner.preview(listening)
    if not summary.ok and not summary.judged.failed:
        problems.append(summary.message)
    if problems:
        told = "\n".join(dict.fromkeys(filter(None, problems))) or "it did not say why"
        raise PlinthError(f"The preview failed, so nothing is said of its policies: {told}")


def _judge_state(path: Path, target: Target, analyzer: RuleAnalyzer) -> None:
    exported = read_state(path)
    stacks = {each.urn.removeprefix("urn:pulumi:").partition("::")[0] for each in exported.inputs}
    if stacks - {target.stack}:
        others = ", ".join(sorted(stacks - {target.stack}))
        raise UsageError(
            f"{path} is a state of {others}, not of {target.stack}. Name its stack with --stack."
        )
    for resource in exported.inputs:
        analyzer.analyze(resource)
    analyzer.analyze_stack(exported.outputs)


def _configuration(path: Path) -> Configuration:
    """The settings of rules in a file: ids to settings to values, as JSON or YAML."""
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlinthError(f"{path} cannot be read: {error}. Correct it.") from error
    document = {} if document is None else document
    if not isinstance(document, dict) or not all(isinstance(v, dict) for v in document.values()):
        raise PlinthError(
            f"{path}: must hold an object for each rule that is configured, such as "
            "{aws-rds-backup-retention: {least_days: 30}}. Correct it."
        )
    return document


def parse_limits(texts: Sequence[str]) -> Mapping[str, int] | None:
    """The limits ``SEVERITY=NUMBER``; ``None`` without any.

    Raises:
        UsageError: a text is not one.
    """
    found = {given: _LIMIT.fullmatch(given) for given in texts}
    wrong = [given for given, match in found.items() if match is None]
    if wrong:
        severities = ", ".join(Severity)
        raise UsageError(
            "\n".join(
                f'--max-undecided "{given}" is not understood: write SEVERITY=NUMBER with one of '
                f"{severities}, such as critical=0."
                for given in wrong
            )
        )
    return {match[1]: int(match[2]) for match in found.values() if match} or None


def lines(made: Report) -> Iterator[tuple[str, str]]:
    """The report as lines and their styles: what is wrong first, then the counts."""
    told = made.of(*_STYLES)
    for result in told[:SHOWN]:
        yield from _result(result)
    if len(told) > SHOWN:
        yield f"  and {len(told) - SHOWN} more: --report markdown=FILE tells them all", "dim"
    for use in made.exemptions:
        problem = f" PROBLEM: {use.problem}" if use.problem else ""
        excuse = use.exempted
        told = f"exemption {use.rule} until {excuse.expires.isoformat()}, used {use.used} x"
        by = f"({excuse.owner}, {excuse.ticket}): {excuse.reason}.{problem}"
        yield f"{told} {by}", "red" if problem else "cyan"
    yield "", ""
    yield from _table(made)
    verdict = "passed" if made.ok else f"failed: {'; '.join(made.problems)}"
    yield f"Policies of {made.stack} {verdict}.", "green" if made.ok else "red"


def _result(result: Result) -> Iterator[tuple[str, str]]:
    place = f" {result.place.file}:{result.place.line}" if result.place else ""
    component = f" in {result.component}" if result.component else ""
    outcome = result.outcome
    rule = f"{outcome:<{_WIDEST}} {result.rule.id} ({result.rule.severity}, {result.level})"
    yield f"{rule} {result.type} {urn_name(result.urn)}{component}{place}", _STYLES[outcome]
    for line in result.message.splitlines():
        yield f"  {line}", ""


def _table(made: Report) -> Iterator[tuple[str, str]]:
    columns = [outcome for outcome in Outcome if outcome is not Outcome.NOT_APPLICABLE]
    yield f"{'':<9}" + "".join(f"{outcome:>11}" for outcome in columns), "bold"
    for severity, row in made.counts.items():
        yield f"{severity:<9}" + "".join(f"{row[outcome]:>11}" for outcome in columns), ""
    limits = ", ".join(f"{name} {number}" for name, number in made.undecided_limits.items())
    if limits:
        yield f"undecided results that are accepted: {limits}", "dim"


def listing(rules: Iterable[Rule] = RULES) -> Iterator[str]:
    """One line for each rule."""
    rules = tuple(rules)
    widest = max(len(rule.id) for rule in rules)
    for rule in rules:
        yield f"{rule.id:<{widest}}  {rule.severity:<8}  {rule.title}"


def explanation(rule_id: str) -> str:
    """The page of a rule.

    Raises:
        UsageError: there is no such rule; the message names those that are called alike.
    """
    for rule in RULES:
        if rule.id == rule_id:
            return page_of(rule)
    near = get_close_matches(rule_id, [rule.id for rule in RULES], n=3, cutoff=0.4)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise UsageError(
        f'There is no rule "{rule_id}".{hint} `plinth policies list` shows all {len(RULES)}.'
    )


def covered(slug: str) -> str:
    """What the rules decide of a framework.

    Raises:
        UsageError: there is no such framework.
    """
    try:
        framework = framework_of(slug)
    except ValueError as error:
        message = str(error)
        raise UsageError(message[:1].upper() + message[1:]) from error
    return text(coverage(framework))

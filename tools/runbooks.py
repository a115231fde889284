"""The page of runbooks: what every alert means and what to do first, from the alerts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from components.observability.alert import Alert, Group, Recording, Severity
from components.observability.rules.catalogue import GROUPS
from tools.generated import ROOT

PAGE: Final = ROOT / "docs" / "runbooks.md"

_HEARD: Final = {
    Severity.CRITICAL: "critical: somebody is called",
    Severity.WARNING: "warning: a ticket",
    Severity.INFO: "info: seen beside other alerts",
    Severity.NONE: "none: for the machinery of alerting",
}
_INTRODUCTION: Final = """\
# Runbooks

Every alert links to its heading here. Thresholds that follow a stack's settings (replicas, members,
series, sizes) are shown as an example. In expressions and texts, `<name>` stands for the value of
the label `name`.
"""
ASKED: Final = ("SloBurn", "SloBudgetExhausted", "SloNoData", "LogAlert")
"""Headings that the alerts of a stack's own objectives and logs lead to."""

_ASKED: Final = """\
## SloBurn

The error budget of an objective is used up faster than the objective allows. The alert's name says which objective and how fast:
`PageQuick` burns 2 % of the budget in an hour, `PageSlow` 5 % in six hours, `TicketQuick` 10 % in a day, `TicketSlow` 10 % in three.

First steps: the page of the objective in Grafana (its uid is `slo-` and the name of the objective) shows since when and how fast.
Look at what changed then: a deployment of the service, of what it calls, or of the platform. Roll back before you search for
the cause if a deployment fits. For a latency objective look at saturation first.

## SloBudgetExhausted

Nothing is left of the error budget of the period: the objective is not kept. It ends by itself as the bad hours leave the period.

First steps: hold back changes that can wait, and spend the time on what failed. If users did not mind, the objective is too strict.

## SloNoData

The series that an objective counts are missing or stand still, so its other alerts are silent whatever happens.

First steps: find the job of the objective on the page of targets. If it is up, see whether the metric or its labels were renamed;
if there is no traffic, lower `requests_per_minute` or leave it out.

## LogAlert

A stack's own alert on what logs say (`observability.logs.alerts` in its settings); its description says what it counts.

First steps: run the alert's expression without its threshold in Grafana's Explore, and read the lines behind it.
"""
_LABEL: Final = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
_VALUE: Final = re.compile(r"\{\{ \$value[^}]*\}\}")


def runbooks() -> Mapping[Path, str]:
    """The page, as the alerts are now."""
    return {PAGE: "\n".join([_INTRODUCTION, _contents(), *_chapters(), _ASKED])}


def _chapters() -> Iterator[str]:
    for group in GROUPS:
        yield from _sections(group)


def _contents() -> str:
    asked = ", ".join(f"[{name}](#{name.lower()})" for name in ASKED)
    lines = [f"- {group.name}: {_links(group)}" for group in GROUPS if group.alerts]
    return "\n".join([*lines, f"- of a stack's own objectives and logs: {asked}"]) + "\n"


def _links(group: Group) -> str:
    return ", ".join(f"[{alert.name}](#{alert.name.lower()})" for alert in group.alerts)


def _sections(group: Group) -> Iterator[str]:
    for alert in group.alerts:
        read = [each for each in group.recordings if each.record in alert.expression]
        yield f"## {alert.name}\n"
        yield f"{_words(alert.summary)}. {_words(alert.description)}\n"
        yield f"- Severity: {_HEARD[alert.severity]}"
        yield f"- Fires: {_holding(alert)}"
        yield f"- Group: {group.name}\n"
        yield f"```promql\n{alert.expression}\n```\n"
        if read:
            yield "It reads these recorded series:\n"
            yield "```promql\n" + "\n".join(map(_recorded, read)) + "\n```\n"
        yield f"First steps: {alert.remedy}\n"


def _recorded(recording: Recording) -> str:
    labels = ", ".join(f'{name}="{value}"' for name, value in recording.labels.items())
    return f"# {recording.record}{{{labels}}}\n{recording.expression}"


def _holding(alert: Alert) -> str:
    if not alert.for_minutes:
        return "at once"
    return f"when the expression has had a result for {alert.for_minutes} minutes"


def _words(template: str) -> str:
    return _VALUE.sub("`<value>`", _LABEL.sub(r"`<\1>`", template))

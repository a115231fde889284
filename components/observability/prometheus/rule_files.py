"""Groups of rules as Prometheus and promtool read them."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from components.observability.alert import Alert, Case, Group, Recording
from components.observability.config import Config

_EVALUATION: Final = "1m"


class Rule(Config):
    """One alerting or recording rule; the schema is that of Prometheus' rule files."""

    alert: str | None = None
    record: str | None = None
    expr: str
    hold: str | None = Field(default=None, serialization_alias="for")
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class RuleGroup(Config):
    """Rules evaluated one after the other."""

    name: str
    interval: str | None = None
    rules: list[Rule]


class RuleFile(Config):
    """What ``rule_files`` of Prometheus' configuration point at."""

    groups: list[RuleGroup]


class Sample(Config):
    """A value promtool expects, with its labels in PromQL's notation."""

    labels: str = "{}"
    value: float


class ExpressionTest(Config):
    """A question put to promtool's Prometheus, and its only answer."""

    expr: str
    eval_time: str
    exp_samples: list[Sample]


class InputSeries(Config):
    """A series that promtool plays, one value per interval."""

    series: str
    values: str


class RuleTest(Config):
    """One world in which the rules are evaluated."""

    name: str
    interval: str = _EVALUATION
    input_series: list[InputSeries]
    promql_expr_test: list[ExpressionTest]


class RuleTestFile(Config):
    """What ``promtool test rules`` reads."""

    rule_files: list[str]
    evaluation_interval: str = _EVALUATION
    tests: list[RuleTest]


def rule_file(group: Group, runbooks_url: str) -> str:
    """The file of one group.

    Args:
        group: The rules.
        runbooks_url: Address of the page with a heading per alert; the alert's anchor
            is the fragment.
    """
    interval = None if group.interval_seconds is None else f"{group.interval_seconds}s"
    rules = [_rule(rule, runbooks_url) for rule in group.rules]
    return RuleFile(groups=[RuleGroup(name=group.name, interval=interval, rules=rules)]).yaml()


def test_file(group: Group, rule_file_path: str) -> str:
    """The cases of every alert of a group, for ``promtool test rules``.

    A case that fires is also looked at before the alert can have waited long enough.

    Args:
        group: The rules.
        rule_file_path: Where ``rule_file(group, ...)`` is, seen from the directory of the tests.
    """
    tests = [
        _test(alert, kind, number, case)
        for alert in group.alerts
        for kind, cases in (("fires", alert.firing), ("is silent", alert.silent))
        for number, case in enumerate(cases, start=1)
    ]
    return RuleTestFile(rule_files=[rule_file_path], tests=tests).yaml()


def _rule(rule: Recording | Alert, runbooks_url: str) -> Rule:
    if isinstance(rule, Recording):
        labels = dict(rule.labels) or None
        return Rule(record=rule.record, expr=rule.expression, labels=labels)
    return Rule(
        alert=rule.name,
        expr=rule.expression,
        hold=f"{rule.for_minutes}m" if rule.for_minutes else None,
        labels={"severity": rule.severity.value, **rule.labels},
        annotations={
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks_url}#{rule.anchor}",
        },
    )


def _test(alert: Alert, kind: str, number: int, case: Case) -> RuleTest:
    answers = [_answer(alert, case.after_minutes, case.firing)]
    if case.firing and alert.for_minutes:
        # No condition can have held for so long yet, whatever is played.
        answers.insert(0, _answer(alert, alert.for_minutes - 1, 0))
    return RuleTest(
        name=f"{alert.name} {kind}, case {number}",
        input_series=[
            InputSeries(series=series, values=values) for series, values in case.series.items()
        ],
        promql_expr_test=answers,
    )


def _answer(alert: Alert, minutes: int, firing: int) -> ExpressionTest:
    return ExpressionTest(
        expr=f'count(ALERTS{{alertname="{alert.name}", alertstate="firing"}}) or vector(0)',
        eval_time=f"{minutes}m",
        exp_samples=[Sample(value=firing)],
    )

"""The shipped alerts: each parses, keeps its cluster, says only what it knows, and has its proof."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import promql_parser as ast
import pytest
import yaml

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.prometheus import rule_files
from components.observability.promql import metrics_of, nodes, parse
from components.observability.promql_labels import Kept, kept, lost_labels
from components.observability.rules import alertmanager, postgres, prometheus
from components.observability.rules.catalogue import ALERTS, GROUPS, PRESENCE
from tools.runbooks import ASKED, PAGE, runbooks

SCRAPE = timedelta(seconds=30)
OVER_TIME = {"rate", "irate", "increase", "resets", "changes", "deriv", "predict_linear"}
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
FORMATS = {"humanize", "humanize1024", "humanizeDuration", "humanizePercentage"}
RULES = tuple((group, rule) for group in GROUPS for rule in group.rules)

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
each_rule = pytest.mark.parametrize(
    "rule", [rule for _, rule in RULES], ids=lambda rule: getattr(rule, "name", "recording")
)


def recorded(group: Group) -> Mapping[str, Kept]:
    """The labels of the series that a group records."""
    known: dict[str, Kept] = {}
    for each in group.recordings:
        known[each.record] = kept(each.expression, known).adding(each.labels)
    return known


def group_of(alert: Alert) -> Group:
    (found,) = [group for group in GROUPS if alert in group.alerts]
    return found


def without_cluster(expression: str) -> Iterator[str]:
    """Clauses of an expression that mix clusters."""
    for node in nodes(parse(expression)):
        if isinstance(node, ast.AggregateExpr):
            labels = node.modifier.labels if node.modifier else []
            includes = node.modifier is None or node.modifier.type == ast.AggModifierType.By
            if ("cluster" in labels) != includes:
                yield str(node.op)
        if isinstance(node, ast.BinaryExpr) and node.modifier and node.modifier.matching:
            matching = node.modifier.matching
            if ("cluster" in matching.labels) != (matching.type == ast.LabelModifierType.Include):
                yield f"{node.op} {matching}"


def short_windows(expression: str) -> Iterator[timedelta]:
    """Ranges that may hold fewer than four scrapes."""
    for node in nodes(parse(expression)):
        if isinstance(node, ast.Call) and node.func.name in OVER_TIME:
            for argument in node.args:
                if isinstance(argument, ast.MatrixSelector) and argument.range < 4 * SCRAPE:
                    yield argument.range


def unguarded(expression: str) -> Iterator[str]:
    """Divisors that can be zero."""
    for node in nodes(parse(expression)):
        if isinstance(node, ast.BinaryExpr) and str(node.op) == "/":
            divisor = node.rhs.expr if isinstance(node.rhs, ast.ParenExpr) else node.rhs
            above = isinstance(divisor, ast.BinaryExpr) and str(divisor.op) == ">"
            if not above and not isinstance(divisor, ast.NumberLiteral):
                yield str(node.rhs)


def predictions_alone(expression: str) -> bool:
    """Whether a trend alone decides, without a level that is low already."""
    if "predict_linear" not in expression:
        return False
    conditions = [
        str(node)
        for node in nodes(parse(expression))
        if isinstance(node, ast.BinaryExpr) and str(node.op) in COMPARISONS
    ]
    levels = [each for each in conditions if "predict_linear" not in each]
    return not levels or " and " not in expression


def template_labels(text: str) -> set[str]:
    return set(re.findall(r"\$labels\.(\w+)", text))


def metrics_read(alert: Alert, group: Group) -> set[str]:
    """Metrics an alert reads, itself and through what its group records."""
    read = set(metrics_of(alert.expression))
    for each in group.recordings:
        if each.record in read:
            read |= metrics_of(each.expression)
    return read


def test_there_is_an_alert_for_much() -> None:
    assert len(ALERTS) >= 75


def test_names_are_unique_across_all_groups() -> None:
    names = Counter(alert.name.lower() for alert in ALERTS)

    assert [name for name, count in names.items() if count > 1] == []


def test_names_of_groups_are_unique() -> None:
    assert len({group.name for group in GROUPS}) == len(GROUPS)


@each_rule
def test_every_expression_parses_and_has_no_variables(rule: Alert | Recording) -> None:
    assert metrics_of(rule.expression)
    assert "$__" not in rule.expression


@each_rule
def test_every_aggregation_keeps_the_cluster(rule: Alert | Recording) -> None:
    assert list(without_cluster(rule.expression)) == []


@pytest.mark.parametrize(
    "expression",
    [
        "sum(up)",
        "sum by (job) (up)",
        "max without (cluster) (up)",
        "a / on (job) (b > 0)",
        "a - ignoring (cluster) b",
    ],
)
def test_an_aggregation_that_mixes_clusters_is_found(expression: str) -> None:
    assert list(without_cluster(expression))


@each_rule
def test_every_window_holds_four_scrapes(rule: Alert | Recording) -> None:
    assert list(short_windows(rule.expression)) == []


def test_a_window_that_is_too_short_is_found() -> None:
    assert list(short_windows("rate(a_total[1m]) > 0")) == [timedelta(minutes=1)]


@each_rule
def test_every_division_is_guarded(rule: Alert | Recording) -> None:
    assert list(unguarded(rule.expression)) == []


@pytest.mark.parametrize("expression", ["a / b > 1", "sum by (cluster) (a) / (b + c)"])
def test_a_division_without_guard_is_found(expression: str) -> None:
    assert list(unguarded(expression))


@each_rule
def test_no_prediction_decides_alone(rule: Alert | Recording) -> None:
    assert not predictions_alone(rule.expression)


def test_a_prediction_without_level_is_found() -> None:
    assert predictions_alone("predict_linear(a[6h], 3600) < 0")


@each_alert
def test_no_text_uses_a_label_that_the_expression_drops(alert: Alert) -> None:
    labels = kept(alert.expression, recorded(group_of(alert)))
    used = template_labels(alert.summary) | template_labels(alert.description)

    assert [label for label in used if not labels.has(label)] == []


@each_alert
def test_no_clause_uses_a_label_that_is_gone(alert: Alert) -> None:
    assert lost_labels(alert.expression, recorded(group_of(alert))) == ()


@each_alert
def test_templates_are_well_formed(alert: Alert) -> None:
    for text in (alert.summary, alert.description):
        templates = re.findall(r"\{\{(.*?)\}\}", text)

        assert text.count("{{") == text.count("}}") == len(templates)
        for template in templates:
            what, *formats = (part.strip() for part in template.split("|"))
            assert re.fullmatch(r"\$labels\.\w+|\$value", what)
            assert set(formats) <= FORMATS


@each_alert
def test_remedies_are_plain_text(alert: Alert) -> None:
    assert "{{ $" not in alert.remedy
    assert alert.remedy.endswith((".", "?"))


@each_alert
def test_alerts_for_people_wait_for_two_evaluations(alert: Alert) -> None:
    machinery = alert.severity is Severity.NONE

    assert alert.for_minutes >= (0 if machinery else 2)


@each_alert
def test_each_case_plays_what_the_alert_reads(alert: Alert) -> None:
    read = metrics_read(alert, group_of(alert))

    for case in (*alert.firing, *alert.silent):
        played = {series.partition("{")[0] for series in case.series}

        assert played
        assert played <= read


@each_alert
def test_each_case_that_fires_lasts_as_long_as_the_alert_waits(alert: Alert) -> None:
    assert all(case.after_minutes >= alert.for_minutes for case in alert.firing)


@each_alert
def test_each_case_plays_metrics_as_an_instance_would_show_them(alert: Alert) -> None:
    for case in (*alert.firing, *alert.silent):
        for series in case.series:
            assert isinstance(parse(series), ast.VectorSelector)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_somebody_speaks_when_the_series_of_critical_alerts_are_gone(group: Group) -> None:
    critical = [alert for alert in group.alerts if alert.severity is Severity.CRITICAL]
    absences = [alert for alert in group.alerts if alert.expression.startswith("absent(")]
    elsewhere = [alert for alert in ALERTS if alert.name == PRESENCE.get(group.name)]

    assert not critical or absences or elsewhere


def test_what_speaks_for_a_group_is_needed_and_hears_of_absence() -> None:
    names = {group.name: group for group in GROUPS}
    partners = {alert.name: alert for alert in ALERTS}

    for name, partner in PRESENCE.items():
        own = [alert for alert in names[name].alerts if "absent(" in alert.expression]
        assert own == []
        assert partner == "Watchdog" or partners[partner].expression.startswith("absent(")


def test_a_single_alertmanager_has_no_cluster_to_watch() -> None:
    (single,) = alertmanager.groups(members=1)

    assert {alert.name for alert in single.alerts} == {
        "AlertmanagerDown",
        "AlertmanagerFailedReload",
        "AlertmanagerFailedToSendAlerts",
        "AlertmanagerClusterFailedToSendAlerts",
    }


@pytest.mark.parametrize("members", [2, 3, 5])
def test_the_expected_members_follow_the_settings(members: int) -> None:
    (group,) = alertmanager.groups(members=members)
    (alert,) = [each for each in group.alerts if each.name == "AlertmanagerMembersInconsistent"]

    assert alert.expression.endswith(f"< {members}")


def names(groups: tuple[Group, ...]) -> set[str]:
    return {alert.name for group in groups for alert in group.alerts}


def test_a_single_prometheus_has_no_pair_to_lose() -> None:
    pair = prometheus.groups(replicas=2, series_budget=10_000, remote_write=False)
    single = prometheus.groups(replicas=1, series_budget=10_000, remote_write=False)

    assert names(pair) - names(single) == {"PrometheusHAGroupDown"}


def test_remote_write_is_watched_where_there_is_one() -> None:
    with_it = prometheus.groups(replicas=1, series_budget=10_000, remote_write=True)
    without = prometheus.groups(replicas=1, series_budget=10_000, remote_write=False)

    assert {group.name for group in with_it} - {group.name for group in without} == {
        "prometheus-remote-write"
    }


@pytest.mark.parametrize("budget", [5_000, 150_000, 20_000_000])
def test_the_budget_of_series_follows_the_settings(budget: int) -> None:
    groups = prometheus.groups(replicas=1, series_budget=budget, remote_write=False)
    (alert,) = [a for g in groups for a in g.alerts if a.name == "PrometheusHeadSeriesBudget"]

    assert f"> {budget} and" in alert.expression
    assert f"planned for {budget}" in alert.description


def test_the_disk_of_a_database_is_predicted_where_it_does_not_grow() -> None:
    assert names(postgres.groups(volume_gib=20)) - names(postgres.groups()) == {
        "PostgresDiskPredict"
    }


def small_group(interval_seconds: int | None = None) -> Group:
    alert = Alert(
        name="ThingDown",
        expression="thing:up:max == 0",
        for_minutes=5,
        severity=Severity.CRITICAL,
        labels={"job": "thing"},
        summary="The thing {{ $labels.instance }} is down",
        description="Nobody can use {{ $labels.instance }}.",
        remedy="Start the thing, and see why it stopped.",
        firing=(Case(series={'up{job="thing"}': "0x10"}, after_minutes=6, firing=1),),
        silent=(Case(series={'up{job="thing"}': "0x3 1x10"}, after_minutes=6, firing=0),),
    )
    recording = Recording(record="thing:up:max", expression='max by (cluster) (up{job="thing"})')
    return Group(name="thing", rules=(recording, alert), interval_seconds=interval_seconds)


def test_rule_files_have_the_schema_of_prometheus() -> None:
    text = rule_files.rule_file(small_group(), "https://example.org/runbooks")

    assert yaml.safe_load(text) == {
        "groups": [
            {
                "name": "thing",
                "rules": [
                    {"record": "thing:up:max", "expr": 'max by (cluster) (up{job="thing"})'},
                    {
                        "alert": "ThingDown",
                        "expr": "thing:up:max == 0",
                        "for": "5m",
                        "labels": {"severity": "critical", "job": "thing"},
                        "annotations": {
                            "summary": "The thing {{ $labels.instance }} is down",
                            "description": "Nobody can use {{ $labels.instance }}.",
                            "runbook_url": "https://example.org/runbooks#thingdown",
                        },
                    },
                ],
            }
        ]
    }


def test_a_group_may_have_an_interval_of_its_own() -> None:
    text = rule_files.rule_file(small_group(120), "https://example.org/runbooks")

    assert yaml.safe_load(text)["groups"][0]["interval"] == "120s"


def test_test_files_ask_how_many_alerts_fire_and_that_none_does_too_early() -> None:
    text = rule_files.test_file(small_group(), "rules/thing.yml")

    question = 'count(ALERTS{alertname="ThingDown", alertstate="firing"}) or vector(0)'
    assert yaml.safe_load(text) == {
        "rule_files": ["rules/thing.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "name": f"ThingDown {kind}, case 1",
                "interval": "1m",
                "input_series": [{"series": 'up{job="thing"}', "values": values}],
                "promql_expr_test": [
                    {
                        "expr": question,
                        "eval_time": when,
                        "exp_samples": [{"labels": "{}", "value": firing}],
                    }
                    for when, firing in answers
                ],
            }
            for kind, values, answers in (
                ("fires", "0x10", (("4m", 0), ("6m", 1))),
                ("is silent", "0x3 1x10", (("6m", 0),)),
            )
        ],
    }


def slug(heading: str) -> str:
    """The fragment of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_alert_leads_to_a_heading_of_the_runbooks() -> None:
    fragments = {slug(line[3:]) for line in runbooks()[PAGE].splitlines() if line[:3] == "## "}
    links = [
        rule["annotations"]["runbook_url"].partition("#")[2]
        for group in GROUPS
        for rule in yaml.safe_load(rule_files.rule_file(group, "https://example.org"))["groups"][0][
            "rules"
        ]
        if "alert" in rule
    ]

    assert len(links) == len(ALERTS)
    assert {*links, *map(str.lower, ASKED)} == fragments


def in_runbook(alert: Alert, part: Callable[[Alert], str]) -> bool:
    chapter = runbooks()[PAGE].partition(f"\n## {alert.name}\n")[2].partition("\n## ")[0]
    return part(alert) in chapter


def test_runbooks_say_what_to_do_in_the_words_of_the_alert() -> None:
    for alert in ALERTS:
        assert in_runbook(alert, lambda each: each.expression)
        assert in_runbook(alert, lambda each: f"First steps: {each.remedy}")
        assert in_runbook(alert, lambda each: f"- Severity: {each.severity.value}:")


def test_runbooks_show_every_series_an_alert_reads() -> None:
    chapter = runbooks()[PAGE].partition("\n## CollectorEnqueueFailed\n")[2].partition("\n## ")[0]

    for signal in ("logs", "metrics", "traces"):
        assert f'enqueue_failed:rate5m{{signal="{signal}"}}' in chapter

"""Alerts, SLOs and dashboards ask only for what the stack has."""

from __future__ import annotations

from typing import Any

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.dashboard import Dashboard, Panel, Query, Row, Source, Variable
from components.observability.provenance import check_provenance
from components.observability.slo import Slo
from components.observability.slo_spec import SloSpec
from components.observability.target import Target

LOKI = Target(job="loki", metrics=("loki",))
API = Target(job="api", extra_metrics=frozenset({"http_requests_total"}))


def alert(expression: str, **changes: Any) -> Alert:
    seen = Case(series={"x": "1x5"}, after_minutes=5, firing=1)
    unseen = Case(series={"x": "0x5"}, after_minutes=5, firing=0)
    return Alert.model_validate(
        {
            "name": "Broken",
            "expression": expression,
            "for_minutes": 2,
            "severity": Severity.WARNING,
            "summary": "Something is broken.",
            "description": "Something is broken, and this is how.",
            "remedy": "Look at the logs and mend what is broken.",
            "firing": (seen,),
            "silent": (unseen,),
            **changes,
        }
    )


def group(*rules: Alert | Recording, name: str = "rules") -> Group:
    return Group(name=name, rules=rules)


def page(*queries: Query, uid: str = "page", **changes: Any) -> Dashboard:
    row = Row(title="Row", panels=(Panel(title="Panel", queries=queries),))
    return Dashboard(uid=uid, title="Page", rows=(row,), **changes)


def problems(
    *groups: Group, targets: tuple[Target, ...] = (LOKI, API), pages: tuple[Dashboard, ...] = ()
) -> list[str]:
    return check_provenance(targets, groups, pages, ())


def test_what_targets_expose_and_rules_record_may_be_used() -> None:
    recorded = Recording(
        record="job:http_requests:rate5m",
        expression="sum by (job) (rate(http_requests_total[5m]))",
    )
    quiet = alert(
        'job:http_requests:rate5m == 0 and on (job) up{job=~"api|loki"}',
        summary="{{ $labels.job }} gets no requests.",
    )
    shown = page(
        Query(expression='rate(loki_panic_total{job="loki"}[$__rate_interval])', legend="{{pod}}"),
        Query(expression='{job="$job"} |= "error"', source=Source.LOGS),
    )
    assert problems(group(recorded, quiet), pages=(shown,)) == []


def test_an_unknown_metric_is_named_with_the_nearest_that_exists() -> None:
    assert problems(group(alert("rate(loki_panics_total[5m]) > 0"))) == [
        (
            "alert Broken of group rules uses the metric loki_panics_total, which no target exposes and"
            " no rule records (the nearest is loki_panic_total): correct it, pass its target, or name"
            " it in the target's extra_metrics"
        )
    ]


def test_an_unknown_job_is_named() -> None:
    assert problems(group(alert('up{job=~"api|lokki"} == 0'))) == [
        (
            'alert Broken of group rules selects job="lokki", but no target has that job (the nearest'
            " is loki): correct it, or pass the target"
        )
    ]


def test_a_pattern_of_jobs_that_fits_none_is_named() -> None:
    assert problems(group(alert('up{job=~"api|loki.*"} == 0'))) == []
    (problem,) = problems(group(alert('up{job=~"postgres-.+"} == 0')))
    assert "selects job=~'postgres-.+', but no target's job is like that" in problem


def test_a_metric_of_another_job_is_named_with_the_job_that_has_it() -> None:
    assert problems(group(alert('http_requests_total{job="loki"} > 0'))) == [
        (
            "alert Broken of group rules selects http_requests_total of job loki, which does not expose"
            " it; api does: correct the metric or the job"
        )
    ]


def test_two_targets_with_one_job_are_refused() -> None:
    assert problems(targets=(API, Target(job="api", metrics=("loki",)))) == [
        "2 targets have the job 'api': rename all but one"
    ]


def test_a_label_in_the_text_that_the_expression_dropped_is_named() -> None:
    dropping = alert(
        "sum by (job) (rate(http_requests_total[5m])) > 5",
        summary="{{ $labels.job }} on {{ $labels.pod }} is busy.",
        description='{{ $value }} requests a second on {{ index $labels "node" }}.',
    )
    pod, node = problems(group(dropping))
    assert pod == (
        "alert Broken of group rules says $labels.pod, but its expression drops the label pod: keep"
        " it with by (pod), or leave it out of the text"
    )
    assert "says $labels.node" in node


def test_a_label_that_a_recording_dropped_is_named_where_the_recording_is_used() -> None:
    recorded = Recording(record="job:up:sum", expression="sum by (job) (up)")
    (problem,) = problems(group(recorded, alert("sum by (pod) (job:up:sum) < 1")))
    assert "uses the label pod in `sum by (pod)`" in problem


def test_an_expression_that_does_not_parse_is_named_with_its_rule() -> None:
    (problem,) = problems(group(alert("rate(http_requests_total) > 1")))
    assert problem.startswith("alert Broken of group rules: 'rate(http_requests_total) > 1' is no")


def test_dashboards_are_held_to_the_same() -> None:
    shown = page(
        Query(expression="sum(lokki_panic_total)", legend="{{pod}}"),
        Query(expression='{job="a"', source=Source.LOGS),
        Query(expression="rate(up)"),
        variables=(Variable(name="job", metric="upp", label="job"),),
    )
    found = problems(pages=(shown,))
    assert [problem.split(" of dashboard page")[0] for problem in found] == [
        "variable job",
        "panel 'Panel'",
        "panel 'Panel'",
        "panel 'Panel'",
        "panel 'Panel'",
    ]
    assert "upp, which no target exposes" in found[0]
    assert "lokki_panic_total, which no target exposes" in found[1]
    assert "drops the label pod" in found[2]
    assert "lacks a closing }" in found[3]
    assert "'rate(up)' is no PromQL" in found[4]


def test_one_uid_for_two_pages_is_refused_and_one_page_given_twice_is_not() -> None:
    first, second = page(Query(expression="up")), page(Query(expression="up == 0"))
    assert problems(pages=(first, first)) == []
    assert problems(pages=(first, second)) == [
        "2 dashboards have the uid 'page': rename all but one"
    ]


def test_one_name_for_two_groups_or_two_alerts_is_refused() -> None:
    first = group(alert("up == 0"))
    second = group(alert("up == 1"))
    assert problems(first, second) == [
        "2 groups of rules have the name 'rules': rename all but one",
        "2 alerts have the name 'Broken': rename all but one",
    ]


def test_rules_and_pages_that_targets_carry_are_checked() -> None:
    carrying = Target(
        job="api",
        groups=(group(alert("nowhere > 0")),),
        dashboards=(page(Query(expression="nothing")),),
    )
    found = problems(targets=(carrying,))
    assert [problem.split(",")[0] for problem in found] == [
        "alert Broken of group rules uses the metric nowhere",
        "panel 'Panel' of dashboard page uses the metric nothing",
    ]


def test_an_slo_whose_metric_nobody_exposes_is_refused() -> None:
    spec = {
        "objective_percent": 99.9,
        "indicator": {
            "kind": "requests",
            "total": 'http_requests_total{job="api"}',
            "errors": 'http_errors_total{job="api"}',
        },
        "description": "Orders can be placed.",
        "service": "orders",
        "team": "shop",
    }
    promised = Slo("orders", SloSpec.model_validate(spec))
    found = check_provenance([API], [], [], [promised])
    assert found
    assert all("http_errors_total, which no target exposes" in problem for problem in found)
    exposing = Target(
        job="api", extra_metrics=frozenset({"http_requests_total", "http_errors_total"})
    )
    assert check_provenance([exposing], [], [], [promised]) == []


def test_a_mistake_in_an_slo_is_told_once_and_not_of_each_of_its_rules() -> None:
    spec = {
        "objective_percent": 99.9,
        "indicator": {"kind": "gauge", "gauge": 'shop_open{job="api"}'},
        "description": "The shop is open.",
        "service": "shop",
        "team": "shop",
    }

    (found,) = check_provenance([API], [], [], [Slo("shop", SloSpec.model_validate(spec))])

    assert found.startswith(
        "slos.shop.indicator uses the metric shop_open, which no target exposes"
    )


def test_a_job_that_is_the_label_of_others_is_refused() -> None:
    exporter = Target(job="postgres-orders", metrics=("postgres-exporter",), labels={"job": "pg"})
    application = Target(job="pg", workload="pg-tool")

    (found,) = check_provenance([exporter, application], [], [], [])

    assert found == (
        "the target postgres-orders has the label job 'pg', which is the job of pg-tool: rename that"
    )


def test_a_job_that_is_there_twice_is_told_once() -> None:
    worker = Target(job="loki-worker", metrics=("loki",), labels={"job": "loki"})
    application = Target(job="loki", workload="shop")

    found = check_provenance([LOKI, worker, application], [], [], [])

    assert found == ["2 targets have the job 'loki': rename all but one"]

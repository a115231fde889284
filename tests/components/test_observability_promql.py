"""What a PromQL expression asks for, and which labels its result carries."""

from __future__ import annotations

import pytest

from components.observability.promql import (
    check_log_query,
    for_dashboard,
    metrics_of,
    parse,
    selectors_of,
)
from components.observability.promql_kept import EVERYTHING, Kept
from components.observability.promql_labels import (
    Lost,
    kept,
    labels_used,
    lost_labels,
    output_labels,
)


def test_an_expression_that_does_not_parse_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match=r"'rate\(x\)' is no PromQL .*expected type matrix"):
        parse("rate(x)")


def test_alternative_matchers_that_prometheus_lacks_are_refused() -> None:
    with pytest.raises(ValueError, match="has `or` between the matchers"):
        parse('x{a="b" or c="d"}')


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("sum by (job) (rate(a_total[5m])) / b", {"a_total", "b"}),
        ('absent(up{job="api"})', {"up"}),
        ('{__name__="a", job="api"}', {"a"}),
        ('{__name__=~"a|b"}', {"a", "b"}),
        ('{__name__=~"a.+"}', set[str]()),
        ("max_over_time((a - b)[1h:5m] offset 1d)", {"a", "b"}),
        ("topk(scalar(n), a)", {"n", "a"}),
        ("time() - vector(1)", set[str]()),
    ],
)
def test_every_metric_that_is_selected_is_found(expression: str, metrics: set[str]) -> None:
    assert metrics_of(expression) == metrics


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("x", None),
        ("rate(x[5m])", None),
        ("sum(x)", set[str]()),
        ("sum by (a, b) (x)", {"a", "b"}),
        ("sum by (a) (sum by (a, b) (x))", {"a"}),
        ("sum without (b) (sum by (a, b) (x))", {"a"}),
        ("topk(3, sum by (a) (x))", {"a"}),
        ('count_values("version", x)', {"version"}),
        ("histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))", {"job"}),
        ('absent(up{job="api", instance=~"a.*"})', {"job"}),
        ("vector(1)", set[str]()),
        ("1 - sum by (a) (x)", {"a"}),
        ("sum by (a) (x) > 5", {"a"}),
        ("-sum by (a) (x)", {"a"}),
        ("sum by (a) (x) / sum by (a) (y)", {"a"}),
        ("sum by (a, b) (x) and on (a) y", {"a", "b"}),
        ("x > on (a) y", {"a"}),
        ("sum by (a, b) (x) - ignoring (b) sum by (a) (y)", {"a"}),
        ("sum by (a, b) (x) * on (a) group_left (c) y", {"a", "b", "c"}),
        ("y * on (a) group_right (c) sum by (a, b) (x)", {"a", "b", "c"}),
        ("sum by (a, b) (x) or sum by (a) (y)", {"a"}),
        ("sum by (a) (x) or vector(0)", set[str]()),
        ('label_replace(sum by (a) (x), "b", "$1", "a", "(.*)")', {"a", "b"}),
        ("max_over_time(sum by (a) (x)[1h:5m])", {"a"}),
    ],
)
def test_the_labels_that_surely_survive_are_known(expression: str, labels: set[str] | None) -> None:
    assert output_labels(expression) == labels


def test_a_label_that_is_grouped_away_or_asked_to_be_empty_is_gone() -> None:
    assert not kept("sum without (pod) (x)").has("pod")
    assert kept("sum without (pod) (x)").has("job")
    assert not kept('x{pod=""}').has("pod")


def test_a_recorded_series_has_the_labels_of_its_rule() -> None:
    recorded = {"job:x:sum": Kept(frozenset({"job"}))}
    assert kept("job:x:sum", recorded).has("job")
    assert not kept("job:x:sum", recorded).has("pod")
    assert kept("other", recorded) == EVERYTHING


@pytest.mark.parametrize(
    ("expression", "lost"),
    [
        ("sum by (a) (sum by (b) (x))", [Lost("a", "sum by (a)")]),
        ("sum by (a) (x) and on (b) y", [Lost("b", "and on (b)")]),
        (
            "x * on (a) group_left (c) sum by (a) (y)",
            [Lost("c", "the group modifier (c)")],
        ),
        ("sum by (a) (sum by (a, b) (x))", []),
        ("x and on (a) y", []),
    ],
)
def test_a_label_used_after_it_was_dropped_is_found(expression: str, lost: list[Lost]) -> None:
    assert list(lost_labels(expression)) == lost


def test_labels_of_matchers_groupings_and_joins_are_used() -> None:
    expression = 'sum by (a) (x{b="1"}) * on (a) group_left (c) y{d!=""}'
    assert labels_used(expression) == {"a", "b", "c", "d"}


def test_a_dashboards_variables_become_promql() -> None:
    expression = 'topk($n, rate(x{job=~"$job", pod="${pod:regex}"}[$__rate_interval])) * $__range_s'
    assert for_dashboard(expression) == 'topk(1, rate(x{job=~"$job", pod="$pod"}[5m])) * 3600'
    assert metrics_of(for_dashboard(expression)) == {"x"}


def test_a_matcher_names_its_values_unless_it_is_a_pattern_or_a_variable() -> None:
    (selector,) = selectors_of('x{a="b", c=~"d|e", f=~"g.*", h="$i", j!="k"}')
    assert [matcher.words for matcher in selector.matchers] == [
        ("b",),
        ("d", "e"),
        None,
        None,
        None,
    ]


def test_a_matcher_accepts_what_prometheus_would() -> None:
    (selector,) = selectors_of('x{a=~"5..", b!="c"}')
    code, other = selector.matchers
    assert code.accepts("500")
    assert not code.accepts("1500")
    assert other.accepts("")
    assert not other.accepts("c")


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("rate(x[5m])", "selects no stream"),
        ('{job="a"', "lacks a closing }"),
        ('rate({job="a"}[5m]))', r"closes a \) that it did not open"),
    ],
)
def test_a_log_query_without_stream_or_balance_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_log_query(expression)


def test_a_brace_inside_quotes_of_a_log_query_does_not_count() -> None:
    check_log_query('sum by (level) (count_over_time({job=~".+"} |= "}" [5m]))')

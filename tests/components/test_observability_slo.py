"""Service level objectives: the maths, what is refused, and the rules that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.environment import Environment
from components.observability.alert import Alert, Case, Recording, Severity
from components.observability.dashboard import View
from components.observability.grafana.dashboards.slo import slo_dashboards
from components.observability.promql import metrics_of, parse, selectors_of
from components.observability.slo import Slo, check_buckets
from components.observability.slo_burn import Burn, BurnAlert, error_budget
from components.observability.slo_cases import simulated
from components.observability.slo_rules import slo_groups
from components.observability.slo_selector import example, parsed
from components.observability.slo_spec import SloSpec

REQUESTS = {
    "kind": "requests",
    "total": 'http_requests_total{job="api"}',
    "errors": 'http_requests_total{job="api",code=~"5.."}',
}
LATENCY = {
    "kind": "latency",
    "histogram": 'http_request_duration_seconds{job="api"}',
    "threshold_seconds": 1,
}
PROBE = {"kind": "probe", "instance": "https://orders.example.com"}
GAUGE = {"kind": "gauge", "gauge": 'replica_ready{db=~"a|b"}'}


def spec(**changes: Any) -> SloSpec:
    return SloSpec.model_validate(
        {
            "objective_percent": 99.9,
            "indicator": REQUESTS,
            "description": "Orders can be placed.",
            "service": "orders",
            "team": "shop",
            **changes,
        }
    )


def slo(name: str = "orders", **changes: Any) -> Slo:
    return Slo(name, spec(**changes))


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        spec(**changes)
    return str(caught.value)


def alerts(promised: Slo) -> Mapping[str, Alert]:
    return {alert.name: alert for group in slo_groups(promised) for alert in group.alerts}


def recordings(promised: Slo) -> Mapping[str, Recording]:
    return {rule.record: rule for group in slo_groups(promised) for rule in group.recordings}


# The maths


@pytest.mark.parametrize(
    ("period_days", "factors"),
    [(30, [14.4, 6, 3, 1]), (28, [13.44, 5.6, 2.8, 0.9333333333])],
)
def test_factors_are_those_of_the_sre_workbook(period_days: int, factors: list[float]) -> None:
    burns = [Burn(alert, 0.001, period_days) for alert in BurnAlert]
    assert [burn.factor for burn in burns] == pytest.approx(factors)


def test_short_windows_are_a_twelfth_of_the_long() -> None:
    for alert in BurnAlert:
        windows = Burn(alert, 0.001, 30).windows
        assert windows.short_minutes * 12 == windows.long_minutes


def test_a_total_outage_is_found_and_forgotten_in_the_computed_time() -> None:
    burn = slo().burns[0]
    assert burn.alert is BurnAlert.PAGE_QUICK
    assert burn.detection_seconds == pytest.approx(51.84)
    assert burn.reset_seconds() == pytest.approx(295.68)
    assert burn.reset_seconds(error_ratio=0.0288) == pytest.approx(150)
    assert burn.reset_seconds(error_ratio=0.01) == 0


def test_the_budget_is_what_the_objective_leaves() -> None:
    promised = slo()
    assert promised.budget == 0.001
    assert promised.budget_minutes == pytest.approx(43.2)
    assert promised.figures().splitlines()[:2] == [
        "99.9 % over 30 days leaves 43.2 minutes of total outage.",
        (
            "page-quick: fires at 14.4 times the allowed rate, after 51.84 s of total outage and 2 min"
            " more; ends 4.928 min after it."
        ),
    ]


@given(
    objective=st.floats(min_value=50, max_value=99.999),
    alert=st.sampled_from(BurnAlert),
    period_days=st.sampled_from([28, 30]),
)
def test_an_alert_is_possible_exactly_above_its_lowest_objective(
    objective: float, alert: BurnAlert, period_days: int
) -> None:
    burn = Burn(alert, error_budget(objective), period_days)
    if abs(objective - burn.lowest_objective_percent) > 1e-6:
        assert burn.possible == (objective > burn.lowest_objective_percent)


@given(
    objective=st.floats(min_value=95, max_value=99.999),
    alert=st.sampled_from(BurnAlert),
    least_errors=st.integers(min_value=2, max_value=100),
)
def test_fewer_errors_than_asked_for_never_raise_an_alert(
    objective: float, alert: BurnAlert, least_errors: int
) -> None:
    burn = Burn(alert, error_budget(objective), 30)
    events = burn.least_events(least_errors)
    assert (least_errors - 1) / events < burn.threshold
    assert least_errors / (events - 1) > burn.threshold * (1 - 1e-6)


# What is refused


def test_an_objective_without_any_budget_is_refused() -> None:
    assert "objective_percent is 100, which leaves no budget" in refusal(objective_percent=100)


def test_an_alert_that_can_never_fire_is_refused_with_the_objective_it_needs() -> None:
    assert (
        "objective_percent is 93, so page-quick can never fire: a total outage burns 14.3 times too"
        " fast, it waits for 14.4; promise more than 93.06, or leave page-quick out of alerts"
    ) in refusal(objective_percent=93)
    assert spec(objective_percent=93.1).burns[0].possible


def test_every_impossible_alert_is_named_at_once() -> None:
    message = refusal(objective_percent=80)
    assert "page-quick can never fire" in message
    assert "page-slow can never fire" in message
    assert "ticket-quick" not in message


def test_a_low_objective_is_accepted_without_the_alerts_it_rules_out() -> None:
    kept = spec(objective_percent=80, alerts=["ticket-slow", "ticket-quick"])
    assert [burn.alert for burn in kept.burns] == [BurnAlert.TICKET_QUICK, BurnAlert.TICKET_SLOW]


def test_traffic_too_low_to_measure_the_objective_is_refused() -> None:
    assert (
        "with 2 requests_per_minute page-quick can never fire: it needs 209 events in 1 h so that"
        " fewer than 3 errors do not raise it, and there are 120; promise at most 99.83, or leave"
        " page-quick out of alerts"
    ) in refusal(requests_per_minute=2)
    assert spec(requests_per_minute=2, objective_percent=99.82)


def test_traffic_of_what_is_no_event_is_refused() -> None:
    assert "requests_per_minute is set, but kind probe counts time" in refusal(
        indicator=PROBE, requests_per_minute=5
    )


@pytest.mark.parametrize(
    ("indicator", "problem"),
    [
        ({**REQUESTS, "errors": None}, "need either errors or good beside total"),
        ({**REQUESTS, "good": "x"}, "need either errors or good beside total"),
        ({**REQUESTS, "total": "rate(x[5m])"}, "is no plain selector"),
        ({**REQUESTS, "total": "x offset 5m"}, "is no plain selector"),
        ({**REQUESTS, "total": "x{"}, "is no PromQL"),
        ({**REQUESTS, "errors": 'http_requests_total{code="500"}'}, "that total .* leaves out"),
        ({**REQUESTS, "errors": REQUESTS["total"]}, "selects all that total"),
        (
            {**REQUESTS, "errors": r'http_requests_total{job="api",code=~"(?i)a{3}"}'},
            "no series can be thought of",
        ),
        ({**LATENCY, "histogram": "x_seconds_bucket"}, "write the name without _bucket"),
        ({**LATENCY, "histogram": 'x_seconds{le="1"}'}, "has a matcher on le"),
        ({"kind": "guess"}, "does not match any of the expected tags"),
    ],
)
def test_an_indicator_that_cannot_be_counted_is_refused(
    indicator: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        spec(indicator=indicator)


def test_a_label_that_alerts_have_already_is_refused() -> None:
    assert "labels sets severity, team" in refusal(labels={"team": "x", "severity": "y"})


def test_an_alert_named_twice_is_refused() -> None:
    assert "alerts names page-quick twice" in refusal(alerts=["page-quick", "page-quick"])


def test_a_threshold_between_two_buckets_is_refused_with_the_boundaries() -> None:
    boundaries = {"http_request_duration_seconds": (0.1, 0.5, 1, 5)}
    late = slo(indicator={**LATENCY, "threshold_seconds": 0.3})
    assert check_buckets([slo(indicator=LATENCY), slo()], boundaries) == []
    assert check_buckets([late], boundaries) == [
        (
            "slos.orders.indicator.threshold_seconds is 0.3, which is no boundary of"
            " http_request_duration_seconds: take one of 0.1, 0.5, 1, 5"
        )
    ]
    (unknown,) = check_buckets([late], {})
    assert "whose boundaries nobody gives" in unknown


# The rules


def test_every_window_is_recorded_and_the_budget_besides() -> None:
    names = set(recordings(slo()))
    for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"):
        assert f"slo:sli_error:ratio_rate{window}" in names
        assert f"slo:events:increase{window}" in names
    assert names >= {
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:time_period:days",
        "slo:info",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
    }


def test_a_series_is_recorded_before_it_is_used() -> None:
    for group in slo_groups(slo()):
        own = {rule.record for rule in group.recordings}
        known: set[str] = set()
        for rule in group.rules:
            assert metrics_of(rule.expression) & own <= known
            if isinstance(rule, Recording):
                known.add(rule.record)


def test_the_period_counts_events_and_not_minutes() -> None:
    rules = recordings(slo(period_days=28))
    assert rules["slo:period_events:sum"].expression == (
        'sum_over_time(slo:events:increase5m{slo="orders"}[28d:5m])'
    )
    assert rules["slo:period_error:ratio"].expression == (
        'clamp_min(1 - sum_over_time(slo:good_events:increase5m{slo="orders"}[28d:5m])'
        ' / (slo:period_events:sum{slo="orders"} > 0), 0)'
    )


def test_an_alert_compares_both_windows_and_asks_for_enough_events() -> None:
    found = alerts(slo())["SloOrdersPageQuick"]
    assert found.expression == (
        'slo:sli_error:ratio_rate1h{slo="orders"} > 14.4 * 0.001'
        ' and slo:sli_error:ratio_rate5m{slo="orders"} > 14.4 * 0.001'
        ' and slo:events:increase1h{slo="orders"} >= 209'
    )
    assert found.for_minutes == 2
    assert found.severity is Severity.CRITICAL
    assert found.labels == {"slo": "orders", "service": "orders", "team": "shop"}


def test_an_slo_has_six_alerts_of_which_two_page() -> None:
    found = alerts(slo())
    assert {name: alert.severity.value for name, alert in found.items()} == {
        "SloOrdersPageQuick": "critical",
        "SloOrdersPageSlow": "critical",
        "SloOrdersTicketQuick": "warning",
        "SloOrdersTicketSlow": "warning",
        "SloOrdersNoData": "warning",
        "SloOrdersBudgetExhausted": "warning",
    }


def test_nobody_is_paged_outside_production() -> None:
    asked = spec().model_dump(exclude_unset=True)
    for environment, pages in ((Environment.DEV, False), (Environment.PROD, True)):
        promised = Slo("orders", SloSpec.resolve(environment, asked))
        severities = {alert.severity for alert in alerts(promised).values()}
        assert (Severity.CRITICAL in severities) == pages


def test_time_needs_no_guard_against_few_events() -> None:
    for name, alert in alerts(slo(indicator=PROBE)).items():
        assert ">=" not in alert.expression, name


def test_a_counter_of_errors_that_is_missing_means_none() -> None:
    expression = recordings(slo())["slo:good_events:increase1h"].expression
    assert expression == (
        'sum by (cluster) (increase(http_requests_total{job="api"}[1h]))'
        ' - (sum by (cluster) (increase(http_requests_total{job="api",code=~"5.."}[1h]))'
        ' or 0 * sum by (cluster) (increase(http_requests_total{job="api"}[1h])))'
    )


def test_a_latency_counts_the_bucket_at_its_threshold_however_it_is_written() -> None:
    whole = recordings(slo(indicator=LATENCY))["slo:good_events:increase5m"].expression
    part = recordings(slo(indicator={**LATENCY, "threshold_seconds": 0.25}))
    (bucket, count) = selectors_of(whole)
    assert bucket.metric == "http_request_duration_seconds_bucket"
    assert count.metric == "http_request_duration_seconds_count"
    (boundary,) = bucket.on("le")
    assert boundary.accepts("1")
    assert boundary.accepts("1.0")
    assert not boundary.accepts("10")
    (fraction,) = selectors_of(part["slo:good_events:increase5m"].expression)[0].on("le")
    assert fraction.accepts("0.25")


def test_a_probe_counts_the_samples_of_its_address() -> None:
    rules = recordings(slo(indicator=PROBE))
    assert rules["slo:events:increase5m"].expression == (
        "sum by (cluster) (count_over_time(probe_success"
        '{job="probe",instance="https://orders.example.com"}[5m]))'
    )


def test_missing_data_raises_an_alert_and_so_does_a_standstill_where_traffic_is_expected() -> None:
    assert alerts(slo())["SloOrdersNoData"].expression == ('absent(http_requests_total{job="api"})')
    assert alerts(slo(requests_per_minute=60))["SloOrdersNoData"].expression == (
        '(sum(increase(http_requests_total{job="api"}[1h])) or vector(0)) == 0'
    )


@pytest.mark.parametrize("indicator", [REQUESTS, LATENCY, PROBE, GAUGE])
def test_every_expression_parses(indicator: dict[str, Any]) -> None:
    for group in slo_groups(slo(indicator=indicator)):
        for rule in group.rules:
            parse(rule.expression)


# The cases


def last(values: str) -> float:
    """The newest value of a series in promtool's notation."""
    start, _, more = values.rsplit(" ", maxsplit=1)[-1].partition("x")
    first, _, step = start.partition("+")
    return float(first) + float(step or 0) * int(more)


def samples(values: str) -> int:
    """How many values a series in promtool's notation has."""
    return sum(int(piece.partition("x")[2]) + 1 for piece in values.split(" "))


@pytest.mark.parametrize("indicator", [REQUESTS, LATENCY, PROBE, GAUGE])
def test_cases_are_as_long_as_they_say_and_not_too_long(indicator: dict[str, Any]) -> None:
    for alert in alerts(slo(indicator=indicator)).values():
        for case in (*alert.firing, *alert.silent):
            assert {samples(values) for values in case.series.values()} == {case.after_minutes + 1}
            assert case.after_minutes <= 600


def error_ratio(case: Case) -> float:
    failed = next(last(v) for series, v in case.series.items() if 'code="500"' in series)
    return failed / sum(last(values) for values in case.series.values())


def test_an_alert_fires_at_twice_its_threshold_and_not_at_half() -> None:
    promised = slo()
    for burn in promised.burns:
        alert = alerts(promised)[promised.alert_name(burn.alert)]
        assert error_ratio(alert.firing[0]) == pytest.approx(2 * burn.threshold, rel=1e-3)
        assert error_ratio(alert.silent[0]) == pytest.approx(burn.threshold / 2, rel=1e-3)


def test_the_quick_page_is_timed_from_the_start_of_a_total_outage() -> None:
    quick = alerts(slo(objective_percent=99))["SloOrdersPageQuick"]
    assert quick.firing[1].after_minutes == 60 + 9 + 2 + 1
    assert quick.silent[-1].after_minutes == 60 + 8


def test_an_incident_is_played_on_series_that_the_selectors_take() -> None:
    played = simulated(slo(), [(0.0, 2), (1.0, 3)], events_per_minute=10)
    assert played == {
        'http_requests_total{job="api"}': "0+10x2 20+0x2",
        'http_requests_total{job="api",code="500"}': "0+0x2 10+10x2",
    }
    split = {**REQUESTS, "errors": None, "good": "served_total"}
    assert simulated(slo(indicator=split), [(0.5, 4)], events_per_minute=10) == {
        'http_requests_total{job="api"}': "0+10x4",
        "served_total": "0+5x4",
    }
    assert simulated(slo(indicator=LATENCY), [(0.5, 4)], events_per_minute=10) == {
        'http_request_duration_seconds_bucket{job="api",le="1.0"}': "0+5x4",
        'http_request_duration_seconds_count{job="api"}': "0+10x4",
    }
    assert simulated(slo(indicator=GAUGE), [(0.0, 4), (1.0, 2)], events_per_minute=10) == {
        'replica_ready{db="a"}': "1x4 0x1"
    }


@pytest.mark.parametrize(
    "selector",
    [
        'x{code=~"5..|429", method!="GET"}',
        'x{path=~"/api/(v1|v2)/.+", code!~"5.."}',
        'x{code=~"[45]\\\\d\\\\d"}',
        "x{code!=''}",
    ],
)
def test_a_series_is_found_that_a_selector_takes(selector: str) -> None:
    _, chosen = parsed(selector)
    labels = example(chosen)
    assert labels is not None
    assert all(matcher.accepts(labels.get(matcher.label, "")) for matcher in chosen.matchers)


# The pages


def test_each_slo_has_a_page_and_all_have_one_list() -> None:
    pages = slo_dashboards([slo("orders"), slo("search")])
    assert [page.uid for page in pages] == ["slos", "slo-orders", "slo-search"]
    assert slo_dashboards([]) == ()


def test_a_long_name_still_gives_a_uid_that_grafana_takes() -> None:
    assert len(slo("a" * 40).dashboard_uid) <= 40


def test_a_page_shows_the_objective_the_budget_and_the_burn_rate() -> None:
    (_, page) = slo_dashboards([slo()])
    shown = {panel.title for row in page.rows for panel in row.panels if panel.view is View.STAT}
    assert shown == {"Objective", "Kept", "Error budget left", "Burn rate, 1 h"}
    recorded = set(recordings(slo())) | {"ALERTS"}
    assert {m for query in page.queries for m in metrics_of(query.expression)} <= recorded

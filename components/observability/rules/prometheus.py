"""Prometheus itself: what it evaluates, delivers, discovers and sends on, and its series."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules import delivery, evaluation, meta, scrapes
from components.observability.rules import remote_write as remote_writing

_SELF: Final = '{job="prometheus", instance="a"}'


def groups(*, replicas: int, series_budget: int, remote_write: bool) -> tuple[Group, ...]:
    """What every Prometheus is watched by: itself, its scrapes, and the alerts about alerting.

    Args:
        replicas: Identical replicas that should run; with one there is no pair to lose.
        series_budget: Series in the head that memory is planned for.
        remote_write: Whether samples are sent on to somewhere.
    """
    pair = (_replica_missing(replicas),) if replicas > 1 else ()
    own = Group(
        name="prometheus",
        rules=(
            *evaluation.ALERTS,
            *delivery.ALERTS,
            *pair,
            _growth(series_budget),
            _budget(series_budget),
        ),
    )
    sending = remote_writing.GROUPS if remote_write else ()
    return (*meta.GROUPS, own, *scrapes.GROUPS, *sending)


def _replica_missing(replicas: int) -> Alert:
    return Alert(
        name="PrometheusHAGroupDown",
        expression=(
            'count by (cluster, job) (avg_over_time(up{job="prometheus"}[5m]) > 0.5)'
            f" < {replicas}"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary=f"Only {{{{ $value }}}} of {replicas} replicas of Prometheus are there",
        description=(
            f"{{{{ $value }}}} of {replicas} replicas of Prometheus have answered in the last 15 "
            "minutes. Alerting works on; one more failure would end it."
        ),
        remedy=(
            "Look at the pod that is missing: evicted, waiting for its volume, restarted by a "
            "liveness probe while it replays its log, or out of memory. Bring it back before any "
            "roll-out of the other."
        ),
        firing=(
            Case(
                series={
                    f'up{{job="prometheus", instance="{n}"}}': "1x40" if n else "1x3 0x40"
                    for n in range(replicas)
                },
                after_minutes=25,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'up{{job="prometheus", instance="{n}"}}': "1x40" if n else "1x3 0x2 1x40"
                    for n in range(replicas)
                },
                after_minutes=25,
                firing=0,
            ),
            Case(
                series={
                    f'up{{job="prometheus", instance="{n}"}}': "1x40" if n else "1x3 0x40"
                    for n in range(replicas)
                },
                after_minutes=16,
                firing=0,
            ),
        ),
    )


def _growth(series_budget: int) -> Alert:
    head = 'prometheus_tsdb_head_series{job="prometheus"}'
    fifth = series_budget // 5
    return Alert(
        name="PrometheusHeadSeriesGrowth",
        expression=f"{head} > 1.5 * ({head} offset 1d) and {head} > {fifth}",
        for_minutes=60,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} holds half as many series again as yesterday",
        description=(
            "The head of {{ $labels.instance }} holds {{ $value | humanize }} series, more than "
            "1.5 times those of a day ago. Memory follows the number of series."
        ),
        remedy=(
            "The page of TSDB status lists the metrics and labels with most series. Find what was "
            "deployed since yesterday and drop the label whose values are unbounded."
        ),
        firing=(
            Case(
                series={
                    "prometheus_tsdb_head_series"
                    + _SELF: f"{7 * fifth // 10}x1440 {11 * fifth // 10}x100"
                },
                after_minutes=1510,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "prometheus_tsdb_head_series" + _SELF: f"{10 * fifth}x1440 {14 * fifth}x100"
                },
                after_minutes=1510,
                firing=0,
            ),
            Case(
                series={
                    "prometheus_tsdb_head_series"
                    + _SELF: f"{6 * fifth // 10}x1440 {95 * fifth // 100}x100"
                },
                after_minutes=1510,
                firing=0,
            ),
        ),
    )


def _budget(series_budget: int) -> Alert:
    metric = "prometheus_tsdb_head_series"
    start, daily = round(0.75 * series_budget), series_budget / 1_440
    return Alert(
        name="PrometheusHeadSeriesBudget",
        expression=(
            f'predict_linear({metric}{{job="prometheus"}}[6h], 3 * 86400) > {series_budget}'
            f' and {metric}{{job="prometheus"}} > {7 * series_budget // 10}'
        ),
        for_minutes=60,
        severity=Severity.WARNING,
        summary="The series of Prometheus {{ $labels.instance }} will exceed their budget",
        description=(
            "At the pace of the last 6 hours {{ $labels.instance }} holds "
            f"{{{{ $value | humanize }}}} series in 3 days; memory is planned for {series_budget}."
        ),
        remedy=(
            "If the growth is meant, raise the budget of series and with it the memory, before the "
            "process is killed. If not, see the runbook of PrometheusHeadSeriesGrowth."
        ),
        firing=(
            Case(
                series={metric + _SELF: f"{start}+{daily / 10:.4f}x400"},
                after_minutes=360,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={metric + _SELF: f"{start}+{daily / 22:.4f}x400"},
                after_minutes=360,
                firing=0,
            ),
            Case(
                series={metric + _SELF: f"{series_budget // 2}+{daily / 5:.4f}x400"},
                after_minutes=360,
                firing=0,
            ),
        ),
    )

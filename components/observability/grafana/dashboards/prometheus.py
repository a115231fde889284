"""Prometheus and what it scrapes."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    Variable,
    View,
)

_SELF: Final = 'job="prometheus"'

PROMETHEUS: Final = Dashboard(
    uid="prometheus",
    title="Prometheus",
    tags=("metrics",),
    rows=(
        Row(
            title="Targets",
            panels=(
                Panel(
                    title="Targets down",
                    view=View.STAT,
                    width=4,
                    queries=(Query(expression="count(up == 0) or vector(0)", instant=True),),
                    thresholds=(Threshold(value=1, colour="red"),),
                ),
                Panel(
                    title="Targets by job",
                    width=10,
                    queries=(Query(expression="sum by (job) (up)", legend="{{job}}"),),
                ),
                Panel(
                    title="Scrape duration, longest by job",
                    width=10,
                    unit="s",
                    queries=(
                        Query(
                            expression="max by (job) (scrape_duration_seconds)", legend="{{job}}"
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Load",
            panels=(
                Panel(
                    title="Active series",
                    queries=(
                        Query(
                            expression=f"prometheus_tsdb_head_series{{{_SELF}}}", legend="{{pod}}"
                        ),
                    ),
                ),
                Panel(
                    title="Samples taken in",
                    unit="ops",
                    queries=(
                        Query(
                            expression=(
                                "rate(prometheus_tsdb_head_samples_appended_total"
                                f"{{{_SELF}}}[$__rate_interval])"
                            ),
                            legend="{{pod}}",
                        ),
                    ),
                ),
                Panel(
                    title="Samples per scrape by job",
                    queries=(
                        Query(
                            expression=(
                                "topk(15, sum by (job) (scrape_samples_post_metric_relabeling))"
                            ),
                            legend="{{job}}",
                        ),
                    ),
                ),
                Panel(
                    title="Series new in each scrape, by job",
                    description="Churn: series that come and go cost memory as those that stay do.",
                    queries=(
                        Query(
                            expression="topk(15, sum by (job) (scrape_series_added))",
                            legend="{{job}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Storage and rules",
            panels=(
                Panel(
                    title="Storage used",
                    unit="bytes",
                    width=8,
                    queries=(
                        Query(
                            expression=(
                                f"prometheus_tsdb_storage_blocks_bytes{{{_SELF}}}"
                                f" + prometheus_tsdb_wal_storage_size_bytes{{{_SELF}}}"
                            ),
                            legend="{{pod}}",
                        ),
                    ),
                ),
                Panel(
                    title="Rule groups, time of the last evaluation",
                    unit="s",
                    width=8,
                    queries=(
                        Query(
                            expression=(
                                "max by (rule_group)"
                                f" (prometheus_rule_group_last_duration_seconds{{{_SELF}}})"
                            ),
                            legend="{{rule_group}}",
                        ),
                    ),
                ),
                Panel(
                    title="Rule failures",
                    unit="ops",
                    width=8,
                    queries=(
                        Query(
                            expression=(
                                "sum by (rule_group) (rate("
                                f"prometheus_rule_evaluation_failures_total{{{_SELF}}}"
                                "[$__rate_interval]))"
                            ),
                            legend="{{rule_group}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

ALERTS: Final = Dashboard(
    uid="alerts",
    title="Alerts that fire",
    tags=("alerts",),
    variables=(Variable(name="severity", metric="ALERTS", label="severity"),),
    rows=(
        Row(
            title="Now",
            panels=(
                Panel(
                    title="Firing by severity",
                    view=View.STAT,
                    width=24,
                    height=5,
                    queries=(
                        Query(
                            expression=(
                                'sum by (severity) (ALERTS{alertstate="firing",'
                                ' severity=~"$severity"})'
                            ),
                            legend="{{severity}}",
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title="Firing",
                    view=View.TABLE,
                    width=24,
                    queries=(
                        Query(
                            expression='ALERTS{alertstate="firing", severity=~"$severity"}',
                            instant=True,
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Over time",
            panels=(
                Panel(
                    title="Firing by name",
                    width=24,
                    height=10,
                    queries=(
                        Query(
                            expression=(
                                'sum by (alertname) (ALERTS{alertstate="firing",'
                                ' severity=~"$severity"})'
                            ),
                            legend="{{alertname}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (PROMETHEUS, ALERTS)

"""Prometheus' configuration, rules and storage."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

_UP: Final = "prometheus_config_last_reload_successful"
_SELF: Final = '{job="prometheus", instance="a"}'

ALERTS: Final = (
    Alert(
        name="PrometheusBadConfig",
        expression=f'max_over_time({_UP}{{job="prometheus"}}[5m]) == 0',
        for_minutes=10,
        severity=Severity.CRITICAL,
        summary="Prometheus {{ $labels.instance }} refuses its configuration",
        description=(
            "Prometheus {{ $labels.instance }} could not load its configuration or its rules for "
            "10 minutes. It runs on with the old ones, and does not start again after a restart."
        ),
        remedy=(
            "Its log names the file and the line. Run `promtool check config` on the generated "
            "file; if it is accepted, look for a file that is referred to but not mounted. Roll the "
            "last change of the configuration back."
        ),
        firing=(Case(series={_UP + _SELF: "1x5 0x40"}, after_minutes=22, firing=1),),
        silent=(
            Case(series={_UP + _SELF: "1x5 0x40"}, after_minutes=18, firing=0),
            Case(series={_UP + _SELF: "0 0 0 1 0 0 0 1 0 0 0 1x30"}, after_minutes=14, firing=0),
        ),
    ),
    Alert(
        name="PrometheusRuleFailures",
        expression=(
            "sum by (cluster, job, instance, rule_group)"
            ' (increase(prometheus_rule_evaluation_failures_total{job="prometheus"}[5m])) > 0'
        ),
        for_minutes=15,
        severity=Severity.CRITICAL,
        summary="Prometheus {{ $labels.instance }} fails to evaluate {{ $labels.rule_group }}",
        description=(
            "{{ $value | humanize }} evaluations of rules in {{ $labels.rule_group }} failed in 5 "
            "minutes. The alerts of the group may be silent although they should fire."
        ),
        remedy=(
            "Open the page of rules: the failing one shows its error. «many-to-many matching» means "
            "that a label which told series apart is gone or doubled; a timeout, that the "
            "expression is too heavy for the number of series."
        ),
        firing=(
            Case(
                series={
                    "prometheus_rule_evaluation_failures_total"
                    '{job="prometheus", instance="a", rule_group="nodes"}': "0+1x40",
                    "prometheus_rule_evaluation_failures_total"
                    '{job="prometheus", instance="a", rule_group="volumes"}': "7x40",
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "prometheus_rule_evaluation_failures_total"
                    '{job="prometheus", instance="a", rule_group="nodes"}': "0x3 1x40"
                },
                after_minutes=8,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusMissingRuleEvaluations",
        expression=(
            "sum by (cluster, job, instance, rule_group)"
            ' (increase(prometheus_rule_group_iterations_missed_total{job="prometheus"}[5m])) > 0'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} skips evaluations of {{ $labels.rule_group }}",
        description=(
            "{{ $value | humanize }} evaluations of {{ $labels.rule_group }} were skipped in 5 "
            "minutes, because the one before was still running: alerts come late."
        ),
        remedy=(
            "Compare `prometheus_rule_group_last_duration_seconds` with the group's interval. Split "
            "the group, record what several rules compute, or give Prometheus more CPU."
        ),
        firing=(
            Case(
                series={
                    "prometheus_rule_group_iterations_missed_total"
                    '{job="prometheus", instance="a", rule_group="nodes"}': "0+2x40"
                },
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "prometheus_rule_group_iterations_missed_total"
                    '{job="prometheus", instance="a", rule_group="nodes"}': "0+2x10 20x30"
                },
                after_minutes=14,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusNotIngestingSamples",
        expression=(
            "sum by (cluster, job, instance)"
            ' (rate(prometheus_tsdb_head_samples_appended_total{job="prometheus"}[5m])) == 0'
            " and on (cluster, job, instance) sum by (cluster, job, instance)"
            ' (prometheus_target_scrape_pool_targets{job="prometheus"}) > 0'
        ),
        for_minutes=10,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} stores no samples",
        description=(
            "Prometheus {{ $labels.instance }} has targets, but has appended no sample to its head "
            "for 10 minutes: it is there and sees nothing."
        ),
        remedy=(
            "Check the free space of its volume and its log for errors of the write-ahead log. If "
            "every scrape fails, look at DNS and at the network policy of its namespace."
        ),
        firing=(
            Case(
                series={
                    "prometheus_tsdb_head_samples_appended_total" + _SELF: "0+100x5 500x40",
                    "prometheus_target_scrape_pool_targets" + _SELF: "12x50",
                },
                after_minutes=25,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "prometheus_tsdb_head_samples_appended_total" + _SELF: "500x40",
                    "prometheus_target_scrape_pool_targets" + _SELF: "0x40",
                },
                after_minutes=25,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusTSDBReloadsFailing",
        expression='increase(prometheus_tsdb_reloads_failures_total{job="prometheus"}[3h]) > 0',
        for_minutes=240,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} cannot load its blocks",
        description=(
            "Prometheus {{ $labels.instance }} failed {{ $value | humanize }} times in 3 hours to "
            "load its blocks from the disk, for 4 hours: old samples may be missing from answers."
        ),
        remedy=(
            "The log names the block. Check the file system for errors; a block that is broken for "
            "good is moved out of the data directory, after a copy, and Prometheus restarted."
        ),
        firing=(
            Case(
                series={"prometheus_tsdb_reloads_failures_total" + _SELF: "0+0.1x400"},
                after_minutes=300,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={"prometheus_tsdb_reloads_failures_total" + _SELF: "0x5 1x300"},
                after_minutes=180,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PrometheusTSDBCompactionsFailing",
        expression='increase(prometheus_tsdb_compactions_failed_total{job="prometheus"}[3h]) > 0',
        for_minutes=240,
        severity=Severity.WARNING,
        summary="Prometheus {{ $labels.instance }} cannot compact its blocks",
        description=(
            "{{ $value | humanize }} compactions failed in 3 hours, for 4 hours. The head grows in "
            "memory and the write-ahead log on the disk until one of the two is full."
        ),
        remedy=(
            "Check the free space of the volume first: a compaction needs room for the new block "
            "beside the old ones. Then read the log for the block that fails."
        ),
        firing=(
            Case(
                series={"prometheus_tsdb_compactions_failed_total" + _SELF: "0+0.1x400"},
                after_minutes=300,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={"prometheus_tsdb_compactions_failed_total" + _SELF: "0x5 2x300"},
                after_minutes=180,
                firing=0,
            ),
        ),
    ),
)

"""What Prometheus refuses or loses while it discovers and scrapes."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity


def _counted(name: str, metric: str, *, what: str, remedy: str) -> Alert:
    """A warning while a counter of refusals keeps rising."""
    series = f'{metric}{{job="prometheus", instance="a"}}'
    return Alert(
        name=name,
        expression=(
            f'sum by (cluster, job, instance) (increase({metric}{{job="prometheus"}}[5m])) > 0'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary=f"Prometheus {{{{ $labels.instance }}}}: {what}",
        description=(
            f"{what[0].upper()}{what[1:]}: {{{{ $value | humanize }}}} times in 5 minutes, for 15 "
            "minutes, on Prometheus {{ $labels.instance }}. The series concerned are missing."
        ),
        remedy=remedy,
        firing=(Case(series={series: "0+1x40"}, after_minutes=25, firing=1),),
        silent=(
            Case(series={series: "0x5 1x40"}, after_minutes=25, firing=0),
            Case(series={series: "0x5 1+1x8 9x30"}, after_minutes=17, firing=0),
        ),
    )


GROUPS: Final = (
    Group(
        name="prometheus-scrapes",
        rules=(
            _counted(
                "PrometheusTargetLimitHit",
                "prometheus_target_scrape_pool_exceeded_target_limit_total",
                what="a job has more targets than its limit, and none of them is scraped",
                remedy=(
                    "Look for the job with the error «target_limit exceeded» on the page of targets. "
                    "If the growth is meant, raise the limit; if not, narrow what the job discovers."
                ),
            ),
            _counted(
                "PrometheusLabelLimitHit",
                "prometheus_target_scrape_pool_exceeded_label_limits_total",
                what="targets have more or longer labels than allowed, and are dropped",
                remedy=(
                    "Find the job by its error on the page of targets. Drop the labels it does not "
                    "need in its relabelling, or shorten what the exporter puts into them."
                ),
            ),
            _counted(
                "PrometheusScrapeSampleLimitHit",
                "prometheus_target_scrapes_exceeded_sample_limit_total",
                what="a target exposes more samples than allowed, and the whole scrape is dropped",
                remedy=(
                    "Sort `topk(10, scrape_samples_post_metric_relabeling)` to find it. Usually a label "
                    "took unbounded values (user, path, trace): remove it at the source. Raise the "
                    "limit only when the number is expected to stay."
                ),
            ),
            _counted(
                "PrometheusScrapeBodySizeLimitHit",
                "prometheus_target_scrapes_exceeded_body_size_limit_total",
                what="a target answers with more bytes than allowed, and the scrape is dropped",
                remedy=(
                    "Find the target by its error on the page of targets, look at what it exposes and "
                    "remove what nobody uses, or raise the limit of the body's size."
                ),
            ),
            _counted(
                "PrometheusTargetSyncFailure",
                "prometheus_target_sync_failed_total",
                what="discovered targets make no valid targets",
                remedy=(
                    "Prometheus' log names the job and the reason, most often an address or a label "
                    "that relabelling made invalid. Correct the relabelling of that job."
                ),
            ),
            _counted(
                "PrometheusSDRefreshFailure",
                "prometheus_sd_refresh_failures_total",
                what="service discovery cannot refresh its targets",
                remedy=(
                    "Read Prometheus' log for the mechanism that fails. Check its credentials, the DNS "
                    "and the flow to the service that is asked; until then old targets are scraped."
                ),
            ),
            _counted(
                "PrometheusKubernetesDiscoveryFailures",
                "prometheus_sd_kubernetes_failures_total",
                what="watches of the Kubernetes API fail",
                remedy=(
                    "Look for «forbidden» in Prometheus' log, which means that its role lost a right; "
                    "otherwise check the API server and the flow from Prometheus to it."
                ),
            ),
            _counted(
                "PrometheusDuplicateTimestamps",
                "prometheus_target_scrapes_sample_duplicate_timestamp_total",
                what="targets expose one series twice with different values",
                remedy=(
                    "Prometheus' log at level debug names the series. Two exporters under one identity, "
                    "or relabelling that removes the label which told two series apart."
                ),
            ),
            _counted(
                "PrometheusOutOfOrderTimestamps",
                "prometheus_target_scrapes_sample_out_of_order_total",
                what="targets expose samples that are older than what is stored",
                remedy=(
                    "Find the job whose targets set timestamps of their own, or two jobs that scrape "
                    "the same target. Turn `honor_timestamps` off or remove one of the jobs."
                ),
            ),
        ),
    ),
)

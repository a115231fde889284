"""Prometheus' configuration, made from what a stack asks and has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from components.observability.metrics_spec import MetricsSpec
from components.observability.prometheus.cardinality import drops
from components.observability.prometheus.config import (
    Alerting,
    AlertmanagerConfig,
    Exemplars,
    Global,
    Otlp,
    PrometheusConfig,
    Relabel,
    RemoteWrite,
    Retention,
    StaticConfig,
    Storage,
    Tsdb,
)
from components.observability.prometheus.jobs import scrape_config
from components.observability.site import Site
from components.observability.target import Target

EXEMPLARS: Final = 50_000
"""Examples of traces, about 100 bytes each."""

RULES: Final = "/etc/prometheus/rules"
REPLICA: Final = "REPLICA"
MEBIBYTES_PER_BODY: Final = 64
LABELS_PER_SAMPLE: Final = 64

# What applications say of themselves over OTLP, as labels rather than in target_info.
PROMOTED: Final = (
    "service.name",
    "service.namespace",
    "service.version",
    "deployment.environment.name",
    "k8s.namespace.name",
    "k8s.pod.name",
)


def prometheus_config(
    site: Site,
    spec: MetricsSpec,
    targets: Sequence[Target],
    *,
    needed: Collection[str],
    alertmanagers: Sequence[str],
    ports: Mapping[str, Mapping[str, int]],
    remote_writes: Sequence[RemoteWrite],
) -> PrometheusConfig:
    """The whole configuration.

    Args:
        site: Where it runs.
        spec: How much it takes in and keeps.
        targets: Everything that is scraped.
        needed: Metrics that rules and dashboards read.
        alertmanagers: Addresses, ``host:port``, of every Alertmanager.
        ports: Numbers of ports by key, by workload of the targets.
        remote_writes: Where samples are sent besides.

    Raises:
        ValueError: A target is at a port that its workload does not declare.
    """
    jobs = tuple(
        scrape_config(
            each,
            site,
            drops(each.job, spec.cardinality, needed),
            ports.get(each.workload or "", {}),
        )
        for each in sorted(targets, key=lambda each: each.job)
    )
    seconds = f"{spec.scrape_seconds}s"
    evaluates = spec.mode == "server"
    return PrometheusConfig(
        global_=Global(
            scrape_interval=seconds,
            scrape_timeout=f"{min(10, spec.scrape_seconds)}s",
            evaluation_interval=seconds,
            external_labels={
                "cluster": site.cluster,
                "environment": site.environment,
                "replica": f"${{{REPLICA}}}",
            },
            body_size_limit=f"{MEBIBYTES_PER_BODY}MB",
            # No single target may take the whole budget.
            sample_limit=max(1_000, spec.series // 2),
            label_limit=LABELS_PER_SAMPLE,
            label_name_length_limit=128,
            label_value_length_limit=1_024,
            target_limit=5_000,
            keep_dropped_targets=100,
            scrape_native_histograms=spec.native_histograms or None,
        ),
        rule_files=(f"{RULES}/*.yml",) if evaluates else None,
        scrape_configs=jobs,
        alerting=Alerting(
            # Both copies of a pair send the same alert.
            alert_relabel_configs=(Relabel(regex="replica", action="labeldrop"),),
            alertmanagers=(
                AlertmanagerConfig(static_configs=(StaticConfig(targets=tuple(alertmanagers)),)),
            ),
        )
        if evaluates and alertmanagers
        else None,
        storage=Storage(
            tsdb=Tsdb(
                retention=Retention(time=f"{spec.retention_days}d", size=f"{spec.retention_gib}GB"),
                out_of_order_time_window="10m",
            ),
            exemplars=Exemplars(max_exemplars=EXEMPLARS),
        )
        if evaluates
        else None,
        otlp=Otlp(
            translation_strategy="UnderscoreEscapingWithSuffixes",
            promote_resource_attributes=PROMOTED,
        ),
        remote_write=tuple(remote_writes) or None,
    )

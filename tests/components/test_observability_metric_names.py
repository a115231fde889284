"""The bundled lists of metric names."""

from __future__ import annotations

import re
from datetime import date

import pytest

from components.observability.metric_names import keys, known_metrics, metric_list

EXPECTED = {
    "alertmanager": "alertmanager_notifications_failed_total",
    "apiserver": "apiserver_request_duration_seconds_bucket",
    "blackbox": "probe_ssl_earliest_cert_expiry",
    "cadvisor": "container_cpu_usage_seconds_total",
    "coredns": "coredns_dns_responses_total",
    "grafana": "grafana_http_request_duration_seconds_count",
    "jaeger": "jaeger_storage_requests_total",
    "kube-state-metrics": "kube_pod_container_status_waiting_reason",
    "kubelet": "kubelet_volume_stats_available_bytes",
    "loki": "loki_request_duration_seconds_bucket",
    "node-exporter": "node_filesystem_avail_bytes",
    "otelcol": "otelcol_exporter_send_failed_spans_total",
    "postgres-exporter": "pg_replication_lag_seconds",
    "prometheus": "prometheus_config_last_reload_successful",
    "redis-exporter": "redis_memory_max_bytes",
}


def test_there_is_a_list_for_every_product_that_is_scraped() -> None:
    assert keys() == tuple(sorted(EXPECTED))


@pytest.mark.parametrize("key", sorted(EXPECTED))
def test_a_list_is_dated_sorted_and_made_of_names(key: str) -> None:
    found = metric_list(key)
    assert EXPECTED[key] in found.names
    assert found.checked >= date(2026, 11, 1)
    assert found.product
    assert found.version
    assert found.source
    assert all(re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", name) for name in found.names)


@pytest.mark.parametrize("key", sorted(EXPECTED))
def test_a_histogram_is_listed_whole(key: str) -> None:
    names = known_metrics(key)
    buckets = {name.removesuffix("_bucket") for name in names if name.endswith("_bucket")}
    assert {base for base in buckets if f"{base}_count" not in names} == set()
    assert {base for base in buckets if f"{base}_sum" not in names} == set()


def test_lists_add_up() -> None:
    both = known_metrics("loki", "jaeger")
    assert both == known_metrics("loki") | known_metrics("jaeger")
    assert known_metrics() == frozenset()


def test_an_unknown_list_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no list of metric names 'lokki': take one of .*loki,"):
        known_metrics("lokki")

"""Observability with what no committed stack asks for, so that the programs see that too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from components.environment import Environment
from components.observability.loki.store import LogStore
from components.observability.site import Site
from components.observability.spec import ObservabilitySpec
from components.observability.whole import Surroundings, compose
from tests.acceptance.files import GeneratedFile

SECRET: Final = {"secret": "credentials", "key": "key"}
PROMETHEUS: Final = {"kind": "prometheus", "url": "https://metrics.example.com/api/v1/push"}
SAMPLED: Final = {"gateway": {"sampling": {"percent": 10}}}
PAGED: Final = {
    "receivers": {
        "chat": {"kind": "teams", "url": SECRET},
        "mail": {
            "kind": "email",
            "to": "team@example.com",
            "sender": "alerts@example.com",
            "smarthost": "mail.example.com:587",
            "username": "alerts",
            "password": SECRET,
        },
        "pager": {"kind": "pagerduty", "routing_key": SECRET},
        "room": {"kind": "slack", "url": SECRET, "channel": "#alerts"},
        "switch": {"kind": "webhook", "url": SECRET},
    },
    "critical": "pager",
    "warning": "mail",
    "watchdog": "switch",
    "teams": {"shop": {"critical": "chat", "warning": "room"}},
    "business_hours": {"time_zone": "Europe/Berlin"},
}
DESTINATIONS: Final = {
    "amazon": {
        **PROMETHEUS,
        "sender": "gateway",
        "auth": {"kind": "sigv4", "region": "eu-west-1"},
    },
    "basic": {**PROMETHEUS, "auth": {"kind": "basic", "username": "1", "password": SECRET}},
    "bearer": {**PROMETHEUS, "auth": {"kind": "bearer", "token": SECRET}},
    "grpc": {"kind": "otlp", "url": "https://otlp.example.com", "protocol": "grpc"},
    "http": {
        "kind": "otlp",
        "url": "https://otlp.example.com",
        "headers": {"x-tenant": "shop"},
        "secret_headers": {"api-key": SECRET},
    },
    "logs": {
        "kind": "loki",
        "url": "https://logs.example.com",
        "tenant": "shop",
        "auth": {"kind": "basic", "username": "1", "password": SECRET},
    },
    "search": {
        "kind": "opensearch",
        "urls": ["https://search.example.com:9200"],
        "auth": {"kind": "basic", "username": "shop", "password": SECRET},
        "signals": ["logs", "traces"],
    },
    "signed": {**PROMETHEUS, "auth": {"kind": "sigv4", "region": "eu-west-1"}},
    "splunk": {
        "kind": "splunk",
        "url": "https://splunk.example.com:8088/services/collector",
        "token": SECRET,
        "index": "shop",
    },
    "tokens": {**PROMETHEUS, "sender": "gateway", "auth": {"kind": "bearer", "token": SECRET}},
}
LOG_ALERT: Final = {
    "expression": 'sum by (k8s_namespace_name) (rate({k8s_namespace_name=~".+"} |= "panic" [5m])) > 0',
    "summary": "Something in {{ $labels.k8s_namespace_name }} panics",
}
OPENSEARCH: Final = {
    "store": "opensearch",
    "opensearch": {
        "urls": ["https://search.example.com:9200"],
        "username": "jaeger",
        "password": SECRET,
    },
}
ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "everything": {
        "metrics": {"native_histograms": True, "cardinality": "lean"},
        "logs": {"alerts": {"Panics": LOG_ALERT}},
        "traces": {**SAMPLED, **OPENSEARCH},
        "alerting": PAGED,
        "probes": {"shop": {"url": "https://shop.example.com/"}, "port": {"url": "db.local:5432"}},
        "destinations": DESTINATIONS,
    },
    "prometheus as an agent": {
        "metrics": {"mode": "agent"},
        "traces": {"gateway": {"span_metrics": False}},
        "alerting": PAGED,
        "destinations": {"signed": DESTINATIONS["signed"]},
    },
    "google, full cardinality": {
        "metrics": {"cardinality": "full"},
        "traces": {"gateway": {"sampling": {"percent": 10, "replicas": 1}}},
        "alerting": PAGED,
        "destinations": {
            "google": {**PROMETHEUS, "auth": {"kind": "google", "project": "acme-prod"}},
            "pushed": {
                **PROMETHEUS,
                "sender": "gateway",
                "auth": {"kind": "google", "project": "acme-prod"},
            },
            "elastic": {"kind": "elasticsearch", "urls": ["https://search.example.com:9200"]},
        },
    },
}


def spec(name: str) -> ObservabilitySpec:
    """What is asked under a name."""
    signed_in = {"dashboards": {"replicas": 1, "admin_password": SECRET}}
    document = {"runbooks_url": "https://runbooks.example.com/runbooks", **signed_in, **ASKED[name]}
    return ObservabilitySpec.resolve(Environment.PROD, document)


def files_of(name: str) -> tuple[GeneratedFile, ...]:
    """The files of the workloads of one of these."""
    return tuple(_files(name))


def _files(name: str) -> Iterator[GeneratedFile]:
    site = Site(
        name="eyes", cluster="apps", environment="prod", kubernetes=True, region="eu-west-1"
    )
    store = LogStore(kind="s3", bucket="logs", region="eu-west-1")
    around = Surroundings(cluster="apps", environment="prod", log_store=store)
    whole = compose(site, spec(name), around, secret_key="made-up")
    for workload, each in whole.workloads.items():
        for path, content in each.files.items():
            if not isinstance(content, str):
                raise TypeError(f"{path} of {workload} is known only once it runs")
            yield GeneratedFile(name, workload, path, content)


OPTIONS: Final[Mapping[str, Callable[[], tuple[GeneratedFile, ...]]]] = {
    name: partial(files_of, name) for name in ASKED
}

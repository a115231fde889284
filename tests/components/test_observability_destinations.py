from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.observability.remote_write import prerequisites, remote_writes
from rehearsal.plugin import record
from tests.components.telemetry_parts import PROD, destinations, document, gateway, site

FILE = "/etc/otelcol/config.yaml"
SAMPLED: dict[str, Any] = {"sampling": {"percent": 10}}
KEY = {"config": "key"}
DATADOG = {
    "kind": "otlp",
    "url": "https://otlp.datadoghq.eu",
    "secret_headers": {"dd-api-key": KEY},
}
AMAZON = {
    "kind": "prometheus",
    "url": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write",
    "auth": {"kind": "sigv4", "region": "eu-west-1"},
}
GOOGLE = {
    "kind": "prometheus",
    "url": "https://monitoring.googleapis.com/v1/projects/acme-prod/location/global/prometheus"
    "/api/v1/write",
    "auth": {"kind": "google", "project": "acme-prod"},
}
GRAFANA = {
    "kind": "prometheus",
    "url": "https://prometheus-prod-01.grafana.net/api/prom/push",
    "auth": {"kind": "basic", "username": "12345", "password": KEY},
}
SPLUNK = {
    "kind": "splunk",
    "url": "https://splunk.example.com:8088/services/collector",
    "token": KEY,
    "index": "shop",
}


def sent(spec: dict[str, Any], role: str = "gateway", **asked: Any) -> Mapping[str, Any]:
    """What a gateway is that sends to ``spec``, with its secrets."""

    def program() -> dict[str, Any]:
        part = gateway(
            PROD,
            sent_to={"there": spec},
            secrets={"key": pulumi.Output.secret("hunter2")},
            **asked,
        )
        workload = part.workloads[role]
        return {
            "file": document(part, role, FILE),
            "secrets": dict(workload.secret_files),
            "egress": [f"{each.to}:{each.port}" for each in workload.egress],
            "identity": workload.cloud_identity,
        }

    return record(program).outputs


def exporter(spec: dict[str, Any], id_: str) -> Any:
    return sent(spec)["file"]["exporters"][id_]


def pipelines(seen: Mapping[str, Any], id_: str) -> list[str]:
    ways = seen["file"]["service"]["pipelines"]
    return sorted(name for name, each in ways.items() if id_ in each["exporters"])


# As exporters of the gateway


def test_otlp_carries_its_key_from_a_file() -> None:
    seen = sent(DATADOG)

    there = seen["file"]["exporters"]["otlp_http/there"]
    assert there["endpoint"] == "https://otlp.datadoghq.eu"
    assert there["headers"] == {"dd-api-key": "${file:/etc/otelcol-secrets/there-dd-api-key}"}
    assert seen["secrets"] == {"/etc/otelcol-secrets/there-dd-api-key": "hunter2"}
    assert "hunter2" not in str(seen["file"])


def test_otlp_takes_every_signal_and_span_metrics_too() -> None:
    assert pipelines(sent(DATADOG), "otlp_http/there") == [
        "logs",
        "metrics",
        "metrics/spans",
        "traces",
    ]


def test_otlp_takes_only_the_signals_that_were_chosen() -> None:
    assert pipelines(sent({**DATADOG, "signals": ["traces"]}), "otlp_http/there") == ["traces"]


@pytest.mark.parametrize(
    ("url", "endpoint", "insecure"),
    [
        ("https://otlp.nr-data.net", "otlp.nr-data.net:443", False),
        ("https://otlp.nr-data.net:4317", "otlp.nr-data.net:4317", False),
    ],
)
def test_otlp_over_grpc_names_host_and_port(url: str, endpoint: str, insecure: bool) -> None:
    there = exporter({**DATADOG, "url": url, "protocol": "grpc"}, "otlp_grpc/there")

    assert there["endpoint"] == endpoint
    assert there["tls"] == {"insecure": insecure}


def test_another_loki_is_sent_otlp_for_its_tenant() -> None:
    spec = {
        "kind": "loki",
        "url": "https://logs-prod-01.grafana.net",
        "tenant": "shop",
        "auth": {"kind": "bearer", "token": KEY},
    }
    seen = sent(spec)

    there = seen["file"]["exporters"]["otlp_http/there"]
    assert there["endpoint"] == "https://logs-prod-01.grafana.net/otlp"
    assert there["headers"] == {"X-Scope-OrgID": "shop"}
    assert seen["file"]["extensions"]["bearertokenauth/there"] == {
        "filename": "/etc/otelcol-secrets/there"
    }
    assert pipelines(seen, "otlp_http/there") == ["logs"]


def test_elasticsearch_is_signed_in_to_with_a_password_from_a_file() -> None:
    spec = {
        "kind": "elasticsearch",
        "urls": ["https://es-0.example.com:9200", "https://es-1.example.com:9200"],
        "auth": {"kind": "basic", "username": "shop", "password": KEY},
    }
    seen = sent(spec)

    there = seen["file"]["exporters"]["elasticsearch/there"]
    assert there["endpoints"] == spec["urls"]
    assert there["auth"] == {"authenticator": "basicauth/there"}
    assert seen["file"]["extensions"]["basicauth/there"]["client_auth"] == {
        "username": "shop",
        "password_file": "/etc/otelcol-secrets/there",
    }


def test_opensearch_is_another_exporter() -> None:
    there = exporter(
        {"kind": "opensearch", "urls": ["https://search.example.com"]}, "opensearch/there"
    )

    assert there["http"] == {"endpoint": "https://search.example.com"}


def test_splunk_takes_its_token_from_a_file() -> None:
    there = exporter(SPLUNK, "splunk_hec/there")

    assert there["token"] == "${file:/etc/otelcol-secrets/there}"
    assert (there["index"], there["source"]) == ("shop", "shop")


def test_remote_write_from_the_gateway_is_signed_as_the_pod() -> None:
    seen = sent({**AMAZON, "sender": "gateway"})

    there = seen["file"]["exporters"]["prometheus_remote_write/there"]
    assert there["auth"] == {"authenticator": "sigv4auth/there"}
    assert seen["file"]["extensions"]["sigv4auth/there"] == {
        "region": "eu-west-1",
        "service": "aps",
    }
    assert seen["identity"] is True
    assert not seen["secrets"]


def test_google_is_asked_as_the_pod() -> None:
    seen = sent({**GOOGLE, "sender": "gateway"})

    assert seen["file"]["extensions"]["googleclientauth/there"] == {"project": "acme-prod"}
    assert seen["identity"] is True


def test_remote_write_is_otherwise_the_business_of_prometheus() -> None:
    seen = sent(AMAZON)

    assert "prometheus_remote_write/there" not in seen["file"]["exporters"]
    assert seen["egress"] == []
    assert seen["identity"] is False


def test_the_way_out_is_as_narrow_as_the_address() -> None:
    assert sent(SPLUNK)["egress"] == ["@internet:8088"]
    assert sent({**SPLUNK, "network": "10.20.0.0/16"})["egress"] == ["10.20.0.0/16:8088"]


def test_samplers_send_traces_and_the_gateway_the_rest() -> None:
    front = sent(DATADOG, "gateway", **SAMPLED)
    behind = sent(DATADOG, "sampler", **SAMPLED)

    assert pipelines(front, "otlp_http/there") == ["logs", "metrics", "metrics/spans"]
    assert pipelines(behind, "otlp_http/there") == ["traces"]
    assert behind["secrets"] == front["secrets"]


def test_samplers_hold_no_credentials_of_what_takes_no_traces() -> None:
    behind = sent(SPLUNK, "sampler", **SAMPLED)

    assert not behind["secrets"]
    assert not behind["egress"]


# From Prometheus itself


def writes(**asked: Any) -> list[dict[str, Any]]:
    def program() -> dict[str, Any]:
        place = site(PROD, {"key": pulumi.Output.secret("hunter2")})
        return {
            "all": [
                {
                    "name": each.name,
                    "username": each.username,
                    "password_file": each.password_file,
                    "token_file": each.token_file,
                    "sigv4_region": each.sigv4_region,
                    "google": each.google,
                    "identity": each.cloud_identity,
                    "secrets": dict(each.secret_files),
                    "egress": [f"{way.to}:{way.port}" for way in each.egress],
                }
                for each in remote_writes(place, destinations(**asked), directory="/etc/secrets")
            ]
        }

    return record(program).outputs["all"]


def test_prometheus_writes_to_grafana_cloud_with_a_password_from_a_file() -> None:
    (there,) = writes(cloud=GRAFANA)

    assert (there["username"], there["password_file"]) == ("12345", "/etc/secrets/cloud")
    assert there["secrets"] == {"/etc/secrets/cloud": "hunter2"}
    assert there["egress"] == ["@internet:443"]
    assert there["identity"] is False


def test_prometheus_writes_to_managed_services_as_its_pod() -> None:
    amazon, google = writes(amazon=AMAZON, google=GOOGLE)

    assert (amazon["sigv4_region"], amazon["google"]) == ("eu-west-1", False)
    assert (google["sigv4_region"], google["google"]) == (None, True)
    assert amazon["identity"]
    assert google["identity"]


def test_prometheus_writes_with_a_token_or_as_nobody() -> None:
    token, nobody = writes(
        a={**GRAFANA, "auth": {"kind": "bearer", "token": KEY}},
        b={"kind": "prometheus", "url": "http://mimir.example.com:8080/api/v1/push"},
    )

    assert token["token_file"] == "/etc/secrets/a"
    assert nobody["egress"] == ["@internet:8080"]
    assert not nobody["secrets"]


def test_what_the_gateway_sends_prometheus_does_not() -> None:
    assert writes(amazon={**AMAZON, "sender": "gateway"}, datadog=DATADOG) == []


def test_what_must_be_granted_is_said_with_who_and_where() -> None:
    asked = destinations(
        amazon={**AMAZON, "sender": "gateway"}, cloud=GRAFANA, datadog=DATADOG, google=GOOGLE
    )

    amazon, google = prerequisites(asked, site())
    assert amazon.startswith("destinations.amazon: grant the service account eyes-gateway aps:")
    assert google.startswith("destinations.google: grant the service account eyes-prometheus ")
    assert google.endswith("on the project acme-prod")


# Bad input


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({**GRAFANA, "url": "http://x.example.com"}, "would carry the credential in the clear"),
        ({**DATADOG, "url": "http://x.example.com"}, "would carry the credential in the clear"),
        ({**SPLUNK, "url": "http://x.example.com"}, "would carry the credential in the clear"),
        (
            {"kind": "elasticsearch", "urls": ["https://es.example.com"], "signals": ["metrics"]},
            "signals has metrics, which elasticsearch does not take: choose from logs, traces",
        ),
        ({**DATADOG, "signals": ["logs", "logs"]}, "name each of them once"),
        (
            {"kind": "otlp", "url": "https://x.example.com", "headers": {"api-key": "hunter2"}},
            "headers.api-key looks like a credential: put it into secret_headers",
        ),
        (
            {"kind": "opensearch", "urls": ["https://a.example.com", "https://b.example.com"]},
            "urls has 2 addresses, and opensearch takes one",
        ),
        ({"kind": "carrier-pigeon", "url": "https://x.example.com"}, "carrier-pigeon"),
        ({**DATADOG, "signals": []}, "signals"),
        ({**AMAZON, "auth": {"kind": "sigv4", "region": "Ireland"}}, "region"),
        ({**GRAFANA, "signals": ["metrics"]}, "signals"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        destinations(there=spec)

    assert message in str(refused.value)


def test_a_secret_that_is_not_there_is_missed_by_name() -> None:
    with pytest.raises(pulumi.RunError, match="plinth:key"):
        gateway(PROD, sent_to={"there": DATADOG})

"""What the checks see: the files out of a rehearsal, laid out for the programs."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.plugin import Recording, Registration
from tests.acceptance.collector import components, without
from tests.acceptance.files import (
    GeneratedFile,
    Kind,
    by_workload,
    checker_for,
    files_in,
    lay,
    relocated,
)
from tests.acceptance.live import alone, hastened, local_agent, local_loki
from tests.acceptance.programs import Programs, variables
from tests.acceptance.samples import COLLECTOR, GATEWAY, JAEGER, LOKI, PROMETHEUS, RULES
from tests.acceptance.verdicts import Verdicts, unjudged

METADATA = {
    "labels": {"app.kubernetes.io/name": "loki"},
    "annotations": {"plinth.dev/path": "/etc/loki/config.yaml"},
}


def recording(type_: str, name: str, inputs: dict[str, Any]) -> Recording:
    urn = f"urn:pulumi:dev::plinth::{type_}::{name}"
    return Recording((Registration(urn, type_, name, custom=True, inputs=inputs),), {}, frozenset())


@pytest.mark.parametrize(
    ("kind", "content", "secret"),
    [
        ("ConfigMap", {"data": {"loki.yml": "a: 1"}}, False),
        ("Secret", {"stringData": {"loki.yml": "a: 1"}}, True),
        ("Secret", {"data": {"loki.yml": base64.b64encode(b"a: 1").decode()}}, True),
    ],
)
def test_an_object_of_a_workload_is_a_file(
    kind: str, content: dict[str, Any], secret: bool
) -> None:
    found = recording(f"kubernetes:core/v1:{kind}", "x", {"metadata": METADATA, **content})

    assert list(files_in("prod", found)) == [
        GeneratedFile("prod", "loki", "/etc/loki/config.yaml", "a: 1", secret)
    ]


def test_other_objects_are_no_files() -> None:
    found = recording("kubernetes:core/v1:ConfigMap", "x", {"metadata": {}, "data": {"a": "b"}})

    assert list(files_in("prod", found)) == []


def test_a_carrier_brings_its_uploads() -> None:
    found = recording(
        "docker:index/container:Container",
        "loki-files",
        {
            "uploads": [
                {"file": "/etc/loki/config.yaml", "content": "a: 1", "permissions": "0444"},
                {"file": "/etc/loki-secrets/key", "content": "k", "permissions": "0400"},
            ]
        },
    )

    assert list(files_in("dev", found)) == [
        GeneratedFile("dev", "loki", "/etc/loki/config.yaml", "a: 1"),
        GeneratedFile("dev", "loki", "/etc/loki-secrets/key", "k", secret=True),
    ]


def test_files_are_grouped_by_workload() -> None:
    one = GeneratedFile("dev", "loki", "/etc/loki/config.yaml", "")
    two = GeneratedFile("dev", "jaeger", "/etc/jaeger/config.yaml", "")

    assert by_workload((one, two, one)) == {"loki": (one, one), "jaeger": (two,)}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc/prometheus/config/prometheus.yml", Kind.PROMETHEUS),
        ("/etc/prometheus/rules/slo.yml", Kind.RULES),
        ("/etc/otelcol/config.yaml", Kind.COLLECTOR),
        ("/etc/grafana/grafana.ini", None),
        ("/etc/prometheus-secrets/token", None),
    ],
)
def test_a_path_says_what_judges_the_file(path: str, kind: Kind | None) -> None:
    assert checker_for(path) is kind


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("rule_files: [/etc/prometheus/rules/*.yml]", "rule_files: [R/etc/prometheus/rules/*.yml]"),
        ("path_prefix: /loki", "path_prefix: R/loki"),
        ("token: ${file:/etc/otelcol/token}", "token: ${file:R/etc/otelcol/token}"),
        ("url: http://loki:3100/loki/api", "url: http://loki:3100/loki/api"),
        ("metrics_path: /metrics", "metrics_path: /metrics"),
        ("exclude: ^/(dev|var/lib)/", "exclude: ^/(dev|var/lib)/"),
        ("--storage.tsdb.path=/prometheus", "--storage.tsdb.path=R/prometheus"),
    ],
)
def test_paths_in_a_container_lead_below_the_root(inside: str, outside: str) -> None:
    assert relocated(inside, Path("R")) == outside


def test_secrets_and_directories_that_are_named_exist(tmp_path: Path) -> None:
    lay((GeneratedFile("s", "w", "/etc/otelcol/config.yaml", COLLECTOR),), tmp_path)
    lay((GeneratedFile("s", "w", "/etc/prometheus/config/prometheus.yml", PROMETHEUS),), tmp_path)

    assert (tmp_path / "etc/otelcol-secrets/token").read_text()
    assert (tmp_path / "etc/prometheus-secrets/token").read_text()
    assert (tmp_path / "var/lib/otelcol").is_dir()


def test_rules_are_laid_as_they_are(tmp_path: Path) -> None:
    rules = 'expr: x{mountpoint!~"/var/lib/.+"}'

    lay((GeneratedFile("s", "w", "/etc/prometheus/rules/a.yml", rules),), tmp_path)

    assert (tmp_path / "etc/prometheus/rules/a.yml").read_text() == rules


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("host: ${env:POD_IP}", {"POD_IP"}),
        ("replica: ${REPLICA}", {"REPLICA"}),
        ("node_from_env_var: K8S_NODE_NAME", {"K8S_NODE_NAME"}),
        ("token: ${file:/etc/token}, price: $5", set[str]()),
    ],
)
def test_environment_variables_are_those_a_configuration_reads(
    content: str, read: set[str]
) -> None:
    assert variables(content) == read


@pytest.mark.parametrize(
    ("content", "unknown"), [(COLLECTOR, set[str]()), (GATEWAY, {"elasticsearch"})]
)
def test_components_that_no_program_knows_are_named(content: str, unknown: set[str]) -> None:
    file = GeneratedFile("s", "w", "/etc/otelcol/config.yaml", content)

    assert unjudged(file) == unknown


def test_a_content_is_judged_once_and_counts_for_each_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Path] = []

    def accepting(programs: Programs, file: GeneratedFile, root: Path) -> str:
        del programs, file
        judged.append(root)
        return ""

    monkeypatch.setattr("tests.acceptance.verdicts.complaint", accepting)
    path = "/etc/loki/config.yaml"
    files = [GeneratedFile(stack, "loki", path, LOKI) for stack in ("prod", "staging")]
    verdicts = Verdicts()

    for file in files:
        verdicts.complaint({}, file, (file,), tmp_path / file.stack)

    assert judged == [tmp_path / "prod"]
    assert list(verdicts.accepted) == files
    assert "in all: 2 (prod 1, staging 1), 1 of them different" in verdicts.lines()


def test_components_are_taken_out_with_all_that_uses_them() -> None:
    left = without(yaml.safe_load(JAEGER), {"jaeger_storage", "jaeger_query", "healthcheckv2"})

    assert components(left) == {"otlp", "batch", "jaeger_storage_exporter"}
    assert left["service"]["extensions"] == []


def test_a_pipeline_without_its_exporter_gets_another() -> None:
    left = without(yaml.safe_load(JAEGER), {"jaeger_storage_exporter", "batch"})

    assert left["service"]["pipelines"]["traces"] == {
        "receivers": ["otlp"],
        "processors": [],
        "exporters": ["debug"],
    }
    assert left["exporters"] == {"debug": {}}


def test_an_exporter_forgets_an_authenticator_that_is_taken_out() -> None:
    document = yaml.safe_load(COLLECTOR)
    document["extensions"]["googleclientauth"] = {}
    document["exporters"]["otlp_http"]["auth"] = {"authenticator": "googleclientauth"}

    left = without(document, {"googleclientauth"})

    assert "auth" not in left["exporters"]["otlp_http"]
    assert "auth" in document["exporters"]["otlp_http"]


def test_prometheus_alone_scrapes_and_notifies_one_address() -> None:
    document = yaml.safe_load(PROMETHEUS)
    document["remote_write"] = [{"url": "https://example.org"}]
    (job,) = document["scrape_configs"]
    job["kubernetes_sd_configs"] = [{"role": "pod"}]
    job["relabel_configs"] = [
        {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
        {"target_label": "team", "replacement": "shop"},
    ]

    changed = alone(document, "127.0.0.1:1")

    assert changed["scrape_configs"] == [
        {
            "job_name": "application",
            "static_configs": [{"targets": ["application:9090"]}],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "instance"},
                {"target_label": "team", "replacement": "shop"},
                {"target_label": "__address__", "replacement": "127.0.0.1:1"},
            ],
            "scrape_interval": "3s",
            "scrape_timeout": "3s",
        }
    ]
    assert changed["alerting"]["alertmanagers"] == [
        {"static_configs": [{"targets": ["127.0.0.1:1"]}]}
    ]
    assert "remote_write" not in changed


def test_hastened_rules_wait_for_nothing() -> None:
    assert "for" in RULES

    assert all(
        "for" not in rule
        for group in hastened(yaml.safe_load(RULES))["groups"]
        for rule in group["rules"]
    )


def test_a_local_loki_keeps_its_limits_and_leaves_the_bucket() -> None:
    document = yaml.safe_load(LOKI)
    document["storage_config"]["object_store"] = {"s3": {"bucket_name": "logs"}}

    changed = local_loki(document, "/nowhere", 1)

    assert changed["storage_config"]["object_store"] == {"filesystem": {"dir": "/nowhere/chunks"}}
    assert changed["limits_config"] == document["limits_config"]


def test_a_local_loki_evaluates_alerts_and_tells_nobody() -> None:
    document = yaml.safe_load(LOKI)
    document["ruler"] = {"alertmanager_url": "http://alertmanager:9093", "rule_path": "/loki/r"}

    changed = local_loki(document, "/nowhere", 1)

    assert "alertmanager_url" not in changed["ruler"]
    assert changed["ruler"]["rule_path"] == "/loki/r"


def test_a_local_agent_reads_logs_and_asks_no_cluster() -> None:
    document = yaml.safe_load(COLLECTOR)
    document["processors"]["k8s_attributes"] = {}
    pipelines = document["service"]["pipelines"]
    pipelines["logs"]["processors"].append("k8s_attributes")
    pipelines["traces"] = {"receivers": ["otlp"], "exporters": ["otlp_http"]}

    changed = local_agent(document, 1)

    assert changed["service"]["pipelines"] == {
        "logs": {
            "receivers": ["file_log"],
            "processors": ["memory_limiter"],
            "exporters": ["otlp_http/live"],
        }
    }

"""Small files of every kind that a real program accepts, and what makes it refuse them.

They prove the checks themselves: a check that lets a broken file through proves nothing of the
generated ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROMETHEUS: Final = """
global:
  scrape_interval: 30s
  scrape_timeout: 10s
  evaluation_interval: 30s
  external_labels: {cluster: sample}
rule_files: [/etc/prometheus/rules/*.yml]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["alertmanager:9093"]}]
scrape_configs:
  - job_name: application
    static_configs: [{targets: ["application:9090"]}]
    authorization: {credentials_file: /etc/prometheus-secrets/token}
"""

RULES: Final = """
groups:
  - name: sample
    rules:
      - record: job:up:sum
        expr: sum by (job, cluster) (up)
      - alert: TargetDown
        expr: up == 0
        for: 2m
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.job }} is down"}
"""

ALERTMANAGER: Final = """
route:
  receiver: chat
  group_by: [alertname, cluster]
  routes:
    - matchers: ['severity = "critical"']
      receiver: pager
    - matchers: ['alertname = "Watchdog"']
      receiver: watchdog
      repeat_interval: 5m
receivers:
  - name: chat
    slack_configs:
      - api_url_file: /etc/alertmanager-secrets/slack
        channel: '#alerts'
  - name: pager
    pagerduty_configs: [{routing_key_file: /etc/alertmanager-secrets/pagerduty}]
  - name: watchdog
    webhook_configs: [{url_file: /etc/alertmanager-secrets/watchdog}]
inhibit_rules:
  - name: critical-over-warning
    source_matchers: ['severity = "critical"']
    target_matchers: ['severity = "warning"']
    equal: [alertname, cluster]
"""

LOKI: Final = """
auth_enabled: false
analytics: {reporting_enabled: false}
server: {http_listen_port: 3100, grpc_listen_port: 9095}
common:
  path_prefix: /loki
  replication_factor: 1
  instance_addr: 127.0.0.1
  ring: {kvstore: {store: inmemory}}
schema_config:
  configs:
    - from: "2026-01-01"
      store: tsdb
      object_store: filesystem
      schema: v13
      index: {prefix: index_, period: 24h}
storage_config:
  use_thanos_objstore: true
  object_store: {filesystem: {dir: /loki/chunks}}
compactor:
  working_directory: /loki/compactor
  retention_enabled: true
  delete_request_store: filesystem
limits_config:
  retention_period: 168h
  allow_structured_metadata: true
"""

COLLECTOR: Final = """
extensions:
  health_check: {endpoint: "127.0.0.1:13133"}
  file_storage: {directory: /var/lib/otelcol}
receivers:
  file_log:
    include: [/var/log/pods/*/*/*.log]
    include_file_path: true
    start_at: beginning
    storage: file_storage
    operators: [{type: container}]
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 25}
exporters:
  otlp_http:
    endpoint: http://loki:3100/otlp
    headers: {Authorization: "Bearer ${file:/etc/otelcol-secrets/token}"}
    sending_queue: {storage: file_storage}
service:
  extensions: [health_check, file_storage]
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [file_log], processors: [memory_limiter], exporters: [otlp_http]}
"""

GATEWAY: Final = """
extensions:
  sigv4auth: {region: eu-west-1, service: aps}
  basicauth/grafana:
    client_auth: {username: "123", password: "${file:/etc/otelcol-secrets/grafana}"}
receivers:
  otlp: {protocols: {grpc: {endpoint: "${env:POD_IP}:4317"}, http: {endpoint: "${env:POD_IP}:4318"}}}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 25}
  k8s_attributes: {extract: {metadata: [k8s.pod.name, k8s.namespace.name]}}
  filter: {error_mode: ignore, log_conditions: ['log.severity_number < SEVERITY_NUMBER_INFO']}
  transform: {error_mode: ignore, log_statements: ['set(log.attributes["a"], "b")']}
  attributes: {actions: [{key: password, action: delete}]}
  resource: {attributes: [{key: k8s.cluster.name, value: sample, action: upsert}]}
  tail_sampling:
    decision_wait: 10s
    policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]
connectors:
  span_metrics: {}
exporters:
  debug: {}
  prometheus_remote_write:
    endpoint: https://aps-workspaces.example.org/api/v1/remote_write
    auth: {authenticator: sigv4auth}
  otlp_http/grafana:
    endpoint: https://otlp.example.org
    auth: {authenticator: basicauth/grafana}
    sending_queue: {batch: {}}
  otlp_grpc/jaeger: {endpoint: "jaeger:4317", tls: {insecure: true}}
  splunk_hec:
    token: ${file:/etc/otelcol-secrets/splunk}
    endpoint: https://splunk.example.org:8088/services/collector
  load_balancing:
    routing_key: traceID
    protocol: {otlp: {tls: {insecure: true}}}
    resolver: {dns: {hostname: gateway}}
  elasticsearch: {endpoints: ["https://search.example.org:9200"]}
service:
  extensions: [sigv4auth, basicauth/grafana]
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, k8s_attributes, tail_sampling]
      exporters: [span_metrics, otlp_grpc/jaeger, load_balancing]
    metrics:
      receivers: [otlp, span_metrics]
      processors: [memory_limiter, resource]
      exporters: [prometheus_remote_write]
    logs:
      receivers: [otlp]
      processors: [memory_limiter, filter, transform, attributes]
      exporters: [splunk_hec, otlp_http/grafana, elasticsearch]
"""

JAEGER: Final = """
extensions:
  healthcheckv2: {use_v2: true, http: {endpoint: "0.0.0.0:13133"}}
  jaeger_storage: {backends: {memory: {memory: {max_traces: 10000}}}}
  jaeger_query: {storage: {traces: memory}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
processors:
  batch: {}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
service:
  extensions: [healthcheckv2, jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter]}
"""

SAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    "prometheus": {
        "/etc/prometheus/config/prometheus.yml": PROMETHEUS,
        "/etc/prometheus/rules/sample.yml": RULES,
    },
    "alertmanager": {"/etc/alertmanager/config/alertmanager.yml": ALERTMANAGER},
    "loki": {"/etc/loki/config.yaml": LOKI},
    "otelcol-agent": {"/etc/otelcol/config.yaml": COLLECTOR},
    "otelcol-gateway": {"/etc/otelcol/gateway.yaml": GATEWAY},
    "jaeger": {"/etc/jaeger/config.yaml": JAEGER},
}
"""Files by workload and path."""

BROKEN: Final[Mapping[str, tuple[str, str, str]]] = {
    "an unknown key": (
        "/etc/prometheus/config/prometheus.yml",
        "scrape_interval: 30s",
        "scrape_intervall: 30s",
    ),
    "a scrape that is slower than a series lives": (
        "/etc/prometheus/config/prometheus.yml",
        "scrape_interval: 30s",
        "scrape_interval: 10m",
    ),
    "an expression that does not parse": (
        "/etc/prometheus/rules/sample.yml",
        "up == 0",
        "up === 0",
    ),
    "a template that does not parse": (
        "/etc/prometheus/rules/sample.yml",
        "$labels.job }}",
        "$labels.job }",
    ),
    "a rule that is there twice": (
        "/etc/prometheus/rules/sample.yml",
        "    rules:\n",
        "    rules:\n      - {record: job:up:sum, expr: 'sum by (job, cluster) (up)'}\n",
    ),
    "a receiver that does not exist": (
        "/etc/alertmanager/config/alertmanager.yml",
        "receiver: pager",
        "receiver: nobody",
    ),
    "a matcher that does not parse": (
        "/etc/alertmanager/config/alertmanager.yml",
        "alertname = ",
        "alertname is ",
    ),
    "retention without a place for its requests": (
        "/etc/loki/config.yaml",
        "  delete_request_store: filesystem\n",
        "",
    ),
    "a key that Loki does not know": (
        "/etc/loki/config.yaml",
        "retention_period",
        "retention_time",
    ),
    "a processor that is not described": (
        "/etc/otelcol/config.yaml",
        "processors: [memory_limiter]",
        "processors: [memory_limiter, transform]",
    ),
    "a key that a component does not know": (
        "/etc/otelcol/config.yaml",
        "start_at: beginning",
        "starts_at: beginning",
    ),
    "a memory limit of nothing": (
        "/etc/otelcol/config.yaml",
        "limit_percentage: 80",
        "limit_percentage: 0",
    ),
    "a condition that does not parse": (
        "/etc/otelcol/gateway.yaml",
        "log.severity_number <",
        "log.severity_number is",
    ),
    "an extension that is not described": (
        "/etc/otelcol/gateway.yaml",
        "extensions: [sigv4auth,",
        "extensions: [sigv4auth/other,",
    ),
    "a misspelt key in what Jaeger shares with the collector": (
        "/etc/jaeger/config.yaml",
        "protocols:",
        "protocol:",
    ),
}
"""What is wrong with a file: its path, what is replaced in the sample, and by what."""

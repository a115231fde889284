"""The configuration file of Prometheus 3.14, close to its schema.

Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/, 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smhdwy]))+$")]


class Relabel(Config):
    """One step of ``relabel_configs``."""

    source_labels: tuple[str, ...] | None = None
    separator: str | None = None
    regex: str | None = None
    target_label: str | None = None
    replacement: str | None = None
    action: Literal["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep"] | None = None


class TlsConfig(Config):
    """How a server is trusted."""

    ca_file: str | None = None
    server_name: str | None = None
    insecure_skip_verify: bool | None = None


class Authorization(Config):
    """A token from a file."""

    type: str | None = None
    credentials_file: str


class BasicAuth(Config):
    """A name, and a password from a file."""

    username: str
    password_file: str


class SigV4(Config):
    """Requests signed for AWS with the identity of the pod."""

    region: str


class GoogleIam(Config):
    """Requests authorised for Google Cloud with the identity of the pod."""


class StaticConfig(Config):
    """Addresses that are known."""

    targets: tuple[str, ...]
    labels: Mapping[str, str] | None = None


class Namespaces(Config):
    """Where Kubernetes is watched."""

    names: tuple[str, ...]


class Selector(Config):
    """What of a role is watched."""

    role: str
    label: str | None = None
    field: str | None = None


class KubernetesSd(Config):
    """Addresses that Kubernetes knows."""

    role: Literal["pod", "node", "endpointslice", "service"]
    namespaces: Namespaces | None = None
    selectors: tuple[Selector, ...] | None = None


class ScrapeConfig(Config):
    """One job."""

    job_name: str
    scheme: Literal["http", "https"] | None = None
    metrics_path: str | None = None
    honor_labels: bool | None = None
    params: Mapping[str, tuple[str, ...]] | None = None
    scrape_interval: Duration | None = None
    scrape_timeout: Duration | None = None
    sample_limit: int | None = None
    body_size_limit: str | None = None
    fallback_scrape_protocol: str | None = None
    authorization: Authorization | None = None
    tls_config: TlsConfig | None = None
    static_configs: tuple[StaticConfig, ...] | None = None
    kubernetes_sd_configs: tuple[KubernetesSd, ...] | None = None
    relabel_configs: tuple[Relabel, ...] | None = None
    metric_relabel_configs: tuple[Relabel, ...] | None = None


class AlertmanagerConfig(Config):
    """Alertmanagers; every one is told, they agree among themselves."""

    static_configs: tuple[StaticConfig, ...]


class Alerting(Config):
    """Who is told of alerts."""

    alert_relabel_configs: tuple[Relabel, ...] | None = None
    alertmanagers: tuple[AlertmanagerConfig, ...]


class QueueConfig(Config):
    """How fast and in how many streams samples are sent."""

    capacity: int | None = None
    max_shards: int | None = None
    max_samples_per_send: int | None = None


class RemoteWrite(Config):
    """Where samples are sent besides."""

    name: str
    url: str
    remote_timeout: Duration | None = None
    send_native_histograms: bool | None = None
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    sigv4: SigV4 | None = None
    google_iam: GoogleIam | None = None
    write_relabel_configs: tuple[Relabel, ...] | None = None
    queue_config: QueueConfig | None = None


class Retention(Config):
    """What goes first: what is too old, or what is too much."""

    time: Duration
    size: str


class Tsdb(Config):
    """The store on disk."""

    retention: Retention
    out_of_order_time_window: Duration | None = None


class Exemplars(Config):
    """How many examples of traces are kept in memory."""

    max_exemplars: int


class Storage(Config):
    """What is kept."""

    tsdb: Tsdb
    exemplars: Exemplars


class Otlp(Config):
    """How metrics that come over OTLP are translated."""

    translation_strategy: str | None = None
    promote_resource_attributes: tuple[str, ...] | None = None


class Global(Config):
    """What holds for every job."""

    scrape_interval: Duration
    scrape_timeout: Duration
    evaluation_interval: Duration
    external_labels: Mapping[str, str]
    body_size_limit: str | None = None
    sample_limit: int | None = None
    label_limit: int | None = None
    label_name_length_limit: int | None = None
    label_value_length_limit: int | None = None
    target_limit: int | None = None
    keep_dropped_targets: int | None = None
    scrape_native_histograms: bool | None = None


class PrometheusConfig(Config):
    """The whole file."""

    global_: Global = Field(serialization_alias="global")
    rule_files: tuple[str, ...] | None = None
    scrape_configs: tuple[ScrapeConfig, ...]
    alerting: Alerting | None = None
    storage: Storage | None = None
    otlp: Otlp | None = None
    remote_write: tuple[RemoteWrite, ...] | None = None

"""Prometheus, Alertmanager, Grafana and the exporters as a stack asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from components.environment import Environment
from components.observability.alert import Group
from components.observability.alerting_spec import AlertingSpec
from components.observability.alertmanager.workload import alertmanager_part
from components.observability.applications_spec import ProbeSpec
from components.observability.dashboard import Dashboard, Source
from components.observability.exporters.blackbox import blackbox_part
from components.observability.exporters.control_plane import cluster_targets
from components.observability.exporters.kube_state_metrics import kube_state_metrics_part
from components.observability.exporters.node import node_exporter_part
from components.observability.grafana.dashboards import (
    alertmanager as alerting_pages,
)
from components.observability.grafana.dashboards import (
    cluster,
    control_plane,
    databases,
    grafana,
    logs,
    nodes,
    probes,
    telemetry,
    traces,
)
from components.observability.grafana.dashboards import (
    prometheus as own_pages,
)
from components.observability.metrics_spec import MetricsSpec
from components.observability.part import Part
from components.observability.prometheus.config import RemoteWrite
from components.observability.prometheus.workload import prometheus_part
from components.observability.promql import Selector, for_dashboard, selectors_of
from components.observability.rules.catalogue import GROUPS
from components.observability.target import Target
from components.workload import SecretKey, Workload
from tests.components.telemetry_parts import DEV, PROD, RUNBOOKS, site

__all__ = ["DEV", "PROD", "RUNBOOKS", "site"]

PROMETHEUS_FILE: Final = "/etc/prometheus/config/prometheus.yml"
ALERTMANAGER_FILE: Final = "/etc/alertmanager/config/alertmanager.yml"

WEBHOOK: Final[Mapping[str, Any]] = {
    "kind": "webhook",
    "url": {"secret": "hooks", "key": "url"},
}
ON_CALL: Final[Mapping[str, Any]] = {
    "receivers": {"pager": WEBHOOK, "switch": WEBHOOK},
    "critical": "pager",
    "watchdog": "switch",
}

EVERY_PAGE: Final[tuple[Dashboard, ...]] = (
    *alerting_pages.DASHBOARDS,
    *cluster.DASHBOARDS,
    *control_plane.DASHBOARDS,
    *databases.POSTGRES,
    *databases.REDIS,
    *grafana.DASHBOARDS,
    *logs.DASHBOARDS,
    *nodes.DASHBOARDS,
    *own_pages.DASHBOARDS,
    *probes.DASHBOARDS,
    *telemetry.DASHBOARDS,
    *traces.DASHBOARDS,
)
"""The pages of everything that can be watched, but SLOs."""


def prometheus(
    environment: Environment = PROD,
    targets: Sequence[Target] = (),
    /,
    *,
    groups: Iterable[Group] = (),
    needed: Iterable[str] = (),
    alertmanagers: Sequence[str] = ("a:9093", "b:9093"),
    ports: Mapping[str, Mapping[str, int]] | None = None,
    remote_writes: Sequence[RemoteWrite] = (),
    **asked: Any,
) -> Part:
    return prometheus_part(
        site(environment),
        MetricsSpec.resolve(environment, asked),
        targets,
        groups=groups,
        needed=needed,
        runbooks_url=RUNBOOKS,
        alertmanagers=alertmanagers,
        ports=ports or {},
        remote_writes=remote_writes,
    )


def alertmanager(environment: Environment = PROD, /, **asked: Any) -> Part:
    told = {} if environment is DEV else ON_CALL
    spec = AlertingSpec.resolve(environment, {**told, **asked})
    return alertmanager_part(site(environment), spec)


def blackbox(environment: Environment = PROD, /, **probes: Any) -> Part:
    asked = {name: ProbeSpec.model_validate(each) for name, each in probes.items()}
    return blackbox_part(site(environment), asked)


def on_nodes() -> tuple[Target, ...]:
    """The targets of a cluster itself."""
    return (
        *kube_state_metrics_part(site()).targets,
        *node_exporter_part(site()).targets,
        *cluster_targets(),
    )


def only(part: Part) -> Workload:
    """The one workload of ``part``."""
    (workload,) = part.workloads.values()
    return workload


def text(part: Part, path: str) -> str:
    """The file at ``path`` of the one workload of ``part``."""
    content = only(part).files[path]
    assert isinstance(content, str)
    return content


def document(part: Part, path: str) -> Any:
    """The same, read."""
    return yaml.safe_load(text(part, path))


def job(part: Part, name: str) -> Any:
    """The scrape job ``name`` of Prometheus."""
    jobs = document(part, PROMETHEUS_FILE)["scrape_configs"]
    return next(each for each in jobs if each["job_name"] == name)


def labels_of(scrape: Mapping[str, Any]) -> dict[str, str]:
    """What a job's relabelling puts on every series: label to value or to where it is from."""
    return {
        each["target_label"]: each.get("replacement") or ";".join(each["source_labels"])
        for each in scrape["relabel_configs"]
        if not each.get("target_label", "__").startswith("__")
    }


def secret_paths(workload: Workload) -> dict[str, SecretKey]:
    """The secret files of ``workload``, all of which are keys of Kubernetes Secrets."""
    found: dict[str, SecretKey] = {}
    for path, content in workload.secret_files.items():
        assert isinstance(content, SecretKey)
        found[path] = content
    return found


def ways_out(workload: Workload) -> set[tuple[str, int]]:
    """What ``workload`` may call that is no workload, with the port."""
    return {(str(each.to), each.port) for each in workload.egress}


def selectors_read() -> Iterator[Selector]:
    """Everything that rules and dashboards choose among series."""
    asked = [rule.expression for group in GROUPS for rule in group.rules]
    asked += [
        for_dashboard(query.expression)
        for page in EVERY_PAGE
        for query in page.queries
        if query.source is Source.METRICS
    ]
    for expression in asked:
        yield from selectors_of(expression)


def metrics_read() -> set[str]:
    """The metrics that rules and dashboards read."""
    return {metric for selector in selectors_read() for metric in selector.metrics}

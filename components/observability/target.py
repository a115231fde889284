"""What a component that can be watched says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.observability.alert import Group
from components.observability.dashboard import Dashboard


class Finding(StrEnum):
    """How Prometheus finds what it scrapes."""

    WORKLOAD = "workload"  # the replicas of a workload of the stack
    NODES = "nodes"  # the kubelet of every node
    API_SERVER = "api-server"  # the Kubernetes API itself
    PROBE = "probe"  # an address that the blackbox exporter asks on Prometheus' behalf


@dataclass(frozen=True, kw_only=True)
class Target:
    """One scrape job with all that belongs to it; passing it to observability wires everything.

    Attributes:
        job: Value of the label ``job``; unique in the stack.
        metrics: Keys of the bundled lists of metric names that it exposes, ``("loki",)``; see
            ``metric_names``.
        workload: Pulumi name of the workload that answers; for ``Finding.WORKLOAD`` and, as the
            exporter that asks, ``Finding.PROBE``.
        port: Key of the port in the workload's ``ports``.
        path: Where the metrics are.
        namespace: Kubernetes namespace of the workload; None: that of observability itself.
        finding: How Prometheus finds it.
        own_labels: Whether the labels it gives win over those of the scrape, as for an exporter
            that speaks of other things than itself.
        number: Number of the port, for workloads whose ports are not the stack's to name.
        labels: Labels put on every series.
        parameters: Query parameters of every scrape, ``{"module": "http_2xx"}``.
        addresses: What is probed, for ``Finding.PROBE``.
        extra_metrics: Names that no bundled list knows, of applications.
        groups: Rules that watch it.
        dashboards: Pages that show it.
    """

    job: str
    metrics: tuple[str, ...] = ()
    workload: str | None = None
    port: str = "metrics"
    path: str = "/metrics"
    namespace: str | None = None
    finding: Finding = Finding.WORKLOAD
    own_labels: bool = False
    number: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    extra_metrics: frozenset[str] = frozenset()
    groups: tuple[Group, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()

"""What a cluster says of itself: its kubelets and its API servers."""

from __future__ import annotations

from components.observability.grafana.dashboards import control_plane as dashboards
from components.observability.rules import control_plane, volumes
from components.observability.target import Finding, Target


def cluster_targets() -> tuple[Target, ...]:
    """Kubelets, the containers they run, and the API servers."""
    return (
        Target(
            job="kubelet",
            metrics=("kubelet",),
            finding=Finding.NODES,
            groups=volumes.GROUPS,
        ),
        Target(
            job="cadvisor",
            metrics=("cadvisor",),
            finding=Finding.NODES,
            path="/metrics/cadvisor",
        ),
        Target(
            job="apiserver",
            metrics=("apiserver",),
            finding=Finding.API_SERVER,
            groups=control_plane.GROUPS,
            dashboards=dashboards.DASHBOARDS,
        ),
    )

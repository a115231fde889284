"""kube-state-metrics: what the Kubernetes API says of its objects, as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.observability.grafana.dashboards import cluster as dashboards
from components.observability.part import Part
from components.observability.rules import resources, workloads
from components.observability.site import Site
from components.observability.target import Target
from components.versions import KUBE_STATE_METRICS
from components.workload import (
    ApiAccess,
    Health,
    HttpCheck,
    Port,
    Resources,
    Workload,
)

ROLE: Final = "kube-state-metrics"
PORT: Final = 8080
TELEMETRY_PORT: Final = 8081

# Neither secrets nor configmaps: whoever can list them can read them.
RESOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "": (
        "limitranges",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "services",
    ),
    "apps": ("daemonsets", "deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "policy": ("poddisruptionbudgets",),
    "storage.k8s.io": ("storageclasses", "volumeattachments"),
}


def kube_state_metrics_part(site: Site) -> Part:
    """One copy: two would count everything twice."""
    name = site.workload(ROLE)
    kinds = sorted(kind for group in RESOURCES.values() for kind in group)
    workload = Workload(
        image=KUBE_STATE_METRICS,
        description="The state of Kubernetes objects, as metrics.",
        command=(
            f"--resources={','.join(kinds)}",
            f"--port={PORT}",
            f"--telemetry-port={TELEMETRY_PORT}",
        ),
        ports={"metrics": Port(number=PORT), "telemetry": Port(number=TELEMETRY_PORT)},
        health=Health(
            ready=HttpCheck(path="/readyz", port="telemetry"),
            alive=HttpCheck(path="/livez", port="metrics"),
        ),
        resources=Resources(cpus=0.5, cpus_reserved=0.01, memory_mib=250),
        single_because="Two copies would count every object twice.",
        api_access=tuple(
            ApiAccess(
                reason="Turns the state of these objects into metrics.",
                verbs=("list", "watch"),
                resources=kinds,
                group=group,
            )
            for group, kinds in RESOURCES.items()
        ),
    )
    target = Target(
        job=ROLE,
        metrics=("kube-state-metrics",),
        workload=name,
        own_labels=True,
        groups=(*workloads.GROUPS, *resources.GROUPS),
        dashboards=dashboards.DASHBOARDS,
    )
    return Part(workloads={ROLE: workload}, targets=(target,))

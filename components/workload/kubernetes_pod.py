"""The pods of a workload: hardened, whatever they run."""

from __future__ import annotations

from typing import Final

from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from components.workload.kubernetes_files import Delivery
from components.workload.kubernetes_labels import pod_annotations, selector, versioned_labels
from components.workload.kubernetes_probes import liveness_probe, readiness_probe, startup_probe
from components.workload.kubernetes_volumes import mounts, volumes
from components.workload.spec import Fact, Kind, Resources
from components.workload.workload import Workload

ZONE: Final = "topology.kubernetes.io/zone"
NODE: Final = "kubernetes.io/hostname"
QUORUM: Final = 3
"""As many copies must not share a zone, or losing it loses most of them."""

FIELDS: Final = {
    Fact.REPLICA: "metadata.name",
    Fact.ADDRESS: "status.podIP",
    Fact.NODE: "spec.nodeName",
    Fact.NODE_ADDRESS: "status.hostIP",
}


def pod_template(
    name: str, namespace: str, workload: Workload, files: Delivery, priority: str | None = None
) -> core.PodTemplateSpecArgs:
    """What each replica of ``workload`` is."""
    host = workload.host_access
    network = bool(host and host.network)
    return core.PodTemplateSpecArgs(
        metadata=meta.ObjectMetaArgs(
            labels=versioned_labels(name, namespace, workload),
            annotations=pod_annotations(workload),
        ),
        spec=core.PodSpecArgs(
            service_account_name=name,
            automount_service_account_token=bool(workload.api_access),
            enable_service_links=False,
            host_network=network or None,
            host_pid=bool(host and host.processes) or None,
            dns_policy="ClusterFirstWithHostNet" if network else None,
            security_context=_pod_security(workload),
            containers=[_container(name, workload, files)],
            volumes=[*volumes(name, workload), *files.volumes],
            termination_grace_period_seconds=workload.stop_seconds,
            restart_policy="Always" if workload.kind.serves else "Never",
            priority_class_name=priority,
            affinity=_apart(name, workload),
            topology_spread_constraints=_spread(name, workload),
            tolerations=(
                [core.TolerationArgs(operator="Exists")] if workload.kind is Kind.PER_NODE else None
            ),
        ),
    )


def copies(workload: Workload) -> int:
    """How many run at least."""
    return workload.autoscaling.replicas_at_least if workload.autoscaling else workload.replicas


def _container(name: str, workload: Workload, files: Delivery) -> core.ContainerArgs:
    return core.ContainerArgs(
        name=name,
        image=workload.image.reference,
        image_pull_policy="IfNotPresent",
        args=list(workload.command) or None,
        env=[
            # Before the others, which may refer to them.
            *(
                core.EnvVarArgs(
                    name=variable,
                    value_from=core.EnvVarSourceArgs(
                        field_ref=core.ObjectFieldSelectorArgs(field_path=FIELDS[fact])
                    ),
                )
                for variable, fact in sorted(workload.facts.items())
            ),
            *(
                core.EnvVarArgs(name=variable, value=value)
                for variable, value in sorted(workload.environment.items())
            ),
        ],
        ports=[
            core.ContainerPortArgs(name=key, container_port=port.number, protocol=port.protocol)
            for key, port in sorted(workload.ports.items())
        ],
        resources=_resources(workload.resources),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
            privileged=False,
            read_only_root_filesystem=True,
        ),
        startup_probe=startup_probe(workload),
        readiness_probe=readiness_probe(workload),
        liveness_probe=liveness_probe(workload),
        volume_mounts=[*mounts(workload), *files.mounts],
    )


def _pod_security(workload: Workload) -> core.PodSecurityContextArgs:
    owns_files = bool(workload.volumes or workload.secret_files)
    groups = list(workload.host_access.groups) if workload.host_access else []
    return core.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=workload.image.uid,
        run_as_group=workload.image.gid,
        fs_group=workload.image.gid if owns_files else None,
        fs_group_change_policy="OnRootMismatch" if owns_files else None,
        supplemental_groups=groups or None,
        seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
    )


def _resources(resources: Resources) -> core.ResourceRequirementsArgs:
    memory = f"{resources.memory_mib}Mi"
    return core.ResourceRequirementsArgs(
        requests={"cpu": _millicores(resources.reserved_cpus), "memory": memory},
        limits={"cpu": _millicores(resources.cpus), "memory": memory},
    )


def _millicores(cpus: float) -> str:
    return f"{max(1, round(cpus * 1000))}m"


def _spread(name: str, workload: Workload) -> list[core.TopologySpreadConstraintArgs] | None:
    if not workload.spread or copies(workload) == 1 or workload.kind is Kind.PER_NODE:
        return None
    return [
        core.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=ZONE,
            when_unsatisfiable=(
                "DoNotSchedule" if copies(workload) >= QUORUM else "ScheduleAnyway"
            ),
            label_selector=meta.LabelSelectorArgs(match_labels=selector(name)),
            # Zones where only nodes that repel the pod stand do not count.
            node_taints_policy="Honor",
            # Copies of the version before are about to go.
            match_label_keys=(["pod-template-hash"] if workload.kind is Kind.REPLICATED else None),
        )
    ]


def _apart(name: str, workload: Workload) -> core.AffinityArgs | None:
    if copies(workload) == 1 or not workload.kind.serves or workload.kind is Kind.PER_NODE:
        return None
    term = core.PodAffinityTermArgs(
        topology_key=NODE, label_selector=meta.LabelSelectorArgs(match_labels=selector(name))
    )
    if workload.kind is Kind.STATEFUL and workload.spread and copies(workload) >= QUORUM:
        return core.AffinityArgs(
            pod_anti_affinity=core.PodAntiAffinityArgs(
                required_during_scheduling_ignored_during_execution=[term]
            )
        )
    return core.AffinityArgs(
        pod_anti_affinity=core.PodAntiAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=[
                core.WeightedPodAffinityTermArgs(weight=100, pod_affinity_term=term)
            ]
        )
    )

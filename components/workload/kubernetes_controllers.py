"""What keeps the pods of a workload running."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from components.namespace.interface import NamespaceRef
from components.workload.kubernetes_labels import controller_metadata, selector
from components.workload.kubernetes_pod import copies
from components.workload.kubernetes_volumes import claim_templates, outlives
from components.workload.spec import Kind
from components.workload.workload import Workload

UPDATE_SECONDS: Final = 600
"""What a replica may take beside its start: a node to come, an image to be pulled."""

WAVES: Final = 10
"""In how many parts the nodes of a cluster are updated."""


def create_deployment(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    template: core.PodTemplateSpecArgs,
    opts: pulumi.ResourceOptions,
) -> apps.Deployment:
    """Interchangeable copies, replaced one by one; a copy with a disk goes before the next comes."""
    alone = any(outlives(workload, volume) for volume in workload.volumes.values())
    rolling = apps.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1)
    return apps.Deployment(
        name,
        metadata=controller_metadata(name, namespace.plain_name, workload),
        spec=apps.DeploymentSpecArgs(
            # An autoscaler sets the number itself.
            replicas=None if workload.autoscaling else workload.replicas,
            selector=meta.LabelSelectorArgs(match_labels=selector(name)),
            strategy=apps.DeploymentStrategyArgs(
                type="Recreate" if alone else "RollingUpdate",
                rolling_update=None if alone else rolling,
            ),
            progress_deadline_seconds=_one_replica_seconds(workload),
            template=template,
        ),
        opts=opts,
    )


def create_stateful_set(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    template: core.PodTemplateSpecArgs,
    service: str,
    opts: pulumi.ResourceOptions,
) -> apps.StatefulSet:
    """Copies with names and disks of their own, which stay when a copy or the set goes."""
    return apps.StatefulSet(
        name,
        metadata=controller_metadata(name, namespace.plain_name, workload),
        spec=apps.StatefulSetSpecArgs(
            replicas=workload.replicas,
            service_name=service,
            selector=meta.LabelSelectorArgs(match_labels=selector(name)),
            # One after the other, copies that wait for each other would never start.
            pod_management_policy="Parallel",
            update_strategy=apps.StatefulSetUpdateStrategyArgs(type="RollingUpdate"),
            persistent_volume_claim_retention_policy=(
                apps.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted="Retain", when_scaled="Retain"
                )
            ),
            volume_claim_templates=claim_templates(name, namespace, workload),
            template=template,
        ),
        opts=opts,
    )


def create_daemon_set(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    template: core.PodTemplateSpecArgs,
    opts: pulumi.ResourceOptions,
) -> apps.DaemonSet:
    """One copy on every node, replaced in waves."""
    return apps.DaemonSet(
        name,
        metadata=controller_metadata(name, namespace.plain_name, workload),
        spec=apps.DaemonSetSpecArgs(
            selector=meta.LabelSelectorArgs(match_labels=selector(name)),
            update_strategy=apps.DaemonSetUpdateStrategyArgs(
                type="RollingUpdate",
                rolling_update=apps.RollingUpdateDaemonSetArgs(max_unavailable=f"{100 // WAVES}%"),
            ),
            template=template,
        ),
        opts=opts,
    )


def timeouts(workload: Workload) -> pulumi.CustomTimeouts:
    """How long to wait until every replica serves, or the run is over."""
    if workload.batch:
        seconds = workload.batch.deadline_seconds + UPDATE_SECONDS
    else:
        waves = WAVES if workload.kind is Kind.PER_NODE else copies(workload)
        seconds = _one_replica_seconds(workload) * waves
    return pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s")


def _one_replica_seconds(workload: Workload) -> int:
    start = workload.health.deadline_seconds if workload.health else 0
    return UPDATE_SECONDS + start + workload.stop_seconds

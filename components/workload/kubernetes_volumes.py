"""Storage of a workload on Kubernetes."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from components.namespace.interface import NamespaceRef
from components.workload.kubernetes_labels import labels, selector
from components.workload.kubernetes_names import short, slug
from components.workload.spec import HostPath, Kind, Volume
from components.workload.workload import Workload

ONE_NODE: Final = "ReadWriteOnce"


def outlives(workload: Workload, volume: Volume) -> bool:
    """Whether ``volume`` is there after its replica is gone."""
    return volume.kept and workload.kind is not Kind.PER_NODE


def create_claims(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    parent: pulumi.Resource,
) -> None:
    """Declare a claim per volume, but for replicas with names, which have claims of their own."""
    for role, volume in sorted(workload.volumes.items()):
        if workload.kind is not Kind.STATEFUL and outlives(workload, volume):
            core.PersistentVolumeClaim(
                f"{name}-volume-{role}",
                metadata=meta.ObjectMetaArgs(
                    name=f"{name}-{role}",
                    namespace=namespace.plain_name,
                    labels=labels(name, namespace.plain_name),
                ),
                spec=_claim(volume, namespace),
                opts=pulumi.ResourceOptions(
                    parent=parent,
                    depends_on=[namespace.resource],
                    deleted_with=namespace.cluster.resource,
                    protect=volume.protected or None,
                ),
            )


def claim_templates(
    name: str, namespace: NamespaceRef, workload: Workload
) -> list[core.PersistentVolumeClaimArgs] | None:
    """A claim per volume for each replica; none of it can ever change, so nothing here may."""
    return [
        core.PersistentVolumeClaimArgs(
            metadata=meta.ObjectMetaArgs(name=role, labels=selector(name)),
            spec=_claim(volume, namespace),
        )
        for role, volume in sorted(workload.volumes.items())
        if outlives(workload, volume)
    ] or None


def volumes(name: str, workload: Workload) -> list[core.VolumeArgs]:
    """What the pod itself says of its storage."""
    return [
        *(
            core.VolumeArgs(
                name=role,
                persistent_volume_claim=core.PersistentVolumeClaimVolumeSourceArgs(
                    claim_name=f"{name}-{role}"
                ),
            )
            for role, volume in sorted(workload.volumes.items())
            if outlives(workload, volume) and workload.kind is not Kind.STATEFUL
        ),
        *(
            core.VolumeArgs(
                name=role,
                empty_dir=core.EmptyDirVolumeSourceArgs(size_limit=f"{volume.size_gib}Gi"),
            )
            for role, volume in sorted(workload.volumes.items())
            if not outlives(workload, volume)
        ),
        *(
            core.VolumeArgs(
                name=_scratch(path),
                empty_dir=core.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{size}Mi"),
            )
            for path, size in sorted(workload.scratch_mib.items())
        ),
        *(
            core.VolumeArgs(
                name=_host(key), host_path=core.HostPathVolumeSourceArgs(path=each.path)
            )
            for key, each in _host_paths(workload)
        ),
    ]


def mounts(workload: Workload) -> list[core.VolumeMountArgs]:
    """Where the process finds its storage."""
    return [
        *(
            core.VolumeMountArgs(name=role, mount_path=volume.path)
            for role, volume in sorted(workload.volumes.items())
        ),
        *(
            core.VolumeMountArgs(name=_scratch(path), mount_path=path)
            for path in sorted(workload.scratch_mib)
        ),
        *(
            core.VolumeMountArgs(
                name=_host(key),
                mount_path=each.mounted_at,
                read_only=True,
                # What is mounted on the machine later shows too.
                mount_propagation="HostToContainer",
            )
            for key, each in _host_paths(workload)
        ),
    ]


def _claim(volume: Volume, namespace: NamespaceRef) -> core.PersistentVolumeClaimSpecArgs:
    return core.PersistentVolumeClaimSpecArgs(
        access_modes=[ONE_NODE],
        storage_class_name=namespace.cluster.storage_class,
        resources=core.VolumeResourceRequirementsArgs(requests={"storage": f"{volume.size_gib}Gi"}),
    )


def _host_paths(workload: Workload) -> list[tuple[str, HostPath]]:
    return sorted(workload.host_access.paths.items()) if workload.host_access else []


def _scratch(path: str) -> str:
    return short(f"scratch-{slug(path)}")


def _host(key: str) -> str:
    return f"host-{key}"

"""Disks for pods."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.spec import ClusterSpec


def create_storage_class(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    provider: pulumi.ProviderResource,
    cluster: pulumi.Resource,
    driver: str,
    parameters: Mapping[str, pulumi.Input[str]],
) -> pulumi.Output[str]:
    """A class of disks, made where a pod needs one; the disks of a protected cluster outlive it.

    Returns:
        Its name, known at once: a claim waits for its class by itself, and were the name an output
        of the class, another class would replace every claim with its data.
    """
    physical_name = f"{name}-volumes"
    kubernetes.storage.v1.StorageClass(
        f"{name}-volumes",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=physical_name),
        provisioner=driver,
        parameters=parameters,
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        reclaim_policy="Retain" if spec.protected else "Delete",
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=provider,
            deleted_with=cluster,
            # The name is taken until the old one is gone.
            delete_before_replace=True,
            # Kubernetes refuses the change, and disks keep what they were made with.
            ignore_changes=["reclaimPolicy"],
        ),
    )
    return pulumi.Output.from_input(physical_name)

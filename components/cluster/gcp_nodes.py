"""The nodes of a GKE cluster: who they are, what they are made of, how many there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cluster.gcp_machines import MACHINE_TYPES
from components.cluster.gcp_names import node_account_id
from components.cluster.gcp_protection import deletion_policy
from components.cluster.spec import Capacity, ClusterSpec, PoolSpec
from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.ownership import DataClass

# Writing logs and metrics is all that a node needs, and pulling images. Source: "Harden your
# cluster" in the Google Cloud documentation, checked 2026-11-21.
NODE_ROLES: Final[Mapping[str, str]] = {
    "images": "roles/artifactregistry.reader",
    "telemetry": "roles/container.defaultNodeServiceAccount",
}
# What an account may do is decided by its roles alone.
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
IMAGE: Final = "COS_CONTAINERD"
DISK: Final = "pd-balanced"
# Of a node pool; Pulumi adds eight characters to ours.
LONGEST_POOL: Final = 40 - 8


def create_node_account(
    parent: pulumi.Resource, name: str, cloud: GcpCloud
) -> tuple[gcp.serviceaccount.Account, list[gcp.projects.IAMMember]]:
    """A service account for the nodes, and what it may do."""
    account = gcp.serviceaccount.Account(
        f"{name}-nodes",
        account_id=node_account_id(name),
        display_name=f"Nodes of the cluster {name}",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    permissions = [
        gcp.projects.IAMMember(
            f"{name}-nodes-{key}",
            project=cloud.project,
            role=role,
            member=account.member,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for key, role in NODE_ROLES.items()
    ]
    return account, permissions


def first_nodes(
    account: gcp.serviceaccount.Account, keys: GcpKeysRef
) -> gcp.container.ClusterNodeConfigArgs:
    """The nodes that GKE makes and deletes while it makes a cluster, as hardened as the others."""
    return gcp.container.ClusterNodeConfigArgs(
        service_account=account.email,
        oauth_scopes=list(SCOPES),
        image_type=IMAGE,
        disk_type=DISK,
        boot_disk_kms_key=keys.ids[Purpose.VOLUMES],
        shielded_instance_config=gcp.container.ClusterNodeConfigShieldedInstanceConfigArgs(
            enable_integrity_monitoring=True, enable_secure_boot=True
        ),
        workload_metadata_config=gcp.container.ClusterNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
    )


def create_pools(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: GcpCloud,
    keys: GcpKeysRef,
    cluster: gcp.container.Cluster,
    account: gcp.serviceaccount.Account,
    permissions: Sequence[pulumi.Resource],
) -> list[gcp.container.NodePool]:
    """A node pool for each one asked for, by name.

    Raises:
        pulumi.RunError: a name is longer than GKE accepts.
    """
    if long := [key for key in spec.pools if len(f"{name}-{key}") > LONGEST_POOL]:
        raise pulumi.RunError(
            f"pools has {', '.join(long)}, which is too long a name for a pool of {name}:"
            f" {name}-{long[0]} may have at most {LONGEST_POOL} characters on Google Cloud,"
            " shorten either"
        )
    return [
        gcp.container.NodePool(
            f"{name}-{key}",
            cluster=cluster.id,
            location=cloud.region,
            node_locations=list(cloud.zones),
            # GKE counts by zone here; afterwards the autoscaler decides.
            initial_node_count=math.ceil(pool.nodes_at_least / len(cloud.zones)),
            ignore_node_count_changes=True,
            autoscaling=gcp.container.NodePoolAutoscalingArgs(
                total_min_node_count=pool.nodes_at_least,
                total_max_node_count=pool.nodes_at_most,
                location_policy="ANY" if pool.capacity is Capacity.SPOT else "BALANCED",
            ),
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=1, max_unavailable=0
            ),
            max_pods_per_node=pool.pods_per_node,
            network_config=gcp.container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=_node(pool, cloud, keys, account),
            deletion_policy=deletion_policy(spec),
            opts=pulumi.ResourceOptions(
                parent=parent,
                depends_on=list(permissions),
                # A change would replace the pool.
                ignore_changes=["initialNodeCount"],
            ),
        )
        for key, pool in spec.pools.items()
    ]


def _node(
    pool: PoolSpec, cloud: GcpCloud, keys: GcpKeysRef, account: gcp.serviceaccount.Account
) -> gcp.container.NodePoolNodeConfigArgs:
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=MACHINE_TYPES[pool.machine],
        spot=pool.capacity is Capacity.SPOT,
        image_type=IMAGE,
        disk_type=DISK,
        disk_size_gb=pool.disk_gib,
        boot_disk_kms_key=keys.ids[Purpose.VOLUMES],
        service_account=account.email,
        oauth_scopes=list(SCOPES),
        metadata={"disable-legacy-endpoints": "true"},
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_integrity_monitoring=True, enable_secure_boot=True
        ),
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
        kubelet_config=gcp.container.NodePoolNodeConfigKubeletConfigArgs(
            insecure_kubelet_readonly_port_enabled="FALSE"
        ),
        labels=dict(pool.labels),
        taints=[
            gcp.container.NodePoolNodeConfigTaintArgs(
                key=taint.key, value=taint.value, effect=taint.effect.value.upper()
            )
            for taint in pool.taints
        ],
        resource_labels=cloud.ownership.labels(DataClass.INTERNAL),
    )

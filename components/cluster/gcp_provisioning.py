"""Nodes that GKE creates as pods need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi_gcp as gcp

from components.cluster.gcp_nodes import DISK, IMAGE, SCOPES
from components.cluster.spec import ClusterSpec, MachineSize
from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose

CPUS: Final[Mapping[MachineSize, int]] = {
    MachineSize.SMALL: 2,
    MachineSize.MEDIUM: 4,
    MachineSize.LARGE: 8,
    MachineSize.XLARGE: 16,
}
GIB_PER_CPU: Final = 4
DISK_GIB: Final = 100


def provisioning(
    spec: ClusterSpec, cloud: GcpCloud, account: gcp.serviceaccount.Account, keys: GcpKeysRef
) -> gcp.container.ClusterClusterAutoscalingArgs:
    """Whether GKE creates node pools as pods need them, up to which size, and what of."""
    if spec.provisioning is None:
        return gcp.container.ClusterClusterAutoscalingArgs(
            enabled=False, autoscaling_profile="BALANCED"
        )
    # GKE counts the nodes of our own pools too.
    cpus = sum(pool.nodes_at_most * CPUS[pool.machine] for pool in spec.pools.values())
    limits = {
        "cpu": spec.provisioning.limit_cpus + cpus,
        "memory": spec.provisioning.limit_memory_gib + cpus * GIB_PER_CPU,
    }
    defaults = gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsArgs(
        service_account=account.email,
        oauth_scopes=list(SCOPES),
        image_type=IMAGE,
        disk_type=DISK,
        disk_size=DISK_GIB,
        boot_disk_kms_key=keys.ids[Purpose.VOLUMES],
        management=gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsManagementArgs(
            auto_repair=True, auto_upgrade=True
        ),
        shielded_instance_config=(
            gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsShieldedInstanceConfigArgs(
                enable_integrity_monitoring=True, enable_secure_boot=True
            )
        ),
        upgrade_settings=(
            gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsUpgradeSettingsArgs(
                strategy="SURGE", max_surge=1, max_unavailable=0
            )
        ),
    )
    return gcp.container.ClusterClusterAutoscalingArgs(
        enabled=True,
        autoscaling_profile="BALANCED",
        resource_limits=[
            gcp.container.ClusterClusterAutoscalingResourceLimitArgs(
                resource_type=kind, minimum=0, maximum=most
            )
            for kind, most in limits.items()
        ],
        auto_provisioning_locations=list(cloud.zones),
        auto_provisioning_defaults=defaults,
    )

"""What the control plane of a GKE cluster records, kept as long as asked under a key of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cluster.gcp_names import log_bucket_id
from components.cluster.gcp_protection import deletion_policy
from components.cluster.spec import ClusterSpec, ControlPlaneLog
from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose

# Source: "Quotas and limits" in the documentation of Cloud Logging.
LONGEST_DAYS: Final = 3_650
NODE_COMPONENTS: Final = ("SYSTEM_COMPONENTS", "WORKLOADS")
# Audit logs need no switch: Google Cloud always writes them.
CONTROL_PLANE_COMPONENTS: Final[Mapping[ControlPlaneLog, str]] = {
    ControlPlaneLog.API: "APISERVER",
    ControlPlaneLog.CONTROLLER_MANAGER: "CONTROLLER_MANAGER",
    ControlPlaneLog.SCHEDULER: "SCHEDULER",
}


def logging_config(spec: ClusterSpec) -> gcp.container.ClusterLoggingConfigArgs:
    """What is recorded, of the nodes and of the control plane."""
    chosen = [
        component
        for log, component in CONTROL_PLANE_COMPONENTS.items()
        if log in spec.control_plane_logs
    ]
    return gcp.container.ClusterLoggingConfigArgs(enable_components=[*NODE_COMPONENTS, *chosen])


def kept_days(spec: ClusterSpec) -> int:
    """How long a log bucket keeps the records, days."""
    return min(spec.log_days, LONGEST_DAYS)


def create_control_plane_logs(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: GcpCloud,
    keys: GcpKeysRef,
    cluster_name: str,
) -> gcp.logging.ProjectSink:
    """Keep the logs of the control plane and of its audit in an encrypted log bucket."""
    bucket_id = log_bucket_id(name)
    bucket = gcp.logging.ProjectBucketConfig(
        f"{name}-control-plane",
        project=cloud.project,
        location=cloud.region,
        bucket_id=bucket_id,
        description=f"Control plane and audit of the cluster {name}",
        retention_days=kept_days(spec),
        cmek_settings=gcp.logging.ProjectBucketConfigCmekSettingsArgs(
            kms_key_name=keys.ids[Purpose.LOGS]
        ),
        deletion_policy=deletion_policy(spec),
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected),
    )
    chosen = control_plane_filter(cloud, cluster_name)
    sink = gcp.logging.ProjectSink(
        f"{name}-control-plane",
        project=cloud.project,
        description=f"Control plane and audit of the cluster {name}",
        destination=(
            f"logging.googleapis.com/projects/{cloud.project}"
            f"/locations/{cloud.region}/buckets/{bucket_id}"
        ),
        filter=chosen,
        # A bucket of the same project needs no grant to the writer.
        unique_writer_identity=True,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[bucket]),
    )
    # The project's own log bucket would keep, and bill, every record a second time.
    gcp.logging.ProjectExclusion(
        f"{name}-control-plane",
        description=f"Control plane and audit of the cluster {name} have a bucket of their own",
        filter=chosen,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[sink]),
    )
    return sink


def control_plane_filter(cloud: GcpCloud, cluster_name: str) -> str:
    """Chooses what the control plane of the cluster writes, and who did what to it and in it.

    Source: "View GKE logs" and "Audit logs for GKE" in the Google Cloud documentation, checked
    2026-11-21.
    """
    return (
        '(resource.type="k8s_control_plane_component" OR logName:"cloudaudit.googleapis.com")'
        f' AND resource.labels.cluster_name="{cluster_name}"'
        f' AND resource.labels.location="{cloud.region}"'
    )

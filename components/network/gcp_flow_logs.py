"""Records of the traffic of a network on Google Cloud, kept in a log bucket of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud, short_hash
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.network.spec import NetworkSpec

# Source: "Quotas and limits" in the documentation of Cloud Logging.
LONGEST_DAYS: Final = 3_650
# What subnets accept, sampled, and what the firewall refuses.
LOGS: Final = ("compute.googleapis.com/vpc_flows", "compute.googleapis.com/firewall")


def kept_days(spec: NetworkSpec) -> int:
    """How long a log bucket keeps the records, days."""
    return min(spec.flow_log_days, LONGEST_DAYS)


def create_flow_logs(
    parent: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    cloud: GcpCloud,
    keys: GcpKeysRef,
    subnets: Sequence[gcp.compute.Subnetwork],
) -> None:
    """Send the records of ``subnets`` to an encrypted log bucket, and nowhere else."""
    role = f"{name}-flow-logs"
    bucket_id = f"{role}-{short_hash(role)}"
    bucket = gcp.logging.ProjectBucketConfig(
        role,
        project=cloud.project,
        location=cloud.region,
        bucket_id=bucket_id,
        description=f"Flow logs of the network {name}",
        retention_days=kept_days(spec),
        cmek_settings=gcp.logging.ProjectBucketConfigCmekSettingsArgs(
            kms_key_name=keys.ids[Purpose.LOGS]
        ),
        deletion_policy="PREVENT" if spec.protected else "DELETE",
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected),
    )
    records = pulumi.Output.all(*(subnet.name for subnet in subnets)).apply(records_of)
    place = f"projects/{cloud.project}/locations/{cloud.region}/buckets/{bucket_id}"
    sink = gcp.logging.ProjectSink(
        role,
        destination=f"logging.googleapis.com/{place}",
        description=f"Flow logs of the network {name}",
        filter=records,
        unique_writer_identity=True,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[bucket]),
    )
    # The project's own log bucket would keep, and bill, every record a second time.
    gcp.logging.ProjectExclusion(
        role,
        description=f"Flow logs of the network {name} have a bucket of their own",
        filter=records,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[sink]),
    )


def records_of(subnets: Sequence[str]) -> str:
    """The filter that matches the records of the subnets with these names."""
    logs = " OR ".join(f'log_id("{each}")' for each in LOGS)
    names = " OR ".join(f'"{each}"' for each in subnets)
    return (
        f'resource.type="gce_subnetwork" AND ({logs}) AND resource.labels.subnetwork_name=({names})'
    )

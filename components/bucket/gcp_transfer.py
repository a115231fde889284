"""The copy of a Cloud Storage bucket in another region, brought up to date once an hour."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud

HOUR_SECONDS: Final = 3_600
# What Storage Transfer needs. Source: "Agentless transfer permissions" in its documentation,
# checked 2026-11-21.
SOURCE_ROLES: Final = {
    "source-bucket": "roles/storage.legacyBucketReader",
    "source-objects": "roles/storage.objectViewer",
}
COPY_ROLES: Final = {
    "copy-bucket": "roles/storage.legacyBucketWriter",
    "copy-objects": "roles/storage.objectViewer",
}


def transfer(
    parent: pulumi.Resource,
    name: str,
    cloud: GcpCloud,
    source: gcp.storage.Bucket,
    copy: gcp.storage.Bucket,
) -> None:
    """Copy what is new or changed every hour, and delete in the copy what is gone.

    What the copy loses it keeps as a former version, as the source does.
    """
    agent = f"project-{cloud.project_number}@storage-transfer-service.iam.gserviceaccount.com"
    grants = [
        gcp.storage.BucketIAMMember(
            f"{name}-transfer-{key}",
            bucket=bucket.name,
            role=role,
            member=f"serviceAccount:{agent}",
            # The key of the copy waits for the agent, so the copy does.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[copy]),
        )
        for bucket, roles in ((source, SOURCE_ROLES), (copy, COPY_ROLES))
        for key, role in roles.items()
    ]
    gcp.storage.TransferJob(
        f"{name}-transfer",
        description=f"Copies the bucket {name} to {cloud.recovery_region}",
        status="ENABLED",
        schedule=gcp.storage.TransferJobScheduleArgs(
            # In the past: from the day after it was made.
            schedule_start_date=gcp.storage.TransferJobScheduleScheduleStartDateArgs(
                year=2026, month=1, day=1
            ),
            repeat_interval=f"{HOUR_SECONDS}s",
        ),
        transfer_spec=gcp.storage.TransferJobTransferSpecArgs(
            gcs_data_source=gcp.storage.TransferJobTransferSpecGcsDataSourceArgs(
                bucket_name=source.name
            ),
            gcs_data_sink=gcp.storage.TransferJobTransferSpecGcsDataSinkArgs(bucket_name=copy.name),
            transfer_options=gcp.storage.TransferJobTransferSpecTransferOptionsArgs(
                overwrite_when="DIFFERENT", delete_objects_unique_in_sink=True
            ),
        ),
        logging_config=gcp.storage.TransferJobLoggingConfigArgs(
            log_actions=["COPY", "DELETE"], log_action_states=["FAILED"]
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=grants),
    )

"""The record of what is done to an AWS account: CloudTrail, access logs, GuardDuty."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.audit.aws_account import detect_threats, set_account_defaults
from components.audit.aws_policies import access_log_statements, trail_statements, writer_policy
from components.audit.interface import Audit, AwsAuditRef
from components.audit.spec import AuditSpec
from components.ground import AwsCloud, short_hash
from components.iam import trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.s3 import Lifecycle, ObjectLock, PrivateBucket, create_private_bucket

LEFTOVER_DAYS: Final = 7  # of deleted records


class AwsAudit(Audit):
    """A trail of every call in every region, in a bucket where it cannot be changed.

    And once per account: no bucket is public, every disk is encrypted, intrusions are looked for.
    """

    TOKEN: ClassVar[str] = "plinth:audit:AwsAudit"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: AuditSpec,
        cloud: AwsCloud,
        keys: AwsKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the record of access, the trail, and what the account has only once."""
        super().__init__(name, cloud, opts)

        access = self._create_access_log(name, spec, cloud)
        trail = self._create_trail(name, spec, cloud, keys, access)
        if spec.owns_account:
            set_account_defaults(self, name, keys)
            if spec.threat_detection:
                detect_threats(self, name)

        self.publish(
            ref=AwsAuditRef(cloud=cloud, trail_arn=trail.arn, access_log_bucket=access.name)
        )

    def _create_access_log(self, name: str, spec: AuditSpec, cloud: AwsCloud) -> PrivateBucket:
        physical_name = f"{name}-access-{short_hash(cloud.account_id, cloud.region, name)}"
        return create_private_bucket(
            self,
            f"{name}-access",
            physical_name=physical_name,
            cloud=cloud,
            # S3 delivers access logs to buckets with its own encryption alone.
            kms_key_arn=None,
            lifecycle=Lifecycle(noncurrent_days=LEFTOVER_DAYS, expire_after_days=spec.trail_days),
            protected=spec.protected,
            statements=access_log_statements(cloud, physical_name),
        )

    def _create_trail(
        self,
        name: str,
        spec: AuditSpec,
        cloud: AwsCloud,
        keys: AwsKeysRef,
        access: PrivateBucket,
    ) -> aws.cloudtrail.Trail:
        child = pulumi.ResourceOptions(parent=self)
        role = f"{name}-trail"
        # Named in the policies of the bucket, which allow this trail alone.
        trail_name = f"{role}-{short_hash(name)}"
        physical_name = f"{role}-{short_hash(cloud.account_id, cloud.region, name)}"
        bucket = create_private_bucket(
            self,
            role,
            physical_name=physical_name,
            cloud=cloud,
            kms_key_arn=keys.arns[Purpose.LOGS],
            lifecycle=Lifecycle(noncurrent_days=LEFTOVER_DAYS, expire_after_days=spec.trail_days),
            protected=spec.protected,
            statements=trail_statements(cloud, physical_name, trail_name),
            access_log_bucket=access.name,
            lock=ObjectLock("GOVERNANCE", spec.trail_days) if spec.tamper_proof else None,
        )
        group = aws.cloudwatch.LogGroup(
            role,
            kms_key_id=keys.arns[Purpose.LOGS],
            retention_in_days=spec.trail_days,
            opts=child,
        )
        writer = aws.iam.Role(
            role,
            description="Writes the trail to its log group",
            # CloudTrail does not say for which account it assumes the role: asked, it is refused.
            assume_role_policy=trust("cloudtrail.amazonaws.com"),
            opts=child,
        )
        permission = aws.iam.RolePolicy(
            role, role=writer.id, policy=writer_policy(cloud, role), opts=child
        )
        return aws.cloudtrail.Trail(
            role,
            name=trail_name,
            s3_bucket_name=bucket.name,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=True,
            kms_key_id=keys.arns[Purpose.LOGS],
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=writer.arn,
            advanced_event_selectors=_events(data_access=spec.data_access),
            opts=pulumi.ResourceOptions(
                parent=self, protect=spec.protected, depends_on=[permission]
            ),
        )


def _events(*, data_access: bool) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgs]:
    selector = aws.cloudtrail.TrailAdvancedEventSelectorArgs
    field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
    management = selector(
        name="What changes resources",
        field_selectors=[field(field="eventCategory", equals=["Management"])],
    )
    objects = selector(
        name="Objects in buckets",
        field_selectors=[
            field(field="eventCategory", equals=["Data"]),
            field(field="resources.type", equals=["AWS::S3::Object"]),
        ],
    )
    return [management, objects] if data_access else [management]

"""Records of all traffic of a VPC, kept in a log group or in a bucket of their own."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud, short_hash
from components.iam import EVERYONE, Statement, document, trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.spec import NetworkSpec

AGGREGATION_SECONDS: Final = 60
LEFTOVER_DAYS: Final = 7  # of deleted files and broken-off uploads


def create_log_group_flow_log(
    parent: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    cloud: AwsCloud,
    keys: AwsKeysRef,
    vpc: aws.ec2.Vpc,
) -> None:
    """Send flow records to an encrypted log group, through a role that can write only there."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(
        f"{name}-flow-logs",
        kms_key_id=keys.arns[Purpose.LOGS],
        retention_in_days=spec.flow_log_days,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-flow-logs",
        description=f"Writes the flow logs of the network {name}",
        assume_role_policy=trust("vpc-flow-logs.amazonaws.com", cloud.account_id),
        opts=child,
    )
    permission = aws.iam.RolePolicy(
        f"{name}-flow-logs", role=role.id, policy=writer_policy(name, cloud), opts=child
    )
    aws.ec2.FlowLog(
        f"{name}-flow-logs",
        vpc_id=vpc.id,
        traffic_type="ALL",
        max_aggregation_interval=AGGREGATION_SECONDS,
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags={"Name": f"{name}-flow-logs"},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )


def create_bucket_flow_log(
    parent: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    cloud: AwsCloud,
    keys: AwsKeysRef,
    vpc: aws.ec2.Vpc,
) -> None:
    """Send flow records as parquet files to a bucket that takes nothing else."""
    bucket, policy = _create_bucket(parent, name, spec, cloud, keys)
    aws.ec2.FlowLog(
        f"{name}-flow-logs",
        vpc_id=vpc.id,
        traffic_type="ALL",
        max_aggregation_interval=AGGREGATION_SECONDS,
        log_destination_type="s3",
        log_destination=bucket.arn,
        destination_options=aws.ec2.FlowLogDestinationOptionsArgs(
            file_format="parquet", hive_compatible_partitions=True, per_hour_partition=True
        ),
        tags={"Name": f"{name}-flow-logs"},
        # AWS writes a bucket policy of its own where it finds none.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )


def writer_policy(name: str, cloud: AwsCloud) -> str:
    """May write to the log group that Pulumi names after ``name``, in JSON."""
    group = f"{name}-flow-logs-*"
    return document(
        Statement(
            sid="WriteFlowLogs",
            actions=(
                "logs:CreateLogStream",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ),
            resources=(
                f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:{group}",
            ),
        )
    )


def bucket_policy(bucket: str, cloud: AwsCloud) -> str:
    """Only the flow logs of this account may be written, and nothing without TLS, in JSON."""
    arn = f"arn:{cloud.partition}:s3:::{bucket}"
    own = {
        "StringEquals": {"aws:SourceAccount": cloud.account_id},
        "ArnLike": {
            "aws:SourceArn": f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:*"
        },
    }
    delivery = "delivery.logs.amazonaws.com"
    return document(
        Statement(
            sid="RefuseWithoutTls",
            effect="Deny",
            actions=("s3:*",),
            resources=(arn, f"{arn}/*"),
            principal=EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        Statement(
            sid="DeliverFlowLogs",
            actions=("s3:PutObject",),
            resources=(f"{arn}/*",),
            principal={"Service": delivery},
            conditions=own,
        ),
        Statement(
            sid="CheckBeforeDelivery",
            actions=("s3:GetBucketAcl", "s3:ListBucket"),
            resources=(arn,),
            principal={"Service": delivery},
            conditions=own,
        ),
    )


def _create_bucket(
    parent: pulumi.Resource, name: str, spec: NetworkSpec, cloud: AwsCloud, keys: AwsKeysRef
) -> tuple[aws.s3.Bucket, aws.s3.BucketPolicy]:
    child = pulumi.ResourceOptions(parent=parent)
    role = f"{name}-flow-logs"
    # The policy has to name the bucket, and stays readable in a preview if the name is known.
    physical_name = f"{role}-{short_hash(cloud.account_id, cloud.region, name)}"
    bucket = aws.s3.Bucket(
        role,
        bucket=physical_name,
        force_destroy=not spec.protected,
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected),
    )
    closed = aws.s3.BucketPublicAccessBlock(
        role,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    _harden(parent, role, spec, keys, bucket)
    policy = aws.s3.BucketPolicy(
        role,
        bucket=bucket.id,
        policy=bucket_policy(physical_name, cloud),
        # S3 refuses two changes of a bucket's access at once.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed]),
    )
    return bucket, policy


def _harden(
    parent: pulumi.Resource,
    role: str,
    spec: NetworkSpec,
    keys: AwsKeysRef,
    bucket: aws.s3.Bucket,
) -> None:
    child = pulumi.ResourceOptions(parent=parent)
    aws.s3.BucketOwnershipControls(
        role,
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        role,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=keys.arns[Purpose.LOGS]
                    )
                ),
                bucket_key_enabled=True,
            )
        ],
        opts=child,
    )
    versioning = aws.s3.BucketVersioning(
        role,
        bucket=bucket.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
            status="Enabled"
        ),
        opts=child,
    )
    aws.s3.BucketLifecycleConfiguration(
        role,
        bucket=bucket.id,
        rules=[_expiry(spec.flow_log_days)],
        # Rules for old versions are refused before versioning is on.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )


def _expiry(days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        noncurrent_version_expiration=(
            aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=LEFTOVER_DAYS
            )
        ),
        abort_incomplete_multipart_upload=(
            aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=LEFTOVER_DAYS
            )
        ),
    )

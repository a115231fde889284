"""Records of all traffic of a VPC, kept in a log group or in a bucket of their own."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud, short_hash
from components.iam import Principal, Statement, document, trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.spec import NetworkSpec
from components.s3 import Lifecycle, create_private_bucket

AGGREGATION_SECONDS: Final = 60
LEFTOVER_DAYS: Final = 7  # of deleted files


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
    role = f"{name}-flow-logs"
    # Its policy has to name the bucket, and stays readable in a preview if the name is known.
    physical_name = f"{role}-{short_hash(cloud.account_id, cloud.region, name)}"
    private = create_private_bucket(
        parent,
        role,
        physical_name=physical_name,
        cloud=cloud,
        kms_key_arn=keys.arns[Purpose.LOGS],
        lifecycle=Lifecycle(noncurrent_days=LEFTOVER_DAYS, expire_after_days=spec.flow_log_days),
        protected=spec.protected,
        statements=delivery(physical_name, cloud),
    )
    aws.ec2.FlowLog(
        role,
        vpc_id=vpc.id,
        traffic_type="ALL",
        max_aggregation_interval=AGGREGATION_SECONDS,
        log_destination_type="s3",
        log_destination=private.bucket.arn,
        destination_options=aws.ec2.FlowLogDestinationOptionsArgs(
            file_format="parquet", hive_compatible_partitions=True, per_hour_partition=True
        ),
        tags={"Name": role},
        # AWS writes a bucket policy of its own where it finds none.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[private.policy]),
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


def delivery(bucket: str, cloud: AwsCloud) -> tuple[Statement, ...]:
    """The flow logs of this account, and nothing else, may be written to ``bucket``."""
    arn = f"arn:{cloud.partition}:s3:::{bucket}"
    own = {
        "StringEquals": {"aws:SourceAccount": cloud.account_id},
        "ArnLike": {
            "aws:SourceArn": f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:*"
        },
    }
    service: Principal = {"Service": "delivery.logs.amazonaws.com"}
    return (
        Statement(
            sid="DeliverFlowLogs",
            actions=("s3:PutObject",),
            resources=(f"{arn}/*",),
            principal=service,
            conditions=own,
        ),
        Statement(
            sid="CheckBeforeDelivery",
            actions=("s3:GetBucketAcl", "s3:ListBucket"),
            resources=(arn,),
            principal=service,
            conditions=own,
        ),
    )

"""Who may write the record of an AWS account, as policies."""

from __future__ import annotations

from components.ground import AwsCloud
from components.iam import Principal, Statement, document


def access_log_statements(cloud: AwsCloud, bucket: str) -> tuple[Statement, ...]:
    """S3 delivers the access logs of this account's buckets to ``bucket``."""
    return (
        Statement(
            sid="DeliverAccessLogs",
            actions=("s3:PutObject",),
            resources=(f"arn:{cloud.partition}:s3:::{bucket}/*",),
            principal={"Service": "logging.s3.amazonaws.com"},
            conditions={
                "StringEquals": {"aws:SourceAccount": cloud.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:{cloud.partition}:s3:::*"},
            },
        ),
    )


def trail_statements(cloud: AwsCloud, bucket: str, trail: str) -> tuple[Statement, ...]:
    """CloudTrail delivers ``trail``, and nothing else, to ``bucket``.

    Source: "Amazon S3 bucket policy for CloudTrail" in the CloudTrail user guide, checked
    2026-11-21.
    """
    arn = f"arn:{cloud.partition}:s3:::{bucket}"
    source = f"arn:{cloud.partition}:cloudtrail:{cloud.region}:{cloud.account_id}:trail/{trail}"
    principal: Principal = {"Service": "cloudtrail.amazonaws.com"}
    return (
        Statement(
            sid="CheckBeforeDelivery",
            actions=("s3:GetBucketAcl",),
            resources=(arn,),
            principal=principal,
            conditions={"StringEquals": {"aws:SourceArn": source}},
        ),
        Statement(
            sid="DeliverTrail",
            actions=("s3:PutObject",),
            resources=(f"{arn}/AWSLogs/{cloud.account_id}/*",),
            principal=principal,
            conditions={
                "StringEquals": {
                    "aws:SourceArn": source,
                    "s3:x-amz-acl": "bucket-owner-full-control",
                }
            },
        ),
    )


def writer_policy(cloud: AwsCloud, role: str) -> str:
    """May write to the log group that Pulumi names after ``role``, in JSON."""
    groups = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:{role}-*"
    return document(
        Statement(
            sid="WriteTrail",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(f"{groups}:log-stream:*",),
        )
    )

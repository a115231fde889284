"""Who may use which KMS key."""

from __future__ import annotations

from collections.abc import Iterator

from components.ground import AwsCloud
from components.iam import Principal, Statement, document
from components.keys.spec import Purpose
from components.kms import USE, account_decides


def key_policy(purpose: Purpose, cloud: AwsCloud) -> str:
    """Who may use the key of ``purpose``, in JSON.

    The account decides through IAM. Beside it stand services that IAM cannot let in: those that
    write logs, for this account alone, and the one that starts nodes with encrypted disks.
    """
    return document(account_decides(cloud), *_services(purpose, cloud))


def _services(purpose: Purpose, cloud: AwsCloud) -> Iterator[Statement]:
    match purpose:
        case Purpose.LOGS:
            yield _log_groups(cloud)
            yield _log_delivery(cloud)
            yield from _trails(cloud)
        case Purpose.VOLUMES:
            yield from _node_disks(cloud)
        case _:
            pass


def _log_groups(cloud: AwsCloud) -> Statement:
    groups = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:*"
    return Statement(
        sid="LogGroupsOfThisAccount",
        actions=USE,
        resources=("*",),
        principal={"Service": f"logs.{cloud.region}.amazonaws.com"},
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _log_delivery(cloud: AwsCloud) -> Statement:
    deliveries = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:*"
    return Statement(
        sid="FlowLogsOfThisAccountToBuckets",
        actions=("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"),
        resources=("*",),
        principal={"Service": "delivery.logs.amazonaws.com"},
        conditions={
            "StringEquals": {"aws:SourceAccount": cloud.account_id},
            "ArnLike": {"aws:SourceArn": deliveries},
        },
    )


def _trails(cloud: AwsCloud) -> Iterator[Statement]:
    """Source: "Configure AWS KMS key policies for CloudTrail", CloudTrail user guide, 2026-11-21."""
    arn = f"arn:{cloud.partition}:cloudtrail"
    own = {"aws:SourceArn": f"{arn}:{cloud.region}:{cloud.account_id}:trail/*"}
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": f"{arn}:*:{cloud.account_id}:trail/*"}
    yield Statement(
        sid="TrailsOfThisAccountEncrypt",
        actions=("kms:GenerateDataKey*",),
        resources=("*",),
        principal={"Service": "cloudtrail.amazonaws.com"},
        conditions={"ArnLike": own, "StringLike": context},
    )
    yield Statement(
        sid="TrailsOfThisAccountCheckBeforeDelivery",
        # Decrypt, because the buckets of trails have a bucket key.
        actions=("kms:Decrypt", "kms:DescribeKey"),
        resources=("*",),
        principal={"Service": "cloudtrail.amazonaws.com"},
        conditions={"ArnLike": own},
    )


def _node_disks(cloud: AwsCloud) -> Iterator[Statement]:
    """Source: "Required key policy for use with encrypted volumes", EC2 Auto Scaling, 2026-11-21."""
    role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    principal: Principal = {"AWS": f"arn:{cloud.partition}:iam::{cloud.account_id}:role/{role}"}
    yield Statement(
        sid="NodesHaveEncryptedDisks", actions=USE, resources=("*",), principal=principal
    )
    yield Statement(
        sid="NodesKeepTheirDisksAttached",
        actions=("kms:CreateGrant",),
        resources=("*",),
        principal=principal,
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )

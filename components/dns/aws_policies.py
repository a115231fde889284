"""Who may use what a zone of Route 53 needs, as policy documents."""

from __future__ import annotations

from components.ground import AwsCloud
from components.iam import Statement, document
from components.kms import USE, account_decides


def signing_key_policy(cloud: AwsCloud) -> str:
    """Route 53 signs with the key for zones of this account; the account decides the rest; JSON.

    Source: "Route 53 customer managed key permissions required for DNSSEC signing" in the Route 53
    developer guide, checked 2026-11-21.
    """
    zones = {
        "StringEquals": {"aws:SourceAccount": cloud.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:{cloud.partition}:route53:::hostedzone/*"},
    }
    return document(
        account_decides(cloud),
        Statement(
            sid="Route53Signs",
            actions=("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"),
            resources=("*",),
            principal={"Service": "dnssec-route53.amazonaws.com"},
            conditions=zones,
        ),
        Statement(
            sid="Route53Grants",
            actions=("kms:CreateGrant",),
            resources=("*",),
            principal={"Service": "dnssec-route53.amazonaws.com"},
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def log_key_policy(cloud: AwsCloud, region: str, group: str) -> str:
    """CloudWatch Logs encrypts the one log group ``group``; JSON."""
    return document(
        account_decides(cloud),
        Statement(
            sid="LogGroupOfTheZone",
            actions=USE,
            resources=("*",),
            principal={"Service": f"logs.{region}.amazonaws.com"},
            conditions={
                "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": _group(cloud, region, group)}
            },
        ),
    )


def query_log_policy(cloud: AwsCloud, region: str, group: str) -> str:
    """Route 53 writes queries to zones of this account to ``group``; JSON."""
    return document(
        Statement(
            sid="Route53RecordsQueries",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(f"{_group(cloud, region, group)}:*",),
            principal={"Service": "route53.amazonaws.com"},
            conditions={
                "StringEquals": {"aws:SourceAccount": cloud.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:{cloud.partition}:route53:::hostedzone/*"},
            },
        )
    )


def _group(cloud: AwsCloud, region: str, group: str) -> str:
    return f"arn:{cloud.partition}:logs:{region}:{cloud.account_id}:log-group:{group}"

"""What policies of KMS keys have in common."""

from __future__ import annotations

from typing import Final

from components.ground import AwsCloud
from components.iam import Statement

# What a service does with a key that encrypts what it stores.
USE: Final = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:DescribeKey",
)


def account_decides(cloud: AwsCloud) -> Statement:
    """The account decides through IAM; without this nobody could ever change the policy."""
    return Statement(
        sid="AccountDecidesThroughIam",
        actions=("kms:*",),
        resources=("*",),
        principal={"AWS": f"arn:{cloud.partition}:iam::{cloud.account_id}:root"},
    )

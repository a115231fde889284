"""What an AWS account has only once: defaults that close and encrypt, and a look-out."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose

# What GuardDuty reads beside trails, flow logs and DNS.
FEATURES: Final = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "S3_DATA_EVENTS",
)


def set_account_defaults(parent: pulumi.Resource, name: str, keys: AwsKeysRef) -> None:
    """No bucket can be made public, new disks are encrypted, shared resources are pointed out."""
    child = pulumi.ResourceOptions(parent=parent)
    aws.s3.AccountPublicAccessBlock(
        f"{name}-account",
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.ebs.EncryptionByDefault(f"{name}-account", enabled=True, opts=child)
    aws.ebs.DefaultKmsKey(f"{name}-account", key_arn=keys.arns[Purpose.VOLUMES], opts=child)
    aws.accessanalyzer.Analyzer(
        f"{name}-account", analyzer_name=f"{name}-account", type="ACCOUNT", opts=child
    )


def detect_threats(parent: pulumi.Resource, name: str) -> None:
    """Look for intrusions in all records of the account and region."""
    detector = aws.guardduty.Detector(
        f"{name}-threats",
        enable=True,
        finding_publishing_frequency="FIFTEEN_MINUTES",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    for feature in FEATURES:
        key = feature.lower().replace("_", "-")
        aws.guardduty.DetectorFeature(
            f"{name}-threats-{key}",
            detector_id=detector.id,
            name=feature,
            status="ENABLED",
            opts=pulumi.ResourceOptions(parent=parent),
        )

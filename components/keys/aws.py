"""Encryption keys in AWS KMS."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.iam import Statement, document
from components.keys.interface import AwsKeysRef, Keys
from components.keys.spec import KeysSpec, Purpose

DESCRIPTION: Final = {
    Purpose.DATA: "Databases and their insights",
    Purpose.LOGS: "Log groups and log buckets",
    Purpose.REGISTRY: "Container images",
    Purpose.SECRETS: "Managed credentials",
}


class AwsKeys(Keys):
    """A rotating KMS key per purpose, administered by the account alone."""

    TOKEN: ClassVar[str] = "plinth:keys:AwsKeys"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: KeysSpec,
        cloud: AwsCloud,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a key and its alias for every purpose."""
        super().__init__(name, [cloud.provider], opts)

        keys = {
            purpose: aws.kms.Key(
                f"{name}-{purpose}",
                description=DESCRIPTION[purpose],
                enable_key_rotation=True,
                rotation_period_in_days=spec.rotation_days,
                deletion_window_in_days=spec.deletion_window_days,
                policy=key_policy(purpose, cloud),
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
            )
            for purpose in Purpose
        }
        for purpose, key in keys.items():
            aws.kms.Alias(
                f"{name}-{purpose}",
                name=f"alias/{pulumi.get_stack()}/{name}-{purpose}",
                target_key_id=key.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )

        self.publish(ref=AwsKeysRef({purpose: key.arn for purpose, key in keys.items()}))


def key_policy(purpose: Purpose, cloud: AwsCloud) -> str:
    """Who may use the key of ``purpose``, in JSON.

    The account decides through IAM; log services use the key for logs of this account alone.
    """
    statements = [_account(cloud)]
    if purpose is Purpose.LOGS:
        statements += [_log_groups(cloud), _log_delivery(cloud)]
    return document(*statements)


def _account(cloud: AwsCloud) -> Statement:
    return Statement(
        sid="AccountDecidesThroughIam",
        actions=("kms:*",),
        resources=("*",),
        principal={"AWS": f"arn:{cloud.partition}:iam::{cloud.account_id}:root"},
    )


def _log_groups(cloud: AwsCloud) -> Statement:
    groups = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:*"
    return Statement(
        sid="LogGroupsOfThisAccount",
        actions=(
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
        ),
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

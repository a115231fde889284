"""Encryption keys in AWS KMS."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.keys.aws_policies import key_policy
from components.keys.interface import AwsKeysRef, Keys
from components.keys.spec import KeysSpec, Purpose, purposes

DESCRIPTION: Final = {
    Purpose.BACKUP: "Copies in the recovery region",
    Purpose.CLUSTER: "Secrets that Kubernetes keeps",
    Purpose.DATA: "Databases and their insights",
    Purpose.LOGS: "Log groups and log buckets",
    Purpose.OBJECTS: "Buckets",
    Purpose.REGISTRY: "Container images",
    Purpose.SECRETS: "Managed credentials",
    Purpose.VOLUMES: "Disks of a cluster",
}


class AwsKeys(Keys):
    """A rotating KMS key per purpose, administered by the account alone.

    That for backups is in the recovery region, where the copies are.
    """

    TOKEN: ClassVar[str] = "plinth:keys:AwsKeys"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: KeysSpec,
        cloud: AwsCloud,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a key and its alias for every purpose."""
        super().__init__(name, cloud, opts)
        elsewhere = {Purpose.BACKUP: cloud.recovery_region}

        keys = {
            purpose: aws.kms.Key(
                f"{name}-{purpose}",
                description=DESCRIPTION[purpose],
                region=elsewhere.get(purpose),
                enable_key_rotation=True,
                rotation_period_in_days=spec.rotation_days,
                deletion_window_in_days=spec.deletion_window_days,
                policy=key_policy(purpose, cloud),
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
            )
            for purpose in purposes(cloud.recovery_region)
        }
        for purpose, key in keys.items():
            aws.kms.Alias(
                f"{name}-{purpose}",
                name=f"alias/{pulumi.get_stack()}/{name}-{purpose}",
                region=elsewhere.get(purpose),
                target_key_id=key.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )

        self.publish(ref=AwsKeysRef({purpose: key.arn for purpose, key in keys.items()}))

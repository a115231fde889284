"""Copies of an Aurora cluster in a second region, which Aurora itself does not make of backups."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.database.spec import DatabaseSpec
from components.ground import AwsCloud
from components.iam import trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose

DAY_HOURS: Final = 24
WAITING_DAYS: Final = 7  # at home, where Aurora keeps its own backups beside


def create_copies(
    parent: pulumi.Resource,
    name: str,
    identifier: str,
    spec: DatabaseSpec,
    keys: AwsKeysRef,
    cloud: AwsCloud,
    recovery_region: str,
) -> None:
    """Declare a daily snapshot of the cluster ``identifier`` and its copy in the other region."""
    child = pulumi.ResourceOptions(parent=parent)
    kept = pulumi.ResourceOptions(parent=parent, protect=spec.protected)
    home = aws.backup.Vault(
        f"{name}-snapshots",
        kms_key_arn=keys.arns[Purpose.DATA],
        force_destroy=not spec.protected,
        opts=kept,
    )
    away = aws.backup.Vault(
        f"{name}-recovery",
        region=recovery_region,
        kms_key_arn=keys.arns[Purpose.BACKUP],
        force_destroy=not spec.protected,
        opts=kept,
    )
    if spec.protected:
        # Without a time to change one's mind: an administrator may lift them, a plan may not.
        aws.backup.VaultLockConfiguration(
            f"{name}-snapshots",
            backup_vault_name=home.name,
            min_retention_days=WAITING_DAYS,
            opts=child,
        )
        aws.backup.VaultLockConfiguration(
            f"{name}-recovery",
            region=recovery_region,
            backup_vault_name=away.name,
            min_retention_days=spec.backup_days,
            opts=child,
        )
    plan = aws.backup.Plan(
        f"{name}-snapshots",
        rules=[
            aws.backup.PlanRuleArgs(
                rule_name="daily",
                target_vault_name=home.name,
                schedule=_half_a_day_after(spec.backup_window),
                lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=WAITING_DAYS),
                copy_actions=[
                    aws.backup.PlanRuleCopyActionArgs(
                        destination_vault_arn=away.arn,
                        lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(
                            delete_after=spec.backup_days
                        ),
                    )
                ],
            )
        ],
        opts=child,
    )
    role, permission = _create_role(parent, name, cloud)
    aws.backup.Selection(
        f"{name}-snapshots",
        plan_id=plan.id,
        iam_role_arn=role.arn,
        resources=[
            f"arn:{cloud.partition}:rds:{cloud.region}:{cloud.account_id}:cluster:{identifier}"
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )


def _half_a_day_after(window: str) -> str:
    """When to take the snapshot: as far from the daily backup as a day allows."""
    hour, minute = (int(part) for part in window.partition("-")[0].split(":"))
    return f"cron({minute} {(hour + DAY_HOURS // 2) % DAY_HOURS} ? * * *)"


def _create_role(
    parent: pulumi.Resource, name: str, cloud: AwsCloud
) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    role = aws.iam.Role(
        f"{name}-snapshots",
        description=f"Takes and copies snapshots of the database {name}",
        assume_role_policy=trust("backup.amazonaws.com"),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    managed = "service-role/AWSBackupServiceRolePolicyForBackup"
    permission = aws.iam.RolePolicyAttachment(
        f"{name}-snapshots",
        role=role.name,
        policy_arn=f"arn:{cloud.partition}:iam::aws:policy/{managed}",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role, permission

"""PostgreSQL on Amazon RDS: one instance, and a standby where it is highly available."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.database.aws_parts import (
    CERTIFICATE_AUTHORITY,
    INSIGHTS_DAYS,
    LIFECYCLE,
    MONITORING_SECONDS,
    OWNER,
    PORT,
    Server,
    Surroundings,
    create_log_groups,
    parameters,
)
from components.database.machines import INSTANCE_CLASS
from components.database.spec import DatabaseSpec
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose

LOG_TYPES: Final = ("postgresql", "upgrade")


def create_instance(
    parent: pulumi.Resource,
    name: str,
    identifier: str,
    spec: DatabaseSpec,
    around: Surroundings,
    keys: AwsKeysRef,
    recovery_region: str | None,
) -> Server:
    """Declare the instance; its automated backups are copied to ``recovery_region``, if any."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.rds.ParameterGroup(
        f"{name}-parameters",
        description=f"TLS only, audited: the database {name}",
        family=f"postgres{spec.version}",
        parameters=[
            aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=method)
            for key, value, method in parameters()
        ],
        opts=child,
    )
    logs = create_log_groups(
        parent, name, f"/aws/rds/instance/{identifier}", LOG_TYPES, spec.log_days, keys
    )
    instance = aws.rds.Instance(
        name,
        identifier=identifier,
        engine="postgres",
        engine_version=str(spec.version),
        engine_lifecycle_support=LIFECYCLE,
        instance_class=INSTANCE_CLASS[spec.size],
        multi_az=spec.highly_available,
        storage_type="gp3",
        allocated_storage=spec.storage_gib,
        max_allocated_storage=spec.storage_limit_gib,
        storage_encrypted=True,
        kms_key_id=keys.arns[Purpose.DATA],
        db_name=spec.database,
        port=PORT,
        username=OWNER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=keys.arns[Purpose.SECRETS],
        iam_database_authentication_enabled=True,
        db_subnet_group_name=around.subnets.name,
        vpc_security_group_ids=[around.firewall.id],
        publicly_accessible=False,
        network_type="IPV4",
        ca_cert_identifier=CERTIFICATE_AUTHORITY,
        parameter_group_name=group.name,
        backup_retention_period=spec.backup_days,
        backup_window=spec.backup_window,
        delete_automated_backups=False,
        copy_tags_to_snapshot=True,
        deletion_protection=spec.protected,
        skip_final_snapshot=not spec.protected,
        # New with every rebuilt server and every rebuilt stack: a name that was used before
        # would make the last snapshot, and so the deletion, fail.
        final_snapshot_identifier=pulumi.Output.format(
            "{0}-final-{1}", identifier, around.firewall.id
        ),
        maintenance_window=spec.maintenance_window,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=False,
        apply_immediately=False,
        enabled_cloudwatch_logs_exports=list(LOG_TYPES),
        monitoring_interval=MONITORING_SECONDS,
        monitoring_role_arn=around.monitoring.arn,
        database_insights_mode="standard",
        performance_insights_enabled=True,
        performance_insights_kms_key_id=keys.arns[Purpose.DATA],
        performance_insights_retention_period=INSIGHTS_DAYS,
        opts=pulumi.ResourceOptions(
            parent=parent, protect=spec.protected, depends_on=[*logs, around.watched]
        ),
    )
    if recovery_region:
        aws.rds.InstanceAutomatedBackupsReplication(
            f"{name}-recovery",
            region=recovery_region,
            source_db_instance_arn=instance.arn,
            kms_key_id=keys.arns[Purpose.BACKUP],
            retention_period=spec.backup_days,
            opts=child,
        )
    return Server(
        resource_id=instance.resource_id,
        host=instance.address,
        reader_host=None,
        port=instance.port,
        secret_arn=instance.master_user_secrets[0].secret_arn,
    )

"""PostgreSQL on Amazon Aurora: one writer, and servers that answer reads and take over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import pulumi
import pulumi_aws as aws

from components.database.aws_copies import create_copies
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
from components.database.machines import AURORA_CLASS
from components.database.spec import DatabaseSpec
from components.ground import AwsCloud
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose

ENGINE: Final = aws.rds.EngineType.AURORA_POSTGRESQL
# Aurora has no general purpose class: from medium on there is twice the memory that is asked.
LOG_TYPES: Final = ("iam-db-auth-error", "instance", "postgresql")

Known = TypeVar("Known")


def create_aurora(
    parent: pulumi.Resource,
    name: str,
    identifier: str,
    spec: DatabaseSpec,
    around: Surroundings,
    keys: AwsKeysRef,
    cloud: AwsCloud,
    recovery_region: str | None,
) -> Server:
    """Declare the cluster and its servers; snapshots are copied to ``recovery_region``, if any."""
    cluster = _create_cluster(parent, name, identifier, spec, around, keys)
    servers = [
        _create_server(parent, name, identifier, number, spec, around, keys, cluster)
        for number in range(1, 2 + spec.highly_available + spec.read_replicas)
    ]
    if recovery_region:
        create_copies(parent, name, identifier, spec, keys, cloud, recovery_region)
    return Server(
        resource_id=cluster.cluster_resource_id,
        host=_once(servers, cluster.endpoint),
        reader_host=_once(servers, cluster.reader_endpoint) if spec.read_replicas else None,
        port=cluster.port,
        secret_arn=cluster.master_user_secrets[0].secret_arn,
        unhonoured=tuple(_unhonoured(spec)),
    )


def _create_cluster(
    parent: pulumi.Resource,
    name: str,
    identifier: str,
    spec: DatabaseSpec,
    around: Surroundings,
    keys: AwsKeysRef,
) -> aws.rds.Cluster:
    group = aws.rds.ClusterParameterGroup(
        f"{name}-parameters",
        description=f"TLS only, audited: the database {name}",
        family=f"aurora-postgresql{spec.version}",
        parameters=[
            aws.rds.ClusterParameterGroupParameterArgs(name=key, value=value, apply_method=method)
            for key, value, method in parameters()
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    logs = create_log_groups(
        parent, name, f"/aws/rds/cluster/{identifier}", LOG_TYPES, spec.log_days, keys
    )
    return aws.rds.Cluster(
        name,
        cluster_identifier=identifier,
        engine=ENGINE,
        engine_version=str(spec.version),
        engine_lifecycle_support=LIFECYCLE,
        storage_encrypted=True,
        kms_key_id=keys.arns[Purpose.DATA],
        database_name=spec.database,
        port=PORT,
        master_username=OWNER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=keys.arns[Purpose.SECRETS],
        iam_database_authentication_enabled=True,
        db_subnet_group_name=around.subnets.name,
        vpc_security_group_ids=[around.firewall.id],
        network_type="IPV4",
        db_cluster_parameter_group_name=group.name,
        backup_retention_period=spec.backup_days,
        preferred_backup_window=spec.backup_window,
        delete_automated_backups=False,
        copy_tags_to_snapshot=True,
        deletion_protection=spec.protected,
        skip_final_snapshot=not spec.protected,
        # New with every rebuilt server and every rebuilt stack, see the instance of RDS.
        final_snapshot_identifier=pulumi.Output.format(
            "{0}-final-{1}", identifier, around.firewall.id
        ),
        preferred_maintenance_window=spec.maintenance_window,
        allow_major_version_upgrade=False,
        apply_immediately=False,
        enabled_cloudwatch_logs_exports=list(LOG_TYPES),
        database_insights_mode="standard",
        performance_insights_enabled=True,
        performance_insights_kms_key_id=keys.arns[Purpose.DATA],
        performance_insights_retention_period=INSIGHTS_DAYS,
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected, depends_on=logs),
    )


def _create_server(
    parent: pulumi.Resource,
    name: str,
    identifier: str,
    number: int,
    spec: DatabaseSpec,
    around: Surroundings,
    keys: AwsKeysRef,
    cluster: aws.rds.Cluster,
) -> aws.rds.ClusterInstance:
    """One of the servers, which are alike: whichever writes hands over to the lowest number."""
    return aws.rds.ClusterInstance(
        f"{name}-server-{number}",
        identifier=f"{identifier}-{number}",
        cluster_identifier=cluster.id,
        engine=ENGINE,
        engine_version=cluster.engine_version,
        instance_class=AURORA_CLASS[spec.size],
        promotion_tier=number - 1,
        db_subnet_group_name=around.subnets.name,
        publicly_accessible=False,
        ca_cert_identifier=CERTIFICATE_AUTHORITY,
        copy_tags_to_snapshot=True,
        preferred_maintenance_window=spec.maintenance_window,
        auto_minor_version_upgrade=True,
        apply_immediately=False,
        monitoring_interval=MONITORING_SECONDS,
        monitoring_role_arn=around.monitoring.arn,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=keys.arns[Purpose.DATA],
        performance_insights_retention_period=INSIGHTS_DAYS,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[around.watched]),
    )


def _once(
    servers: Sequence[aws.rds.ClusterInstance], address: pulumi.Output[Known]
) -> pulumi.Output[Known]:
    """``address``, known once ``servers`` answer there; a cluster alone has nobody to answer."""
    return pulumi.Output.all(address, *[each.id for each in servers]).apply(lambda known: known[0])


def _unhonoured(spec: DatabaseSpec) -> Iterator[str]:
    yield f"storage_gib: {spec.storage_gib} are asked; the disk is as large as what is in it"
    yield f"storage_limit_gib: {spec.storage_limit_gib} are asked; the disk grows without a limit"

"""PostgreSQL on Amazon RDS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.database.interface import Database
from components.database.spec import DatabaseSpec, Size
from components.ground import short_hash
from components.iam import trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.interface import AwsNetworkRef

OWNER: Final = "owner"
PORT: Final = 5432
INSTANCE_CLASS: Final[Mapping[Size, str]] = {
    Size.SMALL: "db.t4g.medium",
    Size.MEDIUM: "db.m7g.large",
    Size.LARGE: "db.m7g.xlarge",
}
LOG_TYPES: Final = ("postgresql", "upgrade")
MONITORING_SECONDS: Final = 60
INSIGHTS_DAYS: Final = 7  # without charge

# Names and meanings: PostgreSQL documentation, chapter 19; which RDS lets one change and when:
# "Working with parameters on your RDS for PostgreSQL DB instance", checked 2026-11-21.
# Statements are recorded by pgaudit, which leaves passwords out; log_statement does not.
PARAMETERS: Final[Mapping[str, str]] = {
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    "password_encryption": "scram-sha-256",
    "pgaudit.log": "ddl,role",
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
}
PARAMETERS_AT_RESTART: Final[Mapping[str, str]] = {
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
}


class AwsDatabase(Database):
    """An encrypted RDS instance, reachable only over TLS and from inside its VPC.

    Its owner's password is made, kept and rotated by RDS and never reaches the state.
    """

    TOKEN: ClassVar[str] = "plinth:database:AwsDatabase"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DatabaseSpec,
        network: AwsNetworkRef,
        keys: AwsKeysRef,
        clients: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the server and what it needs; without ``clients`` the whole VPC may connect."""
        super().__init__(name, [network.cloud.provider], opts)
        child = pulumi.ResourceOptions(parent=self)
        # Known in advance, because the log groups are named after it.
        identifier = f"{name}-{short_hash(name, spec.generation)}"

        subnets = aws.rds.SubnetGroup(
            f"{name}-subnets",
            description=f"Data subnets for the database {name}",
            subnet_ids=list(network.data_subnet_ids.values()),
            opts=child,
        )
        firewall = self._create_firewall(name, network, clients)
        parameters = aws.rds.ParameterGroup(
            f"{name}-parameters",
            description=f"TLS only, audited: the database {name}",
            family=f"postgres{spec.version}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=method)
                for method, values in (
                    ("immediate", PARAMETERS),
                    ("pending-reboot", PARAMETERS_AT_RESTART),
                )
                for key, value in values.items()
            ],
            opts=child,
        )
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-logs-{log}",
                # Where RDS writes; one that it has to create itself is neither encrypted nor expires.
                name=f"/aws/rds/instance/{identifier}/{log}",
                kms_key_id=keys.arns[Purpose.LOGS],
                retention_in_days=spec.log_days,
                opts=child,
            )
            for log in LOG_TYPES
        ]
        monitoring, permission = self._create_monitoring_role(name, network)

        instance = aws.rds.Instance(
            name,
            identifier=identifier,
            engine="postgres",
            engine_version=str(spec.version),
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
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
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[firewall.id],
            publicly_accessible=False,
            network_type="IPV4",
            ca_cert_identifier="rds-ca-rsa2048-g1",
            parameter_group_name=parameters.name,
            backup_retention_period=spec.backup_days,
            backup_window=spec.backup_window,
            delete_automated_backups=False,
            copy_tags_to_snapshot=True,
            deletion_protection=spec.protected,
            skip_final_snapshot=not spec.protected,
            # New with every rebuilt server and every rebuilt stack: a name that was used before
            # would make the last snapshot, and so the deletion, fail.
            final_snapshot_identifier=pulumi.Output.format(
                "{0}-final-{1}", identifier, firewall.id
            ),
            maintenance_window=spec.maintenance_window,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            apply_immediately=False,
            enabled_cloudwatch_logs_exports=list(LOG_TYPES),
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=monitoring.arn,
            database_insights_mode="standard",
            performance_insights_enabled=True,
            performance_insights_kms_key_id=keys.arns[Purpose.DATA],
            performance_insights_retention_period=INSIGHTS_DAYS,
            opts=pulumi.ResourceOptions(
                parent=self, protect=spec.protected, depends_on=[*logs, permission]
            ),
        )

        self.publish(
            host=instance.address,
            port=instance.port,
            database=spec.database,
            username=OWNER,
            secret=instance.master_user_secrets[0].secret_arn,
        )

    def _create_firewall(
        self, name: str, network: AwsNetworkRef, clients: Mapping[str, pulumi.Input[str]]
    ) -> aws.ec2.SecurityGroup:
        child = pulumi.ResourceOptions(parent=self)
        firewall = aws.ec2.SecurityGroup(
            f"{name}-firewall",
            vpc_id=network.vpc_id,
            description=f"Clients of the database {name}",
            tags={"Name": f"{name}-firewall"},
            opts=child,
        )
        for client, group in clients.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{client}",
                security_group_id=firewall.id,
                description=f"PostgreSQL from {client}",
                referenced_security_group_id=group,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=child,
            )
        if not clients:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-network",
                security_group_id=firewall.id,
                description="PostgreSQL from the network",
                cidr_ipv4=network.vpc_cidr,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=child,
            )
        return firewall

    def _create_monitoring_role(
        self, name: str, network: AwsNetworkRef
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        child = pulumi.ResourceOptions(parent=self)
        cloud = network.cloud
        role = aws.iam.Role(
            f"{name}-monitoring",
            description=f"Sends operating system metrics of the database {name}",
            assume_role_policy=trust("monitoring.rds.amazonaws.com", cloud.account_id),
            opts=child,
        )
        managed = "service-role/AmazonRDSEnhancedMonitoringRole"
        permission = aws.iam.RolePolicyAttachment(
            f"{name}-monitoring",
            role=role.name,
            policy_arn=f"arn:{cloud.partition}:iam::aws:policy/{managed}",
            opts=child,
        )
        return role, permission

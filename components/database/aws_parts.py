"""What RDS and Aurora have in common: who may connect, where they log, who watches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws_firewall import create_firewall
from components.iam import trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.interface import AwsNetworkRef

OWNER: Final = "owner"
PORT: Final = 5432
MONITORING_SECONDS: Final = 60
INSIGHTS_DAYS: Final = 7  # without charge
CERTIFICATE_AUTHORITY: Final = "rds-ca-rsa2048-g1"
LIFECYCLE: Final = "open-source-rds-extended-support-disabled"

# Names and meanings: PostgreSQL documentation, chapter 19; which RDS lets one change and when:
# "Working with parameters on your RDS for PostgreSQL DB instance" in the RDS user guide.
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


@dataclass(frozen=True)
class Surroundings:
    """What a server stands in; ``watched`` is in place once ``monitoring`` may send metrics."""

    subnets: aws.rds.SubnetGroup
    firewall: aws.ec2.SecurityGroup
    monitoring: aws.iam.Role
    watched: aws.iam.RolePolicyAttachment


@dataclass(frozen=True)
class Server:
    """What clients need of a server; ``unhonoured`` as in the interface."""

    resource_id: pulumi.Output[str]
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str] | None
    port: pulumi.Output[int]
    secret_arn: pulumi.Output[str]
    unhonoured: tuple[str, ...] = ()


def parameters() -> list[tuple[str, str, str]]:
    """Every parameter of a server: name, value and when it takes effect."""
    return [
        (name, value, method)
        for method, values in (
            ("immediate", PARAMETERS),
            ("pending-reboot", PARAMETERS_AT_RESTART),
        )
        for name, value in values.items()
    ]


def create_surroundings(
    parent: pulumi.Resource,
    name: str,
    network: AwsNetworkRef,
    clients: Mapping[str, pulumi.Input[str]],
) -> Surroundings:
    """Declare what a server needs before it; without ``clients`` the whole VPC may connect."""
    subnets = aws.rds.SubnetGroup(
        f"{name}-subnets",
        description=f"Data subnets for the database {name}",
        subnet_ids=list(network.data_subnet_ids.values()),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    firewall = create_firewall(
        parent,
        name,
        what="database",
        protocol="PostgreSQL",
        port=PORT,
        vpc_id=network.vpc_id,
        vpc_cidr=network.vpc_cidr,
        clients=clients,
    )
    monitoring, watched = _create_monitoring_role(parent, name, network)
    return Surroundings(subnets, firewall, monitoring, watched)


def create_log_groups(
    parent: pulumi.Resource,
    name: str,
    prefix: str,
    logs: Iterable[str],
    log_days: int,
    keys: AwsKeysRef,
) -> list[aws.cloudwatch.LogGroup]:
    """Declare the groups that a server writes to, one for each of ``logs``."""
    return [
        aws.cloudwatch.LogGroup(
            f"{name}-logs-{log}",
            # Where RDS writes; one that it has to create itself is neither encrypted nor expires.
            name=f"{prefix}/{log}",
            kms_key_id=keys.arns[Purpose.LOGS],
            retention_in_days=log_days,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for log in logs
    ]


def _create_monitoring_role(
    parent: pulumi.Resource, name: str, network: AwsNetworkRef
) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    child = pulumi.ResourceOptions(parent=parent)
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

"""Private ways from a VPC to the services of AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud

GATEWAY_SERVICES: Final = ("dynamodb", "s3")  # without charge
# What nodes, pods and operators of a cluster without internet access call.
INTERFACE_SERVICES: Final = (
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kms",
    "logs",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
)
HTTPS: Final = 443


def create_gateway_endpoints(
    parent: pulumi.Resource,
    name: str,
    cloud: AwsCloud,
    vpc: aws.ec2.Vpc,
    tables: Sequence[aws.ec2.RouteTable],
) -> None:
    """Lead traffic to S3 and DynamoDB past the NAT gateways, in every route table."""
    for service in GATEWAY_SERVICES:
        aws.ec2.VpcEndpoint(
            f"{name}-endpoint-{service}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{cloud.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            tags={"Name": f"{name}-{service}"},
            opts=pulumi.ResourceOptions(parent=parent),
        )


def create_interface_endpoints(
    parent: pulumi.Resource,
    name: str,
    cloud: AwsCloud,
    vpc: aws.ec2.Vpc,
    clients: Mapping[str, str],
    subnets: Sequence[aws.ec2.Subnet],
) -> None:
    """Give each service a private address in every one of ``subnets``, under its public name.

    ``clients`` are the ranges that may call it; each key ends the name of a rule.
    """
    child = pulumi.ResourceOptions(parent=parent)
    firewall = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        vpc_id=vpc.id,
        description="AWS services at private addresses",
        tags={"Name": f"{name}-endpoints"},
        opts=child,
    )
    for role, cidr in clients.items():
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-{role}",
            security_group_id=firewall.id,
            description="HTTPS from the network",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            opts=child,
        )
    for service in INTERFACE_SERVICES:
        key = service.replace(".", "-")
        aws.ec2.VpcEndpoint(
            f"{name}-endpoint-{key}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{cloud.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_ids=[firewall.id],
            tags={"Name": f"{name}-{key}"},
            opts=child,
        )

"""Subnets that pods alone take their addresses from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network.aws_acl import egress, ingress
from components.network.plan import WIDEST_PREFIX, Tier, first_within, pod_range
from components.network.spec import NetworkSpec

# How the VPC CNI finds the subnets it may place pods in.
CNI_TAG: Final = {"kubernetes.io/role/cni": "1"}


def pods_of(spec: NetworkSpec) -> IPv4Network | None:
    """The part of the pods' range that a VPC can take, if pods have a range."""
    return first_within(spec.pods_cidr, WIDEST_PREFIX) if spec.pods_cidr else None


def unhonoured_pods(spec: NetworkSpec) -> Iterator[str]:
    """What the spec asks for pods and a VPC cannot give."""
    if (pods := pods_of(spec)) != spec.pods_cidr:
        yield f"pods_cidr: {spec.pods_cidr} is asked; a VPC takes /16 at most, so pods have {pods}"


def create_pod_subnets(
    parent: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    vpc: aws.ec2.Vpc,
    tables: Mapping[str, aws.ec2.RouteTable],
) -> dict[str, aws.ec2.Subnet]:
    """Add the pods' range to ``vpc``, with a subnet in every zone that has a route table.

    Returns:
        The subnets by zone; none where pods take their addresses from the private subnets.
    """
    pods = pods_of(spec)
    if pods is None:
        return {}
    child = pulumi.ResourceOptions(parent=parent)
    role = f"{name}-pods"
    added = aws.ec2.VpcIpv4CidrBlockAssociation(
        role, vpc_id=vpc.id, cidr_block=str(pods), opts=child
    )
    subnets = {
        zone: aws.ec2.Subnet(
            f"{role}-{zone}",
            vpc_id=vpc.id,
            cidr_block=str(pod_range(pods, zone)),
            availability_zone_id=zone,
            map_public_ip_on_launch=False,
            tags={"Name": f"{role}-{zone}", **CNI_TAG},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[added]),
        )
        for zone in tables
    }
    for zone, subnet in subnets.items():
        aws.ec2.RouteTableAssociation(
            f"{role}-{zone}", subnet_id=subnet.id, route_table_id=tables[zone].id, opts=child
        )
    aws.ec2.NetworkAcl(
        role,
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in subnets.values()],
        ingress=ingress(Tier.PRIVATE, str(spec.cidr), str(pods)),
        egress=egress(Tier.PRIVATE, str(spec.cidr), str(pods)),
        tags={"Name": role},
        opts=child,
    )
    return subnets

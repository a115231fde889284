"""What AWS adds to every VPC by itself, open to all."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def empty_defaults(parent: pulumi.Resource, name: str, vpc: aws.ec2.Vpc) -> None:
    """Adopt the default security group, network ACL and route table, and leave nothing in them."""
    child = pulumi.ResourceOptions(parent=parent)
    default = f"{name}-default"
    tags = {"Name": f"{default}-unused"}
    aws.ec2.DefaultSecurityGroup(
        default, vpc_id=vpc.id, ingress=[], egress=[], tags=tags, opts=child
    )
    aws.ec2.DefaultNetworkAcl(
        default,
        default_network_acl_id=vpc.default_network_acl_id,
        ingress=[],
        egress=[],
        tags=tags,
        opts=child,
    )
    aws.ec2.DefaultRouteTable(
        default,
        default_route_table_id=vpc.default_route_table_id,
        routes=[],
        tags=tags,
        opts=child,
    )

"""The security group of a server on AWS: who may connect to it, and to nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


def create_firewall(
    parent: pulumi.Resource,
    name: str,
    *,
    what: str,
    protocol: str,
    port: int,
    vpc_id: pulumi.Input[str],
    vpc_cidr: str,
    clients: Mapping[str, pulumi.Input[str]],
) -> aws.ec2.SecurityGroup:
    """Declare a security group that lets ``clients`` in, or without any the whole network.

    Args:
        parent: the component it belongs to.
        name: of the component; the group and its rules are named after it.
        what: kind of the server, for descriptions: ``cache``.
        protocol: what the clients speak, for descriptions: ``Valkey``.
        port: where the server listens.
        vpc_id: network of the server.
        vpc_cidr: range of that network.
        clients: ids of security groups, by a name that never changes.
    """
    child = pulumi.ResourceOptions(parent=parent)
    firewall = aws.ec2.SecurityGroup(
        f"{name}-firewall",
        vpc_id=vpc_id,
        description=f"Clients of the {what} {name}",
        tags={"Name": f"{name}-firewall"},
        opts=child,
    )
    for client, group in clients.items():
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-{client}",
            security_group_id=firewall.id,
            description=f"{protocol} from {client}",
            referenced_security_group_id=group,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child,
        )
    if not clients:
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-network",
            security_group_id=firewall.id,
            description=f"{protocol} from the network",
            cidr_ipv4=vpc_cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child,
        )
    return firewall

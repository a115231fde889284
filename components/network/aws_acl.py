"""What may cross the border of each tier's subnets, whatever its security groups say.

Network ACLs are stateless: answers from outside arrive at ports the clients chose, so those ports
are open where a subnet calls the internet; the ports that administer hosts are left out.
"""

from __future__ import annotations

from itertools import count
from typing import Final

import pulumi_aws as aws

from components.network.plan import Tier

WORLD: Final = "0.0.0.0/0"
WEB_PORTS: Final = ((80, 80), (443, 443))
# All ports a client may choose, without the remote desktop's.
ANSWER_PORTS: Final = ((1_024, 3_388), (3_390, 65_535))

_Row = tuple[str, str, int, int]  # protocol, source, first port, last port


def ingress(tier: Tier, cidr: str, pods: str) -> list[aws.ec2.NetworkAclIngressArgs]:
    """What may enter the subnets of ``tier``.

    Args:
        tier: whose subnets are entered.
        cidr: range of the network.
        pods: range of the pods alone; empty where they have none.
    """
    answers = [
        (protocol, WORLD, first, last)
        for protocol in ("tcp", "udp")
        for first, last in ANSWER_PORTS
    ]
    web = [("tcp", WORLD, first, last) for first, last in WEB_PORTS]
    rows: dict[Tier, list[_Row]] = {
        Tier.PUBLIC: [*web, *answers],
        Tier.PRIVATE: answers,
        Tier.DATA: [],
    }
    numbers = count(100, 10)
    rules = [_allow(next(numbers), row) for row in (_everything(cidr), *rows[tier])]
    if tier is not Tier.DATA:
        rules.append(_packet_too_big(next(numbers)))
    if pods:
        rules.append(_allow(next(numbers), _everything(pods)))
    return rules


def egress(tier: Tier, cidr: str, pods: str) -> list[aws.ec2.NetworkAclEgressArgs]:
    """What may leave the subnets of ``tier``: everything, or for data what stays inside."""
    inside = [cidr, pods] if pods else [cidr]
    return [
        aws.ec2.NetworkAclEgressArgs(
            rule_no=number,
            action="allow",
            protocol="-1",
            cidr_block=destination,
            from_port=0,
            to_port=0,
        )
        for number, destination in zip(
            count(100, 10), inside if tier is Tier.DATA else [WORLD], strict=False
        )
    ]


def _everything(source: str) -> _Row:
    return ("-1", source, 0, 0)


def _allow(number: int, row: _Row) -> aws.ec2.NetworkAclIngressArgs:
    protocol, source, first, last = row
    return aws.ec2.NetworkAclIngressArgs(
        rule_no=number,
        action="allow",
        protocol=protocol,
        cidr_block=source,
        from_port=first,
        to_port=last,
    )


def _packet_too_big(number: int) -> aws.ec2.NetworkAclIngressArgs:
    # Without this answer, connections across a narrower link hang.
    return aws.ec2.NetworkAclIngressArgs(
        rule_no=number,
        action="allow",
        protocol="icmp",
        cidr_block=WORLD,
        icmp_type=3,
        icmp_code=4,
        from_port=0,
        to_port=0,
    )

"""Who may reach what: AWS security groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policies.addresses import CLOSED_PORTS, covers_every_address, reaches
from policies.controls import Relation, cis_aws, fsbp
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View

_PROBLEM: Final = "lets every address reach an administrative, database or cache port"


def _group(group: Subject) -> Iterator[Demand]:
    for rule in group.at("ingress").elements():
        ranges = (*rule.at("cidrBlocks").elements(), *rule.at("ipv6CidrBlocks").elements())
        yield _closed(group, rule, ranges, "protocol")


def _classic_rule(rule: Subject) -> Iterator[Demand]:
    ranges = (*rule.at("cidrBlocks").elements(), *rule.at("ipv6CidrBlocks").elements())
    yield _closed(rule, rule, ranges, "protocol")


def _ingress_rule(rule: Subject) -> Iterator[Demand]:
    yield _closed(rule, rule, (rule.at("cidrIpv4"), rule.at("cidrIpv6")), "ipProtocol")


def _closed(subject: Subject, rule: View, ranges: Iterable[View], protocol: str) -> Demand:
    reached = covers_every_address(ranges)
    if reached is not Truth.NO:
        reached &= reaches(rule, rule.at(protocol), subject.configured["ports"])
    return Demand(~reached, rule, _PROBLEM)


_ABSENT: Final = (
    "Without an address range (a group, a prefix list or the group itself is the source) nothing "
    "is open to every address. Protocol -1, or no ports, opens all ports."
)
_SSH: Final = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
_HTTPS: Final = {"protocol": "tcp", "fromPort": 443, "toPort": 443}

NO_PUBLIC_ADMIN: Final = Rule(
    id="aws-sg-no-public-admin",
    title="No administrative, database or cache port is open to every address",
    reason=(
        "Such ports are found and attacked within minutes of being opened; one weak password or "
        "one unpatched server behind them gives the network away."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(
        *cis_aws(v7=("6.3", "6.4"), v5=("5.3", "5.4")),
        *fsbp("EC2.13", "EC2.14"),
        *fsbp("EC2.19", relation=Relation.RELATED),
    ),
    fix=(
        "Name the security group or the address range of the clients as source, or reach the "
        "machine through Systems Manager."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19",
    settings=(
        Setting(
            name="ports",
            description="Ports that are never open to every address.",
            default=CLOSED_PORTS,
        ),
    ),
    checks=(
        Check(
            type="aws:ec2/securityGroup:SecurityGroup",
            demand="No inline ingress rule opens such a port to every address.",
            reads=(
                "ingress.cidrBlocks",
                "ingress.ipv6CidrBlocks",
                "ingress.fromPort",
                "ingress.toPort",
                "ingress.protocol",
            ),
            absent=_ABSENT,
            judge=_group,
            good={
                "SSH from a private range": {"ingress": [{**_SSH, "cidrBlocks": ["10.0.0.0/8"]}]},
                "HTTPS from everywhere": {
                    "ingress": [
                        {
                            **_HTTPS,
                            "cidrBlocks": ["0.0.0.0/0"],
                            "ipv6CidrBlocks": ["::/0"],
                        }
                    ]
                },
                "SSH from another group, no range": {
                    "ingress": [{**_SSH, "securityGroups": ["sg-0a1b2c3d"]}]
                },
                "ping from everywhere": {
                    "ingress": [
                        {
                            "protocol": "icmp",
                            "fromPort": 8,
                            "toPort": 255,
                            "cidrBlocks": ["0.0.0.0/0"],
                        }
                    ]
                },
                "no ingress at all": {},
                "an unknown port from a private range": {
                    "ingress": [
                        {
                            "protocol": "tcp",
                            "fromPort": UNKNOWN_NUMBER,
                            "toPort": UNKNOWN_NUMBER,
                            "cidrBlocks": ["10.0.0.0/8"],
                        }
                    ]
                },
            },
            bad={
                "SSH from everywhere": {"ingress": [{**_SSH, "cidrBlocks": ["0.0.0.0/0"]}]},
                "SSH from every IPv6 address": {
                    "ingress": [{**_SSH, "ipv6CidrBlocks": ["10.0.0.0/8", "0::/0"]}]
                },
                "everywhere in two halves": {
                    "ingress": [{**_SSH, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}]
                },
                "everywhere, written with an address": {
                    "ingress": [{**_SSH, "cidrBlocks": ["10.0.0.1/0"]}]
                },
                "no first port": {
                    "ingress": [{"protocol": "tcp", "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]
                },
                "a range of ports that contains PostgreSQL": {
                    "ingress": [
                        {
                            "protocol": "tcp",
                            "fromPort": 5000,
                            "toPort": 6000,
                            "cidrBlocks": ["0.0.0.0/0"],
                        }
                    ]
                },
                "every protocol": {
                    "ingress": [
                        {
                            "protocol": "-1",
                            "fromPort": 0,
                            "toPort": 0,
                            "cidrBlocks": ["0.0.0.0/0"],
                        }
                    ]
                },
                "no ports": {"ingress": [{"protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]},
                "no protocol and no ports": {"ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]},
                "one closed rule, one open, one not known": {
                    "ingress": [
                        {**_HTTPS, "cidrBlocks": ["0.0.0.0/0"]},
                        {**_SSH, "cidrBlocks": [UNKNOWN_STRING]},
                        {**_SSH, "cidrBlocks": [UNKNOWN_STRING, "0.0.0.0/0"]},
                    ]
                },
            },
            undecided={
                "ingress not known": {"ingress": UNKNOWN_STRING},
                "range not known": {"ingress": [{**_SSH, "cidrBlocks": [UNKNOWN_STRING]}]},
                "IPv6 range not known": {"ingress": [{**_SSH, "ipv6CidrBlocks": UNKNOWN_STRING}]},
                "protocol not known": {
                    "ingress": [{**_HTTPS, "protocol": UNKNOWN_STRING, "cidrBlocks": ["0.0.0.0/0"]}]
                },
                "first port not known": {
                    "ingress": [{**_HTTPS, "fromPort": UNKNOWN_NUMBER, "cidrBlocks": ["::/0"]}]
                },
                "last port not known": {
                    "ingress": [{**_HTTPS, "toPort": UNKNOWN_NUMBER, "cidrBlocks": ["::/0"]}]
                },
            },
        ),
        Check(
            type="aws:ec2/securityGroupRule:SecurityGroupRule",
            demand="An ingress rule does not open such a port to every address.",
            reads=("type", "cidrBlocks", "ipv6CidrBlocks", "fromPort", "toPort", "protocol"),
            absent=_ABSENT,
            judge=_classic_rule,
            applies=lambda rule: ~rule.at("type").is_one_of("egress"),
            good={
                "SSH from a private range": {
                    **_SSH,
                    "type": "ingress",
                    "cidrBlocks": ["10.0.0.0/8"],
                },
                "HTTPS from everywhere": {**_HTTPS, "type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
                "SSH from another group, no range": {
                    **_SSH,
                    "type": "ingress",
                    "sourceSecurityGroupId": "sg-0a1b2c3d",
                },
                "direction not known, but a private range": {
                    **_SSH,
                    "type": UNKNOWN_STRING,
                    "cidrBlocks": ["10.0.0.0/8"],
                },
            },
            bad={
                "SSH from everywhere": {**_SSH, "type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
                "Redis from every IPv6 address": {
                    "type": "ingress",
                    "protocol": "tcp",
                    "fromPort": 6379,
                    "toPort": 6379,
                    "ipv6CidrBlocks": ["::/0"],
                },
                "every protocol": {
                    "type": "ingress",
                    "protocol": "-1",
                    "fromPort": 0,
                    "toPort": 0,
                    "cidrBlocks": ["0.0.0.0/0"],
                },
                "no ports": {"type": "ingress", "protocol": "6", "cidrBlocks": ["0.0.0.0/0"]},
                "no direction, no protocol": {"cidrBlocks": ["0.0.0.0/0"]},
            },
            undecided={
                "direction not known": {
                    **_SSH,
                    "type": UNKNOWN_STRING,
                    "cidrBlocks": ["0.0.0.0/0"],
                },
                "range not known": {**_SSH, "type": "ingress", "cidrBlocks": UNKNOWN_STRING},
                "IPv6 range not known": {
                    **_SSH,
                    "type": "ingress",
                    "ipv6CidrBlocks": [UNKNOWN_STRING],
                },
                "protocol not known": {
                    **_SSH,
                    "type": "ingress",
                    "protocol": UNKNOWN_STRING,
                    "cidrBlocks": ["0.0.0.0/0"],
                },
                "first port not known": {
                    **_HTTPS,
                    "type": "ingress",
                    "fromPort": UNKNOWN_NUMBER,
                    "cidrBlocks": ["0.0.0.0/0"],
                },
                "last port not known": {
                    **_HTTPS,
                    "type": "ingress",
                    "toPort": UNKNOWN_NUMBER,
                    "cidrBlocks": ["0.0.0.0/0"],
                },
            },
            foreign={
                "egress to everywhere": {
                    "type": "egress",
                    "protocol": "-1",
                    "fromPort": 0,
                    "toPort": 0,
                    "cidrBlocks": ["0.0.0.0/0"],
                }
            },
        ),
        Check(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            demand="The rule does not open such a port to every address.",
            reads=("cidrIpv4", "cidrIpv6", "fromPort", "ipProtocol", "toPort"),
            absent=_ABSENT,
            judge=_ingress_rule,
            good={
                "PostgreSQL from a private range": {
                    "ipProtocol": "tcp",
                    "fromPort": 5432,
                    "toPort": 5432,
                    "cidrIpv4": "10.0.0.0/16",
                },
                "PostgreSQL from another group, no range": {
                    "ipProtocol": "tcp",
                    "fromPort": 5432,
                    "toPort": 5432,
                    "referencedSecurityGroupId": "sg-0a1b2c3d",
                },
                "unknown end of a range above all of the ports": {
                    "ipProtocol": "tcp",
                    "fromPort": 50_000,
                    "toPort": UNKNOWN_NUMBER,
                    "cidrIpv4": "0.0.0.0/0",
                },
            },
            bad={
                "SSH from everywhere": {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "cidrIpv4": "0.0.0.0/0",
                },
                "every port of UDP from every IPv6 address": {
                    "ipProtocol": "udp",
                    "fromPort": 0,
                    "toPort": 65_535,
                    "cidrIpv6": "::/0",
                },
                "every protocol, no ports": {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
                "no protocol and no ports": {"cidrIpv4": "0.0.0.0/0"},
            },
            undecided={
                "range not known": {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "cidrIpv4": UNKNOWN_STRING,
                },
                "IPv6 range not known": {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "cidrIpv6": UNKNOWN_STRING,
                },
                "protocol not known": {"ipProtocol": UNKNOWN_STRING, "cidrIpv4": "0.0.0.0/0"},
                "first port not known": {
                    "ipProtocol": "tcp",
                    "fromPort": UNKNOWN_NUMBER,
                    "toPort": 443,
                    "cidrIpv4": "0.0.0.0/0",
                },
                "last port not known": {
                    "ipProtocol": "tcp",
                    "fromPort": 443,
                    "toPort": UNKNOWN_NUMBER,
                    "cidrIpv4": "0.0.0.0/0",
                },
            },
        ),
    ),
)

"""What every VPC needs beside it: a closed default security group and flow logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import cis_aws, fsbp
from policies.examples import example
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject, names
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth, View, some

_VPC: Final = "aws:ec2/vpc:Vpc"
_DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
_GROUP_RULES: Final = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)


def _without_rules(group: Subject) -> Iterator[Demand]:
    for direction in ("ingress", "egress"):
        rules = group.at(direction)
        yield Demand(rules.is_empty(), rules, "puts rules on the default security group")


def _adopted(vpc: Subject, stack: Stack) -> Iterator[Demand]:
    groups = stack.of(_DEFAULT_GROUP)
    adopted = some(names(group, "vpcId", vpc.resource) for group in groups)
    yield Demand(adopted, vpc, "has a default security group that nobody closed")


def _without_rule_resources(group: Subject, stack: Stack) -> Iterator[Demand]:
    for rule in stack.of(*_GROUP_RULES):
        attached = _attached(rule, group.resource, stack)
        yield Demand(~attached, group, f"is given a rule by the {rule.type} named {rule.name}")


def _attached(rule: Resource, group: Resource, stack: Stack) -> Truth:
    key = "securityGroupId"
    attached = names(rule, key, group, rivals=(_GROUP,))
    vpcs = [behind for behind in stack.behind(rule, key) if behind.type == _VPC]
    if attached is Truth.UNKNOWN and vpcs:
        # The only security group id a VPC has is that of its default group.
        return some(names(group, "vpcId", vpc) for vpc in vpcs)
    return attached


def _logged(vpc: Subject, stack: Stack) -> Iterator[Demand]:
    logs = [
        names(log, "vpcId", vpc.resource)
        & View(log.props).at("trafficType").is_one_of("ALL", "REJECT")
        for log in stack.of(_FLOW_LOG)
    ]
    yield Demand(some(logs), vpc, "has no flow log of all or of rejected traffic")


_CORE: Final = example(_VPC, "core", {"cidrBlock": "10.0.0.0/16", "id": UNKNOWN_STRING})
_EDGE: Final = example(_VPC, "edge", {"cidrBlock": "10.1.0.0/16", "id": UNKNOWN_STRING})
_SUBNET: Final = example(
    "aws:ec2/subnet:Subnet", "core-a", {"vpcId": UNKNOWN_STRING}, made_from={"vpcId": [_CORE]}
)
_CORE_DEFAULT: Final = example(
    _DEFAULT_GROUP,
    "core-default",
    {"vpcId": UNKNOWN_STRING, "id": UNKNOWN_STRING},
    made_from={"vpcId": [_CORE]},
)

_WEB: Final = example(_GROUP, "web", {"vpcId": UNKNOWN_STRING}, made_from={"vpcId": [_CORE]})


def _log(props: dict[str, str], name: str = "core") -> Resource:
    """A flow log of the VPC ``core``."""
    unknown = {"vpcId": UNKNOWN_STRING}
    return example(_FLOW_LOG, name, {**unknown, **props}, made_from={"vpcId": [_CORE]})


DEFAULT_GROUP_CLOSED: Final = Rule(
    id="aws-vpc-default-sg-closed",
    title="The default security group of every VPC is adopted and has no rules",
    reason=(
        "Whatever is created without a security group lands in the default one, which lets its "
        "members reach each other and the whole internet until somebody empties it."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=(*cis_aws(v7=("6.5",), v5=("5.5",)), *fsbp("EC2.2")),
    fix=(
        "Create an aws.ec2.DefaultSecurityGroup for the VPC without ingress and egress, and give "
        "what needs rules a security group of its own."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2",
    checks=(
        Check(
            type=_DEFAULT_GROUP,
            demand="The adopted default security group has neither ingress nor egress rules.",
            reads=("ingress", "egress"),
            absent="No ingress or egress property means no rules: adopting the group empties it.",
            judge=_without_rules,
            good={
                "rules left out": {"vpcId": "vpc-0a1b2c3d"},
                "rules emptied": {"vpcId": UNKNOWN_STRING, "ingress": [], "egress": []},
            },
            bad={
                "traffic between members": {
                    "ingress": [{"protocol": "-1", "self": True, "fromPort": 0, "toPort": 0}]
                },
                "traffic to everywhere": {
                    "egress": [
                        {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
                    ]
                },
                "one rule, not known yet": {"ingress": [UNKNOWN_STRING]},
            },
            undecided={
                "ingress not known": {"ingress": UNKNOWN_ARRAY},
                "egress not known": {"ingress": [], "egress": UNKNOWN_STRING},
            },
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_VPC,
            demand="Every VPC has an aws.ec2.DefaultSecurityGroup in the stack.",
            reads={_DEFAULT_GROUP: ("vpcId",)},
            absent=(
                "No default security group for the VPC violates. The dependencies of vpcId tell "
                "which VPC is meant while ids are unknown."
            ),
            judge=_adopted,
            good={
                "adopted, ids not known yet": (_CORE, _CORE_DEFAULT),
                "adopted, ids known": (
                    example(_VPC, "core", {"id": "vpc-0a1b2c3d"}),
                    example(_DEFAULT_GROUP, "core-default", {"vpcId": "vpc-0a1b2c3d"}),
                ),
                "each of two VPCs adopted": (
                    _CORE,
                    _EDGE,
                    _CORE_DEFAULT,
                    example(
                        _DEFAULT_GROUP,
                        "edge-default",
                        {"vpcId": UNKNOWN_STRING},
                        made_from={"vpcId": [_EDGE]},
                    ),
                ),
            },
            bad={
                "no companion": (_CORE,),
                "the companion of another VPC": (_EDGE, _CORE, _CORE_DEFAULT),
                "the companion of a VPC outside the stack": (
                    _CORE,
                    example(_DEFAULT_GROUP, "other-default", {"vpcId": "vpc-0a1b2c3d"}),
                ),
                "vpcId left out": (_CORE, example(_DEFAULT_GROUP, "account-default")),
            },
            undecided={
                "made from something else of the VPC": (
                    _CORE,
                    _SUBNET,
                    example(
                        _DEFAULT_GROUP,
                        "core-default",
                        {"vpcId": UNKNOWN_STRING},
                        made_from={"vpcId": [_SUBNET]},
                    ),
                ),
            },
        ),
        StackCheck(
            type=_DEFAULT_GROUP,
            demand="No rule resource puts a rule on the adopted default security group.",
            reads=dict.fromkeys(_GROUP_RULES, ("securityGroupId",)),
            absent="No rule resource in the stack satisfies.",
            judge=_without_rule_resources,
            good={
                "no rule resources": (_CORE, _CORE_DEFAULT),
                "a rule of another group": (
                    _CORE,
                    _CORE_DEFAULT,
                    example(_GROUP_RULES[1], "web-https", {"securityGroupId": "sg-0a1b2c3d"}),
                ),
                "a rule of another group, ids not known yet": (
                    _CORE,
                    _CORE_DEFAULT,
                    _WEB,
                    example(
                        _GROUP_RULES[1],
                        "web-https",
                        {"securityGroupId": UNKNOWN_STRING},
                        made_from={"securityGroupId": [_WEB]},
                    ),
                ),
                "securityGroupId left out": (
                    _CORE,
                    _CORE_DEFAULT,
                    example(_GROUP_RULES[0], "web-https"),
                ),
            },
            bad={
                "a rule through the VPC's defaultSecurityGroupId": (
                    _CORE,
                    _CORE_DEFAULT,
                    example(
                        _GROUP_RULES[1],
                        "core-https",
                        {"securityGroupId": UNKNOWN_STRING},
                        made_from={"securityGroupId": [_CORE]},
                    ),
                ),
            }
            | {
                f"a rule by {kind.rpartition(':')[2]}": (
                    _CORE,
                    _CORE_DEFAULT,
                    example(
                        kind,
                        "core-default-https",
                        {"securityGroupId": UNKNOWN_STRING},
                        made_from={"securityGroupId": [_CORE_DEFAULT]},
                    ),
                )
                for kind in _GROUP_RULES
            },
            undecided={
                f"a {kind.rpartition(':')[2]} of a group not known": (
                    _CORE,
                    _CORE_DEFAULT,
                    example(kind, "web-https", {"securityGroupId": UNKNOWN_STRING}),
                )
                for kind in _GROUP_RULES
            },
        ),
    ),
)

FLOW_LOGS: Final = Rule(
    id="aws-vpc-flow-logs",
    title="Every VPC records its traffic, at least what it rejects",
    reason="Without flow logs nobody can tell afterwards who reached what, or who tried to.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=(*cis_aws(v7=("4.7",), v5=("3.7",)), *fsbp("EC2.6")),
    fix="Create an aws.ec2.FlowLog for the VPC with traffic_type ALL, or REJECT where volume counts.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-6",
    stack_checks=(
        StackCheck(
            type=_VPC,
            demand="Every VPC is the target of a flow log of all or of rejected traffic.",
            reads={_FLOW_LOG: ("vpcId", "trafficType")},
            absent=(
                "No flow log for the VPC violates, and so does one without trafficType, which a "
                "VPC requires. The dependencies of vpcId tell which VPC is meant while ids are "
                "unknown."
            ),
            judge=_logged,
            good={
                "all traffic": (_CORE, _log({"trafficType": "ALL"})),
                "rejected traffic": (_CORE, _log({"trafficType": "REJECT"})),
                "one log of accepted, one of rejected traffic": (
                    _CORE,
                    _log({"trafficType": "ACCEPT"}, "core-accepted"),
                    _log({"trafficType": "REJECT"}, "core-rejected"),
                ),
                "all traffic, ids known": (
                    example(_VPC, "core", {"id": "vpc-0a1b2c3d"}),
                    example(_FLOW_LOG, "core", {"vpcId": "vpc-0a1b2c3d", "trafficType": "ALL"}),
                ),
            },
            bad={
                "no flow log": (_CORE,),
                "accepted traffic only": (_CORE, _log({"trafficType": "ACCEPT"})),
                "trafficType left out": (_CORE, _log({})),
                "the flow log of a subnet": (
                    _CORE,
                    example(_FLOW_LOG, "core-a", {"subnetId": "subnet-01", "trafficType": "ALL"}),
                ),
                "the flow log of another VPC": (_EDGE, _CORE, _log({"trafficType": "ALL"})),
            },
            undecided={
                "trafficType not known": (_CORE, _log({"trafficType": UNKNOWN_STRING})),
                "target not known": (
                    _CORE,
                    example(_FLOW_LOG, "core", {"vpcId": UNKNOWN_STRING, "trafficType": "ALL"}),
                ),
            },
        ),
    ),
)

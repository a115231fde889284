"""What must not be reached from the internet on AWS: the subnets of nodes and of databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policies.controls import Relation, cis_aws, cis_eks, fsbp
from policies.examples import example
from policies.routes import (
    ASSOCIATION,
    DEFAULT_SUBNET,
    DEFAULT_TABLE,
    INTERNET_GATEWAY,
    MAIN_ASSOCIATION,
    READS,
    ROUTE,
    SUBNET,
    TABLE,
    VPC,
    network_of,
)
from policies.rule import Demand, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth

_NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_SUBNET_GROUP: Final = "aws:rds/subnetGroup:SubnetGroup"
_KEY: Final = "subnetIds"


def _in_private_subnets(what: str) -> Callable[[Subject, Stack], Iterator[Demand]]:
    def judge(subject: Subject, stack: Stack) -> Iterator[Demand]:
        network, ids = network_of(stack), subject.at(_KEY)
        subnets, are_all = network.subnets.named_by(subject.resource, _KEY)
        for subnet in subnets:
            problem = f"puts {what} into the public subnet named {subnet.name}"
            yield Demand(network.is_private(subnet), ids, problem)
        if not are_all:
            yield Demand(Truth.UNKNOWN, ids, "names a subnet outside the stack")

    return judge


def _new(type_: str, name: str, /, *made_from: tuple[str, Resource], **known: Any) -> Resource:
    """A resource that is yet to be created, whose ids are those of resources before it."""
    behind = {key: [source for k, source in made_from if k == key] for key, _ in made_from}
    unknown = dict.fromkeys(behind, UNKNOWN_STRING)
    return example(type_, name, {"id": UNKNOWN_STRING, **unknown, **known}, made_from=behind)


_CORE: Final = _new(VPC, "core", mainRouteTableId=UNKNOWN_STRING)
_GATEWAY: Final = _new(INTERNET_GATEWAY, "internet", ("vpcId", _CORE))
_NAT: Final = _new("aws:ec2/natGateway:NatGateway", "nat")
_VPN: Final = _new("aws:ec2/vpnGateway:VpnGateway", "office", ("vpcId", _CORE))
_A: Final = _new(SUBNET, "a", ("vpcId", _CORE))
_B: Final = _new(SUBNET, "b", ("vpcId", _CORE))
_CLOSED: Final = _new(TABLE, "closed", ("vpcId", _CORE), routes=UNKNOWN_ARRAY)
_OPEN: Final = _new(TABLE, "open", ("vpcId", _CORE), routes=UNKNOWN_ARRAY)
_ADOPTED: Final = _new(DEFAULT_TABLE, "adopted", ("defaultRouteTableId", _CORE), routes=[])


def _use(table: Resource, subnet: Resource = _A) -> Resource:
    return _new(ASSOCIATION, subnet.name, ("subnetId", subnet), ("routeTableId", table))


def _main(table: Resource) -> Resource:
    return _new(MAIN_ASSOCIATION, "main", ("vpcId", _CORE), ("routeTableId", table))


def _to(gateway: Resource, table: Resource, to: str = "0.0.0.0/0") -> Resource:
    key = "destinationIpv6CidrBlock" if ":" in to else "destinationCidrBlock"
    made_from = (("routeTableId", table), ("gatewayId", gateway))
    return _new(ROUTE, f"{table.name}-{gateway.name}", *made_from, **{key: to})


def _inline(*gateways: Resource) -> Resource:
    """A table with routes of its own, the gateways of which are not known yet."""
    return example(
        TABLE,
        "inline",
        {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN_STRING}]},
        made_from={"routes": gateways},
    )


_ROUTED_BY_NAT: Final = example(
    ROUTE,
    "nat",
    {"routeTableId": UNKNOWN_STRING, "natGatewayId": UNKNOWN_STRING},
    made_from={"routeTableId": [_CLOSED], "natGatewayId": [_NAT]},
)
_KNOWN: Final = (
    example(SUBNET, "a", {"id": "subnet-0a", "vpcId": "vpc-01"}),
    example(SUBNET, "b", {"id": "subnet-0b", "vpcId": "vpc-01"}),
    example(ASSOCIATION, "a", {"subnetId": "subnet-0a", "routeTableId": "rtb-01"}),
    example(ASSOCIATION, "b", {"subnetId": "subnet-0b", "routeTableId": "rtb-02"}),
    example(TABLE, "one", {"id": "rtb-01", "routes": [{"gatewayId": "vgw-01"}]}),
    example(TABLE, "two", {"id": "rtb-02"}),
    example(ROUTE, "two", {"routeTableId": "rtb-02", "gatewayId": "igw-01"}),
)


def _examples(type_: str) -> Mapping[str, Mapping[str, tuple[Resource, ...]]]:
    def on(*subnets: Resource) -> Resource:
        return _new(type_, "orders", *((_KEY, subnet) for subnet in subnets))

    def known(*ids: str) -> Resource:
        return example(type_, "orders", {_KEY: list(ids)})

    beside = (_CORE, _GATEWAY, _A)
    addressed = _new(SUBNET, "a", ("vpcId", _CORE), mapPublicIpOnLaunch=True)
    maybe = _new(SUBNET, "a", ("vpcId", _CORE), mapPublicIpOnLaunch=UNKNOWN_STRING)
    by_default = _new(DEFAULT_SUBNET, "a")
    quiet = _new(DEFAULT_SUBNET, "a", mapPublicIpOnLaunch=False)
    good = {
        "no route to the internet": (*beside, _CLOSED, _OPEN, _use(_CLOSED), on(_A)),
        "a gateway for another table": (
            *beside,
            *(_OPEN, _CLOSED, _use(_CLOSED), _to(_GATEWAY, _OPEN), on(_A)),
        ),
        "through a NAT gateway": (*beside, _NAT, _CLOSED, _use(_CLOSED), _ROUTED_BY_NAT, on(_A)),
        "through a VPN": (*beside, _VPN, _CLOSED, _use(_CLOSED), _to(_VPN, _CLOSED), on(_A)),
        "routes of its own to a VPN": (
            *beside,
            *(_VPN, _inline(_VPN), _use(_inline(_VPN)), on(_A)),
        ),
        "the main table of the VPC": (_CORE, _A, on(_A)),
        "another table than the open main one": (
            *beside,
            *(_CLOSED, _use(_CLOSED), _to(_GATEWAY, _CORE), on(_A)),
        ),
        "a closed table as main one": (*beside, _CLOSED, _main(_CLOSED), on(_A)),
        "ids known": (*_KNOWN, known("subnet-0a")),
        "a default subnet that gives no addresses": (
            _CORE,
            _CLOSED,
            quiet,
            _use(_CLOSED, quiet),
            on(quiet),
        ),
        "left out": (example(type_, "orders"),),
    }
    bad = {
        "a route to an internet gateway": (
            *beside,
            *(_OPEN, _use(_OPEN), _to(_GATEWAY, _OPEN), on(_A)),
        ),
        "for IPv6 only": (
            *beside,
            *(_OPEN, _use(_OPEN), _to(_GATEWAY, _OPEN, "::/0"), on(_A)),
        ),
        "routes of its own": (*beside, _inline(_GATEWAY), _use(_inline(_GATEWAY)), on(_A)),
        "one of two subnets": (
            *(*beside, _B, _CLOSED, _OPEN, _use(_CLOSED), _use(_OPEN, _B)),
            *(_to(_GATEWAY, _OPEN), on(_A, _B)),
        ),
        "the main table of the VPC": (*beside, _to(_GATEWAY, _CORE), on(_A)),
        "the adopted main table": (*beside, _ADOPTED, _to(_GATEWAY, _ADOPTED), on(_A)),
        "another table as main one": (
            *beside,
            *(_OPEN, _main(_OPEN), _to(_GATEWAY, _OPEN), on(_A)),
        ),
        "public addresses": (_CORE, addressed, on(addressed)),
        "a default subnet": (
            *(_CORE, _CLOSED, by_default, _use(_CLOSED, by_default), on(by_default)),
        ),
        "ids known": (*_KNOWN, known("subnet-0a", "subnet-0b")),
    }
    undecided = {
        "a subnet outside the stack": (_CORE, _A, known("subnet-0c")),
        "subnets from nothing known": (_CORE, _A, example(type_, "x", {_KEY: UNKNOWN_ARRAY})),
        "a VPC outside the stack": (*_KNOWN[:1], known("subnet-0a")),
        "a table outside the stack": (*_KNOWN[:1], _KNOWN[2], known("subnet-0a")),
        "whether addresses are public not known": (_CORE, maybe, on(maybe)),
        "a gateway from nothing known": (
            *(*beside, _OPEN, _use(_OPEN)),
            *(_new(ROUTE, "x", ("routeTableId", _OPEN), gatewayId=UNKNOWN_STRING), on(_A)),
        ),
        "a gateway for a table not known": (
            *beside,
            *(_OPEN, _use(_OPEN), on(_A)),
            _new(ROUTE, "x", ("gatewayId", _GATEWAY), routeTableId=UNKNOWN_STRING),
        ),
    }
    return {"good": good, "bad": bad, "undecided": undecided}


def _check(type_: str, what: str) -> StackCheck:
    examples = _examples(type_)
    return StackCheck(
        type=type_,
        demand="No subnet gives public addresses or has a route to an internet gateway.",
        reads={type_: (_KEY,), **READS},
        absent=(
            "No subnets satisfy; the provider refuses that. mapPublicIpOnLaunch left out is off, "
            "for a default subnet on. A subnet without a route table of its own has the main one "
            "of its VPC. A subnet, table or VPC outside the stack is undecided. Dependencies tell "
            "what is meant while ids are unknown."
        ),
        judge=_in_private_subnets(what),
        good=examples["good"],
        bad=examples["bad"],
        undecided=examples["undecided"],
    )


EKS_PRIVATE_NODES: Final = Rule(
    id="aws-eks-private-nodes",
    title="Nodes of a cluster are in private subnets",
    reason=(
        "A node that the internet reaches is attacked through every port a pod or the node itself "
        "opens; one that it does not reach needs somebody inside first."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=cis_eks("5.4.3"),
    fix="Give subnet_ids of subnets that reach the internet through a NAT gateway or not at all.",
    source="https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html",
    stack_checks=(_check(_NODE_GROUP, "nodes"),),
)

RDS_PRIVATE_SUBNETS: Final = Rule(
    id="aws-rds-private-subnets",
    title="Databases are in private subnets",
    reason=(
        "In a public subnet one switch of an instance is all that keeps a database from the "
        "internet."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(
        *cis_aws(v7=("3.2.3",), v5=("2.2.3",), relation=Relation.RELATED),
        *fsbp("RDS.46"),
    ),
    fix="Give subnet_ids of subnets without a route to an internet gateway.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    stack_checks=(_check(_SUBNET_GROUP, "a database"),),
)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from components.calendar import TABLES, Product
from policies import routes
from policies.examples import example
from policies.judge import judge, judge_stack
from policies.references import References, Targets, is_computed
from policies.routes import network_of
from policies.rule import Rule, Verdict
from policies.rules.aws_eks_upkeep import NO_CLUSTER_WIDE_ADMIN, SUPPORTED_VERSION
from policies.rules.aws_reachability import EKS_PRIVATE_NODES, RDS_PRIVATE_SUBNETS
from policies.rules.aws_security_group_exposure import NO_PUBLIC_INGRESS
from policies.rules.aws_security_group_rules import NO_MIXED_RULE_STYLES, RULE_DESCRIBED
from policies.subject import Resource, Stack
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
ATTACHMENT = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
VPN_ATTACHMENT = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
ALL_RULES = (EKS_PRIVATE_NODES, RDS_PRIVATE_SUBNETS, NO_PUBLIC_INGRESS, NO_MIXED_RULE_STYLES)

VPC = example(routes.VPC, "core", {"id": "vpc-1", "mainRouteTableId": "rtb-main"})
NEW_VPC = example(routes.VPC, "new", {"id": UNKNOWN_STRING, "mainRouteTableId": UNKNOWN_STRING})
SUBNET = example(routes.SUBNET, "a", {"id": "subnet-a", "vpcId": "vpc-1"})
NEW_SUBNET = example(
    routes.SUBNET,
    "a",
    {"id": UNKNOWN_STRING, "vpcId": UNKNOWN_STRING},
    made_from={"vpcId": [NEW_VPC]},
)
TABLE = example(routes.TABLE, "one", {"id": "rtb-1"})
USE = example(routes.ASSOCIATION, "a", {"subnetId": "subnet-a", "routeTableId": "rtb-1"})
GATEWAY = example(routes.INTERNET_GATEWAY, "internet", {"id": UNKNOWN_STRING})


def route(
    name: str = "out", made_from: Mapping[str, list[Resource]] | None = None, **props: object
) -> Resource:
    return example(routes.ROUTE, name, props, made_from=made_from)


def is_private(subnet: Resource, *others: Resource) -> Truth:
    return network_of(Stack([subnet, *others])).is_private(subnet)


@pytest.mark.parametrize(
    ("gateway", "private"),
    [
        ("igw-1", Truth.NO),
        ("vgw-1", Truth.YES),
        ("local", Truth.YES),
        ("", Truth.YES),
        ("vpce-1", Truth.YES),
        (None, Truth.YES),
        (7, Truth.UNKNOWN),
        (UNKNOWN_STRING, Truth.UNKNOWN),
    ],
)
@pytest.mark.parametrize("destination", ["0.0.0.0/0", "::/0", "198.51.100.0/24"])
def test_only_an_internet_gateway_opens_a_subnet_whatever_the_destination(
    gateway: object, private: Truth, destination: str
) -> None:
    key = "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock"
    props = {"routeTableId": "rtb-1", "gatewayId": gateway, key: destination}
    out = example(routes.ROUTE, "out", props)
    inline = example(
        routes.TABLE,
        "one",
        {"id": "rtb-1", "routes": [{"gatewayId": "local"}, {"gatewayId": gateway}]},
    )

    assert is_private(SUBNET, VPC, TABLE, USE, out) is private
    assert is_private(SUBNET, VPC, inline, USE) is private


def test_other_ways_out_leave_a_subnet_private() -> None:
    ways = ("natGatewayId", "egressOnlyGatewayId", "networkInterfaceId", "transitGatewayId")
    out = [
        example(routes.ROUTE, way, {"routeTableId": "rtb-1", way: UNKNOWN_STRING}) for way in ways
    ]

    assert is_private(SUBNET, VPC, TABLE, USE, *out) is Truth.YES


@pytest.mark.parametrize(
    ("types", "private"),
    [
        ([routes.INTERNET_GATEWAY], Truth.NO),
        ([ATTACHMENT], Truth.NO),
        ([VPN_GATEWAY], Truth.YES),
        ([VPN_ATTACHMENT], Truth.YES),
        ([routes.INTERNET_GATEWAY, VPN_GATEWAY], Truth.UNKNOWN),
        (["aws:ssm/parameter:Parameter"], Truth.UNKNOWN),
    ],
)
def test_a_gateway_that_is_not_known_is_what_it_was_made_from(
    types: list[str], private: Truth
) -> None:
    sources = [example(type_, "source", {"id": UNKNOWN_STRING}) for type_ in types]
    out = route(routeTableId="rtb-1", gatewayId=UNKNOWN_STRING, made_from={"gatewayId": sources})
    inline = example(
        routes.TABLE,
        "one",
        {"id": "rtb-1", "routes": [{"gatewayId": UNKNOWN_STRING}]},
        made_from={"routes": sources},
    )

    assert is_private(SUBNET, VPC, TABLE, USE, out, *sources) is private
    assert is_private(SUBNET, VPC, inline, USE, *sources) is private


def test_routes_that_the_program_gave_and_that_are_not_known_leave_it_open() -> None:
    props = {"id": "rtb-1", "routes": UNKNOWN_ARRAY}
    given = example(routes.TABLE, "one", props, made_from={"routes": [VPC], "vpcId": [VPC]})
    shown = example(routes.TABLE, "one", props, made_from={"vpcId": [VPC]})

    assert is_private(SUBNET, VPC, given, USE) is Truth.UNKNOWN
    assert is_private(SUBNET, VPC, shown, USE) is Truth.YES


@pytest.mark.parametrize("key", ["mainRouteTableId", "defaultRouteTableId"])
def test_a_route_on_the_main_table_opens_subnets_without_a_table_of_their_own(key: str) -> None:
    vpc = example(routes.VPC, "core", {"id": "vpc-1", key: "rtb-main"})
    out = route(routeTableId="rtb-main", gatewayId="igw-1")

    assert is_private(SUBNET, vpc, out) is Truth.NO
    assert is_private(SUBNET, vpc, out, TABLE, USE) is Truth.YES
    assert is_private(SUBNET, vpc, route(routeTableId="rtb-9", gatewayId="igw-1")) is Truth.YES


def test_a_subnet_may_name_the_main_table_itself() -> None:
    use = example(
        routes.ASSOCIATION,
        "a",
        {"subnetId": UNKNOWN_STRING, "routeTableId": UNKNOWN_STRING},
        made_from={"subnetId": [NEW_SUBNET], "routeTableId": [NEW_VPC]},
    )
    out = route(
        routeTableId=UNKNOWN_STRING,
        gatewayId=UNKNOWN_STRING,
        made_from={"routeTableId": [NEW_VPC], "gatewayId": [GATEWAY]},
    )

    assert is_private(NEW_SUBNET, NEW_VPC, use, GATEWAY) is Truth.YES
    assert is_private(NEW_SUBNET, NEW_VPC, use, GATEWAY, out) is Truth.NO


def test_an_adopted_main_table_has_the_routes_of_both_names() -> None:
    adopted = example(
        routes.DEFAULT_TABLE,
        "main",
        {"id": UNKNOWN_STRING, "defaultRouteTableId": UNKNOWN_STRING, "routes": []},
        made_from={"defaultRouteTableId": [NEW_VPC]},
    )
    inline = example(
        routes.DEFAULT_TABLE,
        "main",
        {"defaultRouteTableId": UNKNOWN_STRING, "routes": [{"gatewayId": "igw-1"}]},
        made_from={"defaultRouteTableId": [NEW_VPC]},
    )
    through_vpc = route(
        routeTableId=UNKNOWN_STRING, gatewayId="igw-1", made_from={"routeTableId": [NEW_VPC]}
    )
    use = example(
        routes.ASSOCIATION,
        "a",
        {"subnetId": UNKNOWN_STRING, "routeTableId": UNKNOWN_STRING},
        made_from={"subnetId": [NEW_SUBNET], "routeTableId": [adopted]},
    )

    assert is_private(NEW_SUBNET, NEW_VPC, adopted) is Truth.YES
    assert is_private(NEW_SUBNET, NEW_VPC, inline) is Truth.NO
    assert is_private(NEW_SUBNET, NEW_VPC, inline, use) is Truth.NO
    assert is_private(NEW_SUBNET, NEW_VPC, adopted, use) is Truth.YES
    assert is_private(NEW_SUBNET, NEW_VPC, adopted, use, through_vpc) is Truth.NO


def test_a_main_table_that_may_have_been_replaced_is_not_decided() -> None:
    replaced = example(
        routes.MAIN_ASSOCIATION, "main", {"vpcId": UNKNOWN_STRING, "routeTableId": "rtb-1"}
    )
    elsewhere = example(
        routes.MAIN_ASSOCIATION, "main", {"vpcId": "vpc-1", "routeTableId": "rtb-9"}
    )

    assert is_private(SUBNET, VPC, TABLE, replaced) is Truth.UNKNOWN
    assert is_private(SUBNET, VPC, TABLE, elsewhere) is Truth.UNKNOWN


def test_an_association_that_may_be_of_any_subnet_leaves_those_without_one_open() -> None:
    anybody = example(
        routes.ASSOCIATION, "x", {"subnetId": UNKNOWN_STRING, "routeTableId": "rtb-1"}
    )

    assert is_private(SUBNET, VPC, TABLE, anybody) is Truth.UNKNOWN
    assert is_private(SUBNET, VPC, TABLE, anybody, USE) is Truth.YES


def test_a_route_that_may_be_of_any_table_counts_only_if_it_leads_out() -> None:
    inward = route(routeTableId=UNKNOWN_STRING, natGatewayId="nat-1")
    outward = route(routeTableId=UNKNOWN_STRING, gatewayId="igw-1")

    assert is_private(SUBNET, VPC, TABLE, USE, inward) is Truth.YES
    assert is_private(SUBNET, VPC, TABLE, USE, outward) is Truth.UNKNOWN


def test_a_table_without_an_id_may_have_every_route_that_names_one() -> None:
    table = example(routes.TABLE, "two", {})
    use = example(
        routes.ASSOCIATION,
        "a",
        {"subnetId": "subnet-a", "routeTableId": "rtb-2"},
        made_from={"routeTableId": [table]},
    )
    out = route(routeTableId="rtb-2", gatewayId="igw-1")
    stray = route("stray", routeTableId=UNKNOWN_STRING, natGatewayId="nat-1")

    assert is_private(SUBNET, VPC, table, use, stray) is Truth.YES
    assert is_private(SUBNET, VPC, table, use, out, stray) is Truth.UNKNOWN


def test_two_subnets_of_one_network_are_told_apart() -> None:
    other = example(routes.SUBNET, "b", {"id": "subnet-b", "vpcId": "vpc-1"})
    out = route(routeTableId="rtb-1", gatewayId="igw-1")
    network = network_of(Stack([SUBNET, other, VPC, TABLE, USE, out]))

    assert network.is_private(SUBNET) is Truth.NO
    assert network.is_private(other) is Truth.YES
    assert network.is_private(SUBNET) is Truth.NO


def test_a_network_is_indexed_once_for_each_stack() -> None:
    stack, other = Stack([SUBNET]), Stack([SUBNET])

    assert network_of(stack) is network_of(stack)
    assert network_of(stack) is not network_of(other)


def verdicts(rule: Rule, resources: Sequence[Resource]) -> dict[str, Verdict]:
    return {found.urn: found.verdict for found in judge_stack(rule, resources)}


def test_a_public_subnet_is_named_and_so_is_what_is_put_into_it() -> None:
    open_ = example(routes.SUBNET, "edge", {"id": "subnet-e", "mapPublicIpOnLaunch": True})
    for rule, word in ((EKS_PRIVATE_NODES, "nodes"), (RDS_PRIVATE_SUBNETS, "a database")):
        user = example(rule.stack_checks[0].type, "x", {"subnetIds": ["subnet-e", "subnet-x"]})
        (found,) = judge_stack(rule, [user, open_])

        assert found.verdict is Verdict.FAIL
        assert f"puts {word} into the public subnet named edge" in found.message
        assert found.paths == ("subnetIds",)


@pytest.mark.parametrize(
    ("ids", "behind", "verdict"),
    [
        ([UNKNOWN_STRING], [NEW_SUBNET], Verdict.PASS),
        ([UNKNOWN_STRING, UNKNOWN_STRING], [NEW_SUBNET], Verdict.UNDECIDED),
        ([UNKNOWN_STRING, "subnet-9"], [NEW_SUBNET], Verdict.UNDECIDED),
        (UNKNOWN_ARRAY, [NEW_SUBNET], Verdict.PASS),
        (UNKNOWN_ARRAY, [NEW_SUBNET, NEW_VPC], Verdict.UNDECIDED),
        (UNKNOWN_ARRAY, [], Verdict.UNDECIDED),
        (["subnet-9"], [], Verdict.UNDECIDED),
        ([], [], Verdict.PASS),
        (None, [], Verdict.PASS),
        (7, [], Verdict.UNDECIDED),
        ([{"id": 7}], [], Verdict.UNDECIDED),
    ],
)
def test_every_subnet_must_be_one_of_the_stack(
    ids: object, behind: list[Resource], verdict: Verdict
) -> None:
    group = example(SUBNET_GROUP, "x", {"subnetIds": ids}, made_from={"subnetIds": behind})

    assert verdicts(RDS_PRIVATE_SUBNETS, [group, NEW_SUBNET, NEW_VPC]) == {group.urn: verdict}


def test_a_target_whose_known_id_is_not_named_is_not_meant() -> None:
    other = example(routes.SUBNET, "b", {"id": "subnet-b"})
    named = example(
        SUBNET_GROUP, "x", {"subnetIds": ["subnet-9"]}, made_from={"subnetIds": [other]}
    )
    half = example(
        SUBNET_GROUP, "x", {"subnetIds": [UNKNOWN_STRING]}, made_from={"subnetIds": [other]}
    )
    targets = Targets([other])

    assert targets.named_by(named, "subnetIds") == ([], False)
    assert targets.named_by(half, "subnetIds") == ([other], True)
    assert Targets([SUBNET, other]).named_by(
        example(
            SUBNET_GROUP, "x", {"subnetIds": ["subnet-a"]}, made_from={"subnetIds": [other, SUBNET]}
        ),
        "subnetIds",
    ) == ([SUBNET], True)


def test_what_the_provider_fills_is_told_from_what_the_program_gave() -> None:
    def is_filled(rules: object, **made_from: list[Resource]) -> bool:
        return is_computed(example(GROUP, "x", {"ingress": rules}, made_from=made_from), "ingress")

    given = {"ingress": [NEW_VPC]}
    assert is_filled(UNKNOWN_ARRAY, vpcId=[NEW_VPC])
    assert is_filled(UNKNOWN_ARRAY, vpcId=[NEW_VPC], description=[])
    assert not is_filled(UNKNOWN_ARRAY, vpcId=[NEW_VPC], **given)
    assert not is_filled(UNKNOWN_ARRAY, description=[])
    assert not is_filled(UNKNOWN_ARRAY)
    assert not is_filled([{}], vpcId=[NEW_VPC])


def test_a_reference_is_certain_by_id_or_by_dependency_and_possible_by_neither() -> None:
    one = example(GROUP, "one", {"id": "sg-1"})
    new = example(GROUP, "new", {"id": UNKNOWN_STRING})
    bare = example(GROUP, "bare", {})
    by_id = example(INGRESS_RULE, "by-id", {"securityGroupId": "sg-1"})
    by_urn = example(
        INGRESS_RULE,
        "by-urn",
        {"securityGroupId": UNKNOWN_STRING},
        made_from={"securityGroupId": [new]},
    )
    astray = example(
        INGRESS_RULE,
        "astray",
        {"securityGroupId": "sg-9"},
        made_from={"securityGroupId": [one]},
    )
    unknown = example(INGRESS_RULE, "unknown", {"securityGroupId": UNKNOWN_STRING})
    from_vpc = example(
        INGRESS_RULE,
        "vpc",
        {"securityGroupId": UNKNOWN_STRING},
        made_from={"securityGroupId": [NEW_VPC]},
    )
    absent = example(INGRESS_RULE, "absent", {})
    found = References(
        [by_id, by_urn, astray, unknown, from_vpc, absent], "securityGroupId", (GROUP,)
    )

    assert found.certain(one) == [by_id]
    assert found.certain(new) == [by_urn]
    assert found.certain(bare) == []
    assert found.possible(one) == found.possible(new) == (unknown, from_vpc)
    assert found.possible(bare) == (unknown, from_vpc, by_id)
    assert found.by_id("sg-1") == [by_id]
    assert not found.by_id("sg-2")


def open_rule(**props: Any) -> Resource:
    web = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}
    return example(INGRESS_RULE, "https", {**web, **props})


@pytest.mark.parametrize(
    ("first", "last", "allowed", "verdict"),
    [
        (443, 443, [443], Verdict.PASS),
        (443.0, "443", [443], Verdict.PASS),
        (8080, 8082, [8080, 8081, 8082], Verdict.PASS),
        (8080, 8082, [8080, 8082, 8082], Verdict.FAIL),
        (8080, 8082, [8081], Verdict.FAIL),
        (443, 443, [], Verdict.FAIL),
        (0, 65_535, [0, 65_535], Verdict.FAIL),
        (None, 0, [0], Verdict.PASS),
        (65_535, None, [65_535], Verdict.PASS),
        ("https", 443, [443], Verdict.UNDECIDED),
        ("https", 22, [443], Verdict.FAIL),
        (22, "https", [443], Verdict.FAIL),
    ],
)
def test_a_range_of_ports_must_be_allowed_as_a_whole(
    first: object, last: object, allowed: list[int], verdict: Verdict
) -> None:
    rule = open_rule(fromPort=first, toPort=last)
    (found,) = judge(NO_PUBLIC_INGRESS, rule, {"ports": allowed})

    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("protocol", "verdict"),
    [
        *((each, Verdict.PASS) for each in ("tcp", "TCP", "6", 6, "udp", "17", 17)),
        *((each, Verdict.FAIL) for each in ("-1", -1, "all", "icmp", "icmpv6", "58", 47)),
    ],
)
def test_protocols_without_ports_are_on_no_allowed_port(protocol: object, verdict: Verdict) -> None:
    (found,) = judge(NO_PUBLIC_INGRESS, open_rule(ipProtocol=protocol))

    assert found.verdict is verdict


def test_every_rule_of_a_group_is_judged() -> None:
    https = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    ssh = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}
    (found,) = judge(NO_PUBLIC_INGRESS, example(GROUP, "x", {"ingress": [https, ssh]}))

    assert found.verdict is Verdict.FAIL
    assert found.paths == ("ingress[1]",)
    assert "lets every address reach more than the ports that are meant" in found.message


def test_a_rule_that_opens_no_load_balancer_says_so() -> None:
    group = example(GROUP, "web", {"id": "sg-1"})
    rule = open_rule(securityGroupId="sg-1")
    balancer = example(BALANCER, "web", {"securityGroups": ["sg-2", "sg-1"]})
    told = {found.urn: found for found in judge_stack(NO_PUBLIC_INGRESS, [group, rule])}

    assert verdicts(NO_PUBLIC_INGRESS, [group, rule, balancer])[rule.urn] is Verdict.PASS
    assert told[rule.urn].verdict is Verdict.FAIL
    assert "lets every address reach what is no load balancer" in told[rule.urn].message


def test_a_missing_description_is_told_of_the_group_or_of_the_rule() -> None:
    props = {"description": "Managed by Pulumi", "ingress": [{"description": " "}]}
    (group,) = judge(RULE_DESCRIBED, example(GROUP, "web", props))
    (rule,) = judge(RULE_DESCRIBED, example(INGRESS_RULE, "https", {}))

    assert "description does not say what the group is for" in group.message
    assert "ingress[0].description does not say what the rule is for" in group.message
    assert rule.message.startswith("description does not say what the rule is for")


def test_mixed_styles_name_the_rule_resource() -> None:
    group = example(GROUP, "web", {"id": "sg-1", "ingress": [{"protocol": "tcp"}]})
    rule = example(INGRESS_RULE, "https", {"securityGroupId": "sg-1"})
    (found,) = judge_stack(NO_MIXED_RULE_STYLES, [group, rule])

    assert found.verdict is Verdict.FAIL
    assert f"is overwritten by the {INGRESS_RULE} named https" in found.message
    assert found.paths == ("ingress",)


WEB = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
WEB_RULE = {"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443}


@pytest.mark.parametrize(
    ("inline", "rule", "verdict"),
    [
        (
            {**WEB, "cidrBlocks": ["10.0.0.0/8"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.PASS,
        ),
        ({**WEB, "ipv6CidrBlocks": ["::/0"]}, {**WEB_RULE, "cidrIpv6": "::/0"}, Verdict.PASS),
        ({**WEB, "prefixListIds": ["pl-1"]}, {**WEB_RULE, "prefixListId": "pl-1"}, Verdict.PASS),
        (
            {**WEB, "securityGroups": ["sg-2"]},
            {**WEB_RULE, "referencedSecurityGroupId": "sg-2"},
            Verdict.PASS,
        ),
        ({**WEB, "self": True}, {**WEB_RULE, "referencedSecurityGroupId": "sg-1"}, Verdict.PASS),
        (
            {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.0.0/8"]},
            {"ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"},
            Verdict.PASS,
        ),
        ({**WEB, "self": True}, {**WEB_RULE, "referencedSecurityGroupId": "sg-2"}, Verdict.FAIL),
        ({**WEB, "self": False}, {**WEB_RULE, "referencedSecurityGroupId": "sg-1"}, Verdict.FAIL),
        (
            {**WEB, "cidrBlocks": ["10.0.0.0/8", "192.0.2.0/24"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.FAIL,
        ),
        ({**WEB, "cidrBlocks": ["10.0.0.0/8"]}, {**WEB_RULE, "cidrIpv4": "::/0"}, Verdict.FAIL),
        (
            {**WEB, "fromPort": 442, "cidrBlocks": ["10.0.0.0/8"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.FAIL,
        ),
        (
            {**WEB, "toPort": 444, "cidrBlocks": ["10.0.0.0/8"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.FAIL,
        ),
        (
            {**WEB, "protocol": "udp", "cidrBlocks": ["10.0.0.0/8"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.FAIL,
        ),
        (
            {**WEB, "cidrBlocks": [UNKNOWN_STRING]},
            {**WEB_RULE, "cidrIpv4": UNKNOWN_STRING},
            Verdict.UNDECIDED,
        ),
        (WEB, WEB_RULE, Verdict.FAIL),
        (
            {**WEB, "protocol": "TCP", "cidrBlocks": ["10.0.0.0/8"]},
            {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"},
            Verdict.PASS,
        ),
        *(
            (
                {**WEB, **inline, "cidrBlocks": ["10.0.0.0/8"]},
                {**WEB_RULE, **rule},
                Verdict.UNDECIDED,
            )
            for inline, rule in (
                ({}, {"ipProtocol": UNKNOWN_STRING}),
                ({}, {"fromPort": UNKNOWN_STRING}),
                ({}, {"toPort": UNKNOWN_STRING}),
                ({}, {"cidrIpv4": UNKNOWN_STRING}),
                ({"self": UNKNOWN_STRING}, {"cidrIpv4": "10.0.0.0/8"}),
                ({"fromPort": UNKNOWN_STRING}, {"cidrIpv4": "10.0.0.0/8"}),
            )
        ),
    ],
)
def test_a_refreshed_group_may_show_the_rules_that_are_resources(
    inline: Mapping[str, Any], rule: Mapping[str, Any], verdict: Verdict
) -> None:
    group = example(GROUP, "web", {"id": "sg-1", "ingress": [inline]})
    apart = example(INGRESS_RULE, "https", {"securityGroupId": "sg-1", **rule})

    assert verdicts(NO_MIXED_RULE_STYLES, [group, apart]) == {group.urn: verdict}


def test_a_rule_for_another_group_is_shown_by_its_id() -> None:
    shown = {**WEB, "securityGroups": ["sg-2"]}
    group = example(GROUP, "web", {"id": "sg-1", "ingress": [shown]})
    rule = {**WEB, "type": "ingress", "securityGroupId": "sg-1", "sourceSecurityGroupId": "sg-2"}
    apart = example("aws:ec2/securityGroupRule:SecurityGroupRule", "https", rule)

    assert verdicts(NO_MIXED_RULE_STYLES, [group, apart]) == {group.urn: Verdict.PASS}


def test_a_rule_of_an_unknown_group_does_not_matter_where_all_inline_rules_are_explained() -> None:
    shown = {**WEB, "cidrBlocks": ["10.0.0.0/8"]}
    group = example(GROUP, "web", {"id": "sg-1", "ingress": [shown]})
    rule = {**WEB_RULE, "cidrIpv4": "10.0.0.0/8"}
    its = example(INGRESS_RULE, "its", {"securityGroupId": "sg-1", **rule})
    other = example(INGRESS_RULE, "other", {"securityGroupId": UNKNOWN_STRING, **rule})

    assert verdicts(NO_MIXED_RULE_STYLES, [group, its, other]) == {group.urn: Verdict.PASS}
    assert verdicts(NO_MIXED_RULE_STYLES, [group, other]) == {group.urn: Verdict.UNDECIDED}


def test_the_oldest_version_is_the_oldest_in_standard_support() -> None:
    day = date(2026, 11, 21)
    supported = [
        tuple(map(int, row.version.split(".")))
        for row in TABLES[Product.EKS]
        if row.released and row.released <= day
        if row.standard_until is None or day <= row.standard_until
    ]

    assert min(supported) == (1, SUPPORTED_VERSION.settings[0].default)


@pytest.mark.parametrize(
    ("version", "least", "verdict"),
    [
        ("1.30", 30, Verdict.PASS),
        ("1.29", 30, Verdict.FAIL),
        ("1.100", 30, Verdict.PASS),
        ("0.99", 30, Verdict.FAIL),
        ("1", 0, Verdict.FAIL),
        ("v1.35", 0, Verdict.FAIL),
        ("1.35.2", 0, Verdict.FAIL),
        ("", 0, Verdict.FAIL),
        ("1.0", 0, Verdict.PASS),
    ],
)
def test_versions_are_compared_as_numbers(version: str, least: int, verdict: Verdict) -> None:
    cluster = example("aws:eks/cluster:Cluster", "x", {"version": version})
    (found,) = judge(SUPPORTED_VERSION, cluster, {"least_minor": least})

    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("policy", "is_told"),
    [
        (None, True),
        ({"supportType": "EXTENDED"}, True),
        ({"supportType": "STANDARD"}, False),
        ({"supportType": UNKNOWN_STRING}, False),
    ],
)
def test_extended_support_is_told_beside_an_old_version_only(policy: object, is_told: bool) -> None:
    def message(version: str) -> str:
        props = {"version": version, "upgradePolicy": policy}
        (found,) = judge(SUPPORTED_VERSION, example("aws:eks/cluster:Cluster", "x", props))
        return found.message

    assert ("; extended support for it is charged by the hour" in message("1.30")) is is_told
    assert message("1.36") == ""


@pytest.mark.parametrize(
    ("principal", "administrators", "verdict"),
    [
        ("arn:aws:iam::111122223333:role/ops", ["ops"], Verdict.PASS),
        ("arn:aws:iam::111122223333:role/a/b/ops", ["ops"], Verdict.PASS),
        (
            "arn:aws:iam::111122223333:role/ops",
            ["arn:aws:iam::111122223333:role/ops"],
            Verdict.PASS,
        ),
        (
            "arn:aws:iam::999922223333:role/ops",
            ["arn:aws:iam::111122223333:role/ops"],
            Verdict.FAIL,
        ),
        ("arn:aws:iam::111122223333:user/ops", ["ops"], Verdict.FAIL),
        (
            "arn:aws:iam::111122223333:user/ops",
            ["arn:aws:iam::111122223333:user/ops"],
            Verdict.PASS,
        ),
        ("arn:aws:iam::111122223333:role/not-ops", ["ops"], Verdict.FAIL),
        ("arn:aws:iam::111122223333:role/platform-admin", [], Verdict.FAIL),
    ],
)
def test_administrators_are_named_by_arn_or_by_role(
    principal: str, administrators: list[str], verdict: Verdict
) -> None:
    props = {
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "principalArn": principal,
        "accessScope": {"type": "cluster"},
    }
    association = example(NO_CLUSTER_WIDE_ADMIN.checks[0].type, "x", props)
    (found,) = judge(NO_CLUSTER_WIDE_ADMIN, association, {"administrators": administrators})

    assert found.verdict is verdict


class Counting(dict[str, Any]):
    """Properties that count how often they are read."""

    reads = 0

    def get(self, key: str, default: Any = None) -> Any:
        Counting.reads += 1
        return super().get(key, default)


def counted(type_: str, name: str, known: Mapping[str, Any], **made_from: Resource) -> Resource:
    unknown = dict.fromkeys(made_from, UNKNOWN_STRING)
    found = example(type_, name, made_from={key: [each] for key, each in made_from.items()})
    return replace(found, props=Counting({"id": UNKNOWN_STRING, **unknown, **known}))


def large(number: int) -> list[Resource]:
    """A stack with ``number`` of everything, each with a companion of its own."""
    found: list[Resource] = []
    for each in map(str, range(number)):
        vpc = counted(routes.VPC, each, {})
        subnet = counted(routes.SUBNET, each, {}, vpcId=vpc)
        table = counted(routes.TABLE, each, {})
        group = counted(GROUP, each, {"ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]})
        found += [
            *(vpc, subnet, table, group),
            counted(routes.ASSOCIATION, each, {}, subnetId=subnet, routeTableId=table),
            counted(routes.ROUTE, each, {"gatewayId": "igw-1"}, routeTableId=table),
            counted(EKS_PRIVATE_NODES.stack_checks[0].type, each, {}, subnetIds=subnet),
            counted(SUBNET_GROUP, each, {}, subnetIds=subnet),
            counted(INGRESS_RULE, each, {"cidrIpv4": "0.0.0.0/0"}, securityGroupId=group),
            counted(BALANCER, each, {}, securityGroups=group),
        ]
    return found


def test_twice_the_resources_take_twice_the_reads() -> None:
    def reads(number: int) -> int:
        resources = large(number)
        Counting.reads = 0
        for rule in ALL_RULES:
            judge_stack(rule, resources)
        return Counting.reads

    assert 0 < reads(100) <= 2 * reads(50)

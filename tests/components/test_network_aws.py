"""The VPC: closed where nothing was asked, and on record."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.environment import Environment
from components.network.plan import Tier
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, ZONES, aws_network, network_outputs

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROUTE = "aws:ec2/route:Route"
SUBNET = "aws:ec2/subnet:Subnet"
ACL = "aws:ec2/networkAcl:NetworkAcl"
ADMIN_PORTS = {22, 3389}


@cache
def network(
    environment: Environment = Environment.PROD,
    *,
    preview: bool = False,
    zones: tuple[str, ...] = ZONES,
    **asked: str,
) -> Recording:
    return record(
        lambda: network_outputs(aws_network(environment, zones=zones, **asked)), preview=preview
    )


def subnets(recording: Recording) -> dict[str, tuple[str, str]]:
    return {
        each.name: (each.inputs["cidrBlock"], each.inputs["availabilityZoneId"])
        for each in recording.of(SUBNET)
    }


def test_every_tier_has_a_subnet_in_every_zone() -> None:
    assert set(subnets(network())) == {f"core-{tier}-{zone}" for tier in Tier for zone in ZONES}


@pytest.mark.parametrize("added", ["euw1-az1", "euw1-az4"])
def test_adding_a_zone_keeps_every_resource_and_range(added: str) -> None:
    before = network(zones=("euw1-az2", "euw1-az3", "euw1-az5"))
    after = network(zones=(added, "euw1-az2", "euw1-az3", "euw1-az5"))

    assert set(before.inventory()) < set(after.inventory())
    assert subnets(before).items() < subnets(after).items()


def test_no_subnet_gives_out_public_addresses() -> None:
    assert not any(each.inputs["mapPublicIpOnLaunch"] for each in network().of(SUBNET))


def test_load_balancers_and_nodes_find_their_subnets_by_tag() -> None:
    recording = network()

    def tags(tier: str) -> dict[str, str]:
        return dict(recording.named(f"core-{tier}-euw1-az1", SUBNET).inputs["tags"])

    assert tags("public")["kubernetes.io/role/elb"] == "1"
    assert tags("private")["kubernetes.io/role/internal-elb"] == "1"
    assert tags("private")["karpenter.sh/discovery"] == "core"
    assert set(tags("data")) == {"Name"}


def test_what_aws_adds_to_every_vpc_is_adopted_and_emptied() -> None:
    recording = network()
    group = recording.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    acl = recording.only("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    table = recording.only("aws:ec2/defaultRouteTable:DefaultRouteTable")

    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])
    assert (acl.inputs["ingress"], acl.inputs["egress"]) == ([], [])
    assert table.inputs["routes"] == []


def nat_of(recording: Recording) -> dict[str, str]:
    """Private route by zone, to the zone of its NAT gateway."""
    return {
        each.name.removeprefix("core-private-internet-"): each.property_dependencies[
            "natGatewayId"
        ][0].rpartition("core-nat-")[2]
        for each in recording.of(ROUTE)
        if "natGatewayId" in each.inputs
    }


def test_in_production_every_zone_leaves_through_its_own_gateway() -> None:
    assert nat_of(network()) == {zone: zone for zone in ZONES}


def test_every_gateway_stands_in_the_public_subnet_of_its_zone() -> None:
    placed = {
        each.name: each.property_dependencies["subnetId"][0].rpartition("::")[2]
        for each in network().of("aws:ec2/natGateway:NatGateway")
    }

    assert placed == {f"core-nat-{zone}": f"core-public-{zone}" for zone in ZONES}


def test_elsewhere_all_zones_leave_through_the_first() -> None:
    assert nat_of(network(Environment.STAGING)) == dict.fromkeys(ZONES, ZONES[0])


def test_without_nat_only_the_public_tier_knows_the_internet() -> None:
    recording = network(nat="none")

    assert recording.of("aws:ec2/natGateway:NatGateway") == []
    assert recording.of("aws:ec2/eip:Eip") == []
    assert [each.name for each in recording.of(ROUTE)] == ["core-public-internet"]


def test_data_subnets_have_no_route_out() -> None:
    recording = network()
    table = recording.named("core-data-routes", "aws:ec2/routeTable:RouteTable")

    routed = {
        urn for each in recording.of(ROUTE) for urn in each.property_dependencies["routeTableId"]
    }

    assert table.urn not in routed


def rules(recording: Recording, tier: str) -> list[dict[str, Any]]:
    return list(recording.named(f"core-{tier}", ACL).inputs["ingress"])


@pytest.mark.parametrize("tier", list(Tier))
def test_no_port_that_administers_hosts_is_open_to_the_world(tier: Tier) -> None:
    for rule in rules(network(), tier):
        if rule["cidrBlock"] == "0.0.0.0/0":
            assert rule["protocol"] != "-1"
            assert not ADMIN_PORTS & set(range(rule["fromPort"], rule["toPort"] + 1))


def test_only_neighbours_reach_the_data_tier_and_are_reached_from_it() -> None:
    acl = network().named("core-data", ACL)

    assert [each["cidrBlock"] for each in acl.inputs["ingress"]] == ["10.20.0.0/16"]
    assert [each["cidrBlock"] for each in acl.inputs["egress"]] == ["10.20.0.0/16"]


def test_every_subnet_is_under_the_acl_of_its_tier() -> None:
    for tier in Tier:
        found = network().named(f"core-{tier}", ACL).property_dependencies["subnetIds"]

        assert {urn.rpartition("::")[2] for urn in found} == {f"core-{tier}-{z}" for z in ZONES}


def services(recording: Recording, kind: str) -> set[str]:
    return {
        each.inputs["serviceName"].removeprefix("com.amazonaws.eu-west-1.")
        for each in recording.of(ENDPOINT)
        if each.inputs["vpcEndpointType"] == kind
    }


@pytest.mark.parametrize("environment", list(Environment))
def test_storage_is_reached_past_the_gateways_everywhere(environment: Environment) -> None:
    assert services(network(environment), "Gateway") == {"s3", "dynamodb"}


def test_services_have_private_addresses_in_production_and_where_there_is_no_nat() -> None:
    wanted = {"ecr.api", "ecr.dkr", "sts", "logs", "secretsmanager", "kms", "eks", "sqs"}

    assert wanted < services(network(), "Interface")
    assert wanted < services(network(Environment.DEV, nat="none"), "Interface")
    assert services(network(Environment.DEV), "Interface") == set()


def test_private_endpoints_are_reached_from_the_network_over_https_only() -> None:
    recording = network()
    rule = recording.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    group = recording.only("aws:ec2/securityGroup:SecurityGroup")

    assert rule.inputs["cidrIpv4"] == "10.20.0.0/16"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (443, 443)
    assert rule.inputs["description"]
    assert not {"ingress", "egress"} & set(group.inputs)


@pytest.mark.parametrize("environment", list(Environment))
def test_all_traffic_is_on_record_to_the_minute(environment: Environment) -> None:
    log = network(environment).only("aws:ec2/flowLog:FlowLog")

    assert log.inputs["trafficType"] == "ALL"
    assert log.inputs["maxAggregationInterval"] == 60


@pytest.mark.parametrize(("environment", "days"), [(Environment.DEV, 7), (Environment.STAGING, 30)])
def test_outside_production_records_go_to_an_encrypted_log_group(
    environment: Environment, days: int
) -> None:
    recording = network(environment)
    group = recording.only("aws:cloudwatch/logGroup:LogGroup")

    assert group.inputs["retentionInDays"] == days
    assert depends_on_key(group.property_dependencies["kmsKeyId"], "keys-logs")
    assert (
        recording.only("aws:ec2/flowLog:FlowLog").inputs["logDestinationType"] == "cloud-watch-logs"
    )


def depends_on_key(urns: tuple[str, ...], name: str) -> bool:
    return any(urn.endswith(f"::{name}") for urn in urns)


def test_the_flow_log_role_writes_to_its_own_log_groups_only() -> None:
    recording = network(Environment.STAGING, preview=True)
    role = recording.only("aws:iam/role:Role")
    (statement,) = json.loads(recording.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])[
        "Statement"
    ]

    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT}
    }
    assert statement["Resource"] == [f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:core-flow-logs-*"]


def test_in_production_records_go_to_a_bucket_as_parquet() -> None:
    log = network().only("aws:ec2/flowLog:FlowLog")

    assert log.inputs["logDestinationType"] == "s3"
    assert log.inputs["destinationOptions"] == {
        "fileFormat": "parquet",
        "hiveCompatiblePartitions": True,
        "perHourPartition": True,
    }
    assert any(urn.endswith("BucketPolicy::core-flow-logs") for urn in log.depends_on)


def bucket_part(type_: str) -> dict[str, Any]:
    part = network().only(f"aws:s3/{type_[0].lower()}{type_[1:]}:{type_}")
    assert depends_on_key(part.property_dependencies["bucket"], "core-flow-logs")
    return dict(part.inputs)


def test_the_flow_log_bucket_is_closed_to_the_public() -> None:
    block = bucket_part("BucketPublicAccessBlock")

    assert all(
        block[flag]
        for flag in (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
    )
    assert bucket_part("BucketOwnershipControls")["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }


def test_the_flow_log_bucket_is_encrypted_versioned_and_expires_after_a_year() -> None:
    (encryption,) = bucket_part("BucketServerSideEncryptionConfiguration")["rules"]
    (expiry,) = bucket_part("BucketLifecycleConfiguration")["rules"]

    assert encryption["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    assert bucket_part("BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert expiry["expiration"] == {"days": 365}
    assert network().only("aws:s3/bucket:Bucket").inputs["forceDestroy"] is False


def test_the_flow_log_bucket_takes_flow_logs_of_the_account_over_tls_only() -> None:
    recording = network(preview=True)
    body = json.loads(recording.only("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])
    refuse, deliver, check = body["Statement"]
    arn = f"arn:aws:s3:::{recording.only('aws:s3/bucket:Bucket').inputs['bucket']}"

    assert refuse["Effect"] == "Deny"
    assert refuse["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refuse["Resource"] == [arn, f"{arn}/*"]
    for allowed in (deliver, check):
        assert allowed["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}

"""The VPC: closed where nothing was asked, and on record."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.environment import Environment
from components.network import AwsNetworkRef
from components.network.plan import Tier
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, ZONES, aws_network, network_outputs
from tests.components.variants_network import PODS, aws_pods_network

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
    assert not {tag for tag in tags("data") if "/" in tag}


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
    refuse, refuse_old, deliver, check = body["Statement"]
    arn = f"arn:aws:s3:::{recording.only('aws:s3/bucket:Bucket').inputs['bucket']}"

    assert refuse["Effect"] == "Deny"
    assert refuse["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refuse_old["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert refuse["Resource"] == refuse_old["Resource"] == [arn, f"{arn}/*"]
    for allowed in (deliver, check):
        assert allowed["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


@cache
def with_pods(zones: tuple[str, ...] = ZONES, **asked: str) -> Recording:
    def program() -> dict[str, Any]:
        ref = aws_pods_network(Environment.PROD, zones=zones, **asked).ref
        assert isinstance(ref, AwsNetworkRef)
        return {"pods": list(ref.pod_subnet_ids.values()), "services": ref.services_cidr}

    return record(program)


def pod_subnets(recording: Recording) -> dict[str, str]:
    return {name: cidr for name, (cidr, _) in subnets(recording).items() if "-pods-" in name}


def test_pods_take_private_addresses_unless_they_have_a_range_of_their_own() -> None:
    recording = network()

    assert pod_subnets(recording) == {}
    assert recording.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation") == []


def test_pods_have_a_subnet_in_every_zone_once_the_vpc_has_their_range() -> None:
    recording = with_pods()
    added = recording.only("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")

    assert added.inputs["cidrBlock"] == PODS
    assert pod_subnets(recording) == {
        "core-pods-euw1-az1": "100.64.0.0/19",
        "core-pods-euw1-az2": "100.64.32.0/19",
        "core-pods-euw1-az3": "100.64.64.0/19",
    }
    for name in pod_subnets(recording):
        subnet = recording.named(name, SUBNET)
        assert added.urn in subnet.depends_on
        assert subnet.inputs["mapPublicIpOnLaunch"] is False
    assert len(recording.outputs["pods"]) == len(ZONES)


def test_the_cni_finds_the_subnets_of_the_pods_by_tag_and_load_balancers_do_not() -> None:
    tags = with_pods().named("core-pods-euw1-az1", SUBNET).inputs["tags"]

    assert tags["kubernetes.io/role/cni"] == "1"
    assert not {tag for tag in tags if "elb" in tag or "karpenter" in tag}


def test_a_range_for_pods_changes_no_other_resource() -> None:
    before, after = network(), with_pods()
    kept = {(each.type, each.name) for each in before.resources if each.name.startswith("core")}

    assert kept < {(each.type, each.name) for each in after.resources}
    assert subnets(before).items() < subnets(after).items()


@pytest.mark.parametrize("added", ["euw1-az1", "euw1-az4"])
def test_adding_a_zone_moves_no_range_of_pods(added: str) -> None:
    zones = ("euw1-az2", "euw1-az3", "euw1-az5")

    before, after = with_pods(zones), with_pods((added, *zones))

    assert subnets(before).items() < subnets(after).items()


def test_pods_leave_through_the_routes_of_their_zone() -> None:
    recording = with_pods()

    for zone in ZONES:
        way = recording.named(
            f"core-pods-{zone}", "aws:ec2/routeTableAssociation:RouteTableAssociation"
        )
        (table,) = way.property_dependencies["routeTableId"]
        assert table.endswith(f"::core-private-routes-{zone}")


@pytest.mark.parametrize("tier", [*Tier, "pods"])
def test_pods_reach_every_tier_and_are_reached_from_the_network(tier: str) -> None:
    sources = {rule["cidrBlock"] for rule in rules(with_pods(), tier) if rule["protocol"] == "-1"}

    assert sources == {"10.20.0.0/16", PODS}


def test_the_data_tier_answers_pods_and_the_network_alone() -> None:
    egress = with_pods().named("core-data", ACL).inputs["egress"]

    assert [each["cidrBlock"] for each in egress] == ["10.20.0.0/16", PODS]


def test_what_the_world_may_reach_of_pods_are_answers() -> None:
    for rule in rules(with_pods(), "pods"):
        if rule["cidrBlock"] == "0.0.0.0/0":
            assert rule["protocol"] != "-1"
            assert not ADMIN_PORTS & set(range(rule["fromPort"], rule["toPort"] + 1))


def test_pods_reach_private_endpoints() -> None:
    found = {
        each.inputs["cidrIpv4"]: each.name
        for each in with_pods().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }

    assert found == {
        "10.20.0.0/16": "core-endpoints-https",
        PODS: "core-endpoints-https-pods",
    }


def test_a_vpc_takes_the_first_part_of_a_range_that_is_too_wide_and_says_so() -> None:
    recording = with_pods(pods_cidr="100.64.0.0/12")
    outputs = recording.named("core", "plinth:network:AwsNetwork").component_outputs

    assert pod_subnets(recording)["core-pods-euw1-az1"] == "100.64.0.0/19"
    assert outputs is not None
    (said,) = outputs["unhonoured"]
    assert said.startswith("pods_cidr: 100.64.0.0/12 is asked")


def test_clusters_learn_the_range_of_their_services() -> None:
    assert with_pods(services_cidr="172.28.0.0/20").outputs["services"] == "172.28.0.0/20"

"""The network on Google Cloud: closed where nothing was asked, and on record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pytest

from components.environment import Environment
from components.ground import KubernetesContext
from components.network import GcpNetworkRef, NetworkSpec, create_network
from rehearsal.plugin import Recording, record
from tests.components.variants import (
    PROJECT,
    adopted_aws_keys,
    aws_cloud,
    gcp_cloud,
    network_outputs,
)
from tests.components.variants_network import gcp_network

ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
CONNECTION = "gcp:servicenetworking/connection:Connection"
EXCLUSION = "gcp:logging/projectExclusion:ProjectExclusion"
NAT = "gcp:compute/routerNat:RouterNat"
NETWORK = "gcp:compute/network:Network"
POLICY = "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy"
RECORD = "gcp:dns/recordSet:RecordSet"
ROUTE = "gcp:compute/route:Route"
RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
SINK = "gcp:logging/projectSink:ProjectSink"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
ZONE = "gcp:dns/managedZone:ManagedZone"
WORLD = "0.0.0.0/0"
GOOGLE = "199.36.153.8/30"


@cache
def network(
    environment: Environment = Environment.PROD,
    *,
    zones: tuple[str, ...] = ("europe-west1-b", "europe-west1-c", "europe-west1-d"),
    **asked: Any,
) -> Recording:
    return record(lambda: network_outputs(gcp_network(environment, zones=zones, **asked)))


def inputs(recording: Recording) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (each.type, each.name): each.inputs
        for each in recording.resources
        if each.type.startswith("gcp:")
    }


def unhonoured(recording: Recording) -> list[str]:
    outputs = recording.named("core", "plinth:network:GcpNetwork").component_outputs
    assert outputs is not None
    return list(outputs["unhonoured"])


def names(urns: tuple[str, ...]) -> set[str]:
    return {urn.rpartition("::")[2] for urn in urns}


def test_the_network_has_no_subnets_and_no_routes_but_its_own() -> None:
    found = network().only(NETWORK).inputs

    assert found["autoCreateSubnetworks"] is False
    assert found["deleteDefaultRoutesOnCreate"] is True
    assert found["routingMode"] == "GLOBAL"
    assert found["networkFirewallPolicyEnforcementOrder"] == "AFTER_CLASSIC_FIREWALL"


def test_every_tier_has_its_range_of_the_plan() -> None:
    found = {each.name: each.inputs["ipCidrRange"] for each in network().of(SUBNET)}

    assert found == {
        "core-private": "10.20.0.0/18",
        "core-data": "10.20.64.0/19",
        "core-public": "10.20.96.0/20",
    }


@pytest.mark.parametrize(
    ("pods", "found"), [(None, "10.20.192.0/18"), ("100.64.0.0/14", "100.64.0.0/14")]
)
def test_nodes_stand_beside_ranges_for_pods_and_services(pods: str | None, found: str) -> None:
    private = network(pods_cidr=pods).named("core-private", SUBNET).inputs

    assert private["secondaryIpRanges"] == [
        {"rangeName": "pods", "ipCidrRange": found},
        {"rangeName": "services", "ipCidrRange": "172.20.0.0/16"},
    ]


def test_a_further_zone_changes_nothing() -> None:
    three = ("europe-west1-b", "europe-west1-c", "europe-west1-d")

    assert inputs(network(zones=three)) == inputs(network(zones=("europe-west1-a", *three)))


@pytest.mark.parametrize("tier", ["private", "data"])
def test_subnets_reach_google_privately_and_record_their_traffic(tier: str) -> None:
    subnet = network().named(f"core-{tier}", SUBNET).inputs

    assert subnet["privateIpGoogleAccess"] is True
    assert subnet["logConfig"] == {
        "aggregationInterval": "INTERVAL_5_SEC",
        "flowSampling": 0.5,
        "metadata": "INCLUDE_ALL_METADATA",
    }


def test_the_proxies_of_load_balancers_have_a_subnet_of_their_own() -> None:
    subnet = network().named("core-public", SUBNET).inputs

    assert subnet["purpose"] == "REGIONAL_MANAGED_PROXY"
    assert subnet["role"] == "ACTIVE"
    assert not {"logConfig", "privateIpGoogleAccess"} & set(subnet)


@pytest.mark.parametrize("nat", ["single", "per_zone"])
def test_nodes_and_pods_alone_leave_through_one_gateway_of_the_region(nat: str) -> None:
    recording = network(nat=nat)
    gateway = recording.only(NAT)
    (served,) = gateway.inputs["subnetworks"]

    assert gateway.inputs["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
    assert names(gateway.property_dependencies["subnetworks"]) == {"core-private"}
    assert served["secondaryIpRangeNames"] == ["pods"]
    assert gateway.inputs["logConfig"] == {"enable": True, "filter": "ERRORS_ONLY"}
    assert routes(recording) == {GOOGLE, WORLD}


def test_ports_are_lent_as_they_are_needed() -> None:
    gateway = network().only(NAT).inputs

    assert gateway["natIpAllocateOption"] == "AUTO_ONLY"
    assert gateway["enableDynamicPortAllocation"] is True
    assert gateway["enableEndpointIndependentMapping"] is False
    assert gateway["minPortsPerVm"] < gateway["maxPortsPerVm"]


def routes(recording: Recording) -> set[str]:
    return {each.inputs["destRange"] for each in recording.of(ROUTE)}


def test_without_nat_only_google_is_reached() -> None:
    recording = network(nat="none")

    assert recording.of(NAT) == []
    assert recording.of("gcp:compute/router:Router") == []
    assert routes(recording) == {GOOGLE}


def test_what_becomes_of_nat_never_replaces_the_network() -> None:
    assert network(nat="none").only(NETWORK).inputs == network(nat="single").only(NETWORK).inputs


def rules(recording: Recording) -> dict[str, Mapping[str, Any]]:
    return {each.inputs["ruleName"]: each.inputs for each in recording.of(RULE)}


def test_what_no_rule_admits_is_refused_and_on_record() -> None:
    found = rules(network())
    last = max(found.values(), key=lambda rule: rule["priority"])

    assert last == found["deny"]
    assert last["action"] == "deny"
    assert last["enableLogging"] is True
    assert last["match"] == {"srcIpRanges": [WORLD], "layer4Configs": [{"ipProtocol": "all"}]}
    assert {rule["direction"] for rule in found.values()} == {"INGRESS"}


def test_nobody_outside_is_let_in_but_by_google() -> None:
    private = [IPv4Network("10.20.0.0/16")]
    google = list(map(IPv4Network, ("35.235.240.0/20", "130.211.0.0/22", "35.191.0.0/16")))

    for name, rule in rules(network()).items():
        for source in map(IPv4Network, rule["match"]["srcIpRanges"]):
            if rule["action"] == "allow":
                assert any(source.subnet_of(each) for each in private + google), name


@pytest.mark.parametrize(
    ("rule", "sources", "tag"),
    [
        ("iap", ["35.235.240.0/20"], "core-reach-iap"),
        ("health-checks", ["130.211.0.0/22", "35.191.0.0/16"], "core-reach-load-balanced"),
        ("proxies", ["10.20.96.0/20"], "core-reach-load-balanced"),
    ],
)
def test_google_reaches_what_bears_a_tag_alone(rule: str, sources: list[str], tag: str) -> None:
    found = network().named(f"core-firewall-{rule}", RULE)

    assert found.inputs["match"]["srcIpRanges"] == sources
    assert names(found.property_dependencies["targetSecureTags"]) == {tag}


def test_operators_come_through_the_proxy_to_ssh_alone_and_on_record() -> None:
    rule = rules(network())["iap"]

    assert rule["match"]["layer4Configs"] == [{"ipProtocol": "tcp", "ports": ["22"]}]
    assert rule["enableLogging"] is True


@pytest.mark.parametrize(
    ("pods", "found"), [(None, "10.20.192.0/18"), ("100.64.0.0/14", "100.64.0.0/14")]
)
def test_nodes_and_pods_reach_each_other(pods: str | None, found: str) -> None:
    rule = rules(network(pods_cidr=pods))["inside"]

    assert rule["match"]["srcIpRanges"] == ["10.20.0.0/18", found]


def test_the_rules_are_in_force_on_the_network_once_they_are_complete() -> None:
    recording = network()
    association = recording.only(
        "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation"
    )

    assert names(association.property_dependencies["attachmentTarget"]) == {"core"}
    assert {each.urn for each in recording.of(RULE)} <= set(association.depends_on)


def test_the_tags_mean_something_in_this_network_alone() -> None:
    key = network().only("gcp:tags/tagKey:TagKey")

    assert key.inputs["purpose"] == "GCE_FIREWALL"
    assert key.inputs["purposeData"]["network"].startswith("https://www.googleapis.com/compute/v1/")
    assert names(key.property_dependencies["purposeData"]) == {"core"}


def test_databases_take_their_addresses_from_the_range_lent_to_google() -> None:
    recording = network()
    lent = recording.only(ADDRESS).inputs
    connection = recording.only(CONNECTION)

    assert (lent["address"], lent["prefixLength"]) == ("10.20.128.0", 18)
    assert (lent["purpose"], lent["addressType"]) == ("VPC_PEERING", "INTERNAL")
    assert connection.inputs["service"] == "servicenetworking.googleapis.com"
    assert names(connection.property_dependencies["reservedPeeringRanges"]) == {
        "core-services-access"
    }


def test_caches_are_reached_in_the_data_subnet() -> None:
    policy = network().only(POLICY)

    assert policy.inputs["serviceClass"] == "gcp-memorystore"
    assert policy.inputs["location"] == "europe-west1"
    assert names(policy.property_dependencies["pscConfig"]) == {"core-data"}


def test_the_names_that_are_asked_for_are_on_record() -> None:
    policy = network().only("gcp:dns/policy:Policy").inputs

    assert policy["enableLogging"] is True
    assert policy["enableInboundForwarding"] is False


def domains(recording: Recording) -> set[str]:
    return {each.inputs["dnsName"] for each in recording.of(ZONE)}


def test_google_has_private_addresses_in_production_and_where_there_is_no_nat() -> None:
    wanted = {"googleapis.com.", "gcr.io.", "pkg.dev."}

    assert domains(network()) == wanted
    assert domains(network(Environment.DEV, nat="none")) == wanted
    assert domains(network(Environment.DEV)) == set()


def test_names_of_google_lead_where_the_route_to_google_leads() -> None:
    recording = network()
    addresses = recording.named("core-googleapis-com-addresses", RECORD).inputs
    rest = recording.named("core-googleapis-com-names", RECORD).inputs

    assert {each.inputs["visibility"] for each in recording.of(ZONE)} == {"private"}
    assert addresses["rrdatas"] == [str(address) for address in IPv4Network(GOOGLE)]
    assert (rest["name"], rest["rrdatas"]) == ("*.googleapis.com.", ["googleapis.com."])


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 7), (Environment.STAGING, 30), (Environment.PROD, 365)],
)
def test_records_are_kept_encrypted_as_long_as_asked(environment: Environment, days: int) -> None:
    bucket = network(environment).only(BUCKET).inputs

    assert bucket["retentionDays"] == days
    assert bucket["location"] == "europe-west1"
    assert bucket["cmekSettings"]["kmsKeyName"].endswith("/cryptoKeys/logs")


def test_accepted_and_refused_traffic_of_this_network_goes_to_the_bucket_alone() -> None:
    recording = network()
    bucket, sink = recording.only(BUCKET), recording.only(SINK)
    exclusion = recording.only(EXCLUSION)

    assert sink.inputs["destination"] == (
        f"logging.googleapis.com/projects/{PROJECT}/locations/europe-west1/buckets/"
        + bucket.inputs["bucketId"]
    )
    assert bucket.urn in sink.depends_on
    assert names(sink.property_dependencies["filter"]) == {"core-private", "core-data"}
    for log in ("vpc_flows", "firewall"):
        assert f'log_id("compute.googleapis.com/{log}")' in sink.inputs["filter"]
    assert exclusion.inputs["filter"] == sink.inputs["filter"]
    assert sink.urn in exclusion.depends_on


@pytest.mark.parametrize(
    ("environment", "policies"),
    [
        (Environment.PROD, {"PREVENT"}),
        (Environment.STAGING, {"PREVENT"}),
        (Environment.DEV, {"DELETE", "REMOVE_PEERING"}),
    ],
)
def test_outside_dev_the_cloud_refuses_deletion_too(
    environment: Environment, policies: set[str]
) -> None:
    recording = network(environment)

    assert {
        recording.only(type_).inputs["deletionPolicy"] for type_ in (NETWORK, BUCKET, CONNECTION)
    } == policies


@pytest.mark.parametrize(
    ("reference", "waits_for"),
    [
        ("private_subnet_id", {"core-private", "core-firewall", "core-nat", "core-google"}),
        ("peered_network_id", {"core", "core-services-access"}),
        ("connected_network_id", {"core", "core-memorystore"}),
    ],
)
def test_what_stands_on_the_network_waits_for_what_it_needs(
    reference: str, waits_for: set[str]
) -> None:
    def program() -> None:
        ref = gcp_network(Environment.PROD).ref
        assert isinstance(ref, GcpNetworkRef)
        gcp.compute.Address(
            "tenant",
            subnetwork=getattr(ref, reference),
            opts=pulumi.ResourceOptions(provider=ref.cloud.provider),
        )

    tenant = record(program).named("tenant", "gcp:compute/address:Address")

    assert waits_for <= names(tenant.property_dependencies["subnetwork"])


def test_the_tags_and_the_range_of_the_pods_are_published() -> None:
    def program() -> dict[str, Any]:
        ref = gcp_network(Environment.PROD, pods_cidr="100.64.0.0/16").ref
        assert isinstance(ref, GcpNetworkRef)
        return {"tags": dict(ref.target_tags), "pods": ref.pods_cidr}

    outputs = record(program).outputs

    assert set(outputs["tags"]) == {"iap", "load-balanced"}
    assert outputs["pods"] == "100.64.0.0/16"


def test_what_google_cloud_does_otherwise_is_said() -> None:
    said = unhonoured(network(flow_log_days=3_653, services_cidr="172.16.0.0/12"))

    assert [sentence.partition(":")[0] for sentence in said] == [
        "flow_log_store",
        "flow_log_days",
        "services_cidr",
    ]
    assert unhonoured(network(Environment.STAGING)) == []


def test_what_a_cluster_cannot_take_is_left_out() -> None:
    recording = network(flow_log_days=3_653, services_cidr="172.16.0.0/12")
    (_, services) = recording.named("core-private", SUBNET).inputs["secondaryIpRanges"]

    assert recording.only(BUCKET).inputs["retentionDays"] == 3_650
    assert services["ipCidrRange"] == "172.16.0.0/16"


def test_keys_of_another_cloud_are_refused() -> None:
    def program() -> None:
        spec = NetworkSpec.resolve(Environment.PROD, {"cidr": "10.20.0.0/16"})
        keys = adopted_aws_keys(aws_cloud(Environment.PROD))
        with pytest.raises(TypeError, match="expected GcpKeysRef of the same ground"):
            create_network(gcp_cloud(Environment.PROD), "core", spec, keys=keys)

    record(program)


def test_a_cluster_that_exists_already_carries_no_network() -> None:
    def program() -> None:
        spec = NetworkSpec.resolve(Environment.PROD, {"cidr": "10.20.0.0/16"})
        cloud = aws_cloud(Environment.PROD)
        context = KubernetesContext(cloud.provider, "kind")
        keys = adopted_aws_keys(cloud)
        with pytest.raises(pulumi.RunError, match="cannot carry a network: use one of aws, docker"):
            create_network(context, "core", spec, keys=keys)

    record(program)

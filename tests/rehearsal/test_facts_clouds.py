"""Types of both clouds that platforms stand on: ids, computed values, replacements, defaults."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest

from rehearsal.events import Op
from rehearsal.facts import LISTED
from rehearsal.provider import SimulatedProvider
from rehearsal.results import CreateResult
from rehearsal.values import UNKNOWN, Secret, reveal
from rehearsal.world import World
from tests.rehearsal.cloud_samples import AMAZON, GOOGLE, KEY_ARN, NETWORK, ROLE_ARN
from tests.rehearsal.simulation import checked, created, failures, provider, urn
from tests.rehearsal.stage import Stage

SAMPLES = GOOGLE | AMAZON
ACCOUNT = "123456789012"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
NUMBER = r"\d{12}"


def cloud(token: str, world: World | None = None) -> SimulatedProvider:
    if token.startswith("gcp:"):
        return provider("gcp", world, project="shop-dev", region="europe-west4")
    return provider("aws", world, region="eu-north-1")


def made(token: str, **more: Any) -> CreateResult:
    return created(cloud(token), token, "it", {**SAMPLES[token], **more})


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, config={"aws:region": "eu-north-1", "gcp:project": "shop-dev"})


def test_every_sample_is_of_a_listed_type() -> None:
    assert SAMPLES.keys() <= LISTED.keys()


def everything() -> None:
    for token, inputs in SAMPLES.items():
        pulumi.CustomResource(token, "it", dict(inputs))


def test_all_come_up_stay_the_same_and_go(stage: Stage) -> None:
    previewed = stage.preview(everything)
    first = stage.up(everything)
    again = stage.up(everything)
    refreshed = stage.refresh()
    after = stage.preview(everything)
    gone = stage.destroy()

    assert (previewed.message, first.message) == ("", "")
    assert first.counts[Op.CREATE] == previewed.counts[Op.CREATE] >= len(SAMPLES)
    for summary in (again, refreshed, after):
        assert set(summary.counts) == {Op.SAME}, summary.counts
    assert gone.ok
    assert len(stage.world) == 0


GOOGLE_IDS = {
    "gcp:compute/network:Network": "projects/shop-dev/global/networks/shop",
    "gcp:compute/subnetwork:Subnetwork": (
        "projects/shop-dev/regions/europe-west4/subnetworks/shop-private"
    ),
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": (
        "projects/shop-dev/global/firewallPolicies/shop/rules/65000"
    ),
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation": (
        "projects/shop-dev/global/firewallPolicies/shop/associations/shop"
    ),
    "gcp:servicenetworking/connection:Connection": (
        "projects%2Fshop-dev%2Fglobal%2Fnetworks%2Fshop:servicenetworking.googleapis.com"
    ),
    "gcp:dns/recordSet:RecordSet": (
        "projects/shop-dev/managedZones/shop/rrsets/www.shop.example.com./A"
    ),
    "gcp:container/cluster:Cluster": "projects/shop-dev/locations/europe-west4/clusters/shop",
    "gcp:container/nodePool:NodePool": (
        "projects/shop-dev/locations/europe-west4/clusters/shop/nodePools/system"
    ),
    "gcp:sql/databaseInstance:DatabaseInstance": "projects/shop-dev/instances/orders",
    "gcp:sql/user:User": "api@shop-dev.iam//orders",
    "gcp:memorystore/instance:Instance": (
        "projects/shop-dev/locations/europe-west4/instances/sessions"
    ),
    "gcp:storage/bucket:Bucket": "shop-dev-assets",
    "gcp:storage/bucketIAMMember:BucketIAMMember": (
        "b/shop-dev-assets/roles/storage.objectViewer/"
        "serviceAccount:api@shop-dev.iam.gserviceaccount.com"
    ),
    "gcp:kms/cryptoKey:CryptoKey": (
        "projects/shop-dev/locations/europe-west4/keyRings/shop/cryptoKeys/database"
    ),
    "gcp:serviceaccount/account:Account": (
        "projects/shop-dev/serviceAccounts/shop-nodes@shop-dev.iam.gserviceaccount.com"
    ),
    "gcp:projects/service:Service": "shop-dev/container.googleapis.com",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "shop-dev/audit_config/allServices",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (
        "projects/shop-dev/locations/global/workloadIdentityPools/github/providers/actions"
    ),
    "gcp:logging/projectSink:ProjectSink": "projects/shop-dev/sinks/audit",
}


@pytest.mark.parametrize(("token", "id_"), GOOGLE_IDS.items())
def test_google_ids_are_paths_of_names(token: str, id_: str) -> None:
    assert made(token).id == id_


AMAZON_IDS = {
    "aws:eks/nodeGroup:NodeGroup": "shop:system",
    "aws:eks/addon:Addon": "shop:vpc-cni",
    "aws:eks/accessEntry:AccessEntry": f"shop:{ROLE_ARN}",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "a-[0-9a-z]{17}",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt-0[0-9a-f]{16}",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    ),
    "aws:kms/key:Key": "mrk-[0-9a-f]{32}",
    "aws:kms/replicaKey:ReplicaKey": "mrk-0123456789abcdef",
    "aws:route53/record:Record": "Z0123456789ABCDEFGHIJ_www.shop.example.com_A",
    "aws:route53/keySigningKey:KeySigningKey": "Z0123456789ABCDEFGHIJ,shop",
    "aws:sqs/queue:Queue": f"https://sqs.eu-north-1.amazonaws.com/{ACCOUNT}/interruptions",
    "aws:acm/certificate:Certificate": f"arn:aws:acm:eu-north-1:{ACCOUNT}:certificate/{UUID}",
    "aws:guardduty/detector:Detector": "[0-9a-f]{32}",
    "aws:securityhub/account:Account": ACCOUNT,
}


@pytest.mark.parametrize(("token", "pattern"), AMAZON_IDS.items())
def test_amazon_ids_have_the_form_of_their_service(token: str, pattern: str) -> None:
    assert re.fullmatch(pattern, made(token).id)


@pytest.mark.parametrize(
    ("token", "output", "pattern"),
    [
        (
            "gcp:compute/network:Network",
            "selfLink",
            f"https://www.googleapis.com/compute/v1/{NETWORK}",
        ),
        ("gcp:compute/subnetwork:Subnetwork", "gatewayAddress", r"10\.8\.0\.1"),
        ("gcp:compute/globalAddress:GlobalAddress", "address", r"10\.\d+\.0\.0"),
        ("gcp:container/nodePool:NodePool", "version", r"1\.\d\d\.\d+-gke\.\d+"),
        ("gcp:sql/databaseInstance:DatabaseInstance", "privateIpAddress", r"10\.\d+\.0\.\d+"),
        ("gcp:sql/databaseInstance:DatabaseInstance", "publicIpAddress", ""),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            "connectionName",
            "shop-dev:europe-west4:orders",
        ),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            "dnsName",
            r"[0-9a-f]{12}\.\w+\.europe-west4\.sql\.goog\.",
        ),
        (
            "gcp:artifactregistry/repository:Repository",
            "registryUri",
            r"europe-west4-docker\.pkg\.dev/shop-dev/shop",
        ),
        ("gcp:serviceaccount/account:Account", "uniqueId", r"1\d{20}"),
        (
            "gcp:serviceaccount/account:Account",
            "member",
            "serviceAccount:shop-nodes@shop-dev.iam.gserviceaccount.com",
        ),
        (
            "gcp:projects/serviceIdentity:ServiceIdentity",
            "member",
            rf"serviceAccount:service-{NUMBER}@gcp-sa-cloud-sql\.iam\.gserviceaccount\.com",
        ),
        (
            "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
            "name",
            rf"projects/{NUMBER}/locations/global/workloadIdentityPools/github",
        ),
        (
            "gcp:logging/projectSink:ProjectSink",
            "writerIdentity",
            rf"serviceAccount:service-{NUMBER}@gcp-sa-logging\.iam\.gserviceaccount\.com",
        ),
        ("gcp:storage/bucket:Bucket", "url", "gs://shop-dev-assets"),
        (
            "aws:eks/cluster:Cluster",
            "endpoint",
            r"https://[0-9A-F]{32}\.gr7\.eu-north-1\.eks\.amazonaws\.com",
        ),
        (
            "aws:rds/cluster:Cluster",
            "endpoint",
            r"orders\.cluster-\w{12}\.eu-north-1\.rds\.amazonaws\.com",
        ),
        (
            "aws:rds/cluster:Cluster",
            "readerEndpoint",
            r"orders\.cluster-ro-\w{12}\.eu-north-1\.rds\.amazonaws\.com",
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "primaryEndpointAddress",
            r"master\.sessions\.\w{6}\.eu-north-1\.cache\.amazonaws\.com",
        ),
        ("aws:sqs/queue:Queue", "arn", f"arn:aws:sqs:eu-north-1:{ACCOUNT}:interruptions"),
        ("aws:backup/vault:Vault", "arn", f"arn:aws:backup:eu-north-1:{ACCOUNT}:backup-vault:shop"),
    ],
)
def test_computed_values_have_the_form_of_their_service(
    token: str, output: str, pattern: str
) -> None:
    assert re.fullmatch(pattern, made(token).outputs[output])


def test_both_clouds_hand_out_a_cluster_certificate_that_can_be_decoded() -> None:
    amazon = made("aws:eks/cluster:Cluster").outputs["certificateAuthority"]["data"]
    google = made("gcp:container/cluster:Cluster").outputs["masterAuth"]["clusterCaCertificate"]

    for data in (amazon, google):
        assert base64.b64decode(data, validate=True).startswith(b"-----BEGIN CERTIFICATE-----\n")


def test_an_eks_cluster_tells_its_issuer_and_its_security_group() -> None:
    outputs = made("aws:eks/cluster:Cluster").outputs

    issuer = outputs["identities"][0]["oidcs"][0]["issuer"]
    assert issuer.startswith("https://oidc.eks.eu-north-1.amazonaws.com/id/")
    assert outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-0")
    assert outputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_a_gke_cluster_fills_in_its_endpoints_and_keeps_its_client_key_secret() -> None:
    outputs = made("gcp:container/cluster:Cluster").outputs

    dns = outputs["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]
    assert dns["allowExternalTraffic"] is True
    assert dns["endpoint"].endswith(".europe-west4.gke.goog")
    assert outputs["privateClusterConfig"]["privateEndpoint"].startswith("172.16.0.")
    assert isinstance(outputs["masterAuth"]["clientKey"], Secret)
    assert outputs["nodeLocations"] == ["europe-west4-b", "europe-west4-c", "europe-west4-d"]


def test_a_gke_cluster_has_its_dns_endpoint_even_where_the_program_does_not_speak_of_it() -> None:
    token = "gcp:container/cluster:Cluster"
    outputs = made(token, controlPlaneEndpointsConfig={"ipEndpointsConfig": {"enabled": True}})

    config = outputs.outputs["controlPlaneEndpointsConfig"]
    assert config["dnsEndpointConfig"]["endpoint"].endswith(".gke.goog")


def test_a_valkey_instance_has_an_endpoint_in_each_network_that_wants_one() -> None:
    outputs = made("gcp:memorystore/instance:Instance").outputs

    (discovery,) = outputs["discoveryEndpoints"]
    (connection,) = outputs["endpoints"][0]["connections"]
    assert discovery["network"] == NETWORK
    assert discovery["address"] == connection["pscAutoConnection"]["ipAddress"]
    assert discovery["port"] == 6379


def test_a_certificate_is_proven_by_one_record_for_each_domain() -> None:
    options = made("aws:acm/certificate:Certificate").outputs["domainValidationOptions"]

    by_domain = {option["domainName"]: option for option in options}
    assert list(by_domain) == ["shop.example.com", "*.shop.example.com", "api.example.com"]
    assert len(options) == 3
    wildcard, plain = by_domain["*.shop.example.com"], by_domain["shop.example.com"]
    assert wildcard["resourceRecordName"] == plain["resourceRecordName"]
    assert re.fullmatch(r"_[0-9a-f]{32}\.api\.example\.com\.", options[2]["resourceRecordName"])
    assert all(option["resourceRecordType"] == "CNAME" for option in options)
    assert options[0]["resourceRecordValue"].endswith(".acm-validations.aws.")


def test_a_dns_authorization_is_proven_by_a_record_below_its_domain() -> None:
    (record,) = made("gcp:certificatemanager/dnsAuthorization:DnsAuthorization").outputs[
        "dnsResourceRecords"
    ]

    assert record["name"] == "_acme-challenge.shop.example.com."
    assert record["type"] == "CNAME"
    assert record["data"].endswith(".authorize.certificatemanager.goog.")


@pytest.mark.parametrize(
    ("token", "servers"), [("aws:route53/zone:Zone", 4), ("gcp:dns/managedZone:ManagedZone", 4)]
)
def test_zones_have_name_servers(token: str, servers: int) -> None:
    assert len(set(made(token).outputs["nameServers"])) == servers


def test_equal_projects_have_equal_numbers() -> None:
    answer = provider("gcp", project="shop-dev").invoke(
        "gcp:organizations/getProject:getProject", {}
    )
    pool = made("gcp:iam/workloadIdentityPool:WorkloadIdentityPool").outputs["name"]

    assert pool.startswith(f"projects/{answer.outputs['number']}/")


@pytest.mark.parametrize(
    ("token", "arn"),
    [
        (
            "aws:kms/replicaKey:ReplicaKey",
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-0123456789abcdef",
        ),
        ("aws:kms/key:Key", rf"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-[0-9a-f]{{32}}"),
        ("aws:backup/vault:Vault", f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:shop"),
        ("aws:acm/certificate:Certificate", f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/{UUID}"),
        ("aws:route53/zone:Zone", r"arn:aws:route53:::hostedzone/Z[0-9A-F]{19}"),
    ],
)
def test_arns_name_the_region_of_the_resource_and_not_of_the_provider(token: str, arn: str) -> None:
    given = {} if token == "aws:route53/zone:Zone" else {"region": "eu-west-1"}

    assert re.fullmatch(arn, made(token, **given).outputs["arn"])


def test_one_name_in_two_regions_is_two_objects() -> None:
    world, token = World(), "aws:backup/vault:Vault"
    aws = cloud(token, world)
    home = created(aws, token, "home", {"name": "shop"})
    away = created(aws, token, "away", {"name": "shop", "region": "eu-west-1"})

    def found(name: str, there: CreateResult) -> str:
        return aws.read(urn(token, name), token, "shop", outputs=there.outputs).outputs["arn"]

    assert home.id == away.id == "shop"
    assert (found("home", home), found("away", away)) == (home.outputs["arn"], away.outputs["arn"])
    aws.delete(urn(token, "home"), token, "shop", outputs=home.outputs)
    aws.delete(urn(token, "home"), token, "shop", outputs=home.outputs)
    assert [thing.outputs["arn"] for thing in world.objects()] == [away.outputs["arn"]]


@pytest.mark.parametrize(
    ("token", "changed", "replaces"),
    [
        ("gcp:compute/network:Network", {"autoCreateSubnetworks": True}, True),
        ("gcp:compute/network:Network", {"routingMode": "GLOBAL"}, False),
        ("gcp:compute/subnetwork:Subnetwork", {"region": "europe-west1"}, True),
        ("gcp:compute/subnetwork:Subnetwork", {"ipCidrRange": "10.8.0.0/19"}, False),
        ("gcp:compute/globalAddress:GlobalAddress", {"prefixLength": 16}, True),
        ("gcp:servicenetworking/connection:Connection", {"reservedPeeringRanges": ["b"]}, False),
        ("gcp:container/cluster:Cluster", {"datapathProvider": "ADVANCED_DATAPATH"}, True),
        ("gcp:container/cluster:Cluster", {"location": "europe-west1"}, True),
        ("gcp:container/cluster:Cluster", {"minMasterVersion": "1.35"}, False),
        ("gcp:container/nodePool:NodePool", {"nodeConfig": {"spot": True}}, True),
        ("gcp:container/nodePool:NodePool", {"nodeConfig": {"machineType": "n2"}}, False),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"encryptionKeyName": "k"}, True),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"databaseVersion": "POSTGRES_18"}, False),
        ("gcp:memorystore/instance:Instance", {"mode": "CLUSTER_DISABLED"}, True),
        ("gcp:memorystore/instance:Instance", {"replicaCount": 1}, False),
        ("gcp:storage/bucket:Bucket", {"location": "US"}, True),
        ("gcp:storage/bucket:Bucket", {"versioning": {"enabled": True}}, False),
        ("gcp:kms/cryptoKey:CryptoKey", {"purpose": "MAC"}, True),
        ("gcp:kms/cryptoKey:CryptoKey", {"rotationPeriod": "7776000s"}, False),
        ("gcp:storage/bucketIAMMember:BucketIAMMember", {"role": "roles/viewer"}, True),
        ("gcp:dns/managedZone:ManagedZone", {"dnsName": "b.example."}, True),
        ("gcp:dns/recordSet:RecordSet", {"rrdatas": ["203.0.113.8"]}, False),
        (
            "gcp:secretmanager/secret:Secret",
            {"replication": {"userManaged": {"replicas": [{"location": "eu"}]}}},
            True,
        ),
        ("gcp:artifactregistry/repository:Repository", {"kmsKeyName": "k"}, True),
        ("aws:eks/cluster:Cluster", {"roleArn": "arn:aws:iam::1:role/b"}, True),
        ("aws:eks/cluster:Cluster", {"version": "1.35"}, False),
        (
            "aws:eks/cluster:Cluster",
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/16"}},
            True,
        ),
        ("aws:eks/nodeGroup:NodeGroup", {"subnetIds": ["subnet-2"]}, True),
        ("aws:eks/nodeGroup:NodeGroup", {"version": "1.35"}, False),
        ("aws:eks/addon:Addon", {"addonVersion": "v2"}, False),
        ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", {"policyArn": "p"}, True),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", {"roleArn": "r"}, False),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", {"namespace": "b"}, True),
        ("aws:rds/cluster:Cluster", {"kmsKeyId": KEY_ARN}, True),
        ("aws:rds/cluster:Cluster", {"backupRetentionPeriod": 14}, False),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"kmsKeyId": KEY_ARN}, True),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"numCacheClusters": 3}, False),
        ("aws:acm/certificate:Certificate", {"domainName": "b.example.com"}, True),
        ("aws:backup/vault:Vault", {"kmsKeyArn": KEY_ARN}, True),
        ("aws:cloudtrail/trail:Trail", {"kmsKeyId": KEY_ARN}, False),
        ("aws:route53/zone:Zone", {"name": "b.example.com"}, True),
        ("aws:s3/bucket:Bucket", {"objectLockEnabled": True}, True),
    ],
)
def test_what_the_cloud_cannot_change_in_place_replaces(
    token: str, changed: dict[str, Any], replaces: bool
) -> None:
    simulated = cloud(token)
    before = checked(simulated, token, "it", SAMPLES[token])
    after = checked(simulated, token, "it", {**SAMPLES[token], **changed}, before)

    outcome = simulated.diff(urn(token, "it"), token, "it", old_inputs=before, news=after)

    assert outcome.changes
    assert bool(outcome.replaces) is replaces


@pytest.mark.parametrize(
    ("token", "default"),
    [
        ("gcp:container/cluster:Cluster", {"deletionProtection": True, "network": "default"}),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"deletionProtection": True}),
        ("gcp:memorystore/instance:Instance", {"deletionProtectionEnabled": True}),
        ("gcp:storage/bucket:Bucket", {"storageClass": "STANDARD", "forceDestroy": False}),
        ("aws:cloudtrail/trail:Trail", {"enableLogFileValidation": False}),
        ("aws:eks/accessEntry:AccessEntry", {"type": "STANDARD"}),
        ("aws:rds/cluster:Cluster", {"skipFinalSnapshot": False}),
    ],
)
def test_defaults_of_the_provider_stand_in_the_inputs(token: str, default: dict[str, Any]) -> None:
    assert default.items() <= checked(cloud(token), token, "it", SAMPLES[token]).items()


def test_a_default_that_an_older_state_lacks_is_no_change() -> None:
    token = "gcp:compute/network:Network"
    old = {"name": "shop"}
    new = checked(cloud(token), token, "it", old)

    assert new["autoCreateSubnetworks"] is True
    assert not cloud(token).diff(urn(token, "it"), token, "it", old_inputs=old, news=new).changes


@pytest.mark.parametrize(
    ("token", "given", "property_", "longest"),
    [
        ("gcp:serviceaccount/account:Account", {}, "accountId", 30),
        ("gcp:container/cluster:Cluster", {"location": "europe-west4"}, "name", 40),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"databaseVersion": "v"}, "name", 98),
        ("aws:s3/bucket:Bucket", {}, "bucket", 63),
        ("aws:sqs/queue:Queue", {}, "name", 80),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"description": "d"},
            "replicationGroupId",
            40,
        ),
    ],
)
def test_names_are_cut_when_made_and_refused_when_given_too_long(
    token: str, given: dict[str, Any], property_: str, longest: int
) -> None:
    drawn = checked(cloud(token), token, "n" * 120, given)[property_]
    package = token.partition(":")[0]
    reason = failures(package, token, {**given, property_: "n" * (longest + 1)})[property_]

    assert len(drawn) == longest
    assert f"has {longest + 1} characters" in reason
    assert f"at most {longest}: shorten it" in reason
    assert failures(package, token, {**given, property_: "n" * longest}) == {}


def test_a_launch_template_counts_its_versions() -> None:
    token = "aws:ec2/launchTemplate:LaunchTemplate"
    simulated = cloud(token)
    before = checked(simulated, token, "it", {"name": "system"})
    first = simulated.create(urn(token, "it"), token, before)
    after = {**before, "imageId": "ami-1"}

    def update(*, preview: bool) -> dict[str, Any]:
        return simulated.update(
            urn(token, "it"),
            token,
            first.id,
            old_inputs=before,
            old_outputs=first.outputs,
            news=after,
            preview=preview,
        )

    planned, done = update(preview=True), update(preview=False)
    assert first.outputs["latestVersion"] == 1
    assert planned["latestVersion"] is UNKNOWN
    assert (done["latestVersion"], done["defaultVersion"]) == (2, 1)


def test_an_update_of_a_cluster_leaves_what_was_computed_inside_its_inputs(stage: Stage) -> None:
    def program(version: str) -> None:
        cluster = aws.eks.Cluster(
            "shop",
            name="shop",
            role_arn=ROLE_ARN,
            version=version,
            vpc_config={"subnet_ids": ["subnet-1"]},
        )
        group = cluster.vpc_config.apply(lambda config: str(config.cluster_security_group_id))
        aws.ec2.SecurityGroupRule(
            "nodes",
            type="ingress",
            security_group_id=group,
            protocol="tcp",
            from_port=443,
            to_port=443,
            self=True,
        )

    stage.up(lambda: program("1.34"))
    stage.preview(lambda: program("1.35"))
    previewed = (stage.ops("shop"), stage.ops("nodes"))
    stage.up(lambda: program("1.35"))

    assert previewed == ([Op.UPDATE], [Op.SAME])
    assert (stage.ops("shop"), stage.ops("nodes")) == ([Op.UPDATE], [Op.SAME])


def test_a_program_reads_google_outputs_by_their_python_names(stage: Stage) -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        account = gcp.serviceaccount.Account("nodes", account_id="shop-nodes")
        cluster = gcp.container.Cluster("shop", name="shop", location="europe-west4")
        account.member.apply(lambda member: seen.update(member=member))
        cluster.master_auth.cluster_ca_certificate.apply(lambda text: seen.update(ca=text))

    assert stage.up(program).ok
    assert seen["member"] == "serviceAccount:shop-nodes@shop-dev.iam.gserviceaccount.com"
    assert seen["ca"]
    assert reveal(stage.resources["shop"].outputs["masterAuth"])["clientKey"] == ""

"""EKS: private, encrypted, on record, and open to named administrators alone."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from components.cluster import ControlPlaneLog, create_cluster
from components.cluster.aws import LOG_TYPES
from components.environment import Environment
from components.keys import KeysSpec, create_keys
from components.network import (
    DockerNetworkRef,
    DockerTier,
    NetworkSpec,
    Tier,
    create_network,
)
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import (
    ACCOUNT,
    ZONES,
    adopted_aws_keys,
    adopted_network,
    aws_cloud,
    docker_host,
)
from tests.components.variants_cluster import aws_cluster, cluster_outputs, cluster_spec

CLUSTER = "aws:eks/cluster:Cluster"
ADDON = "aws:eks/addon:Addon"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
NODES = "aws:eks/nodeGroup:NodeGroup"
SUBNET = "aws:ec2/subnet:Subnet"
PROVIDER = "pulumi:providers:kubernetes"
OFFICE = "198.51.100.0/24"
KEYS = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key"


@cache
def built(environment: Environment = Environment.PROD) -> Recording:
    return record(lambda: cluster_outputs(aws_cluster(environment)))


def asking(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: cluster_outputs(aws_cluster(environment, **asked)))


def control_plane(recording: Recording) -> dict[str, Any]:
    return dict(recording.only(CLUSTER).inputs)


def addon(name: str, recording: Recording | None = None) -> Registration:
    return (recording or built()).named(f"core-{name}", ADDON)


def configuration(name: str, recording: Recording | None = None) -> dict[str, Any]:
    return json.loads(addon(name, recording).inputs["configurationValues"])


def role(name: str) -> dict[str, Any]:
    (statement,) = json.loads(built().named(f"core-{name}", ROLE).inputs["assumeRolePolicy"])[
        "Statement"
    ]
    return statement


def policies(role_name: str, recording: Recording | None = None) -> set[str]:
    """The last parts of the ARNs of the policies that a role is given."""
    recording = recording or built()
    urn = recording.named(f"core-{role_name}", ROLE).urn
    return {
        each.inputs["policyArn"].rpartition("/")[2]
        for each in recording.of(ATTACHMENT)
        if each.property_dependencies["role"] == (urn,)
    }


@pytest.mark.parametrize("environment", list(Environment))
def test_the_api_is_reached_from_inside_the_network_alone(environment: Environment) -> None:
    found = control_plane(built(environment))["vpcConfig"]

    assert found["endpointPrivateAccess"] is True
    assert found["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in found


def test_named_clients_reach_the_api_from_outside_too() -> None:
    found = control_plane(asking(Environment.DEV, api_clients={"office": OFFICE}))["vpcConfig"]

    assert found["endpointPrivateAccess"] is True
    assert found["endpointPublicAccess"] is True
    assert found["publicAccessCidrs"] == [OFFICE]


def test_it_stands_in_the_private_subnets_and_has_the_services_of_the_network() -> None:
    found = control_plane(built())

    assert found["vpcConfig"]["subnetIds"] == [f"subnet-private-{zone}" for zone in ZONES]
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_secrets_have_a_key_of_the_cluster() -> None:
    found = control_plane(built())["encryptionConfig"]

    assert found == {"provider": {"keyArn": f"{KEYS}/cluster"}, "resources": ["secrets"]}


def test_whoever_creates_the_cluster_is_not_its_administrator() -> None:
    found = control_plane(built())["accessConfig"]

    assert found == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }


def test_administrators_may_do_everything_and_nobody_else_anything() -> None:
    recording = asking(administrators=("admins", "deployer"))
    principals = {f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("admins", "deployer")}

    assert {each.inputs["principalArn"] for each in recording.of(ENTRY)} == principals
    assert {each.inputs["principalArn"] for each in recording.of(ASSOCIATION)} == principals
    for each in recording.of(ASSOCIATION):
        assert each.inputs["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
        assert each.inputs["accessScope"] == {"type": "cluster"}


def test_the_log_group_exists_encrypted_before_the_cluster_writes_to_it() -> None:
    group = built().only("aws:cloudwatch/logGroup:LogGroup")

    assert group.inputs["name"] == f"/aws/eks/{control_plane(built())['name']}/cluster"
    assert group.inputs["kmsKeyId"] == f"{KEYS}/logs"
    assert group.inputs["retentionInDays"] == 365
    assert group.urn in built().only(CLUSTER).depends_on


def test_every_log_of_the_control_plane_has_a_name_on_aws() -> None:
    assert LOG_TYPES.keys() == set(ControlPlaneLog)
    assert control_plane(built())["enabledClusterLogTypes"] == list(LOG_TYPES.values())


def test_dev_records_less_but_always_who_did_what() -> None:
    found = control_plane(built(Environment.DEV))

    assert found["enabledClusterLogTypes"] == ["api", "audit", "authenticator"]


@pytest.mark.parametrize(
    ("environment", "protected"),
    [(Environment.DEV, False), (Environment.STAGING, True), (Environment.PROD, True)],
)
def test_deletion_is_refused_in_the_cloud_outside_dev(
    environment: Environment, protected: bool
) -> None:
    assert control_plane(built(environment))["deletionProtection"] is protected


def test_paid_extended_support_is_off_and_a_lost_zone_can_be_left() -> None:
    found = control_plane(built())

    assert found["upgradePolicy"] == {"supportType": "STANDARD"}
    assert found["zonalShiftConfig"] == {"enabled": True}


def test_the_role_of_the_control_plane_is_assumed_for_this_cluster_alone() -> None:
    name = control_plane(built())["name"]

    assert role("control-plane")["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{name}"},
    }
    assert policies("control-plane") == {"AmazonEKSClusterPolicy"}


def test_every_addon_is_managed_and_none_comes_by_itself() -> None:
    assert {each.inputs["addonName"] for each in built().of(ADDON)} == {
        "aws-ebs-csi-driver",
        "coredns",
        "eks-pod-identity-agent",
        "kube-proxy",
        "metrics-server",
        "vpc-cni",
    }
    assert control_plane(built())["bootstrapSelfManagedAddons"] is False


def test_nodes_find_their_network_and_identities_and_pods_find_nodes() -> None:
    below = {addon(name).urn for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")}
    nodes = {each.urn for each in built().of(NODES)}

    assert nodes
    assert all(below <= set(each.depends_on) for each in built().of(NODES))
    for name in ("coredns", "aws-ebs-csi-driver", "metrics-server"):
        assert nodes <= set(addon(name).depends_on)


def test_nodes_go_before_what_takes_their_network_interfaces_away() -> None:
    network = addon("vpc-cni")
    permission = built().named("core-vpc-cni", ATTACHMENT)

    assert addon("eks-pod-identity-agent").urn in network.depends_on
    assert permission.urn in network.depends_on
    assert all(network.urn in each.depends_on for each in built().of(NODES))


def test_the_network_enforces_policies_and_hands_out_addresses_in_blocks() -> None:
    found = configuration("vpc-cni")

    # A truth value is refused by the add-on.
    assert found["enableNetworkPolicy"] == "true"
    assert found["env"]["ENABLE_PREFIX_DELEGATION"] == "true"


def test_what_addons_make_bears_the_tags_of_the_owner() -> None:
    tags = built().only(CLUSTER).inputs["tags"]

    assert configuration("aws-ebs-csi-driver")["controller"]["extraVolumeTags"] == tags
    assert json.loads(configuration("vpc-cni")["env"]["ADDITIONAL_ENI_TAGS"]) == tags


def test_pod_subnets_are_there_before_the_nodes_and_go_after_them() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        keys = create_keys(cloud, "keys", KeysSpec()).ref
        asked = {"cidr": "10.20.0.0/16", "pods_cidr": "100.64.0.0/16"}
        network = create_network(cloud, "net", NetworkSpec.model_validate(asked), keys=keys)
        create_cluster(network.ref, "core", cluster_spec(Environment.PROD), keys=keys)

    recording = record(program)
    interfaces = addon("vpc-cni", recording)
    subnets = {each.urn for each in recording.of(SUBNET) if "kubernetes.io/role/cni" in str(each)}

    assert len(subnets) == len(ZONES)
    assert set(interfaces.property_dependencies["configurationValues"]) == subnets
    assert configuration("vpc-cni", recording)["env"]["ENABLE_SUBNET_DISCOVERY"] == "true"
    assert all(interfaces.urn in each.depends_on for each in recording.of(NODES))


@pytest.mark.parametrize(
    ("name", "account", "role_name", "policy"),
    [
        ("vpc-cni", "aws-node", "vpc-cni", "AmazonEKS_CNI_Policy"),
        (
            "aws-ebs-csi-driver",
            "ebs-csi-controller-sa",
            "ebs-csi",
            "AmazonEBSCSIDriverPolicy",
        ),
    ],
)
def test_an_addon_that_calls_aws_has_a_role_of_its_own_by_pod_identity(
    name: str, account: str, role_name: str, policy: str
) -> None:
    (association,) = addon(name).inputs["podIdentityAssociations"]
    trust = role(role_name)
    cluster = control_plane(built())["name"]

    assert association["serviceAccount"] == account
    assert association["roleArn"].startswith(f"arn:aws:iam::{ACCOUNT}:role/core-{role_name}")
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": (
                f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{cluster}"
            ),
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": account,
        }
    }
    assert policies(role_name) == {policy}


def test_an_addon_that_does_not_call_aws_has_no_role() -> None:
    for name in ("coredns", "kube-proxy", "metrics-server", "eks-pod-identity-agent"):
        assert "podIdentityAssociations" not in addon(name).inputs


def test_disks_of_pods_are_encrypted_through_ec2_with_one_key() -> None:
    policy = built().named("core-ebs-csi-key", "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    statements = json.loads(policy)["Statement"]

    assert {resource for each in statements for resource in each["Resource"]} == {f"{KEYS}/volumes"}
    assert all(
        each["Condition"]["StringEquals"] == {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}
        for each in statements
    )
    (grant,) = [each for each in statements if "kms:CreateGrant" in each["Action"]]
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_the_kubeconfig_is_secret_and_holds_no_credential() -> None:
    config = json.loads(built().outputs["kubeconfig"])
    (user,) = config["users"]
    (server,) = config["clusters"]

    assert built().secrets == {"kubeconfig"}
    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["command"] == "aws"
    assert user["user"]["exec"]["args"][:2] == ["eks", "get-token"]
    assert built().outputs["cluster_name"] in user["user"]["exec"]["args"]
    assert server["cluster"]["server"] == built().outputs["endpoint"]


def test_workloads_wait_for_nodes_and_go_before_the_right_to_delete_them() -> None:
    provider = built().only(PROVIDER)
    needed = {
        each.urn
        for type_ in (ADDON, ASSOCIATION, NODES)
        for each in built().of(type_)
        if each.name not in {"core-vpc-cni", "core-kube-proxy", "core-eks-pod-identity-agent"}
    }

    assert needed <= set(provider.depends_on)
    assert provider.secret_inputs == {"kubeconfig"}


def test_a_cluster_that_does_not_answer_keeps_its_workloads_in_the_state() -> None:
    found = built().only(PROVIDER).inputs

    assert found["deleteUnreachable"] == "false"
    assert found["skipUpdateUnreachable"] == "false"
    assert found["enableServerSideApply"] == "true"


def test_another_endpoint_is_another_cluster() -> None:
    found = built().only(PROVIDER).inputs

    assert found["clusterIdentifier"] == built().outputs["endpoint"]


def test_nodes_share_the_firewall_that_eks_makes() -> None:
    def program() -> dict[str, Any]:
        return {"firewall": aws_cluster(Environment.DEV).ref.nodes_firewall_id}

    assert record(program).outputs["firewall"].startswith("sg-")


def test_it_says_what_eks_cannot_give() -> None:
    sentences = built().named("core", "plinth:cluster:AwsCluster").component_outputs

    assert sentences is not None
    assert [each.partition(":")[0] for each in sentences["unhonoured"]] == [
        "release_channel",
        "maintenance_window",
        "nodes_at_most",
    ]


def test_a_docker_host_carries_no_cluster() -> None:
    def program() -> None:
        name = pulumi.Output.from_input("core")
        network = DockerNetworkRef(docker_host(), {Tier.PRIVATE: DockerTier(name, name)})
        cloud = aws_cloud(Environment.DEV)
        create_cluster(network, "core", cluster_spec(Environment.DEV), keys=adopted_aws_keys(cloud))

    with pytest.raises(pulumi.RunError, match=r"ground\.kind is docker, which cannot carry"):
        record(program)


def test_a_long_name_still_leaves_room_for_the_names_made_of_it() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.DEV)
        spec = cluster_spec(Environment.DEV)
        for name in ("a" * 60, "a" * 59):
            create_cluster(adopted_network(cloud), name, spec, keys=adopted_aws_keys(cloud))

    names = {each.inputs["name"] for each in record(program).of(CLUSTER)}

    assert len(names) == 2
    assert all(len(name) == 40 for name in names)

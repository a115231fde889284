from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from rehearsal.facts import LISTED
from rehearsal.facts.aws_defaults import DEFAULTS
from rehearsal.values import Secret, reveal
from tests.rehearsal.simulation import (
    BUCKET,
    CONTAINER,
    DATABASE,
    PASSWORD,
    ROLE,
    SECURITY_GROUP,
    VPC,
    created,
    provider,
    sdk,
    urn,
)

# Families share one line of facts; not every member has all of these.
SHARED = {
    "arn",
    "createDate",
    "creationTimestamp",
    "expectedBucketOwner",
    "location",
    "namePrefix",
    "ownerId",
    "project",
}
ACCOUNT = "123456789012"


@pytest.mark.parametrize("token", sorted(LISTED))
def test_facts_speak_of_properties_that_the_sdk_has(token: str) -> None:
    known, facts = sdk().resource_type(token), LISTED[token]
    assert known is not None

    outputs = {path.split(".")[0] for path in facts.outputs}
    paths = {*facts.replaces, *facts.keeps, *facts.defaults, *DEFAULTS.get(token, ())}
    conditions = {condition for condition in facts.counts.values() if condition}
    inputs = {path.split(".")[0] for path in paths | conditions} - {"*"}

    assert outputs - SHARED <= known.outputs.keys()
    assert inputs - SHARED <= known.inputs.keys()
    assert facts.name in {"", "name", *known.inputs}


@pytest.mark.parametrize(
    ("token", "inputs", "id_", "outputs"),
    [
        (
            VPC,
            {"cidrBlock": "10.0.0.0/16"},
            r"vpc-0[0-9a-f]{16}",
            {
                "arn": rf"arn:aws:ec2:eu-north-1:{ACCOUNT}:vpc/vpc-0[0-9a-f]{{16}}",
                "defaultSecurityGroupId": r"sg-0[0-9a-f]{16}",
                "mainRouteTableId": r"rtb-0[0-9a-f]{16}",
            },
        ),
        (
            ROLE,
            {"assumeRolePolicy": "{}"},
            r"it-[0-9a-f]{7}",
            {
                "arn": rf"arn:aws:iam::{ACCOUNT}:role/it-[0-9a-f]{{7}}",
                "uniqueId": r"AROA[0-9A-F]{17}",
            },
        ),
        (
            BUCKET,
            {},
            r"it-[0-9a-f]{7}",
            {"bucketRegionalDomainName": r"it-[0-9a-f]{7}\.s3\.eu-north-1\.amazonaws\.com"},
        ),
        (
            "aws:ecr/repository:Repository",
            {"name": "shop/api"},
            r"shop/api",
            {"repositoryUrl": rf"{ACCOUNT}\.dkr\.ecr\.eu-north-1\.amazonaws\.com/shop/api"},
        ),
        (
            "aws:kms/key:Key",
            {},
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            {"arn": rf"arn:aws:kms:eu-north-1:{ACCOUNT}:key/[0-9a-f-]{{36}}"},
        ),
        (
            "aws:kms/alias:Alias",
            {"targetKeyId": "abc"},
            r"alias/it-[0-9a-f]{7}",
            {"targetKeyArn": rf"arn:aws:kms:eu-north-1:{ACCOUNT}:key/abc"},
        ),
        (
            "aws:kinesis/stream:Stream",
            {},
            r"it-[0-9a-f]{7}",
            {"arn": rf"arn:aws:kinesis:eu-north-1:{ACCOUNT}:stream/it-[0-9a-f]{{7}}"},
        ),
    ],
)
def test_ids_and_arns_look_as_in_aws(
    token: str, inputs: dict[str, Any], id_: str, outputs: dict[str, str]
) -> None:
    made = created(provider(region="eu-north-1"), token, "it", inputs)

    assert re.fullmatch(id_, made.id)
    for name, pattern in outputs.items():
        assert re.fullmatch(pattern, made.outputs[name]), made.outputs[name]


def test_a_database_tells_its_address_and_its_managed_secret() -> None:
    given = {"instanceClass": "db.t4g.medium", "engine": "postgres", "identifier": "orders"}
    managed = created(provider(), DATABASE, "a", {**given, "manageMasterUserPassword": True})
    bare = created(provider(), DATABASE, "a", given)

    assert managed.outputs["port"] == 5432
    assert managed.outputs["endpoint"] == f"{managed.outputs['address']}:5432"
    assert managed.outputs["address"].startswith("orders.")
    (secret,) = managed.outputs["masterUserSecrets"]
    assert secret["secretArn"].startswith("arn:aws:secretsmanager:us-east-1:")
    assert bare.outputs["masterUserSecrets"] == []


def test_a_container_has_an_address_in_each_of_its_networks() -> None:
    networks = [{"name": "front"}, {"name": "back"}]
    made = created(
        provider("docker"), CONTAINER, "web", {"image": "nginx", "networksAdvanced": networks}
    )

    assert re.fullmatch(r"[0-9a-f]{64}", made.id)
    assert made.outputs["hostname"] == made.id[:12]
    assert [network["networkName"] for network in made.outputs["networkDatas"]] == ["front", "back"]
    assert len({network["ipAddress"] for network in made.outputs["networkDatas"]}) == 2


def test_passwords_are_secret_as_asked_for_and_differ_by_object() -> None:
    random, asked = provider("random"), {"length": 24, "minSpecial": 3, "overrideSpecial": "!_"}
    first = created(random, PASSWORD, "first", asked).outputs["result"]
    second = created(random, PASSWORD, "second", asked).outputs["result"]

    assert isinstance(first, Secret)
    assert len(first.value) == 24
    assert sum(first.value.count(special) for special in "!_") >= 3
    assert first != second


def test_a_password_without_special_characters_has_none() -> None:
    made = created(provider("random"), PASSWORD, "plain", {"length": 64, "special": False})

    assert reveal(made.outputs["result"]).isalnum()


def test_tls_keys_are_real_secret_and_belong_together() -> None:
    made = created(
        provider("tls"), "tls:index/privateKey:PrivateKey", "k", {"algorithm": "ED25519"}
    )
    private = made.outputs["privateKeyPem"]

    assert isinstance(private, Secret)
    key = serialization.load_pem_private_key(private.value.encode(), None)
    public = serialization.load_pem_public_key(made.outputs["publicKeyPem"].encode())
    assert key.public_key() == public
    assert made.outputs["publicKeyOpenssh"].startswith("ssh-ed25519 ")


@pytest.mark.parametrize(
    ("token", "name", "inputs", "id_"),
    [
        ("kubernetes:core/v1:Namespace", "shop", {"metadata": {"name": "shop"}}, "shop"),
        ("kubernetes:core/v1:Service", "web", {"metadata": {"name": "web"}}, "default/web"),
        (
            "kubernetes:core/v1:ConfigMap",
            "web",
            {"metadata": {"name": "web", "namespace": "kube-system"}},
            "kube-system/web",
        ),
    ],
)
def test_kubernetes_ids_are_namespace_and_name(
    token: str, name: str, inputs: dict[str, Any], id_: str
) -> None:
    assert created(provider("kubernetes"), token, name, inputs).id == id_


def test_ids_of_other_google_types_are_paths_below_the_project() -> None:
    token, given = "gcp:compute/vPNGateway:VPNGateway", {"network": "n", "region": "europe-west4"}
    made = created(provider("gcp", project="shop-dev"), token, "w", given)

    assert re.fullmatch(
        r"projects/shop-dev/regions/europe-west4/vPNGateways/w-[0-9a-f]{7}", made.id
    )


def test_what_nobody_asked_for_is_not_invented() -> None:
    made = created(provider(), SECURITY_GROUP, "web", {"vpcId": "vpc-1"})

    assert (made.outputs["ingress"], made.outputs["egress"]) == ([], [])


@pytest.mark.parametrize(
    ("token", "inputs", "property_", "replaces"),
    [
        ("aws:ec2/instance:Instance", {"ami": "ami-1"}, "ami", True),
        ("aws:ec2/instance:Instance", {"subnetId": "subnet-1"}, "subnetId", True),
        ("aws:ec2/instance:Instance", {"instanceType": "t4g.micro"}, "instanceType", False),
        ("aws:lb/loadBalancer:LoadBalancer", {"internal": "true"}, "internal", True),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "front"}, "name", True),
        ("aws:lb/loadBalancer:LoadBalancer", {"idleTimeout": "60"}, "idleTimeout", False),
        ("aws:lb/targetGroup:TargetGroup", {"vpcId": "vpc-1"}, "vpcId", True),
        ("aws:lb/targetGroup:TargetGroup", {"slowStart": "30"}, "slowStart", False),
    ],
)
def test_machines_and_load_balancers_are_replaced_where_aws_cannot_change_them(
    token: str, inputs: dict[str, str], property_: str, replaces: bool
) -> None:
    difference = provider().diff(
        urn(token, "it"), token, "it", old_inputs=inputs, news={property_: "other"}
    )

    assert difference.changes
    assert difference.replaces == ((property_,) if replaces else ())

"""No static credential anywhere: nobody is given a key or a password that somebody could keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.problem import SECRET_VALUE
from tests.stacks.blueprints import deployed_anywhere

FORBIDDEN = (
    "aws:iam/accessKey:AccessKey",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    "aws:iam/user:User",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "gcp:serviceaccount/key:Key",
    "gcp:storage/hmacKey:HmacKey",
)
# Inputs that take a credential in clear; whatever is managed by the cloud leaves them out.
CREDENTIALS = {
    "accessKey",
    "authToken",
    "authTokenWo",
    "masterPassword",
    "masterPasswordWo",
    "password",
    "passwordWo",
    "privateKey",
    "rootPassword",
    "rootPasswordWo",
    "secretAccessKey",
    "secretData",
    "secretString",
    "secretStringWo",
    "token",
}

each_cloud = pytest.mark.parametrize("stack", ["staging", "prod", "google-cloud"])


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, f"{path}[]")
    else:
        yield path, value


@each_cloud
def test_nothing_that_makes_a_credential_is_created(stack: str) -> None:
    assert [r.urn for r in deployed_anywhere(stack).resources if r.type in FORBIDDEN] == []


@each_cloud
def test_no_resource_is_given_a_credential(stack: str) -> None:
    given = [
        (each.urn, path)
        for each in deployed_anywhere(stack).resources
        for path, value in leaves(each.inputs)
        if value and path.rpartition(".")[2].removesuffix("[]") in CREDENTIALS
    ]

    assert given == []


@each_cloud
def test_no_input_looks_like_a_key_that_scanners_know(stack: str) -> None:
    shapes = ("-----BEGIN", "AKIA", "ASIA", "ghp_", "glpat-", "hvs.")
    found = [
        (each.urn, path)
        for each in deployed_anywhere(stack).resources
        for path, value in leaves(each.inputs)
        if isinstance(value, str) and value.startswith(shapes) and SECRET_VALUE.search(value)
    ]

    assert found == []


@each_cloud
def test_the_kubeconfig_asks_who_one_is_and_stays_secret(stack: str) -> None:
    provider = deployed_anywhere(stack).only("pulumi:providers:kubernetes")
    (user,) = json.loads(provider.inputs["kubeconfig"])["users"]

    assert user["user"].keys() == {"exec"}
    assert "kubeconfig" in provider.secret_inputs


@each_cloud
def test_databases_keep_their_own_passwords(stack: str) -> None:
    deployed = deployed_anywhere(stack)
    managed = [*deployed.of("aws:rds/instance:Instance"), *deployed.of("aws:rds/cluster:Cluster")]
    users = deployed.of("gcp:sql/user:User")

    assert managed or users
    assert all(each.inputs["manageMasterUserPassword"] for each in managed)
    assert all(each.inputs["type"].startswith("CLOUD_IAM") for each in users)

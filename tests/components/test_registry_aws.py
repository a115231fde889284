"""ECR: images are scanned, encrypted, immutable and the company's own."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, aws_registry, registry_outputs

REPOSITORY = "aws:ecr/repository:Repository"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@cache
def registry(
    environment: Environment = Environment.PROD,
    organization_id: str | None = None,
    **asked: Any,
) -> Recording:
    return record(
        lambda: registry_outputs(aws_registry(environment, organization_id, **asked)),
        preview=environment is Environment.PROD,
    )


def statements(recording: Recording) -> list[dict[str, Any]]:
    policy = recording.named("images-api", "aws:ecr/repositoryPolicy:RepositoryPolicy")
    return list(json.loads(policy.inputs["policy"])["Statement"])


def test_repositories_are_keyed_by_name() -> None:
    found = {each.name: each.inputs["name"] for each in registry().of(REPOSITORY)}

    assert found == {"images-api": "images/api", "images-web-front": "images/web/front"}


def test_an_image_is_never_overwritten_and_scanned_when_it_arrives() -> None:
    for each in registry().of(REPOSITORY):
        assert each.inputs["imageTagMutability"] == "IMMUTABLE"
        assert each.inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_images_are_encrypted_with_the_registrys_own_key() -> None:
    for each in registry(Environment.STAGING).of(REPOSITORY):
        (encryption,) = each.inputs["encryptionConfigurations"]
        (key,) = each.property_dependencies["encryptionConfigurations"]

        assert encryption["encryptionType"] == "KMS"
        assert key.endswith("::keys-registry")


@pytest.mark.parametrize(
    ("environment", "kept"),
    [(Environment.DEV, 10), (Environment.STAGING, 30), (Environment.PROD, 100)],
)
def test_untagged_images_go_after_a_week_and_the_newest_tagged_stay(
    environment: Environment, kept: int
) -> None:
    policy = registry(environment).named("images-api", "aws:ecr/lifecyclePolicy:LifecyclePolicy")
    untagged, tagged = (each["selection"] for each in json.loads(policy.inputs["policy"])["rules"])

    assert (untagged["tagStatus"], untagged["countNumber"]) == ("untagged", 7)
    assert (tagged["countType"], tagged["countNumber"]) == ("imageCountMoreThan", kept)


def test_only_the_account_uses_images() -> None:
    (account,) = statements(registry())

    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert "ecr:PutImage" in account["Action"]


def test_an_organisation_may_pull_and_not_push() -> None:
    _, organisation = statements(registry(organization_id="o-abcdefghij"))

    assert organisation["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    assert "ecr:BatchGetImage" in organisation["Action"]
    assert "ecr:PutImage" not in organisation["Action"]


def test_production_judges_images_anew_and_the_others_when_they_are_pushed() -> None:
    production = registry().only(SCANNING).inputs
    staging = registry(Environment.STAGING).only(SCANNING).inputs

    assert production["scanType"] == "ENHANCED"
    assert production["rules"][0]["scanFrequency"] == "CONTINUOUS_SCAN"
    assert staging["scanType"] == "BASIC"
    assert staging["rules"][0]["scanFrequency"] == "SCAN_ON_PUSH"


def test_a_second_stack_of_the_account_leaves_the_scanning_configuration_alone() -> None:
    assert registry(owns_scanning=False).of(SCANNING) == []


def test_only_dev_deletes_a_repository_with_its_images() -> None:
    assert {each.inputs["forceDelete"] for each in registry().of(REPOSITORY)} == {False}
    assert {each.inputs["forceDelete"] for each in registry(Environment.DEV).of(REPOSITORY)} == {
        True
    }


def test_publishes_the_full_image_names() -> None:
    outputs = registry(Environment.STAGING).outputs

    assert outputs["url"] == f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    assert outputs["repositories"] == {
        "api": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/images/api",
        "web/front": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/images/web/front",
    }

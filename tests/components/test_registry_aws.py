"""ECR: images are scanned, encrypted, immutable and the company's own."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from pulumi import RunError

from components.environment import Environment
from components.registry import RegistrySpec, create_registry
from rehearsal.plugin import Recording, record
from tests.components.variants import (
    ACCOUNT,
    adopted_aws_keys,
    adopted_network,
    aws_cloud,
    aws_registry,
    registry_outputs,
)

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


TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"


def made_up(**asked: Any) -> Recording:
    """The registry of production after an update, when keys are known."""
    return record(lambda: registry_outputs(aws_registry(Environment.PROD, **asked)))


def test_a_mirror_is_as_hardened_as_a_repository_of_ours() -> None:
    template = made_up(mirrors=("quay",)).named("images-quay", TEMPLATE).inputs

    assert template["appliedFors"] == ["PULL_THROUGH_CACHE"]
    assert template["prefix"] == "images-quay"
    assert template["imageTagMutability"] == "IMMUTABLE"
    assert template["encryptionConfigurations"][0]["encryptionType"] == "KMS"
    assert template["resourceTags"]["Owner"] == "Team Tests"


def test_a_mirror_is_not_pulled_through_before_its_template_is_there() -> None:
    rule = made_up(mirrors=("quay",)).only("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")

    assert rule.inputs["upstreamRegistryUrl"] == "quay.io"
    assert any(TEMPLATE in urn for urn in rule.depends_on)


def test_a_mirror_whose_name_is_too_long_for_ecr_is_refused() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        asked = {"repositories": ("api",), "mirrors": ("ecr-public", "quay")}
        spec = RegistrySpec.resolve(Environment.PROD, asked)
        keys = adopted_aws_keys(cloud)
        name = "images-of-everybody-x"
        create_registry(cloud, name, spec, keys=keys, network=adopted_network(cloud))

    with pytest.raises(RunError, match=r"named images-of-everybody-x-ecr-public; ECR takes 30"):
        record(program)


def test_what_makes_mirrored_repositories_makes_no_others() -> None:
    role = made_up(mirrors=("quay", "kubernetes")).named(
        "images-mirrors", "aws:iam/rolePolicy:RolePolicy"
    )
    make, encrypt = json.loads(role.inputs["policy"])["Statement"]

    assert make["Resource"] == [
        f"arn:aws:ecr:*:{ACCOUNT}:repository/images-quay/*",
        f"arn:aws:ecr:*:{ACCOUNT}:repository/images-kubernetes/*",
    ]
    assert encrypt["Resource"][0].startswith("arn:aws:kms:eu-west-1:")


def test_ecr_is_not_asked_for_an_account_that_it_may_not_name() -> None:
    role = made_up(mirrors=("quay",)).named("images-mirrors", "aws:iam/role:Role").inputs
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "ecr.amazonaws.com"}
    assert "Condition" not in statement


def test_production_copies_images_to_the_recovery_region_encrypted_there() -> None:
    registry = made_up()
    copies = registry.only("aws:ecr/replicationConfiguration:ReplicationConfiguration").inputs
    template = registry.named("images-copies", TEMPLATE).inputs

    (rule,) = copies["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": "eu-central-1", "registryId": ACCOUNT}]
    assert rule["repositoryFilters"] == [{"filter": "images/", "filterType": "PREFIX_MATCH"}]
    assert (template["region"], template["prefix"]) == ("eu-central-1", "images")
    assert ":eu-central-1:" in template["encryptionConfigurations"][0]["kmsKey"]


@pytest.mark.parametrize("environment", [Environment.DEV, Environment.STAGING])
def test_elsewhere_nothing_is_copied(environment: Environment) -> None:
    assert not registry(environment).of("aws:ecr/replicationConfiguration:ReplicationConfiguration")


def test_a_copy_without_a_place_for_it_is_refused() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD, recovery_region=None)
        spec = RegistrySpec.resolve(Environment.PROD, {"repositories": ("api",)})
        keys = adopted_aws_keys(cloud)
        create_registry(cloud, "images", spec, keys=keys, network=adopted_network(cloud))

    with pytest.raises(RunError, match=r"ground.recovery_region is not set"):
        record(program)

"""Where a stack can stand, and what it is told where it cannot."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import TypeAdapter, ValidationError

from components.environment import Environment
from components.ground import (
    AwsCloud,
    AwsGroundSpec,
    DockerGroundSpec,
    DockerHost,
    GcpCloud,
    GcpGroundSpec,
    GroundSpec,
    KubernetesContext,
    KubernetesGroundSpec,
    neighbour,
    open_ground,
    refuse,
    short_hash,
    zone_prefix,
)
from components.keys import AwsKeysRef, DockerKeysRef, KeysSpec, create_keys
from rehearsal.plugin import Recording, record
from tests.components.variants import OWNERSHIP

ASKED: dict[str, Any] = {
    "kind": "aws",
    "region": "eu-west-1",
    "zones": ["euw1-az1", "euw1-az2", "euw1-az3"],
    "account_id": "123456789012",
}
ON_GOOGLE: dict[str, Any] = {
    "kind": "gcp",
    "project": "plinth-tests",
    "project_number": "210987654321",
    "region": "europe-west1",
    "zones": ["europe-west1-b", "europe-west1-c", "europe-west1-d"],
}


def refusal_on_google(**asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        GcpGroundSpec.resolve(Environment.PROD, {**ON_GOOGLE, **asked})
    return str(caught.value)


def refusal(environment: Environment, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        AwsGroundSpec.resolve(environment, {**ASKED, **asked})
    return str(caught.value)


@pytest.mark.parametrize(
    ("region", "prefix"),
    [
        ("eu-west-1", "euw1"),
        ("eu-central-2", "euc2"),
        ("us-east-1", "use1"),
        ("ap-southeast-2", "apse2"),
        ("ap-northeast-1", "apne1"),
        ("us-gov-west-1", "usgw1"),
    ],
)
def test_zone_ids_begin_with_the_short_form_of_the_region(region: str, prefix: str) -> None:
    assert zone_prefix(region) == prefix


def test_a_zone_of_another_region_is_refused_with_an_example_of_a_right_one() -> None:
    message = refusal(Environment.PROD, zones=["euw1-az1", "use1-az2", "euw1-az3"])

    assert "zones use1-az2 are not in region eu-west-1" in message
    assert "for example euw1-az1" in message


def test_a_zone_named_twice_is_refused() -> None:
    assert "name a zone twice" in refusal(
        Environment.PROD, zones=["euw1-az1", "euw1-az2", "euw1-az2"]
    )


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PROD])
def test_two_zones_are_enough_in_dev_only(environment: Environment) -> None:
    zones = ["euw1-az1", "euw1-az2"]

    assert AwsGroundSpec.resolve(Environment.DEV, {**ASKED, "zones": zones}).zones == tuple(zones)
    assert f"{environment} needs at least 3" in refusal(environment, zones=zones)


def test_an_unknown_environment_is_held_to_production() -> None:
    with pytest.raises(ValidationError, match="prod needs at least 3"):
        AwsGroundSpec.model_validate({**ASKED, "zones": ["euw1-az1", "euw1-az2"]})


@pytest.mark.parametrize(
    "account_id", ["12345678901", "1234567890123", "12345678901a", 123456789012]
)
def test_an_account_id_is_twelve_digits_in_quotes(account_id: object) -> None:
    assert "account_id" in refusal(Environment.PROD, account_id=account_id)


def test_a_zone_of_another_region_of_google_is_refused() -> None:
    zones = ["europe-west1-b", "europe-west4-a", "europe-west1-d"]

    assert "zones europe-west4-a are not in region europe-west1" in refusal_on_google(zones=zones)


def test_google_too_needs_three_zones_named_once() -> None:
    two = ["europe-west1-b", "europe-west1-c"]

    assert "prod needs at least 3" in refusal_on_google(zones=two)
    assert "name a zone twice" in refusal_on_google(zones=[*two, "europe-west1-c"])


def test_a_project_number_is_digits_in_quotes() -> None:
    assert "project_number" in refusal_on_google(project_number="plinth-tests")


def test_copies_are_kept_in_another_region() -> None:
    asked = {**ASKED, "recovery_region": "eu-central-1"}

    assert AwsGroundSpec.resolve(Environment.PROD, asked).recovery_region == "eu-central-1"
    assert "the region itself" in refusal(Environment.PROD, recovery_region="eu-west-1")
    assert "the region itself" in refusal_on_google(recovery_region="europe-west1")


@pytest.mark.parametrize("region", ["eu-west", "cn-north-1", "europe-west1", "EU-WEST-1"])
def test_a_region_that_is_none_is_refused(region: str) -> None:
    assert "region" in refusal(Environment.PROD, region=region)


def test_the_kind_chooses_what_else_is_asked() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(GroundSpec)

    assert isinstance(adapter.validate_python({"kind": "docker"}), DockerGroundSpec)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        adapter.validate_python({"kind": "docker", "region": "eu-west-1"})


def opened(spec: Any) -> tuple[Any, Recording]:
    grounds: list[Any] = []

    def program() -> None:
        grounds.append(open_ground(spec, OWNERSHIP))

    return grounds, record(program)


def test_opening_aws_declares_one_provider_for_one_account() -> None:
    grounds, recording = opened(AwsGroundSpec.resolve(Environment.PROD, ASKED))
    provider = recording.only("pulumi:providers:aws")

    assert isinstance(grounds[0], AwsCloud)
    assert len(recording.resources) == 1
    assert provider.name == "aws"
    assert provider.inputs["region"] == "eu-west-1"
    assert "123456789012" in str(provider.inputs["allowedAccountIds"])
    assert "defaultTags" not in provider.inputs


@pytest.mark.parametrize(
    ("spec", "ground", "types"),
    [
        (
            GcpGroundSpec.resolve(Environment.PROD, ON_GOOGLE),
            GcpCloud,
            ["pulumi:providers:gcp"],
        ),
        (
            KubernetesGroundSpec(kind="kubernetes", context="tests"),
            KubernetesContext,
            ["pulumi:providers:kubernetes"],
        ),
        (
            DockerGroundSpec(kind="docker"),
            DockerHost,
            ["pulumi:providers:docker", "pulumi:providers:random"],
        ),
    ],
    ids=["gcp", "kubernetes", "docker"],
)
def test_opening_a_ground_declares_its_explicit_providers(
    spec: Any, ground: type, types: list[str]
) -> None:
    grounds, recording = opened(spec)

    assert isinstance(grounds[0], ground)
    assert [type_ for type_, _ in recording.inventory()] == types


def test_a_ground_that_cannot_carry_a_capability_is_named_with_those_that_can() -> None:
    def program() -> None:
        spec = KubernetesGroundSpec(kind="kubernetes", context="tests")
        create_keys(open_ground(spec, OWNERSHIP), "keys", KeysSpec())

    with pytest.raises(pulumi.RunError, match=r"ground.kind is kubernetes.*one of aws, docker"):
        record(program)


def test_refusing_says_what_to_do() -> None:
    def program() -> None:
        ground = open_ground(KubernetesGroundSpec(kind="kubernetes", context="tests"), OWNERSHIP)
        raise refuse("network", ground, frozenset({"aws"}))

    with pytest.raises(pulumi.RunError, match="leave network out"):
        record(program)


def test_a_neighbour_of_another_ground_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"expected AwsKeysRef .* got DockerKeysRef"):
        neighbour(DockerKeysRef({}), AwsKeysRef)


def test_short_hashes_are_stable_and_differ_by_stack_and_part() -> None:
    def hashed(stack: str, *parts: str | int) -> str:
        found: list[str] = []

        def program() -> None:
            found.append(short_hash(*parts))

        record(program, stack=stack)
        return found[0]

    assert hashed("prod", "orders", 1) == hashed("prod", "orders", 1)
    assert (
        len({hashed("prod", "orders", 1), hashed("dev", "orders", 1), hashed("prod", "orders", 2)})
        == 3
    )

"""What each committed stack file deploys, without a cloud."""

from __future__ import annotations

import functools
import json
import runpy
from collections import Counter

import pulumi
import pulumi_random as random
import pytest
import yaml

from rehearsal.plugin import Recording, RecordingError, record, record_both
from stacks import platform, settings
from tests.stacks.files import ROOT, STACKS, config


def program() -> None:
    platform.deploy(settings.load())


@functools.cache
def deployed(stack: str) -> Recording:
    """The update of a stack; its preview registers the same, or this fails."""
    return record_both(program, stack=stack, config=config(stack))


def components(recording: Recording) -> list[str]:
    return sorted(r.type for r in recording.resources if r.type.startswith("plinth:"))


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_shows_exactly_what_an_update_makes(stack: str) -> None:
    assert deployed(stack).inventory()


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_of_the_project_deploys_the_platform(stack: str) -> None:
    def main() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    run = record(main, stack=stack, config=config(stack))

    assert run.inventory() == deployed(stack).inventory()


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_is_on_a_provider_that_was_chosen(stack: str) -> None:
    made = [r for r in deployed(stack).resources if r.custom and "pulumi:providers:" not in r.type]

    assert made
    assert [r.urn for r in made if not r.provider] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_resource_without_a_provider_is_refused(stack: str) -> None:
    def forgetful() -> None:
        program()
        random.RandomId("forgotten", byte_length=4)

    with pytest.raises(RecordingError, match="forgotten"):
        record(forgetful, stack=stack, config=config(stack))


@pytest.mark.parametrize("stack", STACKS)
def test_everything_belongs_to_a_component_but_the_providers(stack: str) -> None:
    orphans = [r.type for r in deployed(stack).resources if not r.parent]

    assert {kind.split(":")[0] for kind in orphans} == {"plinth", "pulumi"}


@pytest.mark.parametrize("stack", STACKS)
def test_the_exports_say_where_things_are_and_hold_no_secret(stack: str) -> None:
    run = deployed(stack)

    assert {*run.outputs} == {
        "buckets",
        "caches",
        "cluster",
        "databases",
        "identities",
        "registry",
        "unhonoured",
        "zones",
    }
    assert run.secrets == frozenset()
    assert {*run.outputs["databases"]} >= {"orders", "users"}
    assert {*run.outputs["caches"]} == {"sessions"}
    assert run.outputs["registry"]


def test_dev_stands_on_docker_with_something_to_see() -> None:
    run = deployed("dev")

    assert len([r for r in run.resources if r.custom]) >= 15
    assert {r.type.split(":")[0] for r in run.resources if r.custom} == {
        "docker",
        "pulumi",
        "random",
    }


def test_dev_says_what_docker_cannot_give() -> None:
    unhonoured = deployed("dev").outputs["unhonoured"]

    assert {*unhonoured} == {"keys", "core", "images", "orders", "sessions", "users"}
    assert any(note.startswith("backup_days: 7 are asked") for note in unhonoured["orders"])


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_aws_gives_everything_asked_of_what_holds_the_data(stack: str) -> None:
    unhonoured = deployed(stack).outputs["unhonoured"]

    assert {*unhonoured} == {"apps", "events", "sessions"}
    assert not {"keys", "audit", "core", "images", "orders", "users", "uploads"} & {*unhonoured}


def test_staging_has_the_shape_of_prod() -> None:
    assert components(deployed("staging")) == components(deployed("prod"))


def test_prod_stands_in_three_zones() -> None:
    subnets = deployed("prod").of("aws:ec2/subnet:Subnet")
    zones = Counter(subnet.inputs["availabilityZoneId"] for subnet in subnets)

    assert zones == {"euw1-az1": 4, "euw1-az2": 4, "euw1-az3": 4}


def test_staging_saves_on_what_prod_needs() -> None:
    gateway = "aws:ec2/natGateway:NatGateway"

    assert len(deployed("staging").of(gateway)) == 1
    assert len(deployed("prod").of(gateway)) == 3


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_an_aws_stack_reaches_its_own_account_alone(stack: str) -> None:
    provider = deployed(stack).only("pulumi:providers:aws").inputs

    # A provider receives what is not text as JSON.
    assert json.loads(provider["allowedAccountIds"]) == [
        config(stack)["plinth:settings"]["ground"]["account_id"]
    ]


def test_a_ground_that_carries_nothing_is_refused_before_anything_is_declared() -> None:
    wrong = config("dev")
    wrong["plinth:settings"]["ground"] = {"kind": "kubernetes", "context": "kind"}

    with pytest.raises(pulumi.RunError, match="cannot stand on the ground kubernetes"):
        record(program, stack="dev", config=wrong)


def test_the_project_file_holds_name_and_runtime_alone() -> None:
    assert yaml.safe_load((ROOT / "Pulumi.yaml").read_text()) == {
        "name": "plinth",
        "runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}},
    }

"""What each committed stack file deploys, without a cloud."""

from __future__ import annotations

import functools
import json
import runpy
from collections import Counter
from collections.abc import Sequence

import pulumi
import pulumi_random as random
import pytest
import yaml

from rehearsal.plugin import Recording, RecordingError, record, record_both
from rehearsal.recording import Registration
from stacks import platform, settings
from tests.stacks.files import ROOT, STACKS, config


def program() -> None:
    platform.deploy(settings.load())


@functools.cache
def deployed(stack: str) -> Recording:
    """The update of a stack; its preview registers the same, or this fails."""
    return record_both(program, stack=stack, config=config(stack))


def components(recording: Recording) -> set[tuple[str, str]]:
    return {(r.type, r.name) for r in recording.resources if r.type.startswith("plinth:")}


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
def test_the_exports_say_where_things_are(stack: str) -> None:
    run = deployed(stack)

    assert {*run.outputs} == {
        "buckets",
        "caches",
        "cluster",
        "databases",
        "grafana_password",
        "identities",
        "observability",
        "registry",
        "unhonoured",
        "zones",
    }
    assert {*run.outputs["databases"]} >= {"orders", "users"}
    assert {*run.outputs["caches"]} == {"sessions"}
    assert run.outputs["registry"]
    assert {*run.outputs["observability"]} >= {"alertmanager", "grafana", "prometheus"}


def test_a_cloud_exports_no_secret_and_dev_its_password_as_one() -> None:
    assert deployed("dev").secrets == {"grafana_password"}
    assert deployed("staging").secrets == deployed("prod").secrets == frozenset()
    assert deployed("prod").outputs["grafana_password"] is None


def test_dev_stands_on_docker_with_something_to_see() -> None:
    run = deployed("dev")

    assert len([r for r in run.resources if r.custom]) >= 80
    assert {r.type.split(":")[0] for r in run.resources if r.custom} == {
        "docker",
        "pulumi",
        "random",
    }


def test_dev_says_what_docker_cannot_give() -> None:
    unhonoured = deployed("dev").outputs["unhonoured"]

    assert {*unhonoured} == {"keys", "core", "eyes", "images", "orders", "sessions", "users"}
    assert any(note.startswith("backup_days: 7 are asked") for note in unhonoured["orders"])


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_aws_gives_everything_asked_of_what_holds_the_data(stack: str) -> None:
    unhonoured = deployed(stack).outputs["unhonoured"]

    assert {*unhonoured} == {"apps", "events", "eyes", "sessions"}
    assert not {"keys", "audit", "core", "images", "orders", "users", "uploads"} & {*unhonoured}


def test_staging_has_the_shape_of_prod_but_for_copies_of_its_eyes() -> None:
    staging, prod = components(deployed("staging")), components(deployed("prod"))

    # Several copies of Grafana share a database; Loki's main copy and its workers share a bucket.
    assert prod - staging == {
        ("plinth:database:AwsDatabase", "grafana"),
        ("plinth:identity:AwsIdentity", "eyes-loki-worker"),
        ("plinth:workload:KubernetesWorkload", "eyes-loki-worker"),
    }
    assert staging - prod == set()


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


def test_pods_start_after_the_identities_that_they_get_at_their_start() -> None:
    made = deployed("prod").resources
    identities = {
        r.inputs["serviceAccount"]: r.urn
        for r in made
        if r.type == "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    }

    for name in ("eyes-loki", "eyes-loki-worker"):
        (pods,) = [r for r in made if r.name == name and r.type.endswith(":StatefulSet")]
        assert reaches(made, pods.urn, identities[name])


def reaches(made: Sequence[Registration], start: str, end: str) -> bool:
    """Whether the resource ``start`` waits for ``end``, by others or itself."""
    found = {r.urn: {*r.depends_on, *([r.parent] if r.parent else [])} for r in made}
    seen, waiting = set[str](), [start]
    while waiting:
        urn = waiting.pop()
        if urn == end:
            return True
        if urn not in seen:
            seen.add(urn)
            waiting += found.get(urn, set())
    return False

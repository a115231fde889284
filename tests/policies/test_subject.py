from __future__ import annotations

from typing import Any, get_args

import pytest

from components.environment import Environment as StackEnvironment
from policies.examples import example
from policies.rule import EVERYWHERE
from policies.subject import (
    Environment,
    Memory,
    Resource,
    Stack,
    environment_of,
    names,
    type_of,
)
from policies.view import UNKNOWN_STRING, Truth, View

VPC, GROUP = "aws:ec2/vpc:Vpc", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


def test_the_environments_of_policies_are_those_of_stacks() -> None:
    assert set(get_args(Environment)) == {member.value for member in StackEnvironment}
    assert set(get_args(Environment)) == EVERYWHERE


@pytest.mark.parametrize(
    ("stack", "environment"),
    [
        ("dev", "dev"),
        ("staging", "staging"),
        ("prod", "prod"),
        ("production", "prod"),
        ("dev-anna", "prod"),
        ("", "prod"),
    ],
)
def test_a_stack_that_is_no_environment_is_held_to_prod(stack: str, environment: str) -> None:
    assert environment_of(f"urn:pulumi:{stack}::dev::{VPC}::staging") == environment


def test_the_type_in_a_urn_is_that_of_the_resource_not_of_its_parents() -> None:
    assert type_of(f"urn:pulumi:dev::shop::plinth:network:AwsNetwork${VPC}::core") == VPC


def group(vpc_id: Any, *made_from: Resource) -> Resource:
    return example(GROUP, "core", {"vpcId": vpc_id}, made_from={"vpcId": made_from})


CREATED, OTHER = (example(VPC, name, {"id": UNKNOWN_STRING}) for name in ("core", "edge"))
EXISTING = example(VPC, "core", {"id": "vpc-1"})


@pytest.mark.parametrize(
    ("resource", "target", "answer"),
    [
        (group(None), CREATED, Truth.NO),
        (group("vpc-1"), EXISTING, Truth.YES),
        (group("vpc-2"), EXISTING, Truth.NO),
        (group("vpc-2", EXISTING), EXISTING, Truth.NO),
        (group(UNKNOWN_STRING, CREATED), CREATED, Truth.YES),
        (group(UNKNOWN_STRING, OTHER), CREATED, Truth.NO),
        (group(UNKNOWN_STRING, CREATED, OTHER), CREATED, Truth.YES),
        (group(UNKNOWN_STRING), CREATED, Truth.UNKNOWN),
        (group(UNKNOWN_STRING), EXISTING, Truth.UNKNOWN),
        (group("vpc-1"), CREATED, Truth.NO),
        (group("vpc-1"), example(VPC, "core"), Truth.UNKNOWN),
        (group("vpc-1", example(VPC, "core")), example(VPC, "core"), Truth.YES),
    ],
)
def test_ids_decide_whom_a_property_names_and_dependencies_where_ids_are_unknown(
    resource: Resource, target: Resource, answer: Truth
) -> None:
    assert names(resource, "vpcId", target) is answer


def test_a_rival_type_that_the_property_was_made_from_is_the_one_named() -> None:
    subnet = example("aws:ec2/subnet:Subnet", "core-a")

    assert names(group(UNKNOWN_STRING, subnet), "vpcId", CREATED) is Truth.UNKNOWN
    assert names(group(UNKNOWN_STRING, subnet), "vpcId", CREATED, rivals=(subnet.type,)) is Truth.NO


def test_a_stack_finds_resources_by_type_and_by_what_a_property_was_made_from() -> None:
    member = group(UNKNOWN_STRING, CREATED, EXISTING)
    stack = Stack([CREATED, member])

    assert stack.of(GROUP, VPC) == [member, CREATED]
    assert stack.behind(member, "vpcId") == [CREATED, CREATED]
    assert stack.behind(member, "tags") == []


def test_properties_are_not_shown_in_a_representation() -> None:
    resource = example(VPC, "core", {"password": "hunter2"})

    assert "hunter2" not in repr(resource)


DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def deployment(props: dict[str, Any]) -> Resource:
    return Resource(f"urn:pulumi:prod::plinth::{DEPLOYMENT}::web", DEPLOYMENT, "web", props)


def test_an_object_of_a_cluster_that_is_not_there_yet_is_unknown_and_not_empty() -> None:
    completed = Memory().completed(deployment({}))

    assert not View(completed.props).at("spec", "replicas", absent=1).is_known


def test_an_object_that_was_seen_when_it_was_registered_is_remembered() -> None:
    memory = Memory()
    memory.keep(deployment({"spec": {"replicas": 2}}))

    assert View(memory.completed(deployment({})).props).at("spec", "replicas").raw == 2


def test_what_a_stack_shows_is_preferred_to_what_is_remembered() -> None:
    memory = Memory()
    memory.keep(deployment({"spec": {"replicas": 2}}))
    shown = deployment({"spec": {"replicas": 3}})

    assert memory.completed(shown) == shown


def test_a_resource_of_a_cloud_without_properties_is_empty() -> None:
    urn = "urn:pulumi:prod::plinth::aws:ec2/vpc:Vpc::core"
    vpc = Resource(urn, "aws:ec2/vpc:Vpc", "core", {})

    assert Memory().completed(vpc) == vpc

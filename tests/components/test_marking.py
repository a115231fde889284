"""Everything that can bear its owner's tags or labels does."""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.component import Component
from components.environment import Environment
from components.ground import AwsCloud, GcpCloud
from components.ownership import DataClass, Ownership, label
from rehearsal.plugin import Recording, record
from tests.components.docker_host import docker_host
from tests.components.variants import OWNERSHIP, aws_cloud, gcp_cloud

LABEL_LETTERS = set("abcdefghijklmnopqrstuvwxyz0123456789_-")


class Things(Component):
    TOKEN: ClassVar[str] = "tests:things:Things"

    def __init__(self, cloud: AwsCloud | GcpCloud, data_class: DataClass) -> None:
        super().__init__("things", cloud, None, data_class)
        child = pulumi.ResourceOptions(parent=self)
        match cloud:
            case AwsCloud():
                queue = aws.sqs.Queue("things", tags={"Name": "mine", "Owner": "me"}, opts=child)
                aws.sqs.QueuePolicy("things", queue_url=queue.url, policy="{}", opts=child)
                Inner(cloud, self)
            case GcpCloud():
                gcp.storage.Bucket("things", location="EU", opts=child)
                gcp.container.Cluster("things", location="europe-west1", opts=child)
        self.register_outputs({"done": True})


class Inner(Component):
    TOKEN: ClassVar[str] = "tests:things:Inner"

    def __init__(self, cloud: AwsCloud, parent: pulumi.Resource) -> None:
        super().__init__("inner", cloud, pulumi.ResourceOptions(parent=parent))
        aws.sqs.Queue("inner", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"done": True})


def marked(ground: str, data_class: DataClass = DataClass.RESTRICTED) -> Recording:
    def program() -> None:
        prod = Environment.PROD
        Things(aws_cloud(prod) if ground == "aws" else gcp_cloud(prod), data_class)

    return record(program)


def test_on_aws_a_resource_bears_the_tags_of_its_owner() -> None:
    tags = marked("aws").named("inner", "aws:sqs/queue:Queue").inputs["tags"]

    assert tags == {
        "Application": "platform",
        "CostCenter": "R&D",
        "DataClass": "internal",
        "Environment": "tests",
        "ManagedBy": "plinth",
        "Owner": "Team Tests",
    }


def test_its_own_tags_win() -> None:
    tags = marked("aws").named("things", "aws:sqs/queue:Queue").inputs["tags"]

    assert (tags["Name"], tags["Owner"]) == ("mine", "me")
    assert tags["CostCenter"] == "R&D"


def test_the_class_of_the_data_is_that_of_the_component() -> None:
    tags = marked("aws").named("things", "aws:sqs/queue:Queue").inputs["tags"]

    assert tags["DataClass"] == "restricted"


def test_what_has_no_tags_is_left_as_it_is() -> None:
    assert "tags" not in marked("aws").only("aws:sqs/queuePolicy:QueuePolicy").inputs


@pytest.mark.parametrize(
    ("token", "property_name"),
    [
        ("gcp:storage/bucket:Bucket", "labels"),
        ("gcp:container/cluster:Cluster", "resourceLabels"),
    ],
)
def test_on_google_a_resource_bears_labels_whatever_they_are_called(
    token: str, property_name: str
) -> None:
    assert marked("gcp").only(token).inputs[property_name] == {
        "application": "platform",
        "cost-centre": "r_d",
        "data-class": "restricted",
        "environment": "tests",
        "managed-by": "plinth",
        "owner": "team_tests",
    }


@given(st.text(min_size=1, max_size=100))
def test_a_label_has_the_letters_that_labels_may_have(text: str) -> None:
    assert set(label(text)) <= LABEL_LETTERS
    assert len(label(text)) <= 63


@pytest.mark.parametrize("data_class", DataClass)
def test_an_owner_that_settings_allow_gives_a_value_for_every_mark(data_class: DataClass) -> None:
    owner = Ownership("platform", "prod", "A.b c@d/e-f", "9")

    marks: list[dict[str, Any]] = [owner.tags(data_class), owner.labels(data_class)]

    assert all(value for each in marks for value in each.values())
    assert OWNERSHIP.labels(data_class)["data-class"] == data_class.value


def test_docker_has_nothing_to_bear_marks() -> None:
    def program() -> None:
        host = docker_host()
        marking = host.marking(DataClass.INTERNAL)
        args = pulumi.ResourceTransformationArgs(
            host.provider, "a:b:C", "c", {"labels": None}, pulumi.ResourceOptions()
        )
        assert marking(args) is None

    assert record(program).resources

"""Everything that can bear its owner's tags or labels does: a walk over every resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.ownership import DataClass
from rehearsal.plugin import Recording, Registration
from rehearsal.property_types import Shape
from rehearsal.sdk import Sdk
from stacks import settings
from tests.stacks.blueprints import deployed_anywhere, whole_settings

SDK = Sdk()
TAGS = {"Application", "CostCenter", "DataClass", "Environment", "ManagedBy", "Owner"}
LABELS = {"application", "cost-centre", "data-class", "environment", "managed-by", "owner"}
# Where a cloud's resources keep their marks: top-level inputs, and the nested ones of two kinds.
BEARERS: Mapping[str, tuple[str, ...]] = {
    "aws": ("tags",),
    "gcp": ("labels", "resourceLabels", "userLabels"),
}
NESTED: Mapping[str, tuple[str, ...]] = {
    "gcp:sql/databaseInstance:DatabaseInstance": ("settings", "userLabels"),
    "gcp:container/nodePool:NodePool": ("nodeConfig", "resourceLabels"),
}
EXPECTED = {"aws": TAGS, "gcp": LABELS}

each_cloud = pytest.mark.parametrize("stack", ["staging", "prod", "google-cloud"])


def bearers(resource: Registration) -> Iterator[tuple[str, ...]]:
    """Where a resource could bear marks, whether it does or not."""
    package = resource.type.split(":")[0]
    known = SDK.resource_type(resource.type)
    assert known is not None
    for name in BEARERS.get(package, ()):
        if name in known.inputs and known.inputs[name].shape is Shape.MAP:
            yield (name,)
    if resource.type in NESTED:
        yield NESTED[resource.type]


def at(inputs: Mapping[str, Any], place: tuple[str, ...]) -> set[str]:
    value: Any = inputs
    for step in place:
        value = (value or {}).get(step)
    return set(value or {})


def taggable(recording: Recording) -> list[tuple[Registration, tuple[str, ...]]]:
    made = [r for r in recording.resources if r.type.split(":")[0] in BEARERS]
    return [(resource, place) for resource in made for place in bearers(resource)]


@each_cloud
def test_every_resource_that_can_bears_all_marks(stack: str) -> None:
    found = taggable(deployed_anywhere(stack))

    missing = {
        resource.urn: sorted(lacking)
        for resource, place in found
        if (lacking := EXPECTED[resource.type.split(":")[0]] - at(resource.inputs, place))
    }

    assert len(found) > 25
    assert missing == {}


@each_cloud
def test_the_marks_are_those_of_the_settings(stack: str) -> None:
    owner = whole_settings(stack).ownership

    for resource, place in taggable(deployed_anywhere(stack)):
        if place in NESTED.values():
            continue
        (name,) = place
        marks = resource.inputs[name]
        expected = owner.tags if resource.type.startswith("aws:") else owner.labels
        data_class = DataClass(marks.get("DataClass") or marks["data-class"])
        assert expected(data_class).items() <= marks.items()


@each_cloud
def test_what_holds_data_of_customers_says_so(stack: str) -> None:
    confidential = {
        resource.type
        for resource, (name, *_) in taggable(deployed_anywhere(stack))
        if "confidential" in str(resource.inputs.get(name))
    }

    assert any("rds" in each or "sql" in each for each in confidential)
    assert any("s3" in each or "storage" in each for each in confidential)
    assert any("elasticache" in each or "memorystore" in each for each in confidential)


def test_disks_and_machines_bear_marks_that_their_templates_pass_on() -> None:
    templates = deployed_anywhere("prod").of("aws:ec2/launchTemplate:LaunchTemplate")

    assert templates
    for template in templates:
        passed = {
            each["resourceType"]: set(each["tags"]) for each in template.inputs["tagSpecifications"]
        }
        assert {"instance", "volume", "network-interface"} <= passed.keys()
        assert all(marks >= TAGS for marks in passed.values())


def test_settings_name_the_owner_of_everything() -> None:
    assert {"owner", "cost_centre"} <= settings.Settings.model_fields.keys()

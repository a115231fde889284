"""What every variant of every capability keeps, whatever it stands on."""

from __future__ import annotations

import pytest

from components.environment import Environment
from rehearsal.plugin import Inventory, Registration
from rehearsal.values import contains_secret
from tests.components.all_variants import VARIANTS
from tests.components.variants import Variant, both_recorded, component, own, recorded

EACH = pytest.mark.parametrize("variant", VARIANTS, ids=str)
EACH_ENVIRONMENT = pytest.mark.parametrize(
    ("variant", "environment"),
    [(variant, environment) for variant in VARIANTS for environment in variant.environments],
    ids=str,
)


def children(variant: Variant, environment: Environment) -> list[Registration]:
    recording = recorded(variant, environment)
    root = component(variant, recording)
    return [each for each in own(variant, recording).resources if each.urn != root.urn]


@EACH
def test_publishes_its_outputs_and_marks_what_is_secret(variant: Variant) -> None:
    recording = recorded(variant, variant.environments[-1])

    assert set(recording.outputs) == variant.outputs
    assert all(recording.outputs.values())
    assert recording.secrets == variant.secrets


@EACH
def test_registers_its_outputs_without_a_secret(variant: Variant) -> None:
    root = component(variant, recorded(variant, variant.environments[-1]))

    assert root.component_outputs
    assert not contains_secret(root.component_outputs)
    assert not root.secret_outputs


@EACH
def test_every_child_bears_the_name_of_the_component(variant: Variant) -> None:
    found = children(variant, variant.environments[-1])

    assert found
    assert [each.name for each in found if not is_named_after(variant.name, each.name)] == []


def is_named_after(name: str, child: str) -> bool:
    return child == name or child.startswith(f"{name}-")


@EACH
def test_every_child_is_on_the_explicit_provider(variant: Variant) -> None:
    found = [
        each
        for each in children(variant, variant.environments[-1])
        # A provider of the component's own, of a cluster, is on none.
        if each.custom and not each.type.startswith("pulumi:providers:")
    ]

    providers = {each.provider.split("$")[-1].split("::")[-3] for each in found if each.provider}

    assert all(each.provider for each in found)
    assert providers <= variant.providers


@EACH
def test_nothing_but_the_component_and_the_providers_is_without_a_parent(variant: Variant) -> None:
    loose = [
        each.type
        for each in recorded(variant, variant.environments[-1]).resources
        if not each.parent
    ]

    assert all(type_.startswith(("plinth:", "pulumi:providers:")) for type_ in loose)


@EACH
def test_protects_what_cannot_be_made_again_outside_dev_only(variant: Variant) -> None:
    for environment in variant.environments:
        protected = {each.type for each in children(variant, environment) if each.protect}
        kept = {each.type for each in children(variant, environment)} & variant.protected

        assert protected == (set() if environment is Environment.DEV else kept)


@EACH_ENVIRONMENT
def test_a_preview_and_an_update_register_the_same(
    variant: Variant, environment: Environment
) -> None:
    assert both_recorded(variant, environment).inventory()


@EACH_ENVIRONMENT
def test_names_and_types_are_those_on_file(
    variant: Variant, environment: Environment, inventory: Inventory
) -> None:
    inventory(f"{variant}-{environment}", own(variant, recorded(variant, environment)))

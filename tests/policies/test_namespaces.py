"""Which namespace an object lies in, by names and by what they were made from."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.examples import example
from policies.namespaces import NAMESPACE, are_together, lies_in, living_in
from policies.subject import Resource, Stack
from policies.view import UNKNOWN_STRING, Truth

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.UNKNOWN
POD = "kubernetes:core/v1:Pod"
PET = example("random:index/randomPet:RandomPet", "pet")


def namespace(name: str | None, resource_name: str = "shop") -> Resource:
    return example(NAMESPACE, resource_name, {"metadata": {"name": name}})


def pod(name: str | None, *made_from: Resource, called: str = "web") -> Resource:
    props = {"metadata": {"namespace": name}}
    return example(POD, called, props, made_from={"metadata": made_from})


SHOP, BANK = namespace(UNKNOWN_STRING), namespace(UNKNOWN_STRING, "bank")


@pytest.mark.parametrize(
    ("wanted", "name", "made_from", "answer"),
    [
        ("shop", "shop", (), YES),
        ("bank", "shop", (), NO),
        ("bank", "shop", (SHOP,), NO),
        (None, "shop", (), NO),
        (None, UNKNOWN_STRING, (SHOP,), NO),
        (UNKNOWN_STRING, UNKNOWN_STRING, (SHOP,), YES),
        (UNKNOWN_STRING, UNKNOWN_STRING, (PET, SHOP), YES),
        (UNKNOWN_STRING, UNKNOWN_STRING, (BANK,), NO),
        (UNKNOWN_STRING, UNKNOWN_STRING, (PET,), MAYBE),
        (UNKNOWN_STRING, "shop", (), MAYBE),
        ("shop", UNKNOWN_STRING, (), MAYBE),
        ("shop", None, (), NO),
        (UNKNOWN_STRING, None, (), MAYBE),
    ],
)
def test_an_object_lies_where_its_name_or_its_making_says(
    wanted: str | None, name: str | None, made_from: Sequence[Resource], answer: Truth
) -> None:
    assert lies_in(pod(wanted, *made_from), namespace(name)) is answer


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (pod("shop"), pod("shop"), YES),
        (pod("shop"), pod("bank"), NO),
        (pod(None), pod(None), YES),
        (pod(None), pod("shop"), NO),
        (pod(UNKNOWN_STRING, SHOP), pod(UNKNOWN_STRING, PET, SHOP), YES),
        (pod(UNKNOWN_STRING, SHOP), pod(UNKNOWN_STRING, BANK), NO),
        (pod(UNKNOWN_STRING, SHOP), pod(UNKNOWN_STRING), MAYBE),
        (pod(UNKNOWN_STRING), pod(UNKNOWN_STRING), MAYBE),
        (pod("shop"), pod(UNKNOWN_STRING), MAYBE),
        (pod(UNKNOWN_STRING), pod("shop"), MAYBE),
    ],
)
def test_two_objects_are_together_by_name_or_by_making(
    one: Resource, other: Resource, answer: Truth
) -> None:
    assert are_together(one, other) is answer


def test_only_what_may_be_inside_lives_in_a_namespace() -> None:
    shop, inside, outside = namespace("shop"), pod("shop"), pod("bank", called="api")
    perhaps = pod(UNKNOWN_STRING, called="task")

    found = living_in(shop, Stack([shop, inside, outside, perhaps]), POD)

    assert found == [(inside, YES), (perhaps, MAYBE)]

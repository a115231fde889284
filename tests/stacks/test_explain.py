"""Every mistake in a document is told at once, in words a stack author can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, model_validator

from components.environment import Environment
from components.spec import Spec
from stacks.explain import find_problems
from stacks.problem import dotted


class Harbour(Spec):
    kind: Literal["harbour"]
    berths: Annotated[int, Field(ge=1, le=40)] = Field(description="Berths, ships.")
    pilots: bool = Field(default=True, description="Pilots come aboard.")


class Beach(Spec):
    kind: Literal["beach"]
    length_km: Annotated[float, Field(gt=0, le=90)] = Field(description="Length, km.")


class Lighthouse(Spec):
    colour: Literal["red", "white"] = Field(description="Colour of the tower.")
    height_m: Annotated[int, Field(ge=5, le=140)] = Field(default=40, description="Height, m.")

    @model_validator(mode="after")
    def _is_visible(self) -> Lighthouse:
        if self.colour == "white" and self.height_m > 100:
            raise ValueError("white towers above 100 m are not seen in fog; paint it red")
        return self


class Coast(Spec):
    place: Harbour | Beach = Field(discriminator="kind", description="What ships come to.")
    lights: dict[Annotated[str, Field(pattern=r"^[a-z]+$")], Lighthouse] = Field(
        default={}, description="Lighthouses by name."
    )
    wrecks: tuple[Annotated[int, Field(ge=1500, le=2100)], ...] = Field(
        default=(), description="Years of wrecks."
    )
    pilot_token: Annotated[str, Field(max_length=4)] | None = Field(
        default=None, description="What a pilot shows."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {}


GOOD: Mapping[str, Any] = {"place": {"kind": "harbour", "berths": 4}}


def told(**changes: Any) -> dict[str, str]:
    problems = find_problems(Coast, Environment.PROD, {**GOOD, **changes})
    return {dotted(p.place): p.message for p in problems}


def test_a_right_document_has_no_problem() -> None:
    assert told() == {}


def test_a_missing_setting_is_named_with_what_it_may_be() -> None:
    assert told(place={"kind": "harbour"}) == {
        "place.berths": "is missing; add it as a whole number from 1 to 40. Berths, ships."
    }


def test_a_misspelt_setting_is_shown_with_the_one_that_was_meant() -> None:
    assert told(lights={"north": {"colour": "red", "hight_m": 30}}) == {
        "lights.north.hight_m": (
            "is not a setting (its value is 30). Did you mean height_m? Correct or remove it."
        )
    }


def test_an_unknown_setting_like_no_other_is_answered_with_all_there_are() -> None:
    message = told(lights={"north": {"colour": "red", "xyz": [1]}})["lights.north.xyz"]

    assert message == (
        "is not a setting (its value is a list of 1). Known here: colour, height_m. "
        "Correct or remove it."
    )


@pytest.mark.parametrize("berths", ["4", "four", True, 4.5, None, [4], {"n": 4}])
def test_a_value_of_the_wrong_type_is_refused_even_where_it_could_be_understood(
    berths: Any,
) -> None:
    problems = told(place={"kind": "harbour", "berths": berths})

    assert [*problems] == ["place.berths"]
    assert problems["place.berths"].endswith(
        "it may be a whole number from 1 to 40. Berths, ships."
    )


def test_a_value_out_of_bounds_is_shown_with_its_bounds() -> None:
    assert told(place={"kind": "harbour", "berths": 99}) == {
        "place.berths": "is 99; it may be a whole number from 1 to 40. Berths, ships."
    }


def test_a_word_that_is_not_in_the_list_is_shown_with_the_list() -> None:
    assert told(lights={"north": {"colour": "blue"}}) == {
        "lights.north.colour": 'is "blue"; it may be one of red, white. Colour of the tower.'
    }


def test_items_of_lists_are_counted_from_zero_as_in_a_program() -> None:
    assert told(wrecks=[1600, "1700", 3000]) == {
        "wrecks[1]": 'is "1700"; it may be a whole number from 1500 to 2100.',
        "wrecks[2]": "is 3000; it may be a whole number from 1500 to 2100.",
    }


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do() -> None:
    assert told(place={"kind": "reef"}) == {
        "place.kind": 'is "reef"; it may be one of harbour, beach.'
    }
    assert told(place={"berths": 3})["place.kind"].startswith("is missing; add it as")


def test_a_chapter_that_is_not_a_mapping_is_told_to_be_one() -> None:
    assert "a mapping whose kind is one of beach, harbour" in told(place="harbour")["place"]
    assert told(lights=["north"])["lights"].startswith("is a list of 1; it may be a mapping")


def test_a_name_that_may_not_be_used_is_told_the_rule() -> None:
    assert told(lights={"North 1": {"colour": "red"}}) == {
        "lights.North 1": (
            "is not a name that may be used here; a name must match ^[a-z]+$. Rename it."
        )
    }


def test_a_finding_of_a_validator_is_told_in_its_own_words() -> None:
    assert told(lights={"north": {"colour": "white", "height_m": 120}}) == {
        "lights.north": "white towers above 100 m are not seen in fog; paint it red."
    }


def test_what_looks_like_a_secret_is_never_shown() -> None:
    problems = told(
        pilot_token="hunter2-hunter2",
        lights={"north": {"colour": "AKIAABCDEFGHIJKLMNOP", "password": 12345}},
        tide={"password": "hunter2"},
    )

    assert len(problems) == 4
    assert "hunter2" not in str(problems)
    assert "12345" not in str(problems)
    assert "AKIA" not in str(problems)
    assert "not shown" in problems["lights.north.colour"]


def test_all_problems_are_told_at_once() -> None:
    problems = told(place={"kind": "beach", "length_km": -1, "sand": 1}, lights={"a": {}}, tide=1)

    assert [*problems] == ["place.length_km", "place.sand", "lights.a.colour", "tide"]
    assert problems["place.length_km"].startswith("is -1; it may be a number above 0 of at most 90")

"""Demands on single properties make checks whose examples say what they should."""

from __future__ import annotations

import pytest

from policies.expected import Expected, at_least, contains, expects, given, off, on, one_of
from policies.rule import PROD
from policies.view import ABSENT, UNKNOWN_STRING

TYPE = "aws:kms/key:Key"


def test_a_check_has_an_example_of_each_way_to_satisfy_and_to_violate() -> None:
    check = expects(TYPE, "It rotates.", on("rotation.enabled", "never rotates"))

    assert check.good == {"as demanded": {"rotation": {"enabled": True}}}
    assert check.bad == {
        "rotation.enabled off": {"rotation": {"enabled": False}},
        "rotation.enabled left out": {"rotation": {}},
    }
    assert check.undecided == {
        "rotation.enabled not known": {"rotation": {"enabled": UNKNOWN_STRING}}
    }
    assert check.reads == ("rotation.enabled",)
    assert check.absent == "rotation.enabled left out is off and violates."


def test_each_bad_example_violates_in_one_property_only() -> None:
    check = expects(TYPE, "Both.", on("a", "is off"), off("b", "is on"))

    assert check.good["as demanded"] == {"a": True, "b": False}
    assert check.bad == {
        "a off": {"a": False, "b": False},
        "a left out": {"b": False},
        "b on": {"a": True, "b": True},
    }
    assert check.good["b left out"] == {"a": True}


def test_what_a_resource_says_of_its_kind_is_not_known_in_an_example() -> None:
    check = expects(TYPE, "On.", on("a", "is off"), applies_reads=("kind",), environments=PROD)

    assert check.good["kind not known"] == {"a": True, "kind": UNKNOWN_STRING}
    assert check.reads == ("a", "kind")
    assert check.environments == PROD


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        (off("a", "is on", left_out=True), "a left out is on and violates."),
        (on("a", "is off", left_out=True), "a left out is on and satisfies."),
        (
            off("a", "is on", left_out_as="what its subnet says"),
            "a left out is what its subnet says and satisfies.",
        ),
        (one_of("a", "is", "x", bad=("y",)), "a left out violates."),
        (one_of("a", "is", "x", bad=("y",), left_out="y"), "a left out is y and violates."),
        (at_least("a", "is", 7, left_out=30), "a left out is 30 and satisfies."),
        (at_least("a", "is", 7, left_out=0), "a left out is 0 and violates."),
        (
            contains("a", "is", "x", bad=((),), left_out=("x",)),
            'a left out is ["x"] and satisfies.',
        ),
        (given("a", "is", example="x"), "a left out violates."),
    ],
)
def test_how_an_absence_reads_follows_from_what_is_good(expected: Expected, sentence: str) -> None:
    assert expected.absence == sentence


def test_a_reference_holds_before_it_is_known() -> None:
    check = expects(TYPE, "A key.", given("kmsKeyId", "names no key", example="arn:aws:kms:x"))

    assert check.good["kmsKeyId not known"] == {"kmsKeyId": UNKNOWN_STRING}
    assert check.undecided == {}
    assert given("kmsKeyId", "names no key", example="x").left_out is ABSENT

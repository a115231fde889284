from __future__ import annotations

from typing import Any

import pytest

from rehearsal.diffing import compare, result
from rehearsal.values import SIGNATURE_KEY, UNKNOWN, Secret

OLD: dict[str, Any] = {
    "name": "web",
    "rules": [{"from": 1, "blocks": ["a", "b"]}, {"from": 2}],
    "tags": {"a.b": "1", "c": "2"},
    "secret": Secret("x"),
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"name": "app"}, {"name": "update"}),
        ({"name": None}, {"name": "delete"}),
        ({"size": 1}, {"size": "add"}),
        ({"size": None}, {}),
        ({"name": UNKNOWN}, {"name": "update"}),
        ({"name": Secret("web")}, {}),
        ({"secret": "x"}, {}),
        ({"secret": Secret("y")}, {"secret": "update"}),
        ({"secret": Secret(UNKNOWN)}, {"secret": "update"}),
        ({"rules": [OLD["rules"][0]]}, {"rules[1]": "delete"}),
        ({"rules": [*OLD["rules"], {"from": 3}]}, {"rules[2]": "add"}),
        (
            {"rules": [{"from": 1, "blocks": ["a", "c"]}, {"from": 2, "to": 3}]},
            {"rules[0].blocks[1]": "update", "rules[1].to": "add"},
        ),
        ({"rules": {"from": 1}}, {"rules": "update"}),
        (
            {"tags": {"a.b": "3", "d": "4"}},
            {'tags["a.b"]': "update", "tags.c": "delete", "tags.d": "add"},
        ),
    ],
)
def test_every_difference_has_its_path_and_kind(
    change: dict[str, Any], expected: dict[str, str]
) -> None:
    assert compare(OLD, {**OLD, **change}) == expected


def test_a_boolean_is_no_number() -> None:
    assert compare({"on": 1}, {"on": True}) == {"on": "update"}


def test_an_asset_changes_as_a_whole() -> None:
    old = {"code": {SIGNATURE_KEY: "asset", "hash": "1"}}
    new = {"code": {SIGNATURE_KEY: "asset", "hash": "2"}}

    assert compare(old, new) == {"code": "update"}


def test_what_cannot_change_in_place_replaces() -> None:
    outcome = result(
        {"rules[0].blocks[1]": "update", "tags.a": "add", "name": "delete"},
        replaces=("rules.blocks", "name"),
    )

    assert outcome.changes
    assert outcome.replaces == ("rules[0].blocks[1]", "name")
    assert outcome.detailed == {
        "rules[0].blocks[1]": "update-replace",
        "tags.a": "add",
        "name": "delete-replace",
    }


def test_a_name_that_merely_begins_alike_does_not_replace() -> None:
    assert result({"namePrefix": "update"}, replaces=("name",)).replaces == ()


def test_all_may_replace_but_what_is_kept() -> None:
    outcome = result({"image": "update", "memory": "update"}, replaces=("*",), keeps=("memory",))

    assert outcome.replaces == ("image",)


@pytest.mark.parametrize("ignored", ["rules", "rules[0]", "rules[*].blocks", "rules[0].blocks[1]"])
def test_ignored_changes_do_not_count(ignored: str) -> None:
    outcome = result(
        {"rules[0].blocks[1]": "update"},
        replaces=("*",),
        ignore_changes=(ignored,),
        delete_before_replace=True,
    )

    assert outcome == result({}, replaces=())

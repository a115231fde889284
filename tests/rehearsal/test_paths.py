from __future__ import annotations

import pytest

from rehearsal.paths import ABSENT, get_path, overlaps, parse, set_path
from rehearsal.values import Secret


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('tags["kubernetes.io/name"]', ("tags", "kubernetes.io/name")),
        ("rules[*].port", ("rules", "*", "port")),
        ('["dotted.root"].x', ("dotted.root", "x")),
    ],
)
def test_a_path_has_the_parts_pulumi_sees(text: str, parts: tuple[str | int, ...]) -> None:
    assert parse(text) == parts


def test_what_is_no_path_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"a\[b.*expected"):
        parse("a[b")


def test_a_value_is_found_under_a_secret() -> None:
    assert get_path({"a": Secret({"b": [1, 2]})}, "a.b[1]") == 2


def test_a_missing_place_is_absent_not_none() -> None:
    assert get_path({"a": {"b": None}}, "a.b") is None
    assert get_path({"a": {"b": None}}, "a.c") is ABSENT


def test_setting_a_place_leaves_the_original_alone() -> None:
    original = {"a": {"b": [1, 2]}}

    changed = set_path(original, "a.b[0]", 9)

    assert changed == {"a": {"b": [9, 2]}}
    assert original == {"a": {"b": [1, 2]}}


def test_setting_a_place_to_absent_removes_it() -> None:
    assert set_path({"a": {"b": 1, "c": 2}}, "a.b", ABSENT) == {"a": {"c": 2}}


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("a[*].c", "a[3].c.d", True),
        ("a", "ab", False),
    ],
)
def test_a_path_covers_what_lies_below_it(outer: str, inner: str, expected: bool) -> None:
    assert overlaps(outer, inner) is expected

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pulumi_policy import proxy

from policies.view import ABSENT, MARKERS, UNKNOWN, Truth, View, every, is_reason, some

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.UNKNOWN


def test_the_markers_are_the_seven_of_the_policy_sdk() -> None:
    theirs = {
        value
        for name, value in vars(proxy).items()
        if name.startswith("UNKNOWN_") and name.endswith("_VALUE")
    }

    assert theirs == MARKERS
    assert len(MARKERS) == 7


@pytest.mark.parametrize("marker", sorted(MARKERS))
def test_every_marker_reads_as_unknown_wherever_it_stands(marker: str) -> None:
    view = View({"a": {"b": [marker, 1]}, "c": marker})

    assert view.at("c").raw is UNKNOWN
    assert view.at("c", "below").raw is UNKNOWN
    assert [element.raw for element in view.at("a", "b").elements()] == [UNKNOWN, 1]


def test_a_masked_secret_reads_as_unknown() -> None:
    assert View({"source": "[secret]"}).at("source").is_one_of("orders") is MAYBE


@pytest.mark.parametrize("props", [{}, {"a": None}, {"a": {}}, {"a": {"b": None}}])
def test_left_out_and_null_read_as_absent_and_take_the_default(props: dict[str, Any]) -> None:
    view = View(props)

    assert view.at("a", "b").raw is ABSENT
    assert view.at("a", "b", absent=3).raw == 3


def test_a_default_replaces_neither_a_value_nor_an_unknown() -> None:
    view = View({"off": False, "later": proxy.UNKNOWN_BOOLEAN_VALUE})

    assert view.at("off", absent=True).raw is False
    assert view.at("later", absent=True).raw is UNKNOWN


@pytest.mark.parametrize("value", ["text", 1, True, [1]])
def test_what_cannot_be_read_as_asked_is_unknown_rather_than_absent(value: Any) -> None:
    assert View({"a": value}).at("a", "b").raw is UNKNOWN


def test_elements_of_an_unknown_list_are_one_unknown_element() -> None:
    elements = list(View({"a": proxy.UNKNOWN_ARRAY_VALUE}).at("a").elements())

    assert [element.raw for element in elements] == [UNKNOWN]


def test_a_single_value_counts_as_a_list_of_one_and_absence_as_none() -> None:
    view = View({"a": {"b": 1}})

    assert [element.at("b").raw for element in view.at("a").elements()] == [1]
    assert list(view.at("missing").elements()) == []


def test_a_path_names_keys_and_indices_and_is_empty_for_the_resource() -> None:
    view = View({"ingress": [{}, {"cidrBlocks": ["10.0.0.0/8"]}]})
    (block,) = list(view.at("ingress").elements())[1].at("cidrBlocks").elements()

    assert block.path == "ingress[1].cidrBlocks[0]"
    assert view.path == ""


def test_unknown_paths_are_found_from_a_property_down() -> None:
    marker = proxy.UNKNOWN_STRING_VALUE
    view = View({"a": [{"b": marker}, {"b": 1}], "c": marker})

    assert list(view.unknown_paths()) == ["a[0].b", "c"]
    assert list(view.at("a").unknown_paths()) == ["a[0].b"]


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (True, YES),
        (False, NO),
        ("true", YES),
        ("false", NO),
        (None, NO),
        ("on", MAYBE),
        (1, MAYBE),
        ([], MAYBE),
        (proxy.UNKNOWN_BOOLEAN_VALUE, MAYBE),
    ],
)
def test_a_switch_is_on_off_or_unreadable(raw: Any, answer: Truth) -> None:
    assert View({"a": raw}).at("a").is_true() is answer


@pytest.mark.parametrize(
    ("props", "answer"),
    [
        ({"a": {"b": "key"}}, YES),
        ({"a": {"b": proxy.UNKNOWN_STRING_VALUE}}, YES),
        ({"a": {}}, NO),
        ({}, NO),
        ({"a": {"b": None}}, NO),
        ({"a": proxy.UNKNOWN_OBJECT_VALUE}, MAYBE),
        ({"a": "text"}, MAYBE),
    ],
)
def test_what_is_given_is_known_before_its_value_is(props: dict[str, Any], answer: Truth) -> None:
    assert View(props).at("a", "b").is_given() is answer


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ([], YES),
        ({}, YES),
        (None, YES),
        ([1], NO),
        ([proxy.UNKNOWN_STRING_VALUE], NO),
        (proxy.UNKNOWN_ARRAY_VALUE, MAYBE),
        ("text", MAYBE),
    ],
)
def test_a_list_is_empty_filled_or_unreadable(raw: Any, answer: Truth) -> None:
    assert View({"a": raw}).at("a").is_empty() is answer


@pytest.mark.parametrize(
    ("raw", "number"),
    [(22, 22), (22.0, 22), ("22", 22), ("ssh", None), (None, None), ([], None)],
)
def test_a_number_may_be_written_as_text(raw: Any, number: float | None) -> None:
    assert View({"a": raw}).at("a").number() == number


@pytest.mark.parametrize("values", list(product([YES, NO, MAYBE], repeat=2)))
def test_three_valued_answers_agree_with_every_way_of_deciding_the_unknown(
    values: tuple[Truth, Truth],
) -> None:
    decided = [[YES, NO] if value is MAYBE else [value] for value in values]
    conjunctions = {(a is YES) and (b is YES) for a, b in product(*decided)}
    disjunctions = {(a is YES) or (b is YES) for a, b in product(*decided)}

    left, right = values
    assert (left & right) is _answer(conjunctions)
    assert (left | right) is _answer(disjunctions)
    assert every(values) is (left & right)
    assert some(values) is (left | right)


def _answer(possible: set[bool]) -> Truth:
    if len(possible) == 2:
        return MAYBE
    return YES if possible == {True} else NO


def test_nothing_at_all_satisfies_every_and_does_not_satisfy_some() -> None:
    assert every([]) is YES
    assert some([]) is NO


def test_a_three_valued_answer_is_refused_as_a_condition() -> None:
    with pytest.raises(TypeError, match="compare it with `is`"):
        bool(MAYBE)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("ten letter", True), ("nine lett", False), (" nine lett ", False), ("", False)],
)
def test_a_reason_is_more_than_a_word(text: str, answer: bool) -> None:
    assert is_reason(text) is answer

"""Ranges of addresses and ports, at their ends."""

from __future__ import annotations

from typing import Any

import pytest

from policies.addresses import LAST_PORT, covers_every_address, opens, reaches
from policies.view import UNKNOWN_STRING, Truth, View

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("ranges", "answer"),
    [
        ([], NO),
        ([None], NO),
        (["10.0.0.0/8"], NO),
        (["0.0.0.0/0"], YES),
        (["::/1", "8000::/1"], YES),
        (["0.0.0.0/1", "8000::/1"], NO),
        (["everywhere"], MAYBE),
        ([0], MAYBE),
        ([["0.0.0.0/0"]], MAYBE),
        ([UNKNOWN_STRING, "0.0.0.0/0"], YES),
        ([UNKNOWN_STRING, "10.0.0.0/8"], MAYBE),
    ],
)
def test_what_is_no_range_may_be_any(ranges: list[Any], answer: Truth) -> None:
    assert covers_every_address(map(View, ranges)) is answer


@pytest.mark.parametrize(
    ("first", "last", "answer"),
    [
        (22, 22, YES),
        (21, 23, YES),
        (23, 24, NO),
        (20, 21, NO),
        (None, 22, MAYBE),
        (None, 21, NO),
        (22, None, MAYBE),
        (23, None, NO),
        (None, None, MAYBE),
    ],
)
def test_a_range_opens_its_ends(first: int | None, last: int | None, answer: Truth) -> None:
    assert opens(first, last, (22,)) is answer


@pytest.mark.parametrize(
    ("rule", "port", "answer"),
    [
        ({}, 0, YES),
        ({}, LAST_PORT, YES),
        ({}, 65_535, YES),
        ({}, 65_536, NO),
        ({}, -1, NO),
        ({"fromPort": 1}, 0, NO),
        ({"toPort": 1}, 0, YES),
    ],
)
def test_a_port_that_is_left_out_is_the_first_or_the_last(
    rule: dict[str, Any], port: int, answer: Truth
) -> None:
    assert reaches(View(rule), View("tcp"), (port,)) is answer

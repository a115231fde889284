from __future__ import annotations

import pytest

from plinth.render.words import OUTCOME, PLANNED, STYLE, outcome_of, outcomes, tally
from rehearsal.events import Kind, Op


def test_every_operation_of_an_engine_has_a_word_and_every_word_a_style() -> None:
    assert set(OUTCOME) == set(Op)
    assert set(OUTCOME.values()) == set(PLANNED) == set(STYLE)


def test_the_five_usual_outcomes_are_counted_even_when_they_did_not_happen() -> None:
    assert outcomes({}) == {
        "created": 0,
        "updated": 0,
        "replaced": 0,
        "deleted": 0,
        "unchanged": 0,
    }


@pytest.mark.parametrize(
    "counts",
    [
        {Op.REPLACE: 1},
        {Op.CREATE_REPLACEMENT: 1, Op.DELETE_REPLACED: 1},
        {Op.CREATE_REPLACEMENT: 1, Op.REPLACE: 1, Op.DELETE_REPLACED: 1},
        {Op.IMPORT_REPLACEMENT: 1},
    ],
    ids=["in one word", "in two steps", "in three steps", "by an import"],
)
def test_a_replacement_counts_once_and_is_no_deletion(counts: dict[Op, int]) -> None:
    found = outcomes(counts)

    assert (found["replaced"], found["created"], found["deleted"]) == (1, 0, 0)


def test_unusual_outcomes_are_counted_where_they_happened() -> None:
    assert outcomes({Op.IMPORT: 2})["imported"] == 2
    assert "imported" not in outcomes({Op.CREATE: 1})


def test_a_resource_that_was_refreshed_and_then_updated_was_updated() -> None:
    assert outcome_of([Op.REFRESH, Op.UPDATE]) == "updated"
    assert outcome_of([Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT]) == "replaced"
    assert outcome_of([Op.SAME]) == "unchanged"


def test_a_preview_speaks_of_the_future() -> None:
    assert tally({"created": 2, "unchanged": 1, "deleted": 0}, Kind.PREVIEW) == (
        "2 to create, 1 unchanged"
    )
    assert tally({}, Kind.UP) == "nothing"

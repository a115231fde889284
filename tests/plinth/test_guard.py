"""What a preview refuses, an up does not begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from plinth.guard import GuardedRunner
from rehearsal.events import Event, Kind, Op, Started, Summary
from tests.plinth.fakes import FakeRunner
from tests.plinth.recorded import VOLUME, done, first_up

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Approved:
    type: str = "docker:index/volume:Volume"
    name: str = "core-data"
    until: date = TODAY


def changing(op: Op, *, ok: bool = True, message: str = "") -> list[Event]:
    summary = Summary(Kind.PREVIEW, ok, {op: 1}, {}, 1.0, message=message)
    return [Started(Kind.PREVIEW, "shop", "dev"), *done(op, VOLUME), summary]


def guarded(runner: FakeRunner, *approvals: Approved) -> GuardedRunner:
    return GuardedRunner(runner, "dev", approvals, lambda: TODAY)


@pytest.mark.parametrize("op", [Op.DELETE, Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED])
def test_a_preview_that_would_lose_data_fails_and_lists_it(op: Op) -> None:
    heard: list[Event] = []

    summary = guarded(FakeRunner(previewed=changing(op))).preview(heard.append)

    assert not summary.ok
    assert "docker:index/volume:Volume core-data: the data on it" in summary.message
    assert heard[-1] == summary


@pytest.mark.parametrize("op", [Op.SAME, Op.CREATE, Op.UPDATE])
def test_a_preview_that_loses_nothing_is_left_as_it_is(op: Op) -> None:
    planned = changing(op)
    heard: list[Event] = []

    guarded(FakeRunner(previewed=planned)).preview(heard.append)

    assert heard == planned


def test_a_preview_that_fails_by_itself_keeps_its_message() -> None:
    planned = changing(Op.DELETE, ok=False, message="a mandatory policy is violated")

    summary = guarded(FakeRunner(previewed=planned)).preview(lambda _: None)

    assert summary.message.startswith("a mandatory policy is violated\n")


def test_an_approved_loss_goes_ahead() -> None:
    runner = FakeRunner(previewed=changing(Op.DELETE))

    assert guarded(runner, Approved()).up(lambda _: None).ok
    assert runner.played == ["preview", "up"]


def test_an_up_that_would_lose_data_is_not_begun() -> None:
    runner = FakeRunner(previewed=changing(Op.DELETE))
    heard: list[Event] = []

    summary = guarded(runner).up(heard.append)

    assert runner.played == ["preview"]
    assert not summary.ok
    assert summary.counts == {}
    assert heard == [Started(Kind.UP, "shop", "dev"), summary]
    assert summary.message.endswith("A preview found this, so nothing was changed.")


def test_an_up_after_its_preview_is_not_previewed_again() -> None:
    runner = FakeRunner()
    guard = guarded(runner)

    guard.preview(lambda _: None)
    guard.up(lambda _: None)

    assert runner.played == ["preview", "up"]


def test_an_up_after_a_preview_that_was_refused_is_previewed_again() -> None:
    runner = FakeRunner(previewed=changing(Op.DELETE))
    guard = guarded(runner)

    guard.preview(lambda _: None)
    guard.up(lambda _: None)

    assert runner.played == ["preview", "preview"]


def test_an_approval_that_ran_out_does_not_count() -> None:
    over = replace(Approved(), until=date(2026, 11, 20))

    summary = guarded(FakeRunner(previewed=changing(Op.DELETE)), over).preview(lambda _: None)

    assert "its approval ended on 2026-11-20" in summary.message


def test_a_down_is_meant_to_delete() -> None:
    runner = FakeRunner()

    assert guarded(runner).down(lambda _: None).ok
    assert runner.played == ["down"]


def test_a_first_preview_loses_nothing() -> None:
    assert guarded(FakeRunner(previewed=first_up(Kind.PREVIEW))).preview(lambda _: None).ok

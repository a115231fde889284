"""A stack that an earlier release brought up is brought up by this one, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from plinth.guard import VERBS
from rehearsal.events import Op, StepDone
from rehearsal.world import WorldObject
from stacks.losses import holds_data
from tests.stacks.files import ROOT
from tests.stacks.rehearsed import Staged

RELEASES = ROOT / "tests" / "releases"
RECORDED = sorted(RELEASES.glob("*/*.json"))

each_release = pytest.mark.parametrize(
    "recorded", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


def restored(recorded: Path, root: Path) -> Staged:
    """The stack as the release left it: its state, and everything in it that exists."""
    staged = Staged(recorded.stem, root)
    state = root / "plinth" / recorded.stem / "state.json"
    state.parent.mkdir(parents=True)
    state.write_bytes(recorded.read_bytes())
    assert staged.world is not None
    for each in staged.store.load().resources:
        if each.custom and not each.is_provider:
            thing = WorldObject(each.type, each.id, each.urn, each.inputs, each.outputs)
            staged.world.put(thing, new=True)
    return staged


def lost(staged: Staged) -> list[str]:
    """What the last operation deletes or replaces although it holds data."""
    return [
        f"{event.step.op} {event.step.type} {event.step.name}"
        for event in staged.events
        if isinstance(event, StepDone)
        and event.step.op in VERBS
        and holds_data(event.step.type, event.step.name)
    ]


def test_there_is_a_recorded_state_of_every_stack() -> None:
    stacks = {path.stem for path in ROOT.glob("Pulumi.*.yaml")}

    assert {f"Pulumi.{path.stem}" for path in RECORDED} == stacks


@each_release
def test_an_upgrade_deletes_and_replaces_nothing_that_holds_data(
    recorded: Path, tmp_path: Path
) -> None:
    staged = restored(recorded, tmp_path)

    summary = staged.engine().preview()

    assert summary.ok, summary.message
    assert lost(staged) == []


@each_release
def test_an_upgrade_goes_through_and_leaves_nothing_to_do(recorded: Path, tmp_path: Path) -> None:
    staged = restored(recorded, tmp_path)

    first = staged.engine().up()
    second = staged.engine().up()

    assert first.ok, first.message
    assert lost(staged) == []
    assert set(second.counts) == {Op.SAME}


def test_a_database_that_is_left_out_would_be_found(tmp_path: Path) -> None:
    recorded = next(path for path in RECORDED if path.stem == "dev")
    staged = restored(recorded, tmp_path)
    staged.settings["databases"].pop("users")

    staged.engine().preview()

    assert sorted(lost(staged)) == [
        "delete docker:index/volume:Volume users-volume-data",
        "delete random:index/randomPassword:RandomPassword users-password",
    ]


def test_what_is_protected_stops_a_preview_by_itself(tmp_path: Path) -> None:
    recorded = next(path for path in RECORDED if path.stem == "staging")
    staged = restored(recorded, tmp_path)
    staged.settings["databases"].pop("users")

    summary = staged.engine().preview()

    assert not summary.ok
    assert "users" in summary.message

"""A stack that an earlier release brought up is brought up by this one, and loses nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from plinth.guard import VERBS
from rehearsal.events import Op, StepDone
from rehearsal.world import WorldObject
from stacks.losses import holds_data
from tests.stacks.blueprints import BLUEPRINTS, environment_of, whole_config
from tests.stacks.files import STACKS
from tests.stacks.rehearsed import Staged
from tools.release import RELEASES, SUFFIX

RECORDED = sorted(RELEASES.glob(f"*/*{SUFFIX}"))


def name_of(recorded: Path) -> str:
    """The stack or blueprint that a file is the state of."""
    return recorded.name.removesuffix(SUFFIX)


each_release = pytest.mark.parametrize(
    "recorded", RECORDED, ids=lambda path: f"{path.parent.name}-{name_of(path)}"
)


def restored(recorded: Path, root: Path) -> Staged:
    """The stack as the release left it: its state, and everything in it that exists."""
    name = name_of(recorded)
    staged = Staged(environment_of(name), root, config=whole_config(name))
    state = root / "plinth" / staged.stack / "state.json"
    state.parent.mkdir(parents=True)
    state.write_bytes(gzip.decompress(recorded.read_bytes()))
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
    assert {name_of(path) for path in RECORDED} == {*STACKS, *BLUEPRINTS}


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
    recorded = next(path for path in RECORDED if name_of(path) == "dev")
    staged = restored(recorded, tmp_path)
    staged.settings["databases"].pop("users")

    staged.engine().preview()

    assert sorted(lost(staged)) == [
        "delete docker:index/volume:Volume users-volume-data",
        "delete random:index/randomPassword:RandomPassword users-password",
    ]


def test_what_is_protected_stops_a_preview_by_itself(tmp_path: Path) -> None:
    recorded = next(path for path in RECORDED if name_of(path) == "staging")
    staged = restored(recorded, tmp_path)
    staged.settings["databases"].pop("users")

    summary = staged.engine().preview()

    assert not summary.ok
    assert "users" in summary.message

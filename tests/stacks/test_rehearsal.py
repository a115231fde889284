"""Every committed stack goes through its whole life, and survives dying at any moment of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from rehearsal.events import Op
from rehearsal.world import Abandoned, Fault
from tests.stacks.blueprints import environment_of, whole_config
from tests.stacks.files import STACKS
from tests.stacks.rehearsed import Staged

each_stack = pytest.mark.parametrize("stack", STACKS)
# How many things each stack makes in the world, and how many lie between two at which the crash
# tests stop it: what is made has few kinds, and each of them many a time. One stop takes two ups, of
# about a second in dev and three on a cloud.
MUTATIONS = {"dev": 79, "staging": 348, "google-cloud": 281}
EVERY = {"dev": 4, "staging": 59, "google-cloud": 59}
# How many times a rule is satisfied, at least: those of the ground, and with a cluster Kubernetes'.
JUDGED = {"dev": 130, "staging": 500, "prod": 600}
MOMENTS: tuple[Literal["before", "after"], ...] = ("before", "after")


def stops() -> Iterator[tuple[str, int, Literal["before", "after"]]]:
    """A stack, the operation it dies at, and whether that has happened in the world."""
    for stack, count in MUTATIONS.items():
        for turn, moment in enumerate(MOMENTS):
            # Other operations each time, so that twice as many are died at.
            for at in range(1 + turn * EVERY[stack] // 2, count + 1, EVERY[stack]):
                yield stack, at, moment


def on_stage(name: str, root: Path) -> Staged:
    """A stack, or a blueprint under the environment it is for."""
    return Staged(environment_of(name), root, config=whole_config(name))


@each_stack
def test_a_second_up_changes_nothing(stack: str, tmp_path: Path) -> None:
    staged = Staged(stack, tmp_path)

    first = staged.engine().up()
    second = staged.engine().up()

    assert first.ok, first.message
    assert set(first.counts) == {Op.CREATE}
    assert second.counts == {Op.SAME: first.counts[Op.CREATE]}
    assert second.outputs == first.outputs


@each_stack
def test_a_preview_lists_what_up_creates(stack: str, tmp_path: Path) -> None:
    staged = Staged(stack, tmp_path)

    planned = staged.engine().preview()
    done = staged.engine().up()

    assert planned.ok, planned.message
    assert planned.counts == done.counts


@each_stack
def test_every_policy_is_satisfied_and_judged_something(stack: str, tmp_path: Path) -> None:
    summary = Staged(stack, tmp_path).engine().up()

    assert summary.judged.failed == 0
    assert summary.judged.undecided == 0
    assert summary.judged.passed > JUDGED[stack]


@each_stack
def test_destroy_leaves_an_empty_world(stack: str, tmp_path: Path) -> None:
    staged = Staged(stack, tmp_path)
    staged.engine().up()

    summary = staged.engine().destroy(ignore_protect=True)

    assert summary.ok, summary.message
    assert staged.world is not None
    assert len(staged.world) == 0
    assert staged.essence() == {}


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_protected_cannot_be_destroyed(stack: str, tmp_path: Path) -> None:
    staged = Staged(stack, tmp_path)
    staged.engine().up()
    before = staged.essence()

    summary = staged.engine().destroy()

    assert not summary.ok
    assert "nothing was deleted" in summary.message
    assert staged.essence() == before


@each_stack
def test_no_secret_reaches_a_file_in_clear(stack: str, tmp_path: Path) -> None:
    staged = Staged(stack, tmp_path, world=None)
    staged.engine().up()
    secrets = staged.secrets()

    written = staged.written()

    assert (tmp_path / "plinth" / stack / "world.db").stat().st_size > 0
    assert secrets
    assert [secret for secret in secrets if secret.encode() in written] == []


@pytest.mark.parametrize("stack", MUTATIONS)
def test_the_crashes_below_go_from_the_first_operation_to_the_last(
    stack: str, undisturbed: dict[str, Staged]
) -> None:
    world = undisturbed[stack].world

    assert world is not None
    assert world.mutations == MUTATIONS[stack]


@pytest.mark.parametrize(("stack", "at", "moment"), [*stops()])
def test_an_up_abandoned_at_any_operation_is_finished_by_the_next(
    stack: str,
    at: int,
    moment: Literal["before", "after"],
    tmp_path: Path,
    undisturbed: dict[str, Staged],
) -> None:
    staged = on_stage(stack, tmp_path)
    staged.crash(Fault(at, "abandon", moment))

    with pytest.raises(Abandoned):
        staged.engine().up()
    assert staged.world is not None
    staged.world.faults.clear()
    summary = staged.engine().up()

    whole = undisturbed[stack]
    assert whole.world is not None
    assert summary.ok, summary.message
    assert staged.essence() == whole.essence()
    assert [o.urn for o in staged.world.objects()] == [o.urn for o in whole.world.objects()]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Staged]:
    stages = {stack: on_stage(stack, tmp_path_factory.mktemp(stack)) for stack in MUTATIONS}
    for staged in stages.values():
        staged.engine().up()
    return stages

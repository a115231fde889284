"""Every committed stack goes through its whole life, and survives dying at any moment of it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from rehearsal.events import Op
from rehearsal.world import Abandoned, Fault
from tests.stacks.blueprints import environment_of, whole_config
from tests.stacks.files import STACKS
from tests.stacks.rehearsed import Staged

each_stack = pytest.mark.parametrize("stack", STACKS)
# How many things each stack makes in the world, and at which of them the crash tests stop it: in
# dev at every one; staging has the same ways to die many times over.
MUTATIONS = {"dev": 30, "staging": 209, "google-cloud": 132}
EVERY = {"dev": 1, "staging": 4, "google-cloud": 8}


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
    assert summary.judged.passed > 0


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
def test_the_crashes_below_cover_every_operation(stack: str, tmp_path: Path) -> None:
    staged = on_stage(stack, tmp_path)
    staged.engine().up()

    assert staged.world is not None
    assert staged.world.mutations == MUTATIONS[stack]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("stack", "at"),
    [(stack, at) for stack, count in MUTATIONS.items() for at in range(1, count + 1, EVERY[stack])],
)
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

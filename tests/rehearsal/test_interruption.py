"""Whatever moment an operation dies in, the next one ends where an undisturbed one would have."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest

from rehearsal.events import Op
from rehearsal.state import ResourceState
from rehearsal.world import Abandoned, Fault
from tests.rehearsal.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def queues(delay: int = 0, count: int = 3) -> None:
    before: list[pulumi.Resource] = []
    for number in range(count):
        after = pulumi.ResourceOptions(depends_on=list(before))
        before.append(aws.sqs.Queue(f"q{number}", delay_seconds=delay, opts=after))


def vpc(cidr: str) -> None:
    aws.ec2.Vpc("core", cidr_block=cidr)


def essence(states: dict[str, ResourceState]) -> dict[str, object]:
    return {
        name: (s.urn, s.inputs, sorted(s.outputs), s.delete, s.pending_replacement)
        for name, s in states.items()
    }


def test_an_ordered_error_fails_that_step_and_begins_no_other(stage: Stage) -> None:
    stage.order(Fault(at=2, kind="error"))

    summary = stage.up(queues)

    assert not summary.ok
    assert "operation 2" in summary.message
    assert [failure.step.name for failure in stage.failures()] == ["q1"]
    assert set(stage.resources) >= {"q0"}
    assert "q2" not in stage.resources


def test_after_an_error_the_next_up_finishes_the_rest(stage: Stage) -> None:
    stage.order(Fault(at=2, kind="error"))
    stage.up(queues)
    stage.world.faults.clear()

    summary = stage.up(queues)

    assert summary.ok
    assert summary.counts[Op.CREATE] == 2
    assert len(stage.world) == 3


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_abandoned_creation_is_neither_orphaned_nor_repeated(
    stage: Stage, at: int, moment: str
) -> None:
    undisturbed = Stage(stage.root / "undisturbed")
    undisturbed.up(queues)
    stage.order(Fault(at=at, kind="abandon", moment=moment))  # pyright: ignore[reportArgumentType]

    with pytest.raises(Abandoned):
        stage.up(queues)
    stage.world.faults.clear()
    summary = stage.up(queues)

    assert summary.ok
    assert essence(stage.resources) == essence(undisturbed.resources)
    assert len(stage.world) == 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_abandoned_update_is_carried_to_its_end(stage: Stage, moment: str) -> None:
    stage.up(queues)
    at = stage.world.mutations + 2
    stage.order(Fault(at=at, kind="abandon", moment=moment))  # pyright: ignore[reportArgumentType]

    with pytest.raises(Abandoned):
        stage.up(lambda: queues(delay=5))
    stage.world.faults.clear()
    stage.up(lambda: queues(delay=5))

    assert {s.inputs["delaySeconds"] for n, s in stage.resources.items() if n.startswith("q")} == {
        5
    }
    assert all(o.inputs["delaySeconds"] == 5 for o in stage.world.objects())


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", [1, 2])
def test_an_abandoned_replacement_leaves_one_object(stage: Stage, step: int, moment: str) -> None:
    stage.up(lambda: vpc("10.0.0.0/16"))
    at = stage.world.mutations + step
    stage.order(Fault(at=at, kind="abandon", moment=moment))  # pyright: ignore[reportArgumentType]

    with pytest.raises(Abandoned):
        stage.up(lambda: vpc("10.1.0.0/16"))
    stage.world.faults.clear()
    summary = stage.up(lambda: vpc("10.1.0.0/16"))

    (left,) = stage.world.objects()
    assert summary.ok
    assert left.inputs["cidrBlock"] == "10.1.0.0/16"
    assert stage.resources["core"].id == left.id


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_an_abandoned_destroy_is_finished_by_the_next(stage: Stage, step: int, moment: str) -> None:
    stage.up(queues)
    at = stage.world.mutations + step
    stage.order(Fault(at=at, kind="abandon", moment=moment))  # pyright: ignore[reportArgumentType]

    with pytest.raises(Abandoned):
        stage.destroy()
    stage.world.faults.clear()
    summary = stage.destroy()

    assert summary.ok
    assert len(stage.world) == 0
    assert stage.resources == {}


def test_the_next_operation_says_whom_it_takes_over_from(stage: Stage) -> None:
    stage.order(Fault(at=1, kind="abandon"))
    with pytest.raises(Abandoned):
        stage.up(queues)
    stage.world.faults.clear()

    stage.up(queues)

    messages = [getattr(event, "message", "") for event in stage.events]
    assert any("taking over from" in message for message in messages)


def test_a_replacement_that_cannot_be_created_leaves_the_old_one_in_charge(stage: Stage) -> None:
    stage.up(lambda: vpc("10.0.0.0/16"))
    before = stage.resources["core"]
    stage.order(Fault(at=stage.world.mutations + 1, kind="error"))

    stage.up(lambda: vpc("10.1.0.0/16"))
    stage.world.faults.clear()

    assert not stage.resources["core"].delete
    stage.up(lambda: vpc("10.0.0.0/16"))
    assert stage.ops("core") == [Op.SAME]
    assert stage.resources["core"].id == before.id


def test_an_abandoned_replacement_is_one_object_and_one_row_after_the_next_up(stage: Stage) -> None:
    stage.up(lambda: vpc("10.0.0.0/16"))
    at = stage.world.mutations + 1
    stage.order(Fault(at=at, kind="abandon", moment="after"))
    with pytest.raises(Abandoned):
        stage.up(lambda: vpc("10.1.0.0/16"))
    stage.world.faults.clear()

    stage.up(lambda: vpc("10.1.0.0/16"))

    rows = [s for s in stage.store.load().resources if s.name == "core"]
    assert [s.inputs["cidrBlock"] for s in rows] == ["10.1.0.0/16"]
    assert [thing.id for thing in stage.world.objects()] == [s.id for s in rows]
    # The old one went because it was replaced, not because nobody registered it any more.
    assert stage.ops("core") == [Op.SAME, Op.DELETE_REPLACED]


def test_an_abandoned_replacement_under_the_same_id_is_taken_over(stage: Stage) -> None:
    def role(path: str) -> None:
        aws.iam.Role("crew", name="crew", path=path, assume_role_policy="{}")

    stage.up(lambda: role("/old/"))
    at = stage.world.mutations + 2
    stage.order(Fault(at=at, kind="abandon", moment="after"))
    with pytest.raises(Abandoned):
        stage.up(lambda: role("/new/"))
    stage.world.faults.clear()

    summary = stage.up(lambda: role("/new/"))

    assert summary.ok, summary.message
    assert [thing.inputs["path"] for thing in stage.world.objects()] == ["/new/"]
    assert [s.delete for s in stage.store.load().resources if s.name == "crew"] == [False]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_abandoned_creation_is_recovered_though_another_has_the_same_id(
    stage: Stage, moment: str
) -> None:
    def ones() -> None:
        first = random.RandomInteger("first", min=1, max=1)
        second = pulumi.ResourceOptions(depends_on=[first])
        random.RandomInteger("second", min=1, max=1, opts=second)

    stage.order(Fault(at=2, kind="abandon", moment=moment))  # pyright: ignore[reportArgumentType]
    with pytest.raises(Abandoned):
        stage.up(ones)
    stage.world.faults.clear()

    summary = stage.up(ones)

    assert summary.ok, summary.message
    assert len(stage.world) == 2

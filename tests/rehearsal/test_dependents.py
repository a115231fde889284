from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal.dependents import dependents_first
from rehearsal.errors import ProviderError, StateError
from rehearsal.events import Op
from rehearsal.state import ResourceState
from tests.rehearsal.stage import Stage


def state(name: str, *dependencies: str) -> ResourceState:
    return ResourceState(urn=name, type="t:t:T", custom=True, dependencies=dependencies)


def test_dependents_go_before_what_they_depend_on() -> None:
    order: list[str] = []
    states = [state("vpc"), state("subnet", "vpc"), state("instance", "subnet", "vpc")]

    dependents_first(states, lambda s: order.append(s.urn), parallel=4)

    assert order == ["instance", "subnet", "vpc"]


def wait(together: threading.Barrier) -> None:
    together.wait()


def test_independent_ones_go_side_by_side() -> None:
    together = threading.Barrier(3, timeout=10)

    dependents_first([state("a"), state("b"), state("c")], lambda _: wait(together), parallel=3)

    assert together.n_waiting == 0


def test_after_a_failure_nothing_new_begins() -> None:
    begun: list[str] = []

    def act(one: ResourceState) -> None:
        begun.append(one.urn)
        raise ProviderError("no")

    with pytest.raises(ProviderError):
        dependents_first([state("a"), state("b", "a")], act, parallel=1)
    assert begun == ["b"]


def test_a_circle_is_named_and_nothing_is_done() -> None:
    done: list[str] = []
    states = [state("a", "b"), state("b", "a"), state("c", "a")]

    with pytest.raises(StateError, match=r"in a circle:\n(  a\n  b\n  a|  b\n  a\n  b)\n"):
        dependents_first(states, lambda s: done.append(s.urn), parallel=2)
    assert done == []


def test_what_is_deleted_with_another_is_made_anew_when_that_one_is_replaced(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)

    def program(cidr: str) -> Callable[[], None]:
        def run() -> None:
            first = pulumi.ResourceOptions(delete_before_replace=True)
            core = aws.ec2.Vpc("core", cidr_block=cidr, opts=first)
            # No property comes from it: the option alone ties the two together.
            with_it = pulumi.ResourceOptions(deleted_with=core)
            aws.sqs.Queue("tied", opts=with_it)
            aws.sqs.Queue("free")

        return run

    stage.up(program("10.0.0.0/16"))
    stage.up(program("10.1.0.0/16"))

    physical = {Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT}
    assert [step for step in stage.steps() if step[0] in physical] == [
        (Op.DELETE_REPLACED, "tied"),
        (Op.DELETE_REPLACED, "core"),
        (Op.CREATE_REPLACEMENT, "core"),
        (Op.CREATE_REPLACEMENT, "tied"),
    ]
    assert stage.ops("free") == [Op.SAME]
    assert len(stage.world) == 3

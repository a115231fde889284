"""Every committed stack, brought up and taken down by Pulumi's engine and by ours."""

from __future__ import annotations

import pytest

from tests.engine.stages import Pair


# The engine writes the whole state at each step: minutes for a stack of hundreds of resources.
@pytest.mark.timeout(2_400)
@pytest.mark.parametrize(
    ("stack", "file"),
    [
        ("dev", "Pulumi.dev.yaml"),
        ("staging", "Pulumi.staging.yaml"),
        ("prod", "Pulumi.prod.yaml"),
        ("prod", "stacks/blueprints/google-cloud.yaml"),
    ],
)
def test_a_committed_stack_lives_the_same_life_under_both_engines(
    pair: Pair, stack: str, file: str
) -> None:
    pair.become(stack, file)

    assert pair.agree("preview", stack).counts.keys() == {"create"}
    assert pair.agree("up", stack).counts.keys() == {"create"}
    assert pair.agree("up", stack).counts.keys() == {"same"}
    assert pair.agree("destroy", stack).counts.keys() == {"delete"}
    assert len(pair.pulumi.world) == len(pair.rehearsal.world) == 0

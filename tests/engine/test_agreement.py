"""Every committed stack, brought up and taken down by Pulumi's engine and by ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.engine.stages import Pair

ROOT = Path(__file__).parents[2]
PROGRAM = ("Pulumi.yaml", "__main__.py", "components", "stacks")


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_committed_stack_lives_the_same_life_under_both_engines(pair: Pair, stack: str) -> None:
    for stage in (pair.pulumi, pair.rehearsal):
        for name in (*PROGRAM, f"Pulumi.{stack}.yaml"):
            _copy(ROOT / name, stage.directory / name)
    pair.adopt(stack)

    assert pair.agree("preview", stack).counts.keys() == {"create"}
    assert pair.agree("up", stack).counts.keys() == {"create"}
    assert pair.agree("up", stack).counts.keys() == {"same"}
    assert pair.agree("destroy", stack).counts.keys() == {"delete"}
    assert len(pair.pulumi.world) == len(pair.rehearsal.world) == 0


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)

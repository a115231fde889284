"""The committed stack files, and documents made from them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from stacks import stackfile
from stacks.problem import Place

ROOT: Final = Path(__file__).parents[2]
STACKS: Final = tuple(stackfile.stack_names(ROOT))


def stack_path(stack: str) -> Path:
    return ROOT / f"Pulumi.{stack}.yaml"


def config(stack: str) -> dict[str, Any]:
    return stackfile.read(stack_path(stack)).config


def asked(stack: str) -> dict[str, Any]:
    return copy.deepcopy(config(stack)["plinth:settings"])


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    """The place of every value that is no mapping."""
    if not isinstance(value, dict):
        yield place
        return
    for key, item in value.items():
        yield from leaves(item, (*place, key))


def without(document: dict[str, Any], place: Place) -> dict[str, Any]:
    """A copy of ``document`` that does not hold what is at ``place``."""
    pruned = copy.deepcopy(document)
    around: Any = pruned
    for step in place[:-1]:
        around = around[step]
    del around[place[-1]]
    return pruned

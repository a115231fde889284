"""Computed fields inside what the program sets, such as the security group in a cluster's network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.facts import Facts
from rehearsal.paths import ABSENT, get_path, set_path
from rehearsal.values import Properties, reveal


def inner_paths(facts: Facts) -> list[str]:
    """Paths of the fields that the provider fills in inside an input."""
    return [path for path in facts.outputs if "." in path]


def fill_in(outputs: Properties, path: str, make: Callable[[], Any]) -> None:
    """Put what ``make`` makes at ``path``, unless something stands there or its owner is missing."""
    owner = path.partition(".")[0]
    if isinstance(reveal(outputs.get(owner)), dict) and get_path(outputs, path) is ABSENT:
        outputs[owner] = set_path({owner: outputs[owner]}, path, make())[owner]


def keep_inner(
    facts: Facts,
    outputs: Properties,
    news: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    remade: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    """Set inner fields back to what they were where an update leaves them alone.

    ``remade`` are the outputs as they would be made of the old inputs and of the new ones.
    """
    before, after = remade
    for path in inner_paths(facts):
        old = get_path(old_outputs, path)
        owner = path.partition(".")[0]
        given = get_path(news, path) is not ABSENT or not isinstance(
            reveal(outputs.get(owner)), dict
        )
        if not given and old is not ABSENT and get_path(before, path) == get_path(after, path):
            outputs[owner] = set_path({owner: outputs[owner]}, path, old)[owner]

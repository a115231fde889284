"""A rehearsal knows no component of ours: any Pulumi program can go on stage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rehearsal.engine import Engine, Project
from rehearsal.events import Op
from rehearsal.program import ScriptProgram
from rehearsal.store import Store
from rehearsal.values import Secret, walk_secrets
from rehearsal.world import World

PROGRAMS = Path(__file__).parent / "programs"
CREATED = {"shop_on_kubernetes": 8, "warehouse_on_google": 7, "lab_on_docker": 6}

each_program = pytest.mark.parametrize("name", sorted(CREATED))


def engine(name: str, root: Path, world: World) -> Engine:
    directory = PROGRAMS / name
    project = Project(name, "dev", ScriptProgram(directory), directory)
    return Engine(project, Store(root, name, "dev", "stage"), world=world)


@each_program
def test_a_program_of_other_packages_goes_through_its_whole_life(name: str, tmp_path: Path) -> None:
    world = World()
    stage = engine(name, tmp_path, world)

    planned = stage.preview()
    first = stage.up()
    second = stage.up()
    refreshed = stage.refresh()
    gone = stage.destroy()

    assert planned.ok, planned.message
    assert planned.counts == first.counts == {Op.CREATE: CREATED[name]}
    assert second.counts == {Op.SAME: CREATED[name]}
    assert set(refreshed.counts) == {Op.SAME}
    assert gone.ok
    assert len(world) == 0


def test_a_programs_secrets_reach_no_file(tmp_path: Path) -> None:
    stage = engine("lab_on_docker", tmp_path, World())
    outputs: Mapping[str, Any] = stage.up().outputs

    assert isinstance(outputs["key"], Secret)
    (key,) = walk_secrets(dict(outputs))
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert key.splitlines()[1].encode() not in written

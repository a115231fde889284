"""``python -m tools.release VERSION``: keep the states of all stacks as this version makes them.

Tests bring every later version up on them: nothing that holds data may be replaced by an upgrade.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from rehearsal.engine import Engine, Project
from rehearsal.program import ScriptProgram
from rehearsal.store import Store
from rehearsal.world import World
from stacks import stackfile

ROOT: Final = Path(__file__).parents[1]
RELEASES: Final = ROOT / "tests" / "releases"
# The secrets in the states are made up.
PASSPHRASE: Final = "on stage"  # noqa: S105
# What differs from machine to machine and from run to run.
UNKEPT: Final = frozenset({"sourcePosition", "created", "modified"})


def kept(state: dict[str, Any]) -> dict[str, Any]:
    """``state`` without what says where and when it was made."""
    deployment = dict(state["deployment"])
    deployment["resources"] = [
        {key: value for key, value in each.items() if key not in UNKEPT}
        for each in deployment["resources"]
    ]
    return {**state, "deployment": deployment}


def record(stack: str, to: Path) -> None:
    """Bring ``stack`` up in a rehearsal and write its state to ``to``."""
    config = stackfile.read(stackfile.stack_path(ROOT, stack)).config
    project = Project("plinth", stack, ScriptProgram(ROOT), ROOT, config)
    with tempfile.TemporaryDirectory() as directory:
        store = Store(Path(directory), project.name, stack, PASSPHRASE)
        summary = Engine(project, store, world=World()).up()
        if not summary.ok:
            raise SystemExit(f"{stack} does not come up: {summary.message}")
        state = Path(directory) / project.name / stack / "state.json"
        text = json.dumps(
            kept(json.loads(state.read_text(encoding="utf-8"))), separators=(",", ":")
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    """Record every stack under the version that is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="the version that is released, such as 0.2.0")
    version = parser.parse_args().version
    for stack in stackfile.stack_names(ROOT):
        record(stack, RELEASES / version / f"{stack}.json")


if __name__ == "__main__":
    main()

"""``python -m tools.release VERSION``: keep the states of all stacks and blueprints.

Tests bring every later version up on them: nothing that holds data may be replaced by an upgrade.
"""

from __future__ import annotations

import argparse
import gzip
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
SUFFIX: Final = ".json.gz"
BLUEPRINTS: Final = ROOT / "stacks" / "blueprints"
# The environment that blueprints are settings of.
BLUEPRINT_OF: Final = "prod"
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


def record(environment: str, file: Path, to: Path) -> None:
    """Bring up what ``file`` asks for in a rehearsal and write its state, packed, to ``to``."""
    config = stackfile.read(file).config
    project = Project("plinth", environment, ScriptProgram(ROOT), ROOT, config)
    with tempfile.TemporaryDirectory() as directory:
        store = Store(Path(directory), project.name, environment, PASSPHRASE)
        summary = Engine(project, store, world=World()).up()
        if not summary.ok:
            raise SystemExit(f"{file.name} does not come up: {summary.message}")
        state = Path(directory) / project.name / environment / "state.json"
        content = kept(json.loads(state.read_text(encoding="utf-8")))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(packed(content))


def packed(content: dict[str, Any]) -> bytes:
    """``content`` as compressed JSON, the same bytes for the same content."""
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)


def main() -> None:
    """Record every stack and blueprint under the version that is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="the version that is released, such as 0.2.0")
    folder = RELEASES / parser.parse_args().version
    for stack in stackfile.stack_names(ROOT):
        record(stack, stackfile.stack_path(ROOT, stack), folder / f"{stack}{SUFFIX}")
    for blueprint in sorted(BLUEPRINTS.glob("*.yaml")):
        record(BLUEPRINT_OF, blueprint, folder / f"{blueprint.stem}{SUFFIX}")


if __name__ == "__main__":
    main()

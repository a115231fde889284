"""Writes a picture of every stack and blueprint: what it would build, from a rehearsal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rehearsal.recorder import record
from rehearsal.recording import Recording
from stacks import platform, settings, stackfile
from tools.generated import ROOT, settle
from tools.picture_graph import picture_of
from tools.picture_svg import drawn
from tools.release import BLUEPRINT_OF, BLUEPRINTS

FOLDER: Final = ROOT / "docs" / "pictures"


def pictures() -> Mapping[Path, str]:
    """The file of every picture and what belongs into it."""
    files = {stack: stackfile.stack_path(ROOT, stack) for stack in stackfile.stack_names(ROOT)}
    blueprints = {path.stem: path for path in sorted(BLUEPRINTS.glob("*.yaml"))}
    recordings = {name: recorded(name, path) for name, path in files.items()}
    recordings |= {name: recorded(BLUEPRINT_OF, path) for name, path in blueprints.items()}
    return {path_of(name): picture(name, recording) for name, recording in recordings.items()}


def path_of(name: str) -> Path:
    """Where the picture of a stack or a blueprint is."""
    return FOLDER / f"{name}.svg"


def picture(name: str, recording: Recording) -> str:
    """The picture of what was recorded."""
    return drawn(picture_of(name, recording))


def recorded(stack: str, file: Path) -> Recording:
    """What ``stack`` registers with the settings in ``file``."""
    return record(_program, stack=stack, config=stackfile.read(file).config)


def _program() -> None:
    platform.deploy(settings.load())


if __name__ == "__main__":
    sys.exit(settle(pictures(), FOLDER.glob("*.svg"), "pictures"))

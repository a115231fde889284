"""The committed stacks and the blueprints beside them, deployed without a cloud."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Final

from rehearsal.plugin import Recording, record_both
from stacks import platform, settings, stackfile
from tests.stacks.files import ROOT, STACKS, stack_path

BLUEPRINTS: Final = {
    path.stem: path for path in sorted((ROOT / "stacks" / "blueprints").glob("*.yaml"))
}
# The environment a blueprint is for.
ENVIRONMENT: Final = "prod"


def environment_of(name: str) -> str:
    """The stack that a committed file or a blueprint is the settings of."""
    return name if name in STACKS else ENVIRONMENT


def path_of(name: str) -> Path:
    """The file of a stack or a blueprint."""
    return stack_path(name) if name in STACKS else BLUEPRINTS[name]


def whole_config(name: str) -> dict[str, Any]:
    """The configuration in the file of a stack or a blueprint."""
    return stackfile.read(path_of(name)).config


def whole_settings(name: str) -> settings.Settings:
    """The settings of a stack or a blueprint."""
    return settings.parse(environment_of(name), whole_config(name)["plinth:settings"])


def _program() -> None:
    platform.deploy(settings.load())


@functools.cache
def deployed_anywhere(name: str) -> Recording:
    """The update of a stack or a blueprint; its preview registers the same, or this fails."""
    return record_both(_program, stack=environment_of(name), config=whole_config(name))

"""What a command works on: a project, one of its stacks, and what that stack stands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from plinth.errors import PlinthError
from stacks.stackfile import stack_path

PROJECT_FILE: Final = "Pulumi.yaml"
HOME_DIRECTORY: Final = ".plinth"
DOCKER: Final = "docker"


@dataclass(frozen=True)
class Target:
    """One stack of the project in ``directory``.

    ``ground`` is the kind of ground in the stack's settings; ``docker_host`` is the daemon's
    address, empty on any other ground.
    """

    directory: Path
    project: str
    stack: str
    ground: str
    docker_host: str = ""

    @property
    def home(self) -> Path:
        """Where the command keeps its own files."""
        return self.directory / HOME_DIRECTORY

    @property
    def own_backend(self) -> Path:
        """Where the Pulumi engine keeps the states of stacks whose backend nobody named."""
        return self.home / "pulumi"

    @property
    def exists_for_real(self) -> bool:
        """Whether the Pulumi engine left a state of this stack in ``own_backend``."""
        stacks = self.own_backend / ".pulumi" / "stacks" / self.project
        return any(stacks.glob(f"{self.stack}.json*"))


def find_project(start: Path) -> Path:
    """The nearest directory from ``start`` upwards that holds a ``Pulumi.yaml``.

    Raises:
        PlinthError: there is none.
    """
    for directory in (start, *start.parents):
        if (directory / PROJECT_FILE).is_file():
            return directory
    raise PlinthError(
        f"There is no {PROJECT_FILE} in {start} or above it. Change to the directory of the "
        "project and try again."
    )


def project_name(directory: Path) -> str:
    """The name in the project's ``Pulumi.yaml``.

    Raises:
        PlinthError: the file cannot be read or has no name.
    """
    path = directory / PROJECT_FILE
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlinthError(f"{path} cannot be read: {error}. Restore it.") from error
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(name, str) or not name:
        raise PlinthError(f"{path} has no name: give the project one, for example `name: plinth`.")
    return name


def read_target(directory: Path, stack: str) -> Target:
    """The stack called ``stack`` of the project in ``directory``, its settings checked.

    Raises:
        PlinthError: the project file cannot be used.
        SettingsError: there is no such stack, or its file is not valid.
    """
    path = stack_path(directory, stack)
    project = project_name(directory)
    from components.ground import DockerGroundSpec  # noqa: PLC0415 what only real runs need
    from stacks.settings import read_stack_file  # noqa: PLC0415

    ground = read_stack_file(path).ground
    docker_host = ground.host if isinstance(ground, DockerGroundSpec) else ""
    return Target(directory, project, stack, ground.kind, docker_host)

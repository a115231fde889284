"""What a command works on: a project, one of its stacks, and what that stack stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from plinth.errors import PlinthError, UsageError
from stacks.losses import Approval
from stacks.stackfile import stack_path

PROJECT_FILE: Final = "Pulumi.yaml"
HOME_DIRECTORY: Final = ".plinth"
DOCKER: Final = "docker"
KUBERNETES_PACK: Final = "kubernetes"
RUNNING_KUBERNETES: Final = frozenset({"aws", "gcp"})
"""Kinds of ground whose stacks may have a cluster of their own."""

STACK_PACK: Final = "stack"
# Project and stack are parts of paths and URNs; this is what Pulumi allows in either.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NAME_RULE: Final = (
    "1 to 100 letters (a to z, A to Z), digits, hyphens, underscores and full stops, but neither "
    '"." nor ".."'
)


@dataclass(frozen=True)
class Target:
    """One stack of the project in ``directory``.

    ``ground`` is the kind of ground in the stack's settings; ``docker_host`` is the daemon's
    address, empty on any other ground; ``approvals`` is what the settings let go; ``endings`` says
    which versions lose their support soon.
    """

    directory: Path
    project: str
    stack: str
    ground: str
    docker_host: str = ""
    approvals: tuple[Approval, ...] = ()
    endings: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """Where the command keeps its own files."""
        return self.directory / HOME_DIRECTORY

    @property
    def own_backend(self) -> Path:
        """Where the Pulumi engine keeps the states of stacks whose backend nobody named."""
        return self.home / "pulumi"

    @property
    def packs(self) -> tuple[Path, ...]:
        """The project's own policy packs that judge the stack under the Pulumi engine."""
        root = self.directory / "policies"
        names = [self.ground, STACK_PACK]
        if self.ground in RUNNING_KUBERNETES:
            names.insert(1, KUBERNETES_PACK)
        packs = (root / name for name in names)
        return tuple(pack for pack in packs if (pack / "PulumiPolicy.yaml").is_file())

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
        PlinthError: the file cannot be read, has no name, or one that cannot be a directory's.
    """
    path = directory / PROJECT_FILE
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlinthError(f"{path} cannot be read: {error}. Restore it.") from error
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(name, str) or not name:
        raise PlinthError(f"{path} has no name: give the project one, for example `name: plinth`.")
    if not _is_name(name):
        raise PlinthError(f"The name {name!r} in {path} cannot be a project's. Write {_NAME_RULE}.")
    return name


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text not in {".", ".."}


def read_target(directory: Path, stack: str) -> Target:
    """The stack called ``stack`` of the project in ``directory``, its settings checked.

    Raises:
        UsageError: no stack can have that name.
        PlinthError: the project file cannot be used.
        SettingsError: there is no such stack, or its file is not valid.
    """
    if not _is_name(stack):
        raise UsageError(
            f"--stack {stack!r} cannot be a stack's name. Give the NAME of a Pulumi.NAME.yaml: "
            f"{_NAME_RULE}."
        )
    path = stack_path(directory, stack)
    project = project_name(directory)
    from components.ground import DockerGroundSpec  # noqa: PLC0415 what only real runs need
    from stacks.day import today_utc  # noqa: PLC0415
    from stacks.offers import find_endings  # noqa: PLC0415
    from stacks.settings import read_stack_file  # noqa: PLC0415

    settings = read_stack_file(path)
    ground = settings.ground
    docker_host = ground.host if isinstance(ground, DockerGroundSpec) else ""
    return Target(
        directory=directory,
        project=project,
        stack=stack,
        ground=ground.kind,
        docker_host=docker_host,
        approvals=tuple(settings.approved_losses),
        endings=tuple(each.text({}) for each in find_endings(settings, today_utc())),
    )

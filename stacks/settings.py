"""The whole configuration of a stack as one typed document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self, cast

import pulumi
from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from components.database.spec import DatabaseSpec
from components.environment import Environment
from components.ground import GroundSpec
from components.keys.spec import KeysSpec
from components.network.spec import NetworkSpec
from components.registry.spec import RegistrySpec
from components.spec import Spec
from stacks import stackfile
from stacks.address_plan import clashes
from stacks.carrying import uncarried
from stacks.explain import find_problems
from stacks.problem import Problem, SettingsError, settings_error
from stacks.stackfile import PREFIX, SETTINGS_KEY, SETTINGS_PLACE, SUFFIX

# Names of the components that every stack has; a database cannot have the same.
KEYS: Final = "keys"
NETWORK: Final = "core"
IMAGES: Final = "images"

LogicalName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)]
Owner = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@/-]{0,62}$")]


class Settings(Spec):
    """Every chapter of a stack; the keys of ``databases`` are names of components."""

    environment: SkipJsonSchema[Environment] = Field(
        description="Where the stack stands on the way to its users; the name of the stack."
    )
    owner: Owner = Field(description="Team that answers for the stack; a tag on every resource.")
    cost_centre: Owner = Field(description="Who pays for the stack; a tag on every resource.")
    ground: GroundSpec = Field(description="What the stack stands on.")
    network: NetworkSpec = Field(description="Addresses and ways in and out.")
    keys: KeysSpec = Field(
        # Read like an asked document, so that the environment loosens it.
        default=cast("KeysSpec", {}),
        validate_default=True,
        description="Keys that encrypt what the stack stores.",
    )
    registry: RegistrySpec = Field(description="Where container images are kept.")
    databases: dict[LogicalName, DatabaseSpec] = Field(
        default={},
        max_length=64,
        description="PostgreSQL servers by name; a name is kept for the life of the database.",
    )

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        if taken := sorted(self.databases.keys() & {KEYS, NETWORK, IMAGES}):
            raise ValueError(
                f"databases are called {', '.join(taken)}, as other parts of every stack are:"
                " choose other names"
            )
        return self

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource that can carry tags."""
        return {
            "Application": "platform",
            "CostCenter": self.cost_centre,
            "Environment": self.environment.value,
            "Owner": self.owner,
        }


def load() -> Settings:
    """Read the configuration of the current stack, inside a Pulumi program.

    Raises:
        pulumi.RunError: the stack is not an environment, or a setting is missing, unknown or out
            of bounds; every problem is listed at once.
    """
    stack = pulumi.get_stack()
    try:
        asked = pulumi.Config("plinth").get_object("settings")
    except pulumi.ConfigTypeError:
        raise pulumi.RunError(
            f"{SETTINGS_KEY} of the stack {stack} is not a mapping. "
            f"Write it as one in {PREFIX}{stack}{SUFFIX}."
        ) from None
    try:
        return parse(stack, asked)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def parse(stack: str, asked: Any) -> Settings:
    """``load`` without Pulumi: the settings of ``stack`` from the value of ``plinth:settings``.

    Raises:
        SettingsError: the same problems as those of ``load``.
    """
    settings, problems = _read(stack, asked)
    if settings is None:
        raise settings_error(f"{PREFIX}{stack}{SUFFIX}", problems)
    return settings


def read_stack_file(path: Path) -> Settings:
    """The settings in the stack file at ``path``, checked against the stack files beside it.

    Raises:
        SettingsError: the file is missing or not YAML; or everything that is wrong with its
            content, each with its line.
    """
    file = stackfile.read(path)
    settings, problems = _read(file.stack, file.config.get(SETTINGS_KEY))
    problems += [*stackfile.check(file), *clashes(file)]
    if settings is None or problems:
        raise settings_error(path.name, problems, file.lines)
    return settings


def _read(stack: str, asked: Any) -> tuple[Settings | None, list[Problem]]:
    if stack not in [*Environment]:
        return None, [Problem((), _no_environment(stack))]
    if not isinstance(asked, Mapping) or not asked:
        return None, [Problem(SETTINGS_PLACE, "is missing; write the settings of the stack there.")]
    environment = Environment(stack)
    document = {**asked, "environment": environment}
    problems = [*uncarried(asked, environment), *find_problems(Settings, environment, document)]
    if "environment" in asked:
        problems.append(Problem(("environment",), "is the name of the stack; remove the line."))
    if problems:
        return None, [Problem((*SETTINGS_PLACE, *p.place), p.message) for p in problems]
    return Settings.resolve(environment, document), []


def _no_environment(stack: str) -> str:
    return f'"{stack}" is not an environment; name the file after one of {", ".join(Environment)}.'

"""What a stack asks of a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp"})


class Level(StrEnum):
    """What pods may ask of the machine: a Pod Security Standard."""

    RESTRICTED = "restricted"  # nothing
    PRIVILEGED = "privileged"  # its files, its network, its processes


class NamespaceSpec(Spec):
    """A namespace whose pods reach, and are reached by, whom a flow names and nobody else."""

    level: Level = Field(
        default=Level.RESTRICTED,
        description="What pods may ask of the machine; privileged for agents of nodes alone.",
    )
    host_access_because: Annotated[str, Field(min_length=10, max_length=200)] | None = Field(
        default=None,
        description="Why pods need the machine itself, for those who review it; with the level"
        " privileged only.",
    )
    protected: bool = Field(
        default=True,
        description="Pulumi refuses to delete the namespace, with which everything in it goes.",
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {"protected": False},
    }

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.level is Level.PRIVILEGED) != (self.host_access_because is not None):
            raise ValueError(
                f"level is {self.level} and host_access_because is {self.host_access_because}:"
                f" the level {Level.PRIVILEGED} needs a reason, {Level.RESTRICTED} has none"
            )
        return self

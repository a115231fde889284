"""What a stack asks of its encryption keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from components.environment import Environment
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "docker"})


class Purpose(StrEnum):
    """What a key protects; each purpose has its own key."""

    DATA = "data"
    LOGS = "logs"
    REGISTRY = "registry"
    SECRETS = "secrets"


class KeysSpec(Spec):
    """One key per purpose."""

    deletion_window_days: Annotated[int, Field(ge=7, le=30)] = Field(
        default=30,
        description="Days between asking for a key's deletion and losing it and its data for good.",
    )
    rotation_days: Annotated[int, Field(ge=90, le=365)] = Field(
        default=365, description="Days between automatic rotations of the key material."
    )
    protected: bool = Field(default=True, description="Pulumi refuses to delete the keys.")

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {"deletion_window_days": 7, "protected": False},
        Environment.STAGING: {"deletion_window_days": 14},
    }

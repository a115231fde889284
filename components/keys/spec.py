"""What a stack asks of its encryption keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from components.environment import Environment
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp", "docker"})


class Purpose(StrEnum):
    """What a key protects; each purpose has its own key."""

    BACKUP = "backup"  # copies in the recovery region, where the ground has one
    CLUSTER = "cluster"  # secrets that Kubernetes keeps
    DATA = "data"  # databases and caches
    LOGS = "logs"
    OBJECTS = "objects"  # buckets
    REGISTRY = "registry"
    SECRETS = "secrets"  # managed credentials
    VOLUMES = "volumes"  # disks of a cluster


def purposes(recovery_region: str | None) -> tuple[Purpose, ...]:
    """What needs a key in a cloud: backups do where they are copied to a second region."""
    return tuple(each for each in Purpose if recovery_region or each is not Purpose.BACKUP)


class KeysSpec(Spec):
    """One key per purpose."""

    deletion_window_days: Annotated[int, Field(ge=7, le=30)] = Field(
        default=30,
        description="Days between asking for a key's deletion and losing it and its data for good.",
    )
    rotation_days: Annotated[int, Field(ge=90, le=365)] = Field(
        default=90,
        description="Days between automatic rotations of the key material; data encrypted before"
        " stays readable.",
    )
    protected: bool = Field(default=True, description="Pulumi refuses to delete the keys.")

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {"deletion_window_days": 7, "protected": False},
        Environment.STAGING: {"deletion_window_days": 14},
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"deletion_window_days": 14},
        Environment.PROD: {"deletion_window_days": 30},
    }

"""What a stack asks of a database."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.ownership import DataClass
from components.retention import LogDays
from components.spec import Spec
from components.windows import DailyWindow, WeeklyWindow, overlap

GROUNDS: Final = frozenset({"aws", "gcp", "docker"})

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Size(StrEnum):
    """Provider-neutral sizes; each variant maps them to what it has."""

    SMALL = "small"  # 2 vCPU, 4 GiB
    MEDIUM = "medium"  # 2 vCPU, 8 GiB
    LARGE = "large"  # 4 vCPU, 16 GiB


class DatabaseSpec(Spec):
    """A PostgreSQL server holding one database."""

    database: Identifier = Field(description="Name of the database created on the server.")
    version: Annotated[int, Field(ge=15, le=18)] = Field(
        default=17, description="PostgreSQL major version; changing it is a migration."
    )
    size: Size = Field(default=Size.MEDIUM, description="Compute size of the server.")
    storage_gib: Annotated[int, Field(ge=20, le=16_384)] = Field(
        default=100, description="Initial disk, GiB; it may grow, never shrink."
    )
    storage_limit_gib: Annotated[int, Field(ge=22, le=65_536)] = Field(
        default=1_000,
        description="The disk grows by itself up to this size, GiB; a tenth above storage_gib"
        " at least.",
    )
    highly_available: bool = Field(default=True, description="Standby in a second zone.")
    read_replicas: Annotated[int, Field(ge=0, le=5)] = Field(
        default=0,
        description="Further servers that answer reads; on AWS with aurora alone.",
    )
    aurora: bool = Field(
        default=False,
        description="On AWS: Amazon Aurora instead of RDS; a change builds another server.",
    )
    backup_days: Annotated[int, Field(ge=7, le=35)] = Field(
        default=35, description="Daily backups and the log for restoring to any second kept, days."
    )
    backup_window: DailyWindow = Field(
        default="02:00-03:00",
        description="When the daily backup starts, hh:mm-hh:mm UTC, 30 minutes at least.",
    )
    recoverable_elsewhere: bool = Field(
        default=True, description="Keep a copy of the backups in the ground's recovery region."
    )
    maintenance_window: WeeklyWindow = Field(
        default="sun:04:00-sun:05:00",
        description="When changes and patches are applied, ddd:hh:mm-ddd:hh:mm UTC, 30 minutes at"
        " least, clear of the backup window.",
    )
    log_days: LogDays = Field(default=365, description="Server logs are kept, days.")
    generation: Annotated[int, Field(ge=1, le=999)] = Field(
        default=1,
        description="Part of the server's name; raise it to let a change that needs a new server"
        " build one beside the old, which leaves a final snapshot.",
    )
    protected: bool = Field(
        default=True,
        description="Refuse deletion, in the cloud and in Pulumi, and take a final snapshot.",
    )
    data_class: DataClass = Field(
        default=DataClass.CONFIDENTIAL, description="How much harm it does if strangers read it."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "size": Size.SMALL,
            "storage_gib": 20,
            "storage_limit_gib": 100,
            "highly_available": False,
            "backup_days": 7,
            "recoverable_elsewhere": False,
            "log_days": 7,
            "protected": False,
        },
        Environment.STAGING: {
            "size": Size.SMALL,
            "storage_gib": 50,
            "storage_limit_gib": 500,
            "backup_days": 14,
            "recoverable_elsewhere": False,
            "log_days": 30,
        },
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"backup_days": 14, "log_days": 30},
        Environment.PROD: {"backup_days": 30, "log_days": 365},
    }

    @model_validator(mode="after")
    def _windows_are_apart(self) -> Self:
        if overlap(self.backup_window, self.maintenance_window):
            raise ValueError(
                f"maintenance_window {self.maintenance_window} overlaps the daily backup_window"
                f" {self.backup_window}: move one of them"
            )
        return self

    @model_validator(mode="after")
    def _storage_can_grow(self) -> Self:
        least = self.storage_gib + -(-self.storage_gib // 10)
        if self.storage_limit_gib < least:
            raise ValueError(
                f"storage_limit_gib is {self.storage_limit_gib}, with storage_gib"
                f" {self.storage_gib} it must be at least {least}"
            )
        return self


def refused_on(kind: str, spec: DatabaseSpec) -> str | None:
    """Why the ground ``kind`` cannot build ``spec`` at all, in one sentence; None if it can."""
    if kind == "aws" and spec.read_replicas and not spec.aurora:
        return (
            f"read_replicas is {spec.read_replicas}, but RDS keeps the owner's password itself and"
            " then has no read replicas: set aurora to true, or read_replicas to 0"
        )
    return None

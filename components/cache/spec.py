"""What a stack asks of a cache."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.ownership import DataClass
from components.retention import LogDays
from components.spec import Spec
from components.windows import DailyWindow, WeeklyWindow, length_minutes, overlap

GROUNDS: Final = frozenset({"aws", "gcp", "docker"})

SHORTEST_MINUTES: Final = 60
DOCKER_VERSIONS: Final = frozenset({9})


class Size(StrEnum):
    """Provider-neutral sizes; each variant maps them to what it has."""

    SMALL = "small"  # 1 GiB
    MEDIUM = "medium"  # 6 GiB
    LARGE = "large"  # 13 GiB


class Eviction(StrEnum):
    """What a full cache drops, in Valkey's own words.

    Source: "Key eviction" in the Valkey documentation, checked 2026-11-21.
    """

    ALLKEYS_LFU = "allkeys-lfu"  # what is used least often
    ALLKEYS_LRU = "allkeys-lru"  # what was not used for longest
    NOEVICTION = "noeviction"  # nothing: writes are refused
    VOLATILE_LFU = "volatile-lfu"  # the same two, of what expires anyway
    VOLATILE_LRU = "volatile-lru"
    VOLATILE_TTL = "volatile-ttl"  # what expires soonest


class CacheSpec(Spec):
    """A Valkey server that keeps everything in memory."""

    version: Annotated[int, Field(ge=8, le=9)] = Field(
        default=9, description="Valkey major version; it may be raised, never lowered."
    )
    size: Size = Field(default=Size.MEDIUM, description="Memory of each server.")
    replicas: Annotated[int, Field(ge=0, le=5)] = Field(
        default=2,
        description="Copies in other zones, which answer reads and take over; with 0 an outage of"
        " the one server loses what it holds.",
    )
    eviction: Eviction = Field(
        default=Eviction.ALLKEYS_LRU, description="What is dropped when the memory is full."
    )
    backup_days: Annotated[int, Field(ge=7, le=35)] = Field(
        default=35, description="Daily snapshots kept, days."
    )
    backup_window: DailyWindow = Field(
        default="02:00-03:00",
        description="When the daily snapshot is taken, hh:mm-hh:mm UTC, 60 minutes at least.",
    )
    maintenance_window: WeeklyWindow = Field(
        default="sun:04:00-sun:05:00",
        description="When changes and patches are applied, ddd:hh:mm-ddd:hh:mm UTC, 60 minutes at"
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
            "replicas": 0,
            "backup_days": 7,
            "log_days": 7,
            "protected": False,
        },
        Environment.STAGING: {
            "size": Size.SMALL,
            "replicas": 1,
            "backup_days": 14,
            "log_days": 30,
        },
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"backup_days": 14, "log_days": 30},
        Environment.PROD: {"backup_days": 30, "log_days": 365},
    }

    @model_validator(mode="after")
    def _windows_are_long_enough(self) -> Self:
        for name in ("backup_window", "maintenance_window"):
            window = getattr(self, name)
            if (length := length_minutes(window)) < SHORTEST_MINUTES:
                raise ValueError(
                    f"{name} {window} lasts {length} minutes,"
                    f" it must last at least {SHORTEST_MINUTES}"
                )
        return self

    @model_validator(mode="after")
    def _windows_are_apart(self) -> Self:
        if overlap(self.backup_window, self.maintenance_window):
            raise ValueError(
                f"maintenance_window {self.maintenance_window} overlaps the daily backup_window"
                f" {self.backup_window}: move one of them"
            )
        return self


def refused_on(kind: str, spec: CacheSpec) -> str | None:
    """Why the ground ``kind`` cannot build ``spec`` at all, in one sentence; None if it can."""
    if kind == "docker" and spec.version not in DOCKER_VERSIONS:
        allowed = ", ".join(map(str, sorted(DOCKER_VERSIONS)))
        return f"version is {spec.version}, on Docker it must be one of {allowed}: raise it"
    return None

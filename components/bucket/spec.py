"""What a stack asks of a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.ownership import DataClass
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp"})


class LockMode(StrEnum):
    """Who may end a lock before its time."""

    GOVERNANCE = "governance"  # who has a right of their own to
    COMPLIANCE = "compliance"  # nobody, not even the owner of the account


class LockSpec(Spec):
    """A time in which nobody deletes or replaces an object."""

    mode: LockMode = Field(
        default=LockMode.GOVERNANCE,
        description="Who may end a lock early: somebody with that right, or, with compliance,"
        " nobody; compliance cannot be taken back.",
    )
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        description="An object is locked for this time after it was written, days."
    )


class BucketSpec(Spec):
    """A private bucket for objects of one kind."""

    noncurrent_days: Annotated[int, Field(ge=7, le=365)] = Field(
        default=30,
        description="An object that was replaced or deleted can be restored for this time, days.",
    )
    archive_after_days: Annotated[int, Field(ge=30, le=3_650)] | None = Field(
        default=90,
        description="Objects of this age, days, move to storage that costs less by the month, more"
        " by the access and is read as fast; unset: never.",
    )
    expire_after_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        default=None, description="Objects of this age, days, are deleted; unset: never."
    )
    lock: LockSpec | None = Field(
        default=None, description="Keeps every object for a time, whoever wants it gone."
    )
    recoverable_elsewhere: bool = Field(
        default=True, description="Keep a copy in the ground's recovery region."
    )
    data_class: DataClass = Field(
        default=DataClass.CONFIDENTIAL,
        description="How much harm it does if strangers read the objects.",
    )
    protected: bool = Field(
        default=True,
        description="Refuse deletion; a bucket that is not protected takes its objects with it.",
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "noncurrent_days": 7,
            "recoverable_elsewhere": False,
            "protected": False,
        },
        Environment.STAGING: {"noncurrent_days": 14, "recoverable_elsewhere": False},
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"noncurrent_days": 14},
        Environment.PROD: {"noncurrent_days": 30},
    }

    @model_validator(mode="after")
    def _archived_before_expired(self) -> Self:
        archive, expire = self.archive_after_days, self.expire_after_days
        if archive is not None and expire is not None and archive >= expire:
            raise ValueError(
                f"archive_after_days is {archive}, but objects are gone after expire_after_days"
                f" {expire}: lower it, or set it to null"
            )
        return self

    @model_validator(mode="after")
    def _locked_no_longer_than_kept(self) -> Self:
        expire = self.expire_after_days
        if self.lock is not None and expire is not None and self.lock.keep_days > expire:
            raise ValueError(
                f"lock.keep_days is {self.lock.keep_days}, but objects are to go after"
                f" expire_after_days {expire}: lower it, or keep the objects longer"
            )
        return self

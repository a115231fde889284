"""What a stack asks of the record of what is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pydantic import Field

from components.environment import Environment
from components.retention import LogDays
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp"})


class AuditSpec(Spec):
    """Who did what: every call of the cloud's API, on record where nobody can change it."""

    trail_days: LogDays = Field(
        default=365, description="The record of API calls and of access to buckets is kept, days."
    )
    tamper_proof: bool = Field(
        default=True,
        description="Not even administrators delete a record before its time. On Google Cloud this"
        " cannot be taken back.",
    )
    data_access: bool = Field(
        default=True,
        description="Record reads and writes of objects and data too, billed by volume; otherwise"
        " only what changes resources.",
    )
    threat_detection: bool = Field(
        default=True, description="Let the cloud look for intrusions, billed by volume."
    )
    owns_account: bool = Field(
        default=True,
        description="This stack holds what the account or project has only once: threat detection,"
        " and defaults that close buckets and encrypt disks; false where another stack does.",
    )
    protected: bool = Field(
        default=True, description="Refuse to delete the record, in the cloud and in Pulumi."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "trail_days": 30,
            "tamper_proof": False,
            "data_access": False,
            "protected": False,
        },
        Environment.STAGING: {"trail_days": 90, "tamper_proof": False, "data_access": False},
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"trail_days": 30},
        Environment.PROD: {"trail_days": 365},
    }

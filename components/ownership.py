"""Whose everything is: the tags and labels that every resource bears."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MANAGER: Final = "plinth"
LONGEST_LABEL: Final = 63


class DataClass(StrEnum):
    """How much harm it does if strangers read it."""

    PUBLIC = "public"  # none: it is published
    INTERNAL = "internal"  # little: how the platform works
    CONFIDENTIAL = "confidential"  # much: customers' or business data
    RESTRICTED = "restricted"  # most: what a law or a contract protects by name


@dataclass(frozen=True)
class Ownership:
    """Who answers for a stack, and who pays for it."""

    application: str
    environment: str
    owner: str
    cost_centre: str

    def tags(self, data_class: DataClass) -> dict[str, str]:
        """The tags of a resource on AWS."""
        return {
            "Application": self.application,
            "CostCenter": self.cost_centre,
            "DataClass": data_class.value,
            "Environment": self.environment,
            "ManagedBy": MANAGER,
            "Owner": self.owner,
        }

    def labels(self, data_class: DataClass) -> dict[str, str]:
        """The labels of a resource on Google Cloud, in the letters that labels may have.

        Source: "Requirements for labels" in the Google Cloud documentation.
        """
        named = {
            "application": self.application,
            "cost-centre": self.cost_centre,
            "data-class": data_class.value,
            "environment": self.environment,
            "managed-by": MANAGER,
            "owner": self.owner,
        }
        return {key: label(value) for key, value in named.items()}


def label(text: str) -> str:
    """``text`` in the letters that a label may have: lower case, digits, ``_`` and ``-``."""
    return re.sub(r"[^a-z0-9_-]", "_", text.lower())[:LONGEST_LABEL]

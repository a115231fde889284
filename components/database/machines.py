"""The machine types of database servers, by size and ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.database.spec import Size

INSTANCE_CLASS: Final[Mapping[Size, str]] = {
    Size.SMALL: "db.t4g.medium",
    Size.MEDIUM: "db.m7g.large",
    Size.LARGE: "db.m7g.xlarge",
}
# Aurora for PostgreSQL has no m7g.
AURORA_CLASS: Final[Mapping[Size, str]] = {
    Size.SMALL: "db.t4g.medium",
    Size.MEDIUM: "db.r7g.large",
    Size.LARGE: "db.r7g.xlarge",
}
TIERS: Final[Mapping[Size, str]] = {
    Size.SMALL: "db-custom-2-4096",
    Size.MEDIUM: "db-custom-2-8192",
    Size.LARGE: "db-custom-4-16384",
}

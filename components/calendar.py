"""Until when the versions of clusters, databases and caches have standard support.

Paid extended support counts as ended. Dates move: when a source has changed, correct the rows and
set ``checked`` to the day of the source. A version whose source names no end has none here; a
version that no source names is absent and counts as not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

WARNING_DAYS: Final = 90


class Product(StrEnum):
    """What has versions. A version of Kubernetes is a minor, of PostgreSQL a major."""

    EKS = "eks"
    GKE = "gke"
    RDS_POSTGRESQL = "rds-postgresql"
    AURORA_POSTGRESQL = "aurora-postgresql"
    CLOUD_SQL_POSTGRESQL = "cloud-sql-postgresql"
    POSTGRESQL = "postgresql"
    ELASTICACHE_VALKEY = "elasticache-valkey"
    MEMORYSTORE_VALKEY = "memorystore-valkey"
    VALKEY = "valkey"


class Standing(StrEnum):
    """How a version stands on a day."""

    OK = "ok"
    ENDING = "ending"  # standard support ends within WARNING_DAYS
    ENDED = "ended"
    UNKNOWN = "unknown"  # not in the table, or not released yet


@dataclass(frozen=True, slots=True)
class Support:
    """One version of a product.

    ``released`` is the first day it is offered, None where the source does not say;
    ``standard_until`` the last day of standard support, None where no end is published or found;
    ``source`` the page the row was read from, ``checked`` the day of that page.
    """

    product: Product
    version: str
    released: date | None
    standard_until: date | None
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to use a version; ``sentence`` is for the user, None if there is nothing to say.

    ``choices`` are the versions to use instead, oldest first.
    """

    standing: Standing
    sentence: str | None = None
    choices: tuple[str, ...] = ()


def support(product: Product, version: str) -> Support | None:
    """The row of ``version``; None: it is not known to be offered."""
    return next((each for each in TABLES[product] if each.version == version), None)


def check(product: Product, version: str, today: date) -> Verdict:
    """How ``version`` stands on ``today``, and what to do about it."""
    found = support(product, version)
    standing = _standing(found, today)
    if standing is Standing.OK:
        return Verdict(standing)
    choices = _choices(product, found if standing is not Standing.UNKNOWN else None, today)
    if standing is Standing.UNKNOWN or found is None or found.standard_until is None:
        what = f'"{version}" is not known to be offered {_WHERE[product]}; choose'
    elif standing is Standing.ENDED:
        what = (
            f'"{version}" lost standard support {_WHERE[product]} on {found.standard_until}; choose'
        )
    else:
        what = (
            f'"{version}" loses standard support {_WHERE[product]} on {found.standard_until},'
            f" {_in_days((found.standard_until - today).days)}; plan the upgrade to"
        )
    return Verdict(standing, f"{what} {_advice(product, choices)}", choices)


def _standing(found: Support | None, today: date) -> Standing:
    if found is None or (found.released is not None and today < found.released):
        return Standing.UNKNOWN
    if found.standard_until is None:
        return Standing.OK
    left_days = (found.standard_until - today).days
    if left_days < 0:
        return Standing.ENDED
    return Standing.ENDING if left_days <= WARNING_DAYS else Standing.OK


def _choices(product: Product, after: Support | None, today: date) -> tuple[str, ...]:
    """The versions newer than ``after`` that last; if none does, those that end soon."""
    table = TABLES[product]
    newer = table if after is None else table[table.index(after) + 1 :]
    by_standing = {
        standing: tuple(each.version for each in newer if _standing(each, today) is standing)
        for standing in (Standing.OK, Standing.ENDING)
    }
    return by_standing[Standing.OK] or by_standing[Standing.ENDING]


def _advice(product: Product, choices: tuple[str, ...]) -> str:
    if not choices:
        checked = max(each.checked for each in TABLES[product])
        return f"a newer version, which a newer Plinth may know (this one knows those of {checked})"
    return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"


def _in_days(days: int) -> str:
    return {0: "today", 1: "in 1 day"}.get(days, f"in {days} days")


def _rows(
    product: Product, source: str, checked: date, *rows: tuple[str, str | None, str | None]
) -> tuple[Support, ...]:
    """Rows of version, first day offered and last day of standard support; oldest first."""
    return tuple(
        Support(
            product,
            version,
            date.fromisoformat(released) if released else None,
            date.fromisoformat(until) if until else None,
            source,
            checked,
        )
        for version, released, until in rows
    )


_WHERE: Final[Mapping[Product, str]] = {
    Product.EKS: "on EKS",
    Product.GKE: "on GKE",
    Product.RDS_POSTGRESQL: "on RDS for PostgreSQL",
    Product.AURORA_POSTGRESQL: "on Aurora PostgreSQL",
    Product.CLOUD_SQL_POSTGRESQL: "on Cloud SQL for PostgreSQL",
    Product.POSTGRESQL: "in upstream PostgreSQL",
    Product.ELASTICACHE_VALKEY: "on ElastiCache for Valkey",
    Product.MEMORYSTORE_VALKEY: "on Memorystore for Valkey",
    Product.VALKEY: "in upstream Valkey",
}

TABLES: Final[Mapping[Product, tuple[Support, ...]]] = {
    Product.EKS: (
        *_rows(
            Product.EKS,
            "https://endoflife.date/amazon-eks",
            date(2026, 8, 22),
            ("1.28", "2023-09-26", "2024-11-26"),
            ("1.29", "2024-01-23", "2025-03-23"),
            ("1.30", "2024-05-23", "2025-07-23"),
            ("1.31", "2024-09-26", "2025-11-26"),
            ("1.32", "2025-01-25", "2026-03-23"),
            ("1.33", "2025-05-28", "2026-07-29"),
            ("1.34", "2025-10-06", "2026-12-02"),
            ("1.35", "2026-01-28", "2027-03-27"),
            ("1.36", "2026-06-02", "2027-08-02"),
        ),
        *_rows(
            Product.EKS,
            "https://aws.amazon.com/about-aws/whats-new/2026/10/amazon-eks-distro-kubernetes-version-1-37/",
            date(2026, 10, 1),
            ("1.37", "2026-10-01", None),
        ),
    ),
    # The regular channel.
    Product.GKE: _rows(
        Product.GKE,
        "https://endoflife.date/google-kubernetes-engine",
        date(2026, 8, 22),
        ("1.28", "2023-12-04", "2025-02-04"),
        ("1.29", "2024-01-26", "2025-04-12"),
        ("1.30", "2024-07-31", "2025-09-30"),
        ("1.31", "2024-10-25", "2026-01-16"),
        ("1.32", "2025-02-11", "2026-04-11"),
        ("1.33", "2025-06-03", "2026-08-03"),
        ("1.34", "2025-09-30", "2026-10-01"),
        ("1.35", "2026-02-11", "2027-04-11"),
        ("1.36", "2026-06-09", "2027-08-09"),
    ),
    Product.RDS_POSTGRESQL: _rows(
        Product.RDS_POSTGRESQL,
        "https://endoflife.date/amazon-rds-postgresql",
        date(2026, 8, 22),
        ("12", "2020-03-31", "2025-02-28"),
        ("13", "2021-02-24", "2026-02-28"),
        ("14", "2022-02-03", "2027-02-28"),
        ("15", "2023-02-27", "2028-02-29"),
        ("16", "2023-11-17", "2029-02-28"),
        ("17", "2024-11-14", "2030-02-28"),
        ("18", "2025-11-14", "2031-02-28"),
    ),
    Product.AURORA_POSTGRESQL: _rows(
        Product.AURORA_POSTGRESQL,
        "https://endoflife.date/amazon-aurora-postgresql",
        date(2026, 8, 22),
        ("12", "2019-11-14", "2025-02-28"),
        ("13", "2020-09-24", "2026-02-28"),
        ("14", "2021-09-30", "2027-02-28"),
        ("15", "2022-11-10", "2028-02-29"),
        ("16", "2023-09-14", "2029-02-28"),
        ("17", "2025-02-20", "2030-02-28"),
        ("18", "2026-02-26", "2031-02-28"),
    ),
    Product.CLOUD_SQL_POSTGRESQL: (
        *_rows(
            Product.CLOUD_SQL_POSTGRESQL,
            # The page names the first day of extended support, which is the day after.
            "https://cloud.google.com/sql/docs/postgres/db-versions",
            # The page is undated; it names 17.5, which came out on this day.
            date(2025, 5, 8),
            ("12", "2020-05-21", "2025-01-31"),
            ("13", "2020-11-05", "2026-01-31"),
            ("14", "2021-11-11", "2027-01-31"),
            ("15", "2023-05-24", "2028-01-31"),
            ("16", "2024-06-07", "2029-01-31"),
            ("17", "2024-10-22", "2030-01-31"),
        ),
        *_rows(
            Product.CLOUD_SQL_POSTGRESQL,
            "https://www.pulumi.com/registry/packages/gcp/api-docs/sql/databaseinstance/",
            date(2026, 11, 21),
            ("18", None, None),
        ),
    ),
    Product.POSTGRESQL: _rows(
        Product.POSTGRESQL,
        "https://endoflife.date/postgresql",
        date(2026, 8, 22),
        ("12", "2019-10-03", "2024-11-21"),
        ("13", "2020-09-24", "2025-11-13"),
        ("14", "2021-09-30", "2026-11-12"),
        ("15", "2022-10-13", "2027-11-11"),
        ("16", "2023-09-14", "2028-11-09"),
        ("17", "2024-09-26", "2029-11-08"),
        ("18", "2025-09-25", "2030-11-14"),
    ),
    Product.ELASTICACHE_VALKEY: _rows(
        Product.ELASTICACHE_VALKEY,
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html",
        # The page is undated; it names 9.1, which came out on this day.
        date(2026, 5, 19),
        ("7.2", None, None),
        ("8.0", None, None),
        ("8.1", None, None),
        ("8.2", None, None),
        ("9.0", None, None),
        ("9.1", None, None),
    ),
    Product.MEMORYSTORE_VALKEY: _rows(
        Product.MEMORYSTORE_VALKEY,
        "https://docs.cloud.google.com/memorystore/docs/valkey/supported-versions",
        date(2026, 7, 27),
        ("7.2", None, None),
        ("8.0", None, None),
        ("9.0", None, None),
        ("9.1", None, None),
    ),
    # Maintenance support; security fixes of some versions go on for longer.
    Product.VALKEY: _rows(
        Product.VALKEY,
        "https://valkey.io/topics/releases/",
        date(2026, 8, 22),
        ("7.2", "2024-04-16", "2027-04-16"),
        ("8.0", "2024-09-15", "2027-09-15"),
        ("8.1", "2025-03-31", "2028-03-31"),
        ("9.0", "2025-10-21", "2028-10-21"),
        ("9.1", "2026-05-19", None),
    ),
}
"""Every version by product, oldest first."""

"""What resources cost: planning figures, to compare stacks with budgets, not to check a bill.

US dollars per month of 730 hours, on demand, without tax, discount, free tier or traffic, for
eu-west-1 of AWS and europe-west1 of Google Cloud, rounded. Other regions differ by up to a third.
What is billed by use alone (requests, objects, logs, traffic) is not here: no program says how
much there will be.

Source: the public price lists of both clouds, about November 2025; the figures have not been
compared with the lists since. Look one up before a decision depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

HOURS: Final = 730

NAT_GATEWAY: Final = 35.0
INTERFACE_ENDPOINT: Final = 8.0  # in each subnet
PUBLIC_ADDRESS: Final = 3.7
LOAD_BALANCER: Final = 18.4
CLUSTER: Final = 73.0
AWS_KEY: Final = 1.0
AWS_SECRET: Final = 0.4
RDS_STORAGE_GIB: Final = 0.127
AURORA_CAPACITY_UNIT: Final = 0.14 * HOURS
CLOUD_NAT: Final = 32.0
CLOUD_SQL_STORAGE_GIB: Final = 0.19

# A size costs in proportion to "large", of which this is the price of an hour.
_SIZES: Final[Mapping[str, float]] = {
    "micro": 1 / 8,
    "small": 1 / 4,
    "medium": 1 / 2,
    "large": 1,
    "xlarge": 2,
    "2xlarge": 4,
    "4xlarge": 8,
    "8xlarge": 16,
    "12xlarge": 24,
    "16xlarge": 32,
    "24xlarge": 48,
}
_INSTANCE: Final[Mapping[str, float]] = {
    "c5": 0.096,
    "c6i": 0.096,
    "c7g": 0.083,
    "c7i": 0.101,
    "m5": 0.107,
    "m5a": 0.096,
    "m6a": 0.096,
    "m6g": 0.086,
    "m6i": 0.107,
    "m7g": 0.091,
    "m7i": 0.112,
    "r5": 0.141,
    "r6g": 0.113,
    "r6i": 0.141,
    "r7g": 0.12,
    "r7i": 0.148,
    "t3": 0.091,
    "t3a": 0.082,
    "t4g": 0.074,
}
_RDS: Final[Mapping[str, float]] = {
    "m5": 0.198,
    "m6g": 0.176,
    "m6i": 0.198,
    "m7g": 0.186,
    "r6g": 0.25,
    "r7g": 0.263,
    "t3": 0.157,
    "t4g": 0.142,
}
_AURORA: Final[Mapping[str, float]] = {
    "r5": 0.32,
    "r6g": 0.287,
    "r6i": 0.32,
    "r7g": 0.306,
    "t3": 0.18,
    "t4g": 0.16,
}
_CACHE: Final[Mapping[str, float]] = {
    "m6g": 0.165,
    "m7g": 0.174,
    "r6g": 0.227,
    "r7g": 0.241,
    "t3": 0.148,
    "t4g": 0.141,
}

# Dollars an hour of a processor and of a GiB of memory.
_MACHINE: Final[Mapping[str, tuple[float, float]]] = {
    "c3": (0.0375, 0.0050),
    "e2": (0.0240, 0.0032),
    "n1": (0.0348, 0.0047),
    "n2": (0.0348, 0.0047),
    "n2d": (0.0303, 0.0041),
    "n4": (0.0330, 0.0044),
}
_GIB_PER_PROCESSOR: Final[Mapping[str, float]] = {"highcpu": 1, "standard": 4, "highmem": 8}
_SHARED_MACHINE: Final[Mapping[str, float]] = {"e2-micro": 6.7, "e2-small": 13.5, "e2-medium": 27.0}
_CLOUD_SQL: Final = (0.0413, 0.0070)
_SHARED_CLOUD_SQL: Final[Mapping[str, float]] = {"db-f1-micro": 9.0, "db-g1-small": 29.0}
_MEMORYSTORE: Final[Mapping[str, float]] = {
    "SHARED_CORE_NANO": 20.0,
    "STANDARD_SMALL": 95.0,
    "HIGHMEM_MEDIUM": 190.0,
    "HIGHMEM_XLARGE": 760.0,
}
_REDIS_GIB: Final = {"BASIC": 0.049 * HOURS, "STANDARD_HA": 0.064 * HOURS}

_CUSTOM_TIER: Final = re.compile(r"db-custom-(\d{1,3})-(\d{3,7})")
_MACHINE_TYPE: Final = re.compile(r"([a-z0-9]+)-(highcpu|standard|highmem)-(\d{1,3})")


def instance(type_: str) -> float | None:
    """The price of an instance such as ``m7i.large``, ``None`` if it is not listed."""
    return _sized(_INSTANCE, type_)


def rds(class_: str) -> float | None:
    """The price of an RDS instance of PostgreSQL or MySQL such as ``db.m7g.large``."""
    return _sized(_RDS, class_.removeprefix("db."))


def aurora(class_: str) -> float | None:
    """The price of an instance in an Aurora cluster such as ``db.r7g.large``."""
    return _sized(_AURORA, class_.removeprefix("db."))


def cache(type_: str) -> float | None:
    """The price of an ElastiCache node such as ``cache.m7g.large``."""
    return _sized(_CACHE, type_.removeprefix("cache."))


def machine(type_: str) -> float | None:
    """The price of a machine of Compute Engine such as ``n2-standard-4``."""
    found = _MACHINE_TYPE.fullmatch(type_)
    if found is None or found[1] not in _MACHINE:
        return _SHARED_MACHINE.get(type_)
    processors = int(found[3])
    return _of_parts(_MACHINE[found[1]], processors, processors * _GIB_PER_PROCESSOR[found[2]])


def cloud_sql(tier: str) -> float | None:
    """The price of an instance of Cloud SQL without a standby, such as ``db-custom-2-8192``."""
    found = _CUSTOM_TIER.fullmatch(tier)
    if found is None:
        return _SHARED_CLOUD_SQL.get(tier)
    return _of_parts(_CLOUD_SQL, int(found[1]), int(found[2]) / 1024)


def memorystore(node_type: str) -> float | None:
    """The price of a node of Memorystore for Valkey such as ``STANDARD_SMALL``."""
    return _MEMORYSTORE.get(node_type)


def redis_gib(tier: str) -> float | None:
    """The price of a GiB of Memorystore for Redis in ``tier``."""
    return _REDIS_GIB.get(tier)


def _sized(families: Mapping[str, float], type_: str) -> float | None:
    family, _, size = type_.partition(".")
    hourly, factor = families.get(family), _SIZES.get(size)
    return None if hourly is None or factor is None else hourly * factor * HOURS


def _of_parts(hourly: tuple[float, float], processors: int, gib: float) -> float:
    return (hourly[0] * processors + hourly[1] * gib) * HOURS

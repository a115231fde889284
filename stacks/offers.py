"""Whether the ground still offers what is asked: zones, sizes and versions, by dated tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final

from components.cache.machines import ENGINE_VERSION, NODE_TYPE
from components.calendar import Product, Standing, check
from components.cluster.aws_machines import INSTANCE_TYPES
from components.cluster.gcp_machines import MACHINE_TYPES
from components.database.machines import AURORA_CLASS, INSTANCE_CLASS, TIERS
from components.ground import AwsGroundSpec, GcpGroundSpec
from components.regions import machine_problem, zone_problem
from stacks.problem import Place, Problem

if TYPE_CHECKING:
    from stacks.settings import Settings

CLUSTER: Final = {"aws": Product.EKS, "gcp": Product.GKE}
DATABASE: Final = {
    "aws": Product.RDS_POSTGRESQL,
    "gcp": Product.CLOUD_SQL_POSTGRESQL,
    "docker": Product.POSTGRESQL,
}
CACHE: Final = {"aws": Product.ELASTICACHE_VALKEY, "gcp": Product.MEMORYSTORE_VALKEY}


def find_unoffered(settings: Settings, today: date) -> Iterator[Problem]:
    """What the ground does not offer, or no longer supports on the day ``today``."""
    ground = settings.ground
    if isinstance(ground, AwsGroundSpec | GcpGroundSpec):
        if problem := zone_problem(ground.kind, ground.region, ground.zones):
            yield Problem(("ground", "zones"), f"{problem}.")
        for place, machine, aurora in _machines(settings):
            problem = machine_problem(ground.kind, ground.region, machine, aurora=aurora)
            if problem:
                yield Problem(place, f"{problem}.")
    for place, product, version in _versions(settings):
        verdict = check(product, version, today)
        if verdict.standing in {Standing.ENDED, Standing.UNKNOWN}:
            yield Problem(place, f"{verdict.sentence}.")


def find_endings(settings: Settings, today: date) -> Iterator[Problem]:
    """What is supported for a short time more after the day ``today``: warnings, not mistakes."""
    for place, product, version in _versions(settings):
        verdict = check(product, version, today)
        if verdict.standing is Standing.ENDING:
            yield Problem(place, f"{verdict.sentence}.")


def _machines(settings: Settings) -> Iterator[tuple[Place, str, bool]]:
    """What stands where on which machine type, and whether it is Aurora's."""
    kind = settings.ground.kind
    pools = settings.cluster.pools if settings.cluster else {}
    for name, pool in pools.items():
        machines = {"aws": INSTANCE_TYPES[pool.machine][0], "gcp": MACHINE_TYPES[pool.machine]}
        yield ("cluster", "pools", name, "machine"), machines[kind], False
    for name, spec in settings.databases.items():
        aurora = kind == "aws" and spec.aurora
        classes = {"aws": AURORA_CLASS if aurora else INSTANCE_CLASS, "gcp": TIERS}
        yield ("databases", name, "size"), classes[kind][spec.size], aurora
    for name, spec in settings.caches.items():
        yield ("caches", name, "size"), NODE_TYPE[kind][spec.size], False


def _versions(settings: Settings) -> Iterator[tuple[Place, Product, str]]:
    """The versions that are asked for, each of a product with an end of support."""
    kind = settings.ground.kind
    if settings.cluster:
        yield ("cluster", "version"), CLUSTER[kind], settings.cluster.version
    for name, spec in settings.databases.items():
        product = Product.AURORA_POSTGRESQL if kind == "aws" and spec.aurora else DATABASE[kind]
        yield ("databases", name, "version"), product, str(spec.version)
    for name, spec in settings.caches.items():
        version = ENGINE_VERSION.get(kind, {}).get(spec.version)
        if version is not None:
            yield ("caches", name, "version"), CACHE[kind], version

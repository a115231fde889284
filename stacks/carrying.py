"""Which grounds carry which chapters of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.audit import spec as audit
from components.bucket import spec as bucket
from components.cache import spec as cache
from components.cluster import spec as cluster
from components.database import spec as database
from components.dns import spec as dns
from components.environment import Environment
from components.identity import spec as identity
from components.keys import spec as keys
from components.namespace import spec as namespace
from components.network import spec as network
from components.observability import spec as observability
from components.registry import spec as registry
from stacks.problem import Problem

CARRIED_BY: Final[Mapping[str, frozenset[str]]] = {
    "network": network.GROUNDS,
    "keys": keys.GROUNDS,
    "registry": registry.GROUNDS,
    "namespaces": namespace.GROUNDS,
    "databases": database.GROUNDS,
    "audit": audit.GROUNDS,
    "cluster": cluster.GROUNDS,
    "caches": cache.GROUNDS,
    "buckets": bucket.GROUNDS,
    "zones": dns.GROUNDS,
    "identities": identity.GROUNDS,
    "observability": observability.GROUNDS,
}
# What a stack has whether it asks or not.
ALWAYS: Final = frozenset({"network", "keys", "registry"})
GROUNDS: Final = ("aws", "gcp", "kubernetes", "docker")
# A Docker host has no key service: secrets are generated, and rest in the state of the stack.
DEV_ONLY: Final = frozenset({"docker"})


def uncarried(asked: Mapping[str, Any], environment: Environment) -> Iterator[Problem]:
    """The chapters that the ground of ``asked`` cannot carry, whatever else is wrong with it."""
    ground = asked.get("ground")
    kind = ground.get("kind") if isinstance(ground, Mapping) else None
    if kind not in GROUNDS:
        return
    for chapter, carried_by in CARRIED_BY.items():
        if kind not in carried_by and (chapter in ALWAYS or asked.get(chapter)):
            yield Problem(
                (chapter,),
                f"cannot stand on the ground {kind}; set ground.kind to one of "
                f"{', '.join(sorted(carried_by))}{_or_leave_out(chapter)}.",
            )
    if kind in DEV_ONLY and environment is not Environment.DEV:
        yield Problem(
            ("ground", "kind"),
            f'is "{kind}", which keeps keys and databases on one machine, for dev only; '
            f"set it to one of {', '.join(sorted(keys.GROUNDS - DEV_ONLY))} for {environment}.",
        )


def _or_leave_out(chapter: str) -> str:
    return "" if chapter in ALWAYS else f", or leave {chapter} out"

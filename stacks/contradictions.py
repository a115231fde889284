"""What chapters of the settings ask of each other and do not get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from components.database.spec import refused_on
from components.ground import AwsGroundSpec, DockerGroundSpec, GcpGroundSpec
from components.identity.spec import ServiceAccountSubjectSpec, Thing, shared_providers
from components.observability.logs_spec import Storage
from stacks.address_pods import share_asked
from stacks.credentials import credentials
from stacks.problem import Problem, suggestion

if TYPE_CHECKING:
    from stacks.settings import Settings

CHAPTER_OF: Final = {
    Thing.BUCKET: "buckets",
    Thing.DATABASE: "databases",
    Thing.CACHE: "caches",
}


def find_contradictions(settings: Settings) -> Iterator[Problem]:
    """Everything in ``settings`` that only shows when chapters are read together."""
    yield from _shared_names(settings)
    yield from _impossible_databases(settings)
    yield from _copies_without_a_place(settings)
    yield from _pods_without_addresses(settings)
    yield from _strangers(settings)
    yield from _homeless(settings)
    yield from _unwatched(settings)


def _shared_names(settings: Settings) -> Iterator[Problem]:
    names = settings.names
    for place, name, _ in settings.parts():
        if len(place) > 1 and names.count(name) > 1:
            yield Problem(
                place,
                f'is called "{name}", as another part of the stack is: names are those of'
                " components and resources; choose another.",
            )


def _impossible_databases(settings: Settings) -> Iterator[Problem]:
    for name, spec in settings.databases.items():
        if reason := refused_on(settings.ground.kind, spec):
            yield Problem(("databases", name), f"{reason}.")


def _copies_without_a_place(settings: Settings) -> Iterator[Problem]:
    ground = settings.ground
    if not isinstance(ground, AwsGroundSpec | GcpGroundSpec) or ground.recovery_region:
        return
    copied = [
        place
        for place, _, part in settings.parts()
        if getattr(part, "recoverable_elsewhere", False)
    ]
    if copied:
        places = ", ".join(".".join(map(str, place)) for place in copied)
        yield Problem(
            ("ground", "recovery_region"),
            f"is missing, and {places} keep copies there (recoverable_elsewhere); add a second"
            " region, or set recoverable_elsewhere to false on each.",
        )


def _pods_without_addresses(settings: Settings) -> Iterator[Problem]:
    ground, cluster = settings.ground, settings.cluster
    if cluster is None or not isinstance(ground, AwsGroundSpec | GcpGroundSpec):
        return
    network, share = settings.network, share_asked(settings)
    if share > 1:
        nodes = sum(pool.nodes_at_most for pool in cluster.pools.values())
        where = "pods_cidr" if network.pods_cidr else "cidr"
        yield Problem(
            ("network", where),
            f"is {network.pods_cidr or network.cidr}, which cannot hold the pods of the {nodes}"
            f" nodes that cluster.pools may grow to ({share:.1f} times as many addresses are"
            " needed); choose a wider pods_cidr, or lower nodes_at_most or pods_per_node.",
        )


def _strangers(settings: Settings) -> Iterator[Problem]:
    for name, identity in settings.identities.items():
        place = ("identities", name)
        if isinstance(identity.subject, ServiceAccountSubjectSpec) and settings.cluster is None:
            yield Problem(
                (*place, "subject"),
                "is a service account, and the stack has no cluster; add the chapter cluster.",
            )
        for index, grant in enumerate(identity.grants):
            if problem := _stranger(settings, grant.target.thing, grant.target.name):
                yield Problem((*place, "grants", index, "target"), problem)
    for reason in shared_providers(settings.identities):
        yield Problem(("identities",), f"{reason}.")


def _homeless(settings: Settings) -> Iterator[Problem]:
    if settings.cluster is None:
        for name in settings.namespaces:
            yield Problem(
                ("namespaces", name),
                "is a part of a cluster, and the stack has none; add the chapter cluster.",
            )


def _unwatched(settings: Settings) -> Iterator[Problem]:
    spec, ground = settings.observability, settings.ground
    if spec is None:
        return
    place = ("observability",)
    on_docker = isinstance(ground, DockerGroundSpec)
    if not on_docker and settings.cluster is None:
        yield Problem(place, "runs on a cluster, and the stack has none; add the chapter cluster.")
    state = spec.dashboards.database
    if state and on_docker:
        yield Problem(
            (*place, "dashboards", "database"),
            "is for several copies, and a Docker host runs one; remove it.",
        )
    elif state and state.database not in settings.databases:
        known = list(settings.databases)
        yield Problem(
            (*place, "dashboards", "database", "database"),
            f'names "{state.database}", which databases does not have.'
            f" {suggestion(state.database, known)}",
        )
    for name, application in spec.applications.items():
        if not on_docker and application.namespace not in settings.namespaces:
            known = list(settings.namespaces)
            yield Problem(
                (*place, "applications", name, "namespace"),
                f'names "{application.namespace}", which namespaces does not have.'
                f" {suggestion(application.namespace, known)}",
            )
    for where, each in credentials(spec):
        if on_docker and each.secret:
            yield Problem(
                (*place, *where, "secret"),
                f'is "{each.secret}", a Kubernetes Secret, and a Docker host has none; name a'
                " secret of the stack's configuration in config instead.",
            )
    wants_bucket = spec.logs.storage is Storage.BUCKET
    if on_docker and wants_bucket:
        yield Problem(
            (*place, "logs", "storage"),
            f'is "{spec.logs.storage}", and a Docker host has no buckets; set it to'
            f" {Storage.VOLUME}.",
        )
    elif not on_docker and not wants_bucket:
        yield Problem(
            (*place, "logs", "storage"),
            f'is "{spec.logs.storage}", and logs on a cloud are kept in a bucket; set it to'
            f" {Storage.BUCKET}.",
        )


def _stranger(settings: Settings, thing: Thing, name: str) -> str | None:
    if thing is Thing.REPOSITORY:
        known = list(settings.registry.repositories)
        where = "registry.repositories"
    else:
        where = CHAPTER_OF[thing]
        known = list(getattr(settings, where))
    if name in known:
        return None
    return f'names "{name}", which {where} does not have. {suggestion(name, known)}'

"""Grants with their things found: what variants make policies and bindings of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.bucket.interface import AwsBucketRef, GcpBucketRef
from components.cache.interface import AwsCacheRef, GcpCacheRef
from components.database.interface import AwsDatabaseRef, GcpDatabaseRef
from components.identity.spec import Action, IdentitySpec, Subject, Thing
from components.registry.interface import DockerRegistryRef, RegistryRef
from components.registry.spec import resource_key


@dataclass(frozen=True)
class RepositoryRef:
    """One repository of a registry, by its name in the registry's spec."""

    registry: RegistryRef
    repository: str


Target = (
    AwsBucketRef
    | GcpBucketRef
    | AwsDatabaseRef
    | GcpDatabaseRef
    | AwsCacheRef
    | GcpCacheRef
    | RepositoryRef
)


@dataclass(frozen=True)
class Grant:
    """What ``subject`` may do on one thing, which the stack calls ``name``."""

    subject: Subject
    actions: frozenset[Action]
    on: Target
    thing: Thing
    name: str

    @property
    def key(self) -> str:
        """The part of resource names that stands for the thing."""
        return f"{self.thing}-{resource_key(self.name)}"


def resolve_grants(
    spec: IdentitySpec, things: Mapping[Thing, Mapping[str, object]]
) -> tuple[Grant, ...]:
    """The grants of ``spec``, on the references that ``things`` holds by kind and name.

    Raises:
        pulumi.RunError: the stack has no such thing, or one that no identity can be granted;
            every problem is listed at once.
    """
    grants: list[Grant] = []
    problems: list[str] = []
    for asked in spec.grants:
        thing, name = asked.target.thing, asked.target.name
        known = things.get(thing, {})
        ref = _target(known.get(name))
        if ref is not None:
            grants.append(Grant(spec.subject, frozenset(asked.actions), ref, thing, name))
        elif name in known:
            problems.append(f"{thing} {name} has its own credentials: leave the grant out")
        else:
            choices = ", ".join(sorted(known)) or "none"
            problems.append(f"{thing} {name} is not in this stack: it has {choices}")
    if problems:
        raise pulumi.RunError("\n  ".join(["grants cannot be made:", *problems]))
    return tuple(grants)


def refuse_other_grants(name: str, spec: IdentitySpec, grants: Sequence[Grant]) -> None:
    """Nothing, if ``grants`` are those of ``spec``.

    Raises:
        pulumi.RunError: something else would be granted than is asked.
    """
    asked = [(each.target.thing, each.target.name, frozenset(each.actions)) for each in spec.grants]
    given = [(each.thing, each.name, each.actions) for each in grants]
    if asked != given or any(each.subject != spec.subject for each in grants):
        raise pulumi.RunError(
            f"identity {name}: the grants on {', '.join(each.key for each in grants) or 'nothing'}"
            " are not those of its spec: make them of it by resolve_grants"
        )


def _target(ref: object) -> Target | None:
    """``ref``, if access to it comes from IAM."""
    if isinstance(ref, RepositoryRef) and isinstance(ref.registry, DockerRegistryRef):
        return None
    return ref if isinstance(ref, Target) else None

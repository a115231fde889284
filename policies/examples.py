"""Short ways to write the resources in the examples of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.subject import Environment, Provider, Resource


def example(
    type_: str,
    name: str,
    props: Mapping[str, Any] | None = None,
    *,
    made_from: Mapping[str, Sequence[Resource]] | None = None,
    environment: Environment = "prod",
    inside: str = "",
    protect: bool = False,
    provider: Provider | None = None,
    secrets: Iterable[str] | None = None,
) -> Resource:
    """A resource whose property ``k`` was made from the resources ``made_from[k]``.

    ``inside`` is the type of the component it belongs to.
    """
    types = f"{inside}${type_}" if inside else type_
    return Resource(
        urn=f"urn:pulumi:{environment}::example::{types}::{name}",
        type=type_,
        name=name,
        props=dict(props or {}),
        property_dependencies={
            key: tuple(resource.urn for resource in resources)
            for key, resources in (made_from or {}).items()
        },
        parent=f"urn:pulumi:{environment}::example::{inside}::{name}" if inside else "",
        protect=protect,
        provider=provider,
        secrets=None if secrets is None else frozenset(secrets),
    )


def provided(package: str, name: str = "", /, **props: Any) -> Provider:
    """The provider of ``package``, called like it unless it has another ``name``."""
    type_, name = f"pulumi:providers:{package}", name or package
    return Provider(type_, f"urn:pulumi:prod::example::{type_}::{name}", name, props)

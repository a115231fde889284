"""Short ways to write the resources in the examples of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies.subject import Environment, Resource


def example(
    type_: str,
    name: str,
    props: Mapping[str, Any] | None = None,
    *,
    made_from: Mapping[str, Sequence[Resource]] | None = None,
    environment: Environment = "prod",
) -> Resource:
    """A resource whose property ``k`` was made from the resources ``made_from[k]``."""
    return Resource(
        urn=f"urn:pulumi:{environment}::example::{type_}::{name}",
        type=type_,
        name=name,
        props=dict(props or {}),
        property_dependencies={
            key: tuple(resource.urn for resource in resources)
            for key, resources in (made_from or {}).items()
        },
    )

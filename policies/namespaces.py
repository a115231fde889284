"""Which namespace of a cluster an object lies in, also before its name is known."""

from __future__ import annotations

from typing import Final

from policies.subject import Resource, Stack, type_of
from policies.view import Truth, View, truth

NAMESPACE: Final = "kubernetes:core/v1:Namespace"


def lies_in(resource: Resource, namespace: Resource) -> Truth:
    """Whether ``resource`` is in ``namespace``: by name, else by what its metadata was made from."""
    wanted = View(resource.props).at("metadata", "namespace")
    name = View(namespace.props).at("metadata", "name")
    if not wanted.is_present:
        return Truth.NO
    if wanted.is_known and name.is_known:
        return truth(wanted.raw == name.raw)
    made_from = _namespaces_of(resource)
    if made_from:
        return truth(namespace.urn in made_from)
    # A known text cannot be a name that is left out, and so drawn in the update.
    return Truth.UNKNOWN if name.is_present or not wanted.is_known else Truth.NO


def are_together(one: Resource, other: Resource) -> Truth:
    """Whether two resources are in one namespace."""
    places = [View(each.props).at("metadata", "namespace") for each in (one, other)]
    if all(place.is_known or not place.is_present for place in places):
        return truth(places[0].raw == places[1].raw)
    sources = [_namespaces_of(each) for each in (one, other)]
    return truth(sources[0] == sources[1]) if all(sources) else Truth.UNKNOWN


def living_in(namespace: Resource, stack: Stack, *types: str) -> list[tuple[Resource, Truth]]:
    """The resources of ``types`` that are, or may be, in ``namespace``."""
    found = [(each, lies_in(each, namespace)) for each in stack.of(*types)]
    return [(each, inside) for each, inside in found if inside is not Truth.NO]


def _namespaces_of(resource: Resource) -> frozenset[str]:
    urns = resource.property_dependencies.get("metadata", ())
    return frozenset(urn for urn in urns if type_of(urn) == NAMESPACE)

"""Which namespace of a cluster an object lies in, also before its name is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from weakref import WeakKeyDictionary

from policies.subject import Resource, Stack, type_of
from policies.view import UNKNOWN, Truth, View, truth

NAMESPACE: Final = "kubernetes:core/v1:Namespace"


def lies_in(resource: Resource, namespace: Resource) -> Truth:
    """Whether ``resource`` is in ``namespace``: by name, else by what its metadata was made from."""
    wanted = _place_of(resource)
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
    places = [_place_of(each) for each in (one, other)]
    if all(place.is_known or not place.is_present for place in places):
        return truth(places[0].raw == places[1].raw)
    sources = [_namespaces_of(each) for each in (one, other)]
    return truth(sources[0] == sources[1]) if all(sources) else Truth.UNKNOWN


def living_in(namespace: Resource, stack: Stack, *types: str) -> list[tuple[Resource, Truth]]:
    """The resources of ``types`` that are, or may be, in ``namespace``."""
    possible = _residents(stack, types).possibly_in(namespace)
    found = [(each, lies_in(each, namespace)) for each in possible]
    return [(each, inside) for each, inside in found if inside is not Truth.NO]


def beside(resource: Resource, stack: Stack, *types: str) -> list[tuple[Resource, Truth]]:
    """The resources of ``types`` that are, or may be, in the namespace of ``resource``."""
    possible = _residents(stack, types).possibly_with(resource)
    found = [(each, are_together(each, resource)) for each in possible]
    return [(each, together) for each, together in found if together is not Truth.NO]


class _Residents:
    """Resources by their namespace, so that not every pair of a stack is looked at."""

    def __init__(self, resources: list[Resource]) -> None:
        self._all = resources
        self._named: dict[str, list[Resource]] = {}
        self._made: dict[str, list[Resource]] = {}
        # Those that are made from no namespace, and those of them whose place is not known.
        self._loose: list[Resource] = []
        self._open: list[Resource] = []
        self._some_wait = False
        for each in resources:
            place, sources = _place_of(each), _namespaces_of(each)
            if place.raw is not UNKNOWN:
                self._named.setdefault(repr(place.raw), []).append(each)
            elif not sources:
                self._open.append(each)
            else:
                self._some_wait = True
            if not sources:
                self._loose.append(each)
            for urn in sources:
                self._made.setdefault(urn, []).append(each)

    def possibly_in(self, namespace: Resource) -> Iterable[Resource]:
        name = View(namespace.props).at("metadata", "name")
        made = self._made.get(namespace.urn, ())
        if not name.is_known:
            return [*made, *self._loose]
        return _distinct(self._named.get(repr(name.raw), ()), made, self._open)

    def possibly_with(self, resource: Resource) -> Iterable[Resource]:
        place, sources = _place_of(resource), _namespaces_of(resource)
        made = [each for urn in sources for each in self._made.get(urn, ())]
        if place.raw is not UNKNOWN and (sources or not self._some_wait):
            return _distinct(self._named.get(repr(place.raw), ()), made, self._open)
        return _distinct(made, self._loose) if sources else self._all


def _distinct(*found: Iterable[Resource]) -> Iterable[Resource]:
    return {each.urn: each for held in found for each in held}.values()


_INDEXES: Final[WeakKeyDictionary[Stack, dict[tuple[str, ...], _Residents]]] = WeakKeyDictionary()


def _residents(stack: Stack, types: tuple[str, ...]) -> _Residents:
    indexes = _INDEXES.setdefault(stack, {})
    if types not in indexes:
        indexes[types] = _Residents(stack.of(*types))
    return indexes[types]


def _place_of(resource: Resource) -> View:
    return View(resource.props).at("metadata", "namespace")


def _namespaces_of(resource: Resource) -> frozenset[str]:
    urns = resource.property_dependencies.get("metadata", ())
    return frozenset(urn for urn in urns if type_of(urn) == NAMESPACE)

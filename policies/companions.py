"""The resources beside a resource, found without looking at every pair of a stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from policies.subject import Resource, Stack, type_of
from policies.view import ABSENT, MARKERS, UNKNOWN, Truth, View


def declared(resource: Resource, *keys: str) -> View:
    """The property ``keys`` as the program declared it, for one that the provider fills in.

    A preview shows such a property as unknown where it is left out: it was made from nothing.
    """
    raw = resource.props.get(keys[0])
    is_marker = isinstance(raw, str) and raw in MARKERS
    is_filled_in = is_marker and not resource.property_dependencies.get(keys[0])
    return View(ABSENT if is_filled_in else resource.props).at(*keys)


class Companions:
    """The resources of one type, by what their property at ``path`` names.

    A companion names a resource as in ``policies.subject.names``: by its id, else by what the
    property was made from; or by its name, where names are unique.
    """

    def __init__(self, stack: Stack, type_: str, path: str, target_type: str) -> None:
        """An index of the resources of ``type_``, which name ones of ``target_type``."""
        self._keys = path.split(".")
        self._by_text: dict[str, list[Resource]] = {}
        self._by_urn: dict[str, list[Resource]] = {}
        self._literal: list[Resource] = []
        self._open: list[Resource] = []
        for companion in stack.of(type_):
            named = self._named(companion)
            if not named.is_present or named.raw == "":
                continue
            urns = companion.property_dependencies.get(self._keys[0], ())
            targets = [urn for urn in urns if type_of(urn) == target_type]
            for urn in targets:
                self._by_urn.setdefault(urn, []).append(companion)
            if isinstance(named.raw, str):
                self._by_text.setdefault(named.raw, []).append(companion)
            if not targets:
                (self._literal if named.is_known else self._open).append(companion)

    def of(self, target: Resource, *, name: str = "name") -> Iterator[tuple[View, Truth]]:
        """Each companion that names ``target``, or may; ``name`` is the key of the target's name."""
        view = View(target.props)
        identity, title = view.at("id"), view.at(name)
        certain: dict[str, Resource] = {}
        for text in (identity.raw, title.raw):
            found = self._by_text.get(text, ()) if isinstance(text, str) else ()
            certain.update({each.urn: each for each in found})
        for each in self._by_urn.get(target.urn, ()):
            # Two ids that are known decide, whatever they were made from.
            if not (identity.is_known and self._named(each).is_known):
                certain[each.urn] = each
        # A known id cannot be that of a resource whose own id is still unknown; it may be its name.
        by_text = not identity.is_present or declared(target, name).raw is UNKNOWN
        possible = [*self._open, *self._literal] if by_text else self._open
        for each in certain.values():
            yield View(each.props), Truth.YES
        for each in possible:
            if each.urn not in certain:
                yield View(each.props), Truth.UNKNOWN

    def _named(self, companion: Resource) -> View:
        # Of what is nested, a provider may fill in the whole.
        read = declared if len(self._keys) > 1 else _given
        return read(companion, *self._keys)


def _given(resource: Resource, *keys: str) -> View:
    return View(resource.props).at(*keys)


_INDEXES: Final[WeakKeyDictionary[Stack, dict[tuple[str, str, str], Companions]]] = (
    WeakKeyDictionary()
)


def companions(stack: Stack, type_: str, path: str, target_type: str) -> Companions:
    """The index of the resources of ``type_`` by ``path``, made once for a stack."""
    indexes = _INDEXES.setdefault(stack, {})
    place = (type_, path, target_type)
    if place not in indexes:
        indexes[place] = Companions(stack, type_, path, target_type)
    return indexes[place]

"""What the properties of resources refer to, found without comparing each resource with each.

Two known ids decide. Otherwise the dependencies of a property do: they are known at the first
preview, when ids are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from policies.subject import Resource, type_of
from policies.view import UNKNOWN, View

_ID: Final = ("id",)


def is_computed(resource: Resource, key: str) -> bool:
    """Whether the unknown property ``key`` is one that the provider fills, not the program.

    The outputs of a resource hold more than its inputs: before a security group is created it
    shows its rules as unknown, also where the program gives none. What a program gives and does
    not know was made from other resources, and Pulumi lists those of each property.
    """
    listed = resource.property_dependencies
    is_unknown = View(resource.props).at(key).raw is UNKNOWN
    return is_unknown and not listed.get(key) and any(listed.values())


class References:
    """Resources by what one of their properties refers to: one id, or several."""

    def __init__(self, referrers: Iterable[Resource], key: str, targets: Sequence[str]) -> None:
        """An index of ``referrers``, whose property ``key`` refers to resources of ``targets``."""
        self._by_urn: dict[str, list[Resource]] = {}
        self._by_id: dict[str, list[Resource]] = {}
        self._spelled: set[str] = set()
        unresolved: list[Resource] = []
        literal: list[Resource] = []
        for referrer in referrers:
            ids = [each.raw for each in View(referrer.props).at(key).elements()]
            known = [text for text in ids if isinstance(text, str)]
            made_from = [
                urn
                for urn in referrer.property_dependencies.get(key, ())
                if ids and type_of(urn) in targets
            ]
            for text in known:
                self._by_id.setdefault(text, []).append(referrer)
            for urn in made_from:
                self._by_urn.setdefault(urn, []).append(referrer)
            if len(known) == len(ids):
                self._spelled.add(referrer.urn)
                literal += [referrer] if ids and not made_from else []
            elif not made_from:
                unresolved.append(referrer)
        self._unresolved = tuple(unresolved)
        self._anything = (*unresolved, *literal)

    def certain(self, target: Resource, id_keys: Sequence[str] = _ID) -> list[Resource]:
        """The resources that refer to ``target``, whose ids are its outputs ``id_keys``."""
        ids = [text for text in _outputs(target, id_keys) if isinstance(text, str)]
        found = {each.urn: each for text in ids for each in self._by_id.get(text, ())}
        for each in self._by_urn.get(target.urn, ()):
            if not ids or each.urn not in self._spelled:
                found[each.urn] = each
        return list(found.values())

    def possible(self, target: Resource, id_keys: Sequence[str] = _ID) -> tuple[Resource, ...]:
        """The resources of which nothing tells whether they refer to ``target``."""
        # A known id cannot be that of a resource whose own id is still unknown.
        shown = any(isinstance(each, str) or each is UNKNOWN for each in _outputs(target, id_keys))
        return self._unresolved if shown else self._anything

    def by_id(self, text: str) -> Sequence[Resource]:
        """The resources that refer to the known id ``text``."""
        return self._by_id.get(text, ())


class Targets:
    """Resources by their URN and by their ids, to be found by what refers to them."""

    def __init__(self, targets: Iterable[Resource], id_keys: Sequence[str] = _ID) -> None:
        """An index of ``targets``, whose ids are their outputs ``id_keys``."""
        self._by_urn: dict[str, Resource] = {}
        self._by_id: dict[str, Resource] = {}
        self._identified: set[str] = set()
        for target in targets:
            self._by_urn[target.urn] = target
            for text in _outputs(target, id_keys):
                if isinstance(text, str):
                    self._by_id[text] = target
                    self._identified.add(target.urn)

    def named_by(self, resource: Resource, key: str) -> tuple[list[Resource], bool]:
        """The targets that the property ``key`` names, and whether it names nothing else."""
        value = View(resource.props).at(key)
        named: dict[str, Resource] = {}
        left = 0
        is_spelled = True
        for element in value.elements():
            text = element.raw
            is_spelled &= isinstance(text, str)
            target = self._by_id.get(text) if isinstance(text, str) else None
            if target is None:
                left += 1
            else:
                named[target.urn] = target
        made_from = resource.property_dependencies.get(key, ())
        behind = [
            self._by_urn[urn]
            for urn in made_from
            if urn in self._by_urn and urn not in named
            if not (is_spelled and urn in self._identified)
        ]
        if left:
            named |= {target.urn: target for target in behind}
        if value.raw is UNKNOWN:
            return list(named.values()), bool(behind) and len(behind) == len(made_from)
        return list(named.values()), left <= len(behind)


def _outputs(resource: Resource, keys: Sequence[str]) -> list[object]:
    return [View(resource.props).at(key).raw for key in keys]

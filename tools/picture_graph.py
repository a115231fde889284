"""From what a rehearsed program registered to what its picture shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rehearsal.recording import Recording
from tools.picture_ends import Ends
from tools.picture_model import FAMILIES, Box, Family, Need, Picture, Role
from tools.picture_places import Places, uses

# More lines than this to one component would be a web; its users name it instead.
LINES_AT_MOST: Final = 6
GROUND: Final = "ground"
PROVIDER: Final = "pulumi:providers:"
GROUNDS: Final = {
    "aws": ("AWS", {"region": "{}", "allowedAccountIds": "account {}"}),
    "gcp": ("Google Cloud", {"region": "{}", "project": "project {}"}),
    "docker": ("Docker host", {"host": "{}"}),
    "kubernetes": ("Kubernetes", {"context": "context {}"}),
}
"""By provider: what a stack on it stands on, and the inputs of the provider that name it."""


def picture_of(stack: str, recording: Recording) -> Picture:
    """The picture of ``stack``: everything that ``recording`` holds."""
    places = Places(recording)
    ends = Ends(places)
    needs = tuple(sorted(set(_needs(places))))
    users = Counter(need.target for need in needs)
    hubs = {urn for urn, number in users.items() if number > LINES_AT_MOST}
    boxes = _Boxes(places, ends, [need for need in needs if need.target in hubs])
    title, note = _ground(recording)
    ground = Box(GROUND, title, Role.GROUND, note, inside=tuple(boxes.standing_on("")))
    outside = list(ends.boxes(""))
    # Above the ground is what nobody calls, so that no arrow has to come in over the title.
    called = {call.target for call in ends.calls}
    count = sum(each.custom and not each.type.startswith(PROVIDER) for each in recording.resources)
    return Picture(
        stack,
        f"{len(places.components)} components, {count} resources",
        (
            *(each for each in outside if each.key not in called),
            ground,
            *(each for each in outside if each.key in called),
        ),
        tuple(need for need in needs if need.target not in hubs),
        ends.calls,
    )


class _Boxes:
    """The boxes of a picture, each inside of what it stands on or is part of."""

    def __init__(self, places: Places, ends: Ends, named: list[Need]) -> None:
        self._places = places
        self._ends = ends
        self._named = named
        self._frames = {each.urn: _frame(places, each.urn) for each in places.components}
        stood_on = [key for each in places.components for key in places.place(each.urn)]
        self._areas = [key for key in dict.fromkeys(stood_on) if key not in places.resources]

    def standing_on(self, key: str) -> Iterator[Box]:
        """What is directly in the frame ``key``: components, areas, ends of flows."""
        apart: dict[str, list[Box]] = {}
        for urn, frame in self._frames.items():
            if frame == key and (area := self._elsewhere(urn)):
                apart.setdefault(area, []).append(self._component(urn))
            elif frame == key:
                yield self._component(urn)
        for area, boxes in apart.items():
            yield self._area(area, f"{key}/{area}", boxes)
        tiers = self._places.areas(key) if key in self._places.resources else []
        used = [area for area in self._areas if area.rpartition("/")[0] == key]
        for area in dict.fromkeys([*(f"{key}/{tier}" for tier in tiers), *used]):
            inside = list(self.standing_on(area))
            if inside or area not in used:
                yield self._area(area, area, inside)
        if key:
            yield from self._ends.boxes(key)

    def _component(self, urn: str) -> Box:
        each = self._places.resources[urn]
        capability, _, kind = each.type.removeprefix("plinth:").partition(":")
        count = self._places.count(urn)
        needed = [
            self._places.resources[need.target].name for need in self._named if need.source == urn
        ]
        return Box(
            urn,
            each.name,
            Role.COMPONENT,
            kind or each.type,
            (
                f"{count} resource{'' if count == 1 else 's'}",
                *([f"needs {', '.join(needed)}"] if needed else []),
            ),
            FAMILIES.get(capability, Family.RUNTIME),
            tuple(self.standing_on(urn)),
        )

    def _area(self, area: str, key: str, inside: Sequence[Box]) -> Box:
        """The box of the tier or the namespace ``area``, or of a part of it."""
        of, _, label = area.rpartition("/")
        if area in self._places.resources:
            return Box(key, self._places.resources[area].name, Role.NAMESPACE, inside=tuple(inside))
        subnets = len(self._places.subnets(of, label)) if of and key == area else 0
        note = f"{subnets} subnets" if subnets > 1 else ""
        role = Role.TIER if of and of not in self._places.clusters else Role.NAMESPACE
        return Box(key, label, role, note, inside=tuple(inside))

    def _elsewhere(self, urn: str) -> str:
        """The area of a component that what it is part of is not in."""
        place, owner = self._places.place(urn), self._places.owner(urn)
        areas = {*self._areas, *self._places.homes.values()}
        apart = owner and place and place != self._places.place(owner) and place[-1] in areas
        return place[-1] if apart else ""


def _frame(places: Places, urn: str) -> str:
    """What a component is drawn in: what it is part of, or else what it stands on."""
    return places.owner(urn) or (places.place(urn) or ("",))[-1]


def _needs(places: Places) -> Iterator[Need]:
    """Which component is made from resources of which other, unless one stands in the other.

    Namespaces are left out: what is in them, or has rights in them, cannot be without.
    """
    namespaces = set(places.homes.values())
    around = {
        each.urn: {*_around(places, each.urn), *places.place(each.urn)}
        for each in places.components
    }
    for each in places.components:
        for resource in places.owned(each.urn):
            for used in uses(resource):
                target = used if used in around else places.owner(used)
                if (
                    target in around
                    and target not in namespaces
                    and target != each.urn
                    and target not in around[each.urn]
                    and each.urn not in around[target]
                ):
                    yield Need(each.urn, target)


def _around(places: Places, urn: str) -> Iterator[str]:
    """Every frame that a component is drawn in."""
    frame = _frame(places, urn)
    while frame:
        yield frame
        frame = _frame(places, frame) if frame in places.resources else frame.rpartition("/")[0]


def _ground(recording: Recording) -> tuple[str, str]:
    """What the stack stands on, and which one, from the providers outside of components."""
    for each in recording.resources:
        if each.type.startswith(PROVIDER) and not each.parent:
            title, names = GROUNDS.get(each.type.removeprefix(PROVIDER), ("", {}))
            texts = [
                said.format(str(each.inputs[name]).strip('[]"'))
                for name, said in names.items()
                if name in each.inputs
            ]
            if title:
                return title, " · ".join(texts)
    return "Pulumi", ""

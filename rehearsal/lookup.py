"""Objects of the world by what a state knows of them: their URN, type, id and outputs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rehearsal.facts import may_share_ids
from rehearsal.object_ids import plain_id, regional_id
from rehearsal.values import reveal
from rehearsal.world import World, WorldObject


class Lookup:
    """Finds objects in a world; safe to share between threads."""

    def __init__(self, world: World) -> None:
        """``world`` may change between two questions."""
        self._world = world
        # Two deletions of equal objects must not choose the same one.
        self._choosing = threading.Lock()

    def find(
        self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None
    ) -> WorldObject | None:
        """The object with an id; of several with that id the URN's own, or else the one alike."""
        region = (outputs or {}).get("region")
        if not may_share_ids(token):
            elsewhere = self._world.get(token, regional_id(id_, region)) if region else None
            found = elsewhere or self._world.get(token, id_)
            if found is None or region in (None, found.inputs.get("region", region)):
                return found
            return None

        def those(objects: Iterable[WorldObject]) -> list[WorldObject]:
            return [o for o in objects if o.type == token and plain_id(o.id) == id_]

        # An alias renames the resource, not the object; an import knows nothing but the id.
        several = those(self._world.find(urn)) or those(self._world.objects())
        wanted = reveal(dict(outputs or {}))
        alike = (found for found in several if reveal(dict(found.outputs)) == wanted)
        return next(alike, several[0] if several else None)

    def remove(self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None) -> None:
        """Delete the object that ``find`` finds; one that is gone already is no error."""
        if may_share_ids(token):
            with self._choosing:
                self._remove(urn, token, id_, outputs)
        else:
            self._remove(urn, token, id_, outputs)

    def _remove(self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None) -> None:
        found = self.find(urn, token, id_, outputs)
        # Asking for what is gone is an operation too, for those who count or disturb them.
        self._world.remove(token, found.id if found else "")

    def left_behind(self, urn: str, token: str, known_ids: Collection[str]) -> WorldObject | None:
        """The newest object of the URN and type that has an id more often than ``known_ids``."""
        known = Counter(known_ids)
        for found in self._world.find(urn):
            id_ = plain_id(found.id)
            if found.type == token and self._count(token, id_) > known[id_]:
                return found
        return None

    def _count(self, token: str, id_: str) -> int:
        return sum(o.type == token and plain_id(o.id) == id_ for o in self._world.objects())

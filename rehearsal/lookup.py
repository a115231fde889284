"""Objects of the world by what a state knows of them: their URN, type, id and outputs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from typing import Any, Final

from rehearsal.facts import may_share_ids
from rehearsal.kubernetes import contents
from rehearsal.object_ids import place_of, placed_id, plain_id
from rehearsal.values import reveal
from rehearsal.world import World, WorldObject

_KUBERNETES: Final = "kubernetes:"


class Lookup:
    """Finds objects in a world; safe to share between threads."""

    def __init__(self, world: World) -> None:
        """``world`` may change between two questions."""
        self._world = world
        # Two deletions of equal objects must not choose the same one.
        self._choosing = threading.Lock()

    def find(
        self,
        urn: str,
        token: str,
        id_: str,
        outputs: Mapping[str, Any] | None,
        cluster: str = "",
    ) -> WorldObject | None:
        """The object with an id; of several with that id the URN's own, or else the one alike.

        ``cluster`` is where the provider looks for what is in a cluster.
        """
        if token.startswith(_KUBERNETES):
            return self._world.get(token, placed_id(id_, cluster))
        region = (outputs or {}).get("region")
        if not may_share_ids(token):
            elsewhere = self._world.get(token, placed_id(id_, region)) if region else None
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

    def remove(
        self,
        urn: str,
        token: str,
        id_: str,
        outputs: Mapping[str, Any] | None,
        cluster: str = "",
    ) -> None:
        """Delete the object that ``find`` finds and what is in it; one that is gone is no error."""
        with self._choosing if may_share_ids(token) else nullcontext():
            found = self.find(urn, token, id_, outputs, cluster)
            # Asking for what is gone is an operation too, for those who count or disturb them.
            self._world.remove(
                token, found.id if found else "", contents=contents(found) if found else None
            )

    def left_behind(
        self, urn: str, token: str, known_ids: Collection[str], cluster: str = ""
    ) -> WorldObject | None:
        """The newest object of the URN and type that has an id more often than ``known_ids``."""
        known = Counter(known_ids)
        for found in self._world.find(urn):
            id_ = plain_id(found.id)
            elsewhere = token.startswith(_KUBERNETES) and place_of(found.id) != cluster
            if found.type == token and not elsewhere and self._count(token, id_) > known[id_]:
                return found
        return None

    def _count(self, token: str, id_: str) -> int:
        return sum(o.type == token and plain_id(o.id) == id_ for o in self._world.objects())

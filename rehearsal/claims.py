"""What a preview means to make and to delete, so that it meets taken names as ``up`` would."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rehearsal.errors import ProviderError
from rehearsal.resource import Resource
from rehearsal.world import World, already_exists


class _Claim(NamedTuple):
    provider: str
    urn: str


class Claims:
    """Names that planned objects take and objects that are planned to go.

    Safe to share between threads. Everything belongs to a configured provider (its URN), whose plans
    are forgotten when the next operation configures it anew.
    """

    def __init__(self, world: World) -> None:
        """Nothing is planned; ``world`` has the names that are taken already."""
        self._world = world
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], _Claim] = {}
        self._leaving: dict[tuple[str, str], str] = {}

    def forget(self, provider: str) -> None:
        """Drop every plan of a provider."""
        with self._lock:
            self._taken = {k: c for k, c in self._taken.items() if c.provider != provider}
            self._leaving = {k: p for k, p in self._leaving.items() if p != provider}

    def plan(self, resource: Resource, inputs: Mapping[str, Any], name: str) -> None:
        """Plan an object called ``name``; without ``inputs`` its id is not looked at.

        Raises:
            ProviderError: the name or the id is taken, in the world or by another plan.
        """
        token = resource.type
        id_ = resource.foreseen_id(inputs) if inputs else ""
        key = resource.key(id_, inputs, generation=0) if id_ else ""
        holder = self._world.holder(token, key, name)
        if holder is not None and not self._is_leaving(token, holder.id):
            raise already_exists(token, name or id_, resource.urn, holder)
        names = {f"n{name}", f"i{key}"} - {"n", "i"}
        other = self._take(resource.config.urn, token, names, resource.urn)
        if other:
            raise ProviderError(
                f"AlreadyExists: there can be only one {token} named {name or id_!r}, but both "
                f"{other} and {resource.urn} ask for it. Give one of them another name."
            )

    def let_go(self, provider: str, type_: str, id_: str) -> None:
        """Plan to delete or rename the object with this id before what comes next."""
        with self._lock:
            self._leaving[type_, id_] = provider

    def has_planned_name(self, type_: str, name: str) -> bool:
        """Whether an object called ``name`` is planned."""
        with self._lock:
            return (type_, f"n{name}") in self._taken

    def _take(self, provider: str, type_: str, names: Iterable[str], urn: str) -> str:
        """Plan an object of ``type_`` with ``names`` for ``urn``.

        Returns:
            The URN that has planned one of them before; empty if none has, and then they are taken.
        """
        wanted = [(type_, name) for name in names]
        with self._lock:
            for key in wanted:
                holder = self._taken.get(key)
                if holder is not None and holder.urn != urn:
                    return holder.urn
            self._taken.update(dict.fromkeys(wanted, _Claim(provider, urn)))
        return ""

    def _is_leaving(self, type_: str, id_: str) -> bool:
        """Whether the object will have given up its name by then."""
        with self._lock:
            return (type_, id_) in self._leaving

"""What a preview means to make and to delete, so that it meets taken names as ``up`` would."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NamedTuple


class _Claim(NamedTuple):
    provider: str
    urn: str


class Claims:
    """Names that planned objects take and objects that are planned to go.

    Safe to share between threads. Everything belongs to a configured provider (its URN), whose plans
    are forgotten when the next operation configures it anew.
    """

    def __init__(self) -> None:
        """Nothing is planned."""
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], _Claim] = {}
        self._leaving: dict[tuple[str, str], str] = {}

    def forget(self, provider: str) -> None:
        """Drop every plan of a provider."""
        with self._lock:
            self._taken = {k: c for k, c in self._taken.items() if c.provider != provider}
            self._leaving = {k: p for k, p in self._leaving.items() if p != provider}

    def take(self, provider: str, type_: str, names: Iterable[str], urn: str) -> str:
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

    def let_go(self, provider: str, type_: str, id_: str) -> None:
        """Plan to delete or rename the object with this id before what comes next."""
        with self._lock:
            self._leaving[type_, id_] = provider

    def is_leaving(self, type_: str, id_: str) -> bool:
        """Whether the object will have given up its name by then."""
        with self._lock:
            return (type_, id_) in self._leaving

"""The state while it changes: what is done, what is left of before, what is under way.

Every step is on disk before the program hears of it. Steps that end together share one write.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

from rehearsal.secrets import PROVIDER
from rehearsal.state import DEPLOYMENT_VERSION, PendingOperation, ResourceState, now
from rehearsal.store import Snapshot


class Checkpoint:
    """A snapshot under change; ``write`` receives the whole file's text, or is None in a preview."""

    def __init__(self, snapshot: Snapshot, write: Callable[[str], None] | None) -> None:
        """Start from ``snapshot``, which stays as it is."""
        self.secrets = snapshot.secrets
        self._write = write
        self._old = list(snapshot.resources)
        self._new: list[ResourceState] = []
        self._gone: set[int] = set()
        self._pending: list[PendingOperation] = list(snapshot.pending)
        self._changes = threading.Lock()
        self._writing = threading.Lock()
        self._wanted = 0
        self._written = 0

    @property
    def left(self) -> list[ResourceState]:
        """Resources of the former state that nothing has taken the place of."""
        with self._changes:
            return [state for state in self._old if id(state) not in self._gone]

    @property
    def resources(self) -> list[ResourceState]:
        """Everything that exists now."""
        return [*self._new, *self.left]

    def begin(self, kind: str, state: ResourceState) -> PendingOperation:
        """Put on record that ``kind`` (creating, updating, deleting) is about to begin."""
        operation = PendingOperation(state, kind)
        with self._changes:
            self._pending.append(operation)
        self.save()
        return operation

    def end(
        self,
        operation: PendingOperation | None = None,
        *,
        gone: ResourceState | None = None,
        new: ResourceState | None = None,
        save: bool = True,
    ) -> None:
        """Put a finished step on record: ``gone`` no longer exists, ``new`` now does."""
        with self._changes:
            if operation is not None:
                self._pending.remove(operation)
            if gone is not None:
                self._gone.add(id(gone))
                if gone in self._new:
                    self._new.remove(gone)
            if new is not None:
                self._new.append(new)
        if save:
            self.save()

    def rename(self, old_urn: str, new_urn: str) -> None:
        """Let what is left of the former state refer to an aliased resource by its new URN."""
        with self._changes:
            for state in self._old:
                _rename(state, old_urn, new_urn)

    def save(self) -> None:
        """Return once the present state is on disk."""
        if self._write is None:
            return
        with self._changes:
            self._wanted += 1
            ticket = self._wanted
        with self._writing:
            if self._written >= ticket:
                return
            with self._changes:
                covered = self._wanted
                text = self._render()
            self._write(text)
            self._written = covered

    def _render(self) -> str:
        secrets = self.secrets
        head = {
            "manifest": {"time": now(), "magic": "", "version": ""},
            "secrets_providers": {"type": PROVIDER, "state": secrets.state},
        }
        left = (state for state in self._old if id(state) not in self._gone)
        fragments: list[str] = []
        for state in (*self._new, *left):
            if state.fragment is None:
                state.fragment = _compact(state.to_json(secrets))
            fragments.append(state.fragment)
        pending = ",\n".join(_compact(operation.to_json(secrets)) for operation in self._pending)
        resources = ",\n".join(fragments)
        return (
            f'{{"version": {DEPLOYMENT_VERSION}, "deployment": {_compact(head)[:-1]},\n'
            f'"resources": [\n{resources}\n],\n"pending_operations": [{pending}],\n'
            '"metadata": {}}}\n'
        )


def _rename(state: ResourceState, old_urn: str, new_urn: str) -> None:
    def renamed(urns: Iterable[str]) -> tuple[str, ...]:
        return tuple(new_urn if urn == old_urn else urn for urn in urns)

    if old_urn not in (*state.edges(), *state.replace_with):
        return
    state.dependencies = renamed(state.dependencies)
    state.property_dependencies = {
        key: renamed(urns) for key, urns in state.property_dependencies.items()
    }
    state.replace_with = renamed(state.replace_with)
    state.parent = new_urn if state.parent == old_urn else state.parent
    state.deleted_with = new_urn if state.deleted_with == old_urn else state.deleted_with
    if state.provider_urn == old_urn:
        state.provider = f"{new_urn}::{state.provider.rpartition('::')[2]}"
    state.touch()


def _compact(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))

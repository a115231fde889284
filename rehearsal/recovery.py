"""Picking up what an interrupted operation left behind.

A process that dies between asking a cloud and writing the answer leaves a pending operation. The
real engine can only warn; a simulated world can be asked what became of it, so nothing is orphaned
and nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rehearsal.events import Diagnostic, Event, Level
from rehearsal.registry import Registry
from rehearsal.state import PendingOperation, ResourceState, now
from rehearsal.store import Snapshot

_SAYS = {
    "creating": "its creation was interrupted",
    "updating": "its update was interrupted",
    "deleting": "its deletion was interrupted",
}


def recover(snapshot: Snapshot, registry: Registry, emit: Callable[[Event], None]) -> bool:
    """Bring ``snapshot`` in line with the world; whether there was anything to do."""
    if not snapshot.pending:
        return False
    for state in snapshot.resources:
        if state.is_provider:
            registry.attach(state)
    for operation in snapshot.pending:
        found = _settle(operation, snapshot, registry)
        text = f"{_SAYS.get(operation.type, 'it was interrupted')}: {found}"
        emit(Diagnostic(Level.INFO, text, operation.resource.urn))
    snapshot.pending = []
    return True


def _settle(operation: PendingOperation, snapshot: Snapshot, registry: Registry) -> str:
    wanted = operation.resource
    if operation.type == "creating":
        return _created(wanted, snapshot, registry)
    matching = next(
        (s for s in snapshot.resources if s.urn == wanted.urn and s.id == wanted.id), None
    )
    if matching is None:
        return "the state no longer holds it"
    read = registry.of(wanted.provider).provider.read(
        wanted.urn,
        wanted.type,
        wanted.id,
        inputs=matching.inputs,
        outputs=matching.outputs,
        provider=wanted.provider,
    )
    if not read.id:
        snapshot.resources.remove(matching)
        return "it is gone"
    matching.inputs, matching.outputs = read.inputs, read.outputs
    matching.touch()
    return "it exists and is compared anew"


def _created(wanted: ResourceState, snapshot: Snapshot, registry: Registry) -> str:
    # What was deleted to be replaced is gone already: its replacement may have the same id.
    owned = [
        s.id for s in snapshot.resources if s.type == wanted.type and not s.pending_replacement
    ]
    found = registry.of(wanted.provider).provider.recover(
        wanted.urn, wanted.type, known_ids=owned, provider=wanted.provider
    )
    if found is None:
        return "it had not been created"
    for state in [s for s in snapshot.resources if s.urn == wanted.urn]:
        if state.pending_replacement:
            snapshot.resources.remove(state)
        else:
            state.delete = True
            state.touch()
    moment = now()
    snapshot.resources.append(
        replace(
            wanted,
            id=found.id,
            inputs=found.inputs,
            outputs=found.outputs,
            created=moment,
            modified=moment,
            fragment=None,
        )
    )
    return f"it had been created as {found.id} and is taken over"

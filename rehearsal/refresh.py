"""Bringing the state to what the world holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from rehearsal.checkpoint import Checkpoint
from rehearsal.events import Event, Op, Step, StepDone, StepStarted
from rehearsal.registry import STACK_REFERENCE, Registry
from rehearsal.state import ResourceState, now


def refresh(
    checkpoint: Checkpoint, registry: Registry, emit: Callable[[Event], None], parallel: int
) -> None:
    """Read every managed resource again; what is gone leaves the state."""
    states = checkpoint.left
    for state in states:
        if state.is_provider:
            registry.attach(state)

    def act(state: ResourceState) -> None:
        step = Step(Op.REFRESH, state.urn, state.type, state.name, state.parent)
        emit(StepStarted(step))
        op, changed = _read(state, registry)
        if op is Op.DELETE:
            checkpoint.end(gone=state)
        outputs = {} if op is Op.DELETE else state.outputs
        done = Step(op, state.urn, state.type, state.name, state.parent, changed=changed)
        emit(StepDone(done, outputs=outputs))

    # Default providers have no parent; they are the engine's own and never shown.
    shown = [state for state in states if state.parent or not state.is_provider]
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="refresh") as pool:
        list(pool.map(act, shown))
    _forget(states, checkpoint.left)


def _read(state: ResourceState, registry: Registry) -> tuple[Op, tuple[str, ...]]:
    """What became of ``state``, which is brought up to date, and which outputs changed."""
    if not state.custom or state.is_provider or state.type == STACK_REFERENCE:
        return Op.SAME, ()
    read = registry.of(state.provider).provider.read(
        state.urn,
        state.type,
        state.id,
        inputs=state.inputs,
        outputs=state.outputs,
        provider=state.provider,
    )
    if not read.id:
        return Op.DELETE, ()
    changed = tuple(
        key
        for key in sorted({*state.outputs, *read.outputs})
        if state.outputs.get(key) != read.outputs.get(key)
    )
    if not changed:
        return Op.SAME, ()
    state.outputs, state.modified = read.outputs, now()
    if not state.external:
        state.inputs = read.inputs
    state.touch()
    return Op.UPDATE, changed


def _forget(before: Sequence[ResourceState], after: Sequence[ResourceState]) -> None:
    """Take what is gone out of the references to it; its children go to its parent."""
    there = {state.urn for state in after}
    parents = {state.urn: state.parent for state in before}

    def present(urns: Sequence[str]) -> tuple[str, ...]:
        return tuple(urn for urn in urns if urn in there)

    for state in after:
        if there.issuperset({*state.edges(), *state.replace_with}):
            continue
        while state.parent and state.parent not in there:
            state.parent = parents[state.parent]
        state.dependencies = present(state.dependencies)
        state.property_dependencies = {
            key: present(urns) for key, urns in state.property_dependencies.items()
        }
        state.replace_with = present(state.replace_with)
        state.deleted_with = state.deleted_with if state.deleted_with in there else ""
        state.touch()

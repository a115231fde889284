"""Carrying steps out: what happens to one resource in the world, in the state and on the screen.

Whatever asks the world for something is on record in the state before it begins and after it ends.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError
from rehearsal.events import Op, Step, StepDone, StepFailed, StepStarted
from rehearsal.operation import Failed, Operation
from rehearsal.registry import STACK_REFERENCE, Attached, read_stack_reference
from rehearsal.state import PendingOperation, ResourceState, now
from rehearsal.values import UNKNOWN_WIRE, Properties, Secret


class Steps:
    """Runs single steps; may be called from many threads."""

    def __init__(self, operation: Operation) -> None:
        """Steps of ``operation``, as many at a time as it allows."""
        self._operation = operation
        self._checkpoint = operation.checkpoint
        self._registry = operation.registry
        self._slots = threading.BoundedSemaphore(operation.parallel)

    def run(self, step: Step, state: ResourceState, act: Callable[[], None] | None = None) -> None:
        """Show ``step`` while ``act`` brings ``state`` about.

        Raises:
            Failed: ``act`` did, and it was reported.
        """
        self._operation.emit(StepStarted(step))
        begun = time.monotonic()
        try:
            if act is not None:
                act()
        except ProviderError as error:
            self.report(step, error)
            raise Failed(str(error)) from error
        seconds = time.monotonic() - begun
        self._operation.emit(StepDone(step, seconds, inputs=state.inputs, outputs=state.outputs))

    def report(self, step: Step, error: ProviderError) -> None:
        """Put a failed step on record and show it."""
        self._operation.record_failure(str(error))
        self._operation.emit(StepFailed(step, str(error)))

    def check(
        self,
        attached: Attached,
        new: ResourceState,
        olds: Properties | None,
        news: Properties,
        *,
        replacing: str = "",
    ) -> Properties:
        """``news`` as the provider accepts them; ``replacing`` is the id of what is replaced.

        Raises:
            ProviderError: it does not; every complaint at once.
        """
        if not attached.configured:
            return news
        checked = attached.provider.check(
            new.urn,
            new.type,
            olds,
            news,
            random_seed=self._seed(new.urn, replacing),
            provider=new.provider,
        )
        if checked.failures:
            raise ProviderError(complaints(new, checked.failures))
        return checked.inputs

    def create(
        self,
        attached: Attached,
        new: ResourceState,
        op: Op,
        *,
        gone: ResourceState | None = None,
        outlived: ResourceState | None = None,
        because: DiffResult | None = None,
    ) -> None:
        """Make ``new``; then ``gone`` is no more, and ``outlived`` waits to be deleted."""
        step = step_of(op, new, because)

        def act() -> None:
            with self._slots:
                if not attached.configured:
                    return
                result = attached.provider.create(
                    new.urn,
                    new.type,
                    new.inputs,
                    preview=self._operation.preview,
                    provider=new.provider,
                )
            new.id = result.id
            new.outputs = with_secrets(result.outputs, new.additional_secret_outputs)
            new.created = new.modified = now()

        operation = self._run_on_record("creating", step, new, act)
        if outlived is not None:
            outlived.delete = True
            outlived.touch()
        self._checkpoint.end(operation, gone=gone, new=new, save=not self._operation.preview)
        if op is Op.CREATE_REPLACEMENT:
            self.run(replace(step, op=Op.REPLACE), new)

    def update(
        self, attached: Attached, old: ResourceState, new: ResourceState, because: DiffResult
    ) -> None:
        """Change ``old`` into ``new`` in place."""
        new.id, new.created = old.id, old.created

        def act() -> None:
            with self._slots:
                if not attached.configured:
                    return
                outputs = attached.provider.update(
                    new.urn,
                    new.type,
                    new.id,
                    old_inputs=old.inputs,
                    old_outputs=old.outputs,
                    news=new.inputs,
                    preview=self._operation.preview,
                    provider=new.provider,
                )
            new.outputs = with_secrets(outputs, new.additional_secret_outputs)
            new.modified = now()

        operation = self._run_on_record("updating", step_of(Op.UPDATE, new, because), new, act)
        self._checkpoint.end(operation, gone=old, new=new, save=not self._operation.preview)

    def same(self, old: ResourceState, new: ResourceState, *, shown: bool = True) -> None:
        """Keep ``old`` under what the program now says of it."""
        new.id, new.outputs = old.id, with_secrets(old.outputs, new.additional_secret_outputs)
        new.created, new.modified = old.created, old.modified
        if shown:
            self.run(step_of(Op.SAME, new), new)
        self._checkpoint.end(gone=old, new=new, save=False)

    def take_over(
        self, attached: Attached, old: ResourceState | None, new: ResourceState, id_: str
    ) -> ResourceState:
        """Import the object with an id as ``new``; ``old`` then waits to be deleted."""
        imported = replace(new)

        def act() -> None:
            found = attached.provider.read(
                new.urn, new.type, id_, inputs={}, outputs={}, provider=new.provider
            )
            if not found.id:
                raise ProviderError(
                    f"resource '{id_}' does not exist: {new.type} {new.name!r} cannot "
                    "be imported; check the id, or remove `import_` to create it"
                )
            imported.id, imported.inputs = found.id, found.inputs
            imported.outputs = with_secrets(found.outputs, new.additional_secret_outputs)
            imported.created = imported.modified = now()

        op = Op.IMPORT if old is None else Op.IMPORT_REPLACEMENT
        self.run(step_of(op, new), imported, act)
        if old is not None:
            old.delete = True
            old.touch()
        self._checkpoint.end(new=imported, save=not self._operation.preview)
        return imported

    def look(self, new: ResourceState) -> None:
        """Fill ``new`` with what exists under its id.

        Raises:
            ProviderError: nothing does.
        """
        if new.id == UNKNOWN_WIRE:
            new.outputs = {}
            return
        if new.type == STACK_REFERENCE:
            found = read_stack_reference(
                new.id, new.inputs, self._operation.project, self._operation.outputs_of
            )
        else:
            attached = self._registry.of(new.provider)
            if not attached.configured:
                return
            found = attached.provider.read(
                new.urn,
                new.type,
                new.id,
                inputs=new.inputs,
                outputs=new.inputs,
                provider=new.provider,
            )
        if not found.id:
            raise ProviderError(f"resource '{new.id}' does not exist: {new.type} {new.name!r}")
        new.id = found.id
        new.outputs = with_secrets(found.outputs, new.additional_secret_outputs)

    def delete(
        self,
        state: ResourceState,
        op: Op,
        *,
        replacing: bool = False,
        others: frozenset[str] = frozenset(),
    ) -> None:
        """Remove ``state`` from the world and, unless it is about to be replaced, from the state.

        ``others`` are the URNs deleted in the same operation.
        """
        step = step_of(op, state)
        if self._operation.preview:
            self.run(step, state, lambda: self._plan_deletion(state))
            if not replacing:
                self._checkpoint.end(gone=state, save=False)
            return
        spared = (
            not state.custom
            or state.is_provider
            or state.external
            or state.retain_on_delete
            or state.deleted_with in others
        )

        def act() -> None:
            with self._slots:
                self._registry.of(state.provider).provider.delete(
                    state.urn,
                    state.type,
                    state.id,
                    inputs=state.inputs,
                    outputs=state.outputs,
                    provider=state.provider,
                )

        operation = None
        if spared:
            self.run(step, state)
        else:
            operation = self._run_on_record("deleting", step, state, act)
        if replacing:
            state.pending_replacement = True
            state.touch()
        self._checkpoint.end(operation, gone=None if replacing else state)

    def _plan_deletion(self, state: ResourceState) -> None:
        if state.custom and not (state.is_provider or state.external or state.retain_on_delete):
            self._registry.of(state.provider).provider.plan_deletion(
                state.urn,
                state.type,
                state.id,
                outputs=state.outputs,
                provider=state.provider,
            )

    def forget(self, state: ResourceState, op: Op | None = None) -> None:
        """Drop ``state`` without touching the world; shown as ``op`` if one is given."""
        if op is not None:
            self.run(step_of(op, state), state)
        self._checkpoint.end(gone=state, save=not self._operation.preview)

    def _run_on_record(
        self, kind: str, step: Step, state: ResourceState, act: Callable[[], None]
    ) -> PendingOperation | None:
        operation = None if self._operation.preview else self._checkpoint.begin(kind, state)
        try:
            self.run(step, state, act)
        except ProviderError:
            self._checkpoint.end(operation)
            raise
        state.touch()
        return operation

    def _seed(self, urn: str, replacing: str) -> bytes:
        if self._operation.seed is None:
            return os.urandom(32)
        parts = (self._operation.seed, urn.encode(), replacing.encode())
        return hashlib.sha256(b"\0".join(parts)).digest()


def step_of(op: Op, state: ResourceState, because: DiffResult | None = None) -> Step:
    """The step ``op`` on ``state``."""
    return Step(
        op,
        state.urn,
        state.type,
        state.name,
        state.parent,
        changed=tuple(because.detailed) if because else (),
        replace_because=because.replaces if because else (),
    )


def complaints(state: ResourceState, failures: Sequence[Any]) -> str:
    """What a provider says against a resource's inputs, a line each."""
    listed = "\n".join(f"  {failure.property}: {failure.reason}" for failure in failures)
    return f"{state.type} {state.name!r} ({state.urn}) is not valid:\n{listed}"


def with_secrets(outputs: Properties, names: Sequence[str]) -> Properties:
    """``outputs`` with those called ``names`` marked secret."""
    if not names:
        return outputs
    return {
        key: Secret(value) if key in names and not isinstance(value, Secret) else value
        for key, value in outputs.items()
    }

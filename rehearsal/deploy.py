"""Turning registrations into steps: the heart of preview and up.

The rules follow Pulumi's own step generator; where it would stop at the first bad resource of a
preview, this one goes on, so that a preview shows every problem at once.

Source: pulumi/pulumi ``pkg/resource/deploy/step_generator.go``, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import resource_pb2

from rehearsal.analysis import Analyzer
from rehearsal.assets import with_hashes
from rehearsal.callbacks import Callbacks
from rehearsal.dependents import dependent_replacements, dependents_first
from rehearsal.difference import difference, ignoring
from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError, RehearsalError
from rehearsal.events import Diagnostic, Judged, Level, Op
from rehearsal.goal import Goal, goal_from_request, new_state
from rehearsal.identity import Identities
from rehearsal.operation import Failed, Operation
from rehearsal.provider_resources import ProviderResources, is_default_provider
from rehearsal.registry import Attached
from rehearsal.state import PROVIDER_PREFIX, STACK_TYPE, ResourceState
from rehearsal.steps import Steps, step_of
from rehearsal.values import Properties, contains_unknown
from rehearsal.verdict import Verdicts


class Deployment:
    """One run of the program, step by step. Registrations may come from many threads."""

    def __init__(
        self, operation: Operation, analyzers: Sequence[Analyzer], directory: Path
    ) -> None:
        """Start from the checkpoint's resources; the program runs in ``directory``."""
        self._directory = directory
        self._operation = operation
        self._checkpoint = operation.checkpoint
        self._registry = operation.registry
        former = operation.checkpoint.left
        self._identities = Identities(
            operation.stack,
            operation.project,
            (state for state in former if not state.delete),
            operation.checkpoint,
        )
        self._steps = Steps(operation)
        self._verdicts = Verdicts(operation, analyzers)
        self._providers = ProviderResources(
            operation, self._steps, self._verdicts, self._identities
        )
        self._news: dict[str, ResourceState] = {}
        self._deleted_early: dict[str, ResourceState] = {}
        self._imported: list[ResourceState] = []
        self.callbacks = Callbacks()
        self.outputs: Mapping[str, Any] = {}
        for state in former:
            if state.is_provider:
                operation.registry.attach(state)

    @property
    def judged(self) -> Judged:
        """How many pairs of rule and resource were judged, and how."""
        return self._verdicts.judged

    def register(self, request: resource_pb2.RegisterResourceRequest) -> ResourceState | None:
        """Bring one resource to what the program asks.

        Returns:
            The resource as it is now, or None where a preview found that it cannot be.

        Raises:
            Stopped: an earlier failure ended the operation.
            RehearsalError: the registration cannot be carried out.
        """
        self._operation.refuse_if_stopped()
        self.callbacks.transform(self.urn_of(request), request)
        goal = goal_from_request(request)
        urn, old = self._claim(goal)
        new = new_state(goal, urn)
        self._inherit(goal, new)
        try:
            hashed = with_hashes(goal.properties, self._directory, urn)
            goal = replace(goal, properties=hashed)
            if goal.custom and goal.type.startswith(PROVIDER_PREFIX):
                self._providers.register(goal, old, new)
            elif goal.custom:
                self._custom(goal, old, new)
            else:
                self._component(goal, old, new)
        except ProviderError as error:
            if not isinstance(error, Failed):
                self._steps.report(step_of(Op.UPDATE if old else Op.CREATE, new), error)
            self._operation.refuse_if_stopped()
            return None
        self._news[urn] = new
        return new

    def urn_of(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """The URN the resource in ``request`` has or would have."""
        return self._operation.urn(request.parent, request.type, request.name)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Set the outputs of a component or of the stack.

        Raises:
            RehearsalError: nothing was registered under ``urn``.
        """
        self._operation.refuse_if_stopped()
        state = self._news.get(urn)
        if state is None:
            raise RehearsalError(f"outputs for {urn}, which was never registered")
        if state.type == STACK_TYPE:
            self.outputs = outputs
        if state.outputs != outputs:
            state.outputs = outputs
            state.touch()
            self._checkpoint.save()

    def read(
        self, request: resource_pb2.ReadResourceRequest, properties: Properties
    ) -> ResourceState:
        """Look at an existing resource by its id, without taking it over."""
        self._operation.refuse_if_stopped()
        goal = Goal(
            type=request.type,
            name=request.name,
            custom=True,
            remote=False,
            properties=properties,
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            provider=request.provider,
            version=request.version,
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
        )
        urn, old = self._claim(goal)
        new = new_state(goal, urn)
        new.external, new.id, new.inputs = True, request.id, properties
        new.provider = self._provider_of(goal, urn)
        replacing = old is not None and not old.external and old.id != new.id
        op = Op.READ_REPLACEMENT if replacing else Op.READ
        self._steps.run(step_of(op, new), new, lambda: self._steps.look(new))
        if old is not None and replacing:
            old.delete = True
            old.touch()
        gone = None if replacing else old
        self._checkpoint.end(gone=gone, new=new, save=not self._operation.preview)
        self._news[urn] = new
        return new

    def invoke(
        self, token: str, args: Properties, provider: str, version: str
    ) -> tuple[Properties, Sequence[Any], bool]:
        """Call a provider's function: result, failures, and whether the result is unknown."""
        self._operation.refuse_if_stopped()
        package = token.split(":", 1)[0]
        reference = provider or self._providers.default(package, version, token)
        attached = self._registry.of(reference)
        if not attached.configured or contains_unknown(args):
            return {}, (), True
        result = attached.provider.invoke(
            token, args, preview=self._operation.preview, provider=reference
        )
        return ({}, result.failures, False) if result.failures else (result.outputs, (), False)

    def remove_leftovers(self) -> None:
        """Delete what the program no longer registers and what was replaced."""
        # What a preview found impossible is registered all the same.
        left = [
            state
            for state in self._checkpoint.left
            if state.delete or state.urn in self._news or not self._identities.has(state.urn)
        ]
        left += [state for state in self._imported if state.delete]
        self.remove(left, frozenset(s.urn for s in left if s.urn not in self._news))

    def remove(
        self,
        states: Sequence[ResourceState],
        together: frozenset[str],
        *,
        ignore_protect: bool = False,
    ) -> None:
        """Delete ``states``, dependents first; ``together`` are all URNs that go.

        Raises:
            RehearsalError: one of them is protected; then nothing is deleted.
        """
        protected = [state.urn for state in states if state.protect and not state.delete]
        if protected and not ignore_protect:
            raise RehearsalError(
                "protected resources cannot be deleted:\n"
                + "".join(f"  {urn}\n" for urn in protected)
                + "Remove `protect` (in the stack file: protected: false) and bring the stack up "
                "once before you delete them; nothing was deleted"
            )

        def act(state: ResourceState) -> None:
            if is_default_provider(state):
                self._steps.forget(state)
            elif state.pending_replacement or state.urn in self._deleted_early:
                self._steps.forget(state, Op.REMOVE_PENDING_REPLACE)
            else:
                self._steps.delete(state, _removal(state), others=together - {state.urn})

        dependents_first(states, act, self._operation.parallel)

    def judge_stack(self) -> None:
        """Show the finished stack to the analyzers."""
        self._verdicts.judge_stack(self._news.values())

    def _claim(self, goal: Goal) -> tuple[str, ResourceState | None]:
        urn = self._operation.urn(goal.parent, goal.type, goal.name)
        with self._operation.order:
            return urn, self._identities.claim(urn, goal)

    def _inherit(self, goal: Goal, new: ResourceState) -> None:
        parent = self._news.get(goal.parent)
        if parent is None:
            return
        if goal.protect is None:
            new.protect = parent.protect
        if goal.retain_on_delete is None:
            new.retain_on_delete = parent.retain_on_delete
        new.deleted_with = goal.deleted_with or parent.deleted_with

    def _provider_of(self, goal: Goal, urn: str) -> str:
        return goal.provider or self._providers.default(goal.package, goal.version, urn)

    def _component(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        new.inputs = goal.properties
        if goal.remote:
            warning = f"{goal.type} is a remote component: what it consists of is not rehearsed"
            self._operation.emit(Diagnostic(Level.WARNING, warning, new.urn))
        op = Op.CREATE
        if old is not None:
            new.outputs = old.outputs
            op = Op.SAME if old.inputs == new.inputs else Op.UPDATE
        self._verdicts.judge(new, new.inputs)
        self._steps.run(step_of(op, new), new)
        self._checkpoint.end(gone=old, new=new, save=op is not Op.SAME)

    def _custom(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        new.provider = self._provider_of(goal, new.urn)
        attached = self._registry.of(new.provider)
        id_ = goal.import_id or (self._left_in_place(attached, new) if old is None else "")
        if id_ and _is_another(old, id_):
            old = self._steps.take_over(attached, old, new, id_)
            self._imported.append(old)
        recreated = self._deleted_early.pop(new.urn, None)
        owned = old if old is not None and not old.external and recreated is None else None
        new.inputs = self._steps.check(
            attached,
            new,
            owned.inputs if owned else None,
            ignoring(goal.properties, owned.inputs, goal.ignore_changes)
            if owned
            else goal.properties,
            replacing=recreated.id if recreated else "",
        )
        self._verdicts.judge(new, new.inputs)
        if owned is not None:
            self._reconcile(goal, attached, owned, new)
        elif recreated is not None:
            self._steps.create(attached, new, Op.CREATE_REPLACEMENT, gone=recreated)
        elif old is not None:
            self._steps.create(attached, new, Op.CREATE_REPLACEMENT, outlived=old)
        else:
            self._steps.create(attached, new, Op.CREATE)

    def _left_in_place(self, attached: Attached, new: ResourceState) -> str:
        """The id of what was to go with something else, by a deletion that did not finish."""
        if not (new.deleted_with and attached.configured):
            return ""
        known = [state.id for state in self._checkpoint.resources if state.type == new.type]
        found = attached.provider.recover(new.urn, new.type, known, provider=new.provider)
        return found.id if found else ""

    def _reconcile(
        self, goal: Goal, attached: Attached, old: ResourceState, new: ResourceState
    ) -> None:
        found = difference(self._operation, goal, attached, old, new)
        if found.replaces or old.pending_replacement:
            self._replace(goal, attached, old, new, found)
        elif found.changes:
            self._steps.update(attached, old, new, found)
        else:
            self._steps.same(old, new, shown=old not in self._imported)

    def _replace(
        self,
        goal: Goal,
        attached: Attached,
        old: ResourceState,
        new: ResourceState,
        because: DiffResult,
    ) -> None:
        reasons = ", ".join(because.replaces) or "a replacement that was begun before"
        if old.protect and new.protect:
            raise ProviderError(
                f"{new.urn} is protected and this change would replace it ({reasons}). Take the "
                "change back, or remove `protect` and bring the stack up once before you make it"
            )
        if goal.import_id:
            raise ProviderError(
                f"{new.urn} was imported and still names its id, so it cannot be replaced "
                f"({reasons}); remove `import_` from the program"
            )
        self._operation.replaced.add(new.urn)
        new.inputs = self._steps.check(attached, new, None, goal.properties, replacing=old.id)
        early = goal.delete_before_replace
        if early is None:
            early = because.delete_before_replace
        if early:
            self._delete_first(old)
        gone = old if early or old.pending_replacement else None
        self._steps.create(
            attached,
            new,
            Op.CREATE_REPLACEMENT,
            gone=gone,
            outlived=old if gone is None else None,
            because=because,
        )

    def _delete_first(self, old: ResourceState) -> None:
        with self._operation.order:
            candidates = [s for s in self._checkpoint.left if not self._identities.has(s.urn)]
            dependents = dependent_replacements(old, candidates, self._registry)
        for state in dependents:
            if state.protect:
                raise ProviderError(
                    f"{state.urn} is protected, but replacing {old.urn} deletes it first; "
                    "remove `protect` and bring the stack up once before you make the change"
                )
        for state in [*reversed(dependents), old]:
            if not state.pending_replacement:
                self._steps.delete(state, Op.DELETE_REPLACED, replacing=True)
            if state is not old:
                self._deleted_early[state.urn] = state


def _is_another(old: ResourceState | None, id_: str) -> bool:
    return old is None or old.external or (old.import_id or old.id) != id_


def _removal(state: ResourceState) -> Op:
    if state.external:
        return Op.DISCARD_REPLACED if state.delete else Op.READ_DISCARD
    return Op.DELETE_REPLACED if state.delete else Op.DELETE

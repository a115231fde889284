"""Turning registrations into steps: the heart of preview and up.

The rules follow Pulumi's own step generator; where it would stop at the first bad resource of a
preview, this one goes on, so that a preview shows every problem at once.

Source: pulumi/pulumi ``pkg/resource/deploy/step_generator.go``, checked 2026-11-21.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pulumi.runtime.proto import resource_pb2

from rehearsal.analysis import Analysis, AnalyzedResource, Analyzer
from rehearsal.checkpoint import Checkpoint
from rehearsal.dependents import dependent_replacements, dependents_first
from rehearsal.errors import ProviderError, RehearsalError
from rehearsal.events import (
    Diagnostic,
    Event,
    Judged,
    Level,
    Op,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
)
from rehearsal.goal import Aliases, Goal, Transforms, goal_from_request
from rehearsal.paths import get_path, overlaps, set_path
from rehearsal.provider import DiffResult
from rehearsal.registry import (
    INTERNAL_KEY,
    STACK_REFERENCE,
    VERSION_KEY,
    Attached,
    OutputsOf,
    Registry,
    configuration,
    read_stack_reference,
)
from rehearsal.state import PROVIDER_PREFIX, STACK_TYPE, ResourceState, make_urn, now, urn_name
from rehearsal.values import UNKNOWN_WIRE, Properties, Secret, contains_unknown, to_plain

DISABLED_KEY: Final = "pulumi:disable-default-providers"


class Stopped(RehearsalError):
    """The operation has failed already; whoever still asks is turned away."""


class Failed(ProviderError):
    """A step failed and was reported."""


@dataclass(frozen=True)
class Setting:
    """What a deployment works with and on."""

    project: str
    stack: str
    preview: bool
    parallel: int
    config: Mapping[str, Any]
    checkpoint: Checkpoint
    registry: Registry
    analyzers: Sequence[Analyzer]
    emit: Callable[[Event], None]
    outputs_of: OutputsOf
    seed: bytes | None = None


class Deployment:
    """One run of the program, step by step. Registrations may come from many threads."""

    def __init__(self, setting: Setting) -> None:
        """Start from the checkpoint's resources."""
        self._set = setting
        self._checkpoint = setting.checkpoint
        self._registry = setting.registry
        self._olds = {s.urn: s for s in setting.checkpoint.left if not s.delete}
        self._news: dict[str, ResourceState] = {}
        self._claimed: set[str] = set()
        self._aliased: dict[str, str] = {}
        self._replaced: set[str] = set()
        self._deleted_early: dict[str, ResourceState] = {}
        self._defaults: dict[str, str] = {}
        self._imported: list[ResourceState] = []
        self._aliases = Aliases(setting.stack, setting.project)
        self.transforms = Transforms()
        self._slots = threading.BoundedSemaphore(setting.parallel)
        self._order = threading.RLock()
        self._default_order = threading.Lock()
        self.failures: list[str] = []
        self.judged = Judged()
        self.outputs: Mapping[str, Any] = {}
        for state in setting.checkpoint.left:
            if state.is_provider:
                setting.registry.attach(state)

    @property
    def stopped(self) -> bool:
        """Whether no further step may begin."""
        return bool(self.failures) and not self._set.preview

    def fail(self, message: str, urn: str = "") -> None:
        """Put a failure on record; an up stops here, a preview goes on."""
        with self._order:
            self.failures.append(message)
        self._set.emit(Diagnostic(Level.ERROR, message, urn))

    def register(self, request: resource_pb2.RegisterResourceRequest) -> ResourceState | None:
        """Bring one resource to what the program asks.

        Returns:
            The resource as it is now, or None where a preview found that it cannot be.

        Raises:
            Stopped: an earlier failure ended the operation.
            RehearsalError: the registration cannot be carried out.
        """
        self._refuse_if_stopped()
        own = tuple(request.transforms)
        goal = goal_from_request(self.transforms.apply(request))
        urn = make_urn(self._set.stack, self._set.project, goal.parent, goal.type, goal.name)
        with self._order:
            old = self._claim(urn, goal)
        self.transforms.remember(urn, goal.parent, own)
        new = _state(goal, urn)
        self._inherit(goal, new)
        try:
            if goal.custom and goal.type.startswith(PROVIDER_PREFIX):
                self._provider(goal, old, new)
            elif goal.custom:
                self._custom(goal, old, new)
            else:
                self._component(goal, old, new)
        except ProviderError as error:
            if not isinstance(error, Failed):
                op = Op.CREATE if old is None else Op.UPDATE
                self._failed_step(Step(op, urn, new.type, new.name, new.parent), error)
            self._refuse_if_stopped()
            return None
        with self._order:
            self._news[urn] = new
        return new

    def urn_of(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """The URN the resource in ``request`` has or would have."""
        return make_urn(
            self._set.stack, self._set.project, request.parent, request.type, request.name
        )

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Set the outputs of a component or of the stack."""
        self._refuse_if_stopped()
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
        self._refuse_if_stopped()
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
        urn = make_urn(self._set.stack, self._set.project, goal.parent, goal.type, goal.name)
        with self._order:
            old = self._claim(urn, goal)
        new = _state(goal, urn)
        new.external, new.id, new.inputs = True, request.id, properties
        new.provider = goal.provider or self._default_provider(goal, urn)
        replacing = old is not None and not old.external and old.id != new.id
        op = Op.READ_REPLACEMENT if replacing else Op.READ
        self._run(Step(op, urn, new.type, new.name, new.parent), new, lambda: self._look(new))
        if replacing and old is not None:
            old.delete = True
            old.touch()
        self._checkpoint.end(gone=None if replacing else old, new=new, save=not self._set.preview)
        with self._order:
            self._news[urn] = new
        return new

    def invoke(
        self, token: str, args: Properties, provider: str, version: str
    ) -> tuple[Properties, Sequence[Any], bool]:
        """Call a provider's function: result, failures, and whether the result is unknown."""
        self._refuse_if_stopped()
        goal = Goal(token, token, custom=True, remote=False, properties=args, version=version)
        reference = provider or self._default_provider(goal, token)
        attached = self._registry.of(reference)
        if not attached.configured or contains_unknown(args):
            return {}, (), True
        result = attached.provider.invoke(
            token, args, preview=self._set.preview, provider=reference.rpartition("::")[0]
        )
        if result.failures:
            return {}, result.failures, False
        return result.outputs, (), False

    def remove_leftovers(self) -> None:
        """Delete what the program no longer registers and what was replaced."""
        left = self._checkpoint.left
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
        protected = [s.urn for s in states if s.protect and not s.delete]
        if protected and not ignore_protect:
            raise RehearsalError(
                "protected resources cannot be deleted:\n"
                + "".join(f"  {urn}\n" for urn in protected)
                + "Remove `protect` (in the stack file: protected: false) and bring the stack up "
                "once before you delete them; nothing was deleted"
            )

        def act(state: ResourceState) -> None:
            if _is_default_provider(state):
                self._checkpoint.end(gone=state, save=not self._set.preview)
            elif state.pending_replacement or state.urn in self._deleted_early:
                op = Op.REMOVE_PENDING_REPLACE
                step = Step(op, state.urn, state.type, state.name, state.parent)
                self._run(step, state, lambda: None)
                self._checkpoint.end(gone=state, save=not self._set.preview)
            else:
                self.delete(state, _removal(state), others=together - {state.urn})

        dependents_first(states, act, self._set.parallel)

    def judge_stack(self) -> None:
        """Show the finished stack to the analyzers."""
        resources = [self._shown(state, state.outputs) for state in self._news.values()]
        for analyzer in self._set.analyzers:
            self._take(analyzer.analyze_stack(resources))

    def _refuse_if_stopped(self) -> None:
        if self.stopped:
            raise Stopped("the operation has failed already")

    def _claim(self, urn: str, goal: Goal) -> ResourceState | None:
        if urn in self._claimed:
            raise RehearsalError(
                f"Duplicate resource URN '{urn}'; try giving it a unique name: {goal.type} is "
                f"registered twice as {goal.name!r}"
            )
        if urn in self._aliased:
            raise RehearsalError(
                f"{urn} was already taken over by {self._aliased[urn]} through an alias; "
                "remove the alias or give one of them another name"
            )
        self._claimed.add(urn)
        if urn in self._olds:
            return self._olds[urn]
        for candidate in self._aliases.candidates(goal):
            old = self._olds.get(candidate)
            if old is None:
                continue
            if candidate in self._claimed or candidate in self._aliased:
                raise RehearsalError(
                    f"{urn} has an alias to {candidate}, which another resource of the program "
                    "already is; remove the alias"
                )
            self._aliased[candidate] = urn
            self._aliases.take(urn, candidate)
            self._checkpoint.rename(candidate, urn)
            return old
        return None

    def _inherit(self, goal: Goal, new: ResourceState) -> None:
        parent = self._news.get(goal.parent)
        if parent is None:
            return
        if goal.protect is None:
            new.protect = parent.protect
        if goal.retain_on_delete is None:
            new.retain_on_delete = parent.retain_on_delete
        new.deleted_with = goal.deleted_with or parent.deleted_with

    def _component(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        new.inputs = goal.properties
        if goal.remote:
            self._set.emit(
                Diagnostic(
                    Level.WARNING,
                    f"{goal.type} is a remote component: what it consists of is not rehearsed",
                    new.urn,
                )
            )
        if old is None:
            op = Op.CREATE
        else:
            new.outputs = old.outputs
            op = Op.SAME if old.inputs == new.inputs else Op.UPDATE
        self._judge(new, new.inputs)
        self._run(Step(op, new.urn, new.type, new.name, new.parent), new, lambda: None)
        self._checkpoint.end(gone=old, new=new, save=op is not Op.SAME)

    def _provider(
        self, goal: Goal, old: ResourceState | None, new: ResourceState, *, quiet: bool = False
    ) -> None:
        package = goal.type.removeprefix(PROVIDER_PREFIX)
        provider = self._registry.package(package, goal.version)
        news = {**goal.properties}
        internal: Properties = {INTERNAL_KEY: {}}
        if goal.version:
            internal[VERSION_KEY] = goal.version
        checked = provider.check_config(new.urn, configuration(old.inputs) if old else {}, news)
        if checked.failures:
            raise ProviderError(_complaints(new, checked.failures))
        new.inputs = {**internal, **checked.inputs}
        new.outputs = {key: value for key, value in new.inputs.items() if key != INTERNAL_KEY}
        if not quiet:
            self._judge(new, new.inputs)
        step = Step(Op.SAME, new.urn, new.type, new.name, new.parent)
        if old is None:
            step = replace(step, op=Op.CREATE)
            new.id = UNKNOWN_WIRE if self._set.preview else _uuid()
            new.created = new.modified = now()
        else:
            new.id, new.created, new.modified = old.id, old.created, old.modified
            difference = provider.diff_config(
                new.urn, old_inputs=configuration(old.inputs), news=checked.inputs
            )
            if difference.replaces:
                step = replace(step, op=Op.REPLACE, replace_because=difference.replaces)
                new.id = UNKNOWN_WIRE if self._set.preview else _uuid()
                self._replaced.add(new.urn)
                old.delete = True
                old.touch()
            elif old.inputs != new.inputs:
                step = replace(step, op=Op.UPDATE, changed=tuple(difference.detailed))
                new.modified = now()
        if quiet:
            self._registry.attach(new)
        else:
            self._run(step, new, lambda: self._registry.attach(new))
        keep = step.op is Op.REPLACE
        self._checkpoint.end(gone=None if keep else old, new=new, save=step.op is not Op.SAME)

    def _default_provider(self, goal: Goal, asker: str) -> str:
        key = f"{goal.package}@{goal.version}"
        with self._default_order:
            known = self._defaults.get(key)
            if known:
                return known
            disabled = self._set.config.get(DISABLED_KEY) or ()
            if goal.package != "pulumi" and ("*" in disabled or goal.package in disabled):
                raise RehearsalError(
                    f"Default provider for '{goal.package}' disabled. '{asker}' must use an "
                    "explicit provider: pass provider= or give its component one in providers="
                )
            suffix = f"_{goal.version.replace('.', '_').replace('-', '_')}" if goal.version else ""
            prefix = f"{goal.package}:"
            wanted = Goal(
                type=f"{PROVIDER_PREFIX}{goal.package}",
                name=f"default{suffix}",
                custom=True,
                remote=False,
                version=goal.version,
                properties={
                    k.removeprefix(prefix): v
                    for k, v in self._set.config.items()
                    if k.startswith(prefix) and goal.package != "pulumi"
                },
            )
            urn = make_urn(self._set.stack, self._set.project, "", wanted.type, wanted.name)
            with self._order:
                old = self._claim(urn, wanted)
            new = _state(wanted, urn)
            if goal.package == "pulumi":
                new.id = old.id if old else _uuid()
                self._checkpoint.end(gone=old, new=new, save=False)
            else:
                self._provider(wanted, old, new, quiet=True)
            self._news[urn] = new
            self._defaults[key] = f"{urn}::{new.id}"
            return self._defaults[key]

    def _custom(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        new.provider = goal.provider or self._default_provider(goal, new.urn)
        attached = self._registry.of(new.provider)
        if goal.import_id and (
            old is None or old.external or (old.import_id or old.id) != goal.import_id
        ):
            old = self._import(goal, attached, old, new)
        recreating = self._deleted_early.pop(new.urn, None)
        fresh = old is None or old.external or recreating is not None
        news = goal.properties
        if old is not None and not fresh:
            news = _ignoring(news, old.inputs, goal.ignore_changes)
        new.inputs = self._check(
            attached,
            new,
            None if fresh or old is None else old.inputs,
            news,
            replacing=recreating.id if recreating else "",
        )
        self._judge(new, new.inputs)
        if recreating is not None:
            self._create(attached, new, Op.CREATE_REPLACEMENT, gone=recreating)
        elif old is None:
            self._create(attached, new, Op.CREATE)
        elif old.external:
            old.delete = True
            old.touch()
            self._create(attached, new, Op.CREATE_REPLACEMENT)
        else:
            self._reconcile(goal, attached, old, new)

    def _reconcile(
        self, goal: Goal, attached: Attached, old: ResourceState, new: ResourceState
    ) -> None:
        difference = self._diff(goal, attached, old, new)
        replaces = difference.replaces
        if replaces or old.pending_replacement:
            self._replace(goal, attached, old, new, difference)
        elif difference.changes:
            self._update(attached, old, new, difference)
        else:
            self._same(old, new)

    def _diff(
        self, goal: Goal, attached: Attached, old: ResourceState, new: ResourceState
    ) -> DiffResult:
        def replaced_by(reason: str) -> DiffResult:
            return DiffResult(
                changes=True, replaces=(reason,), detailed={}, delete_before_replace=False
            )

        if any(urn in self._replaced for urn in goal.replace_with):
            return replaced_by("replaceWith")
        if goal.deleted_with in self._replaced:
            return replaced_by("deletedWith")
        if goal.replacement_trigger != old.replacement_trigger:
            return replaced_by("replacementTrigger")
        if new.provider_urn != old.provider_urn or new.provider_urn in self._replaced:
            former = self._registry.state(old.provider_urn)
            latter = self._registry.state(new.provider_urn)
            if former is not None and latter is not None:
                difference = attached.provider.diff_config(
                    latter.urn,
                    old_inputs=configuration(former.inputs),
                    news=configuration(latter.inputs),
                )
                if difference.replaces or new.provider_urn in self._replaced:
                    return replaced_by("provider")
        if not attached.configured:
            self._set.emit(
                Diagnostic(
                    Level.WARNING,
                    "its provider's configuration is not known yet, so the change cannot be "
                    "told: taken for an update",
                    new.urn,
                )
            )
            return DiffResult(changes=True, replaces=(), detailed={}, delete_before_replace=False)
        difference = attached.provider.diff(
            new.urn,
            new.type,
            old.id,
            old_inputs=old.inputs,
            old_outputs=old.outputs,
            news=new.inputs,
            ignore_changes=goal.ignore_changes,
        )
        return _with_replace_on_changes(difference, goal.replace_on_changes)

    def _replace(
        self,
        goal: Goal,
        attached: Attached,
        old: ResourceState,
        new: ResourceState,
        difference: DiffResult,
    ) -> None:
        if old.protect and new.protect:
            raise RehearsalError(
                f"{new.urn} is protected and this change would replace it "
                f"({', '.join(difference.replaces) or 'pending replacement'}). Take the change "
                "back, or remove `protect` and bring the stack up once before you make it"
            )
        if goal.import_id:
            raise RehearsalError(
                f"{new.urn} was imported and still names its id, so it cannot be replaced "
                f"({', '.join(difference.replaces)}); remove `import_` from the program"
            )
        with self._order:
            self._replaced.add(new.urn)
        new.inputs = self._check(attached, new, None, goal.properties, replacing=old.id)
        early = goal.delete_before_replace
        if early if early is not None else difference.delete_before_replace:
            self._delete_first(old)
            self._create(attached, new, Op.CREATE_REPLACEMENT, gone=old, because=difference)
        else:
            if not old.pending_replacement:
                old.delete = True
                old.touch()
            gone = old if old.pending_replacement else None
            self._create(attached, new, Op.CREATE_REPLACEMENT, gone=gone, because=difference)

    def _delete_first(self, old: ResourceState) -> None:
        with self._order:
            seen = set(self._news) | self._claimed - {old.urn}
            dependents = dependent_replacements(
                old, [s for s in self._checkpoint.left if s.urn not in seen], self._registry
            )
        for state in [*reversed(dependents), old]:
            if state.pending_replacement:
                continue
            if state.protect and state is not old:
                raise RehearsalError(
                    f"{state.urn} is protected, but replacing {old.urn} deletes it first; "
                    "remove `protect` and bring the stack up once before you make the change"
                )
            self.delete(state, Op.DELETE_REPLACED, replacing=True)
            if state is not old:
                self._deleted_early[state.urn] = state

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
        step = Step(op, state.urn, state.type, state.name, state.parent)
        if self._set.preview:
            self._run(step, state, lambda: None)
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
        operation = None if spared else self._checkpoint.begin("deleting", state)

        def act() -> None:
            if not spared:
                with self._slots:
                    self._registry.of(state.provider).provider.delete(
                        state.urn, state.type, state.id, inputs=state.inputs, outputs=state.outputs
                    )

        try:
            self._run(step, state, act)
        except ProviderError:
            self._checkpoint.end(operation)
            raise
        if replacing:
            state.pending_replacement = True
            state.touch()
            self._checkpoint.end(operation)
        else:
            self._checkpoint.end(operation, gone=state)

    def _create(
        self,
        attached: Attached,
        new: ResourceState,
        op: Op,
        *,
        gone: ResourceState | None = None,
        because: DiffResult | None = None,
    ) -> None:
        step = Step(
            op,
            new.urn,
            new.type,
            new.name,
            new.parent,
            changed=tuple(because.detailed) if because else (),
            replace_because=because.replaces if because else (),
        )

        def act() -> None:
            with self._slots:
                if not attached.configured:
                    return
                result = attached.provider.create(
                    new.urn,
                    new.type,
                    new.inputs,
                    preview=self._set.preview,
                    provider=new.provider_urn,
                )
            new.id = result.id
            new.outputs = _with_secrets(result.outputs, new.additional_secret_outputs)
            new.created = new.modified = now()

        operation = None if self._set.preview else self._checkpoint.begin("creating", new)
        try:
            self._run(step, new, act)
        except ProviderError:
            self._checkpoint.end(operation)
            raise
        new.touch()
        self._checkpoint.end(operation, gone=gone, new=new, save=not self._set.preview)
        if op is Op.CREATE_REPLACEMENT:
            self._run(replace(step, op=Op.REPLACE), new, lambda: None)

    def _update(
        self, attached: Attached, old: ResourceState, new: ResourceState, difference: DiffResult
    ) -> None:
        new.id, new.created = old.id, old.created
        step = Step(
            Op.UPDATE, new.urn, new.type, new.name, new.parent, changed=tuple(difference.detailed)
        )

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
                    preview=self._set.preview,
                    provider=new.provider_urn,
                )
            new.outputs = _with_secrets(outputs, new.additional_secret_outputs)
            new.modified = now()

        operation = None if self._set.preview else self._checkpoint.begin("updating", new)
        try:
            self._run(step, new, act)
        except ProviderError:
            self._checkpoint.end(operation)
            raise
        new.touch()
        self._checkpoint.end(operation, gone=old, new=new, save=not self._set.preview)

    def _same(self, old: ResourceState, new: ResourceState) -> None:
        new.id, new.outputs = old.id, _with_secrets(old.outputs, new.additional_secret_outputs)
        new.created, new.modified = old.created, old.modified
        if old not in self._imported:
            self._run(Step(Op.SAME, new.urn, new.type, new.name, new.parent), new, lambda: None)
        self._checkpoint.end(gone=old, new=new, save=False)

    def _import(
        self, goal: Goal, attached: Attached, old: ResourceState | None, new: ResourceState
    ) -> ResourceState:
        imported = replace(new)

        def act() -> None:
            found = attached.provider.read(new.urn, new.type, goal.import_id, inputs={}, outputs={})
            if not found.id:
                raise ProviderError(
                    f"resource '{goal.import_id}' does not exist: {new.type} {new.name!r} cannot "
                    "be imported; check the id, or remove `import_` to create it"
                )
            imported.id, imported.inputs = found.id, found.inputs
            imported.outputs = _with_secrets(found.outputs, new.additional_secret_outputs)
            imported.created = imported.modified = now()

        op = Op.IMPORT if old is None else Op.IMPORT_REPLACEMENT
        self._run(Step(op, new.urn, new.type, new.name, new.parent), imported, act)
        if old is not None:
            old.delete = True
            old.touch()
        self._imported.append(imported)
        self._checkpoint.end(new=imported, save=not self._set.preview)
        return imported

    def _look(self, new: ResourceState) -> None:
        if new.id == UNKNOWN_WIRE:
            new.outputs = {}
            return
        if new.type == STACK_REFERENCE:
            found = read_stack_reference(
                new.id, new.inputs, self._set.project, self._set.outputs_of
            )
        else:
            attached = self._registry.of(new.provider)
            if not attached.configured:
                return
            found = attached.provider.read(
                new.urn, new.type, new.id, inputs=new.inputs, outputs=new.inputs
            )
        if not found.id:
            raise ProviderError(f"resource '{new.id}' does not exist: {new.type} {new.name!r}")
        new.id = found.id
        new.outputs = _with_secrets(found.outputs, new.additional_secret_outputs)

    def _seed(self, urn: str, replacing: str) -> bytes:
        if self._set.seed is None:
            return os.urandom(32)
        return hashlib.sha256(
            b"\0".join((self._set.seed, urn.encode(), replacing.encode()))
        ).digest()

    def _check(
        self,
        attached: Attached,
        new: ResourceState,
        olds: Properties | None,
        news: Properties,
        *,
        replacing: str = "",
    ) -> Properties:
        if not attached.configured:
            return news
        checked = attached.provider.check(
            new.urn,
            new.type,
            olds,
            news,
            random_seed=self._seed(new.urn, replacing),
            provider=new.provider_urn,
        )
        if checked.failures:
            raise ProviderError(_complaints(new, checked.failures))
        return checked.inputs

    def _judge(self, state: ResourceState, inputs: Properties) -> None:
        if not self._set.analyzers:
            return
        shown = self._shown(state, inputs)
        blocked = False
        for analyzer in self._set.analyzers:
            blocked |= self._take(analyzer.analyze(shown))
        if blocked and not self._set.preview:
            raise Stopped(f"{state.urn} violates a mandatory policy")

    def _take(self, analysis: Analysis) -> bool:
        """Count and show an analysis; whether it forbids going on."""
        blocked = False
        with self._order:
            self.judged = Judged(
                self.judged.passed + analysis.judged.passed,
                self.judged.failed + analysis.judged.failed,
                self.judged.undecided + analysis.judged.undecided,
            )
        for violation in analysis.violations:
            self._set.emit(violation)
            if violation.level == "mandatory" and not violation.undecided:
                blocked = True
                with self._order:
                    self.failures.append(f"{violation.rule}: {violation.urn}: {violation.message}")
        return blocked

    def _shown(self, state: ResourceState, properties: Properties) -> AnalyzedResource:
        provider = self._registry.state(state.provider_urn)
        return AnalyzedResource(
            urn=state.urn,
            type=state.type,
            name=state.name,
            properties=to_plain(properties),
            parent=state.parent,
            provider_urn=provider.urn if provider else "",
            provider_type=provider.type if provider else "",
            provider_properties=to_plain(provider.inputs) if provider else {},
            protect=state.protect,
            options={
                "protect": state.protect,
                "ignoreChanges": list(state.ignore_changes),
                "additionalSecretOutputs": list(state.additional_secret_outputs),
            },
            dependencies=state.dependencies,
            property_dependencies=state.property_dependencies,
        )

    def _run(self, step: Step, state: ResourceState, act: Callable[[], None]) -> None:
        self._set.emit(StepStarted(step))
        begun = time.monotonic()
        try:
            act()
        except ProviderError as error:
            self._failed_step(step, error)
            raise Failed(str(error)) from error
        self._set.emit(
            StepDone(step, time.monotonic() - begun, inputs=state.inputs, outputs=state.outputs)
        )

    def _failed_step(self, step: Step, error: ProviderError) -> None:
        with self._order:
            self.failures.append(str(error))
        self._set.emit(StepFailed(step, str(error)))


def _is_default_provider(state: ResourceState) -> bool:
    return state.is_provider and not state.parent and urn_name(state.urn).startswith("default")


def _removal(state: ResourceState) -> Op:
    if state.external:
        return Op.DISCARD_REPLACED if state.delete else Op.READ_DISCARD
    return Op.DELETE_REPLACED if state.delete else Op.DELETE


def _state(goal: Goal, urn: str) -> ResourceState:
    return ResourceState(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        parent=goal.parent,
        protect=bool(goal.protect),
        dependencies=goal.dependencies,
        property_dependencies=dict(goal.property_dependencies),
        additional_secret_outputs=goal.additional_secret_outputs,
        custom_timeouts=dict(goal.custom_timeouts),
        retain_on_delete=bool(goal.retain_on_delete),
        deleted_with=goal.deleted_with,
        replace_with=goal.replace_with,
        import_id=goal.import_id,
        source_position=goal.source_position,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        replacement_trigger=goal.replacement_trigger,
    )


def _complaints(state: ResourceState, failures: Sequence[Any]) -> str:
    listed = "\n".join(f"  {failure.property}: {failure.reason}" for failure in failures)
    return f"{state.type} {urn_name(state.urn)!r} ({state.urn}) is not valid:\n{listed}"


def _ignoring(news: Properties, olds: Properties, paths: Sequence[str]) -> Properties:
    for path in paths:
        if path == "*":
            return olds
        news = set_path(news, path, get_path(olds, path))
    return news


def _with_replace_on_changes(difference: DiffResult, paths: Sequence[str]) -> DiffResult:
    if not difference.changes or not paths:
        return difference
    added = [
        changed
        for changed in difference.detailed
        if any(path == "*" or overlaps(path, changed) for path in paths)
    ]
    tops = [changed.split(".")[0].split("[")[0] for changed in added]
    return replace(difference, replaces=tuple(dict.fromkeys([*difference.replaces, *tops])))


def _with_secrets(outputs: Properties, names: Sequence[str]) -> Properties:
    if not names:
        return outputs
    return {
        key: Secret(value) if key in names and not isinstance(value, Secret) else value
        for key, value in outputs.items()
    }


def _uuid() -> str:
    return str(uuid.uuid4())

"""Providers as resources: those the program declares, and default ones made when first needed."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import Final

from rehearsal.errors import ProviderError, RehearsalError
from rehearsal.events import Op
from rehearsal.goal import Goal, new_state
from rehearsal.identity import Identities
from rehearsal.operation import Operation
from rehearsal.provider import SimulatedProvider
from rehearsal.registry import INTERNAL_KEY, VERSION_KEY, configuration
from rehearsal.state import PROVIDER_PREFIX, ResourceState, now, urn_name
from rehearsal.steps import Steps, complaints, step_of
from rehearsal.values import UNKNOWN_WIRE, Properties
from rehearsal.verdict import Verdicts

DISABLED_KEY: Final = "pulumi:disable-default-providers"
# Pulumi's own package, which holds stack references, needs no permission.
OWN_PACKAGE: Final = "pulumi"


class ProviderResources:
    """Registers providers; may be called from many threads."""

    def __init__(
        self, operation: Operation, steps: Steps, verdicts: Verdicts, identities: Identities
    ) -> None:
        """No provider is registered yet."""
        self._operation = operation
        self._checkpoint = operation.checkpoint
        self._registry = operation.registry
        self._steps = steps
        self._verdicts = verdicts
        self._identities = identities
        self._defaults: dict[str, ResourceState] = {}
        self._lock = threading.Lock()

    def register(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        """Bring a provider that the program declares to what it asks."""
        provider = self._check(goal, old, new)
        self._verdicts.judge(new, new.inputs)
        if old is None:
            self._begin(new)
            self._steps.run(step_of(Op.CREATE, new), new, lambda: self._registry.attach(new))
            self._checkpoint.end(new=new, save=not self._operation.preview)
            return
        difference = provider.diff_config(
            new.urn, old_inputs=configuration(old.inputs), news=configuration(new.inputs)
        )
        if difference.replaces:
            self._begin(new)
            step = step_of(Op.CREATE_REPLACEMENT, new, difference)
            self._steps.run(step, new, lambda: self._registry.attach(new))
            self._operation.replaced.add(new.urn)
            old.delete = True
            old.touch()
            self._checkpoint.end(new=new, save=not self._operation.preview)
            self._steps.run(replace(step, op=Op.REPLACE), new)
            return
        new.id, new.created, new.modified = old.id, old.created, old.modified
        changed = old.inputs != new.inputs
        if changed:
            new.modified = now()
        op = Op.UPDATE if changed else Op.SAME
        step = step_of(op, new, difference)
        self._steps.run(step, new, lambda: self._registry.attach(new))
        self._checkpoint.end(gone=old, new=new, save=changed and not self._operation.preview)

    def default(self, package: str, version: str, asker: str) -> str:
        """The reference of the default provider of ``package`` that ``asker`` wants.

        Raises:
            RehearsalError: the stack disables default providers of this package.
        """
        with self._lock:
            known = self._defaults.get(f"{package}@{version}")
            if known is None:
                self._refuse_disabled(package, asker)
                known = self._make_default(package, version)
                self._defaults[f"{package}@{version}"] = known
            return f"{known.urn}::{known.id}"

    def _refuse_disabled(self, package: str, asker: str) -> None:
        disabled = self._operation.config.get(DISABLED_KEY) or ()
        if package != OWN_PACKAGE and ("*" in disabled or package in disabled):
            raise RehearsalError(
                f"Default provider for '{package}' disabled. '{asker}' must use an explicit "
                "provider: pass provider= or give its component one in providers="
            )

    def _make_default(self, package: str, version: str) -> ResourceState:
        suffix = f"_{version.replace('.', '_').replace('-', '_')}" if version else ""
        prefix = f"{package}:"
        own = package == OWN_PACKAGE
        goal = Goal(
            type=f"{PROVIDER_PREFIX}{package}",
            name=f"default{suffix}",
            custom=True,
            remote=False,
            version=version,
            properties={
                key.removeprefix(prefix): value
                for key, value in self._operation.config.items()
                if key.startswith(prefix) and not own
            },
        )
        urn = self._operation.urn("", goal.type, goal.name)
        with self._operation.order:
            old = self._identities.claim(urn, goal)
        new = new_state(goal, urn)
        if not own:
            self._check(goal, old, new)
        self._begin(new)
        if old is not None:
            new.id, new.created, new.modified = old.id, old.created, old.modified
        if not own:
            self._registry.attach(new)
        self._checkpoint.end(gone=old, new=new, save=False)
        return new

    def _check(
        self, goal: Goal, old: ResourceState | None, new: ResourceState
    ) -> SimulatedProvider:
        provider = self._registry.package(goal.type.removeprefix(PROVIDER_PREFIX), goal.version)
        olds = configuration(old.inputs) if old else {}
        checked = provider.check_config(new.urn, olds, dict(goal.properties))
        if checked.failures:
            raise ProviderError(complaints(new, checked.failures))
        internal: Properties = {INTERNAL_KEY: {}}
        if goal.version:
            internal[VERSION_KEY] = goal.version
        new.inputs = {**internal, **checked.inputs}
        new.outputs = {key: value for key, value in new.inputs.items() if key != INTERNAL_KEY}
        return provider

    def _begin(self, new: ResourceState) -> None:
        new.id = UNKNOWN_WIRE if self._operation.preview else str(uuid.uuid4())
        new.created = new.modified = now()


def is_default_provider(state: ResourceState) -> bool:
    """Whether ``state`` is a provider that no program declared."""
    return state.is_provider and not state.parent and urn_name(state.urn).startswith("default")

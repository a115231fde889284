"""The providers of one operation, found by reference (``URN::ID``)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.errors import ProviderError, RehearsalError
from rehearsal.provider import SimulatedProvider
from rehearsal.results import ReadResult
from rehearsal.state import PROVIDER_PREFIX, ResourceState
from rehearsal.values import Properties, Secret, contains_unknown

STACK_REFERENCE = "pulumi:pulumi:StackReference"
INTERNAL_KEY = "__internal"
VERSION_KEY = "version"

MakeProvider = Callable[[str, str], SimulatedProvider]
OutputsOf = Callable[[str, str], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Attached:
    """A provider and whether its whole configuration is known yet."""

    provider: SimulatedProvider
    configured: bool


class Registry:
    """Makes each provider once, from its state."""

    def __init__(self, make: MakeProvider) -> None:
        """``make`` gives the provider of a package and version."""
        self._make = make
        self._attached: dict[str, Attached] = {}
        self._states: dict[str, ResourceState] = {}
        self._lock = threading.Lock()

    def package(self, package: str, version: str = "") -> SimulatedProvider:
        """The bare provider of ``package``, for checking a provider's own configuration."""
        return self._make(package, version)

    def attach(self, state: ResourceState) -> None:
        """Let resources refer to the provider described by ``state``."""
        with self._lock:
            self._states[state.urn] = state
            self._attached[f"{state.urn}::{state.id}"] = self._open(state)

    def of(self, reference: str) -> Attached:
        """The provider behind ``reference``.

        Raises:
            RehearsalError: no such provider was registered.
        """
        attached = self._attached.get(reference)
        if attached is None:
            raise RehearsalError(
                f"the provider {reference} is neither in the program nor in the state; pass a "
                "provider resource of this program"
            )
        return attached

    def state(self, urn: str) -> ResourceState | None:
        """The provider resource with this URN."""
        return self._states.get(urn)

    def _open(self, state: ResourceState) -> Attached:
        package = state.type.removeprefix(PROVIDER_PREFIX)
        provider = self._make(package, str(state.inputs.get(VERSION_KEY, "")))
        configured = not contains_unknown(state.inputs)
        if configured:
            provider.configure(state.urn, configuration(state.inputs), id=state.id)
        return Attached(provider, configured)


def configuration(inputs: Properties) -> Properties:
    """A provider's inputs without what is the engine's own."""
    return {key: value for key, value in inputs.items() if key not in (INTERNAL_KEY, VERSION_KEY)}


def read_stack_reference(
    name: str, inputs: Properties, project: str, outputs_of: OutputsOf
) -> ReadResult:
    """The outputs of the stack called ``name``: ``organization/project/stack`` or its last parts.

    Raises:
        ProviderError: there is no such stack beside this one.
    """
    *_, project, stack = (project, *name.split("/"))
    found = outputs_of(project, stack)
    if found is None:
        raise ProviderError(
            f"the stack {name!r} has never been brought up here, so its outputs cannot be read; "
            "bring it up first (a stack is named organization/PROJECT/STACK)"
        )
    outputs: Properties = {
        "name": name,
        "outputs": dict(found),
        "secretOutputNames": sorted(k for k, v in found.items() if isinstance(v, Secret)),
    }
    return ReadResult(name, inputs, outputs)

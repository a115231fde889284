"""What every part of a running operation shares: its terms, its failures, its onlookers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.checkpoint import Checkpoint
from rehearsal.errors import ProviderError, RehearsalError
from rehearsal.events import Diagnostic, Event, Level
from rehearsal.registry import OutputsOf, Registry
from rehearsal.state import make_urn


class Stopped(RehearsalError):
    """The operation has failed already; whoever still asks is turned away."""


class Failed(ProviderError):
    """A step failed and was reported."""


@dataclass(frozen=True)
class Operation:
    """One operation on one stack.

    ``seed`` decides generated names; without one they are random. ``replaced`` are the URNs that
    this operation has replaced so far.
    """

    project: str
    stack: str
    preview: bool
    parallel: int
    config: Mapping[str, Any]
    checkpoint: Checkpoint
    registry: Registry
    emit: Callable[[Event], None]
    outputs_of: OutputsOf
    seed: bytes | None = None
    failures: list[str] = field(default_factory=list[str])
    replaced: set[str] = field(default_factory=set[str])
    order: threading.RLock = field(default_factory=threading.RLock)

    @property
    def stopped(self) -> bool:
        """Whether no further step may begin: an up ends at a failure, a preview shows them all."""
        return bool(self.failures) and not self.preview

    def refuse_if_stopped(self) -> None:
        """Turn the caller away once no further step may begin.

        Raises:
            Stopped: the operation has failed.
        """
        if self.stopped:
            raise Stopped("the operation has failed already")

    def fail(self, message: str, urn: str = "") -> None:
        """Put a failure on record and show it; once, whoever else meets the same one."""
        with self.order:
            if message in self.failures:
                return
            self.failures.append(message)
        self.emit(Diagnostic(Level.ERROR, message, urn))

    def record_failure(self, message: str) -> None:
        """Put a failure on record that is shown otherwise."""
        with self.order:
            self.failures.append(message)

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource in this stack."""
        return make_urn(self.stack, self.project, parent, type_, name)

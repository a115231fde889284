"""What goes wrong in a world, to order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rehearsal.errors import ProviderError


class Abandoned(BaseException):
    """The engine stops here with no clean-up at all, as if its machine had gone."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong at the ``at``-th mutation of the world, counted from 1.

    ``error`` fails the operation, ``abandon`` leaves the engine by ``Abandoned``, ``kill`` ends the
    process at once. ``before``: the world stays as it was. ``after``: the world changed, but the
    caller never learns of it.
    """

    at: int
    kind: Literal["error", "abandon", "kill"] = "error"
    moment: Literal["before", "after"] = "before"


class Faults:
    """The faults ordered so far; ordering is safe while operations run."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        """``faults`` are ordered from the start."""
        self._faults = {(fault.at, fault.moment): fault for fault in faults}

    def order(self, fault: Fault) -> None:
        """Let ``fault`` happen when its operation is reached."""
        self._faults[fault.at, fault.moment] = fault

    def clear(self) -> None:
        """Forget every fault that was ordered."""
        self._faults.clear()

    def strike(self, operation: int, moment: Literal["before", "after"]) -> None:
        """Do what was ordered for this moment of the ``operation``-th mutation, if anything."""
        fault = self._faults.get((operation, moment))
        if fault is None:
            return
        if fault.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.kind == "abandon":
            raise Abandoned(f"abandoned {moment} operation {operation}")
        raise ProviderError(f"injected fault at operation {operation} ({moment} the change)")

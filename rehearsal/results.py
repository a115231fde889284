"""What the operations of a simulated provider answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rehearsal.checking import Failure
from rehearsal.values import Properties


@dataclass(frozen=True)
class CheckResult:
    """Checked inputs, with names and defaults filled in, and what is wrong with them."""

    inputs: Properties
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class CreateResult:
    """A new object; in a preview ``id`` is empty and computed outputs are unknown."""

    id: str
    outputs: Properties


class ReadResult(NamedTuple):
    """An object as it is now; ``id`` is empty if it does not exist."""

    id: str
    inputs: Properties
    outputs: Properties

"""What an operation tells its onlookers while it runs: plain data, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The operation as a whole."""

    PREVIEW = "preview"
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"


class Op(StrEnum):
    """One step on one resource, in Pulumi's own words."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    READ_DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    REFRESH = "refresh"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


class Level(StrEnum):
    """Severity of a diagnostic."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Step:
    """A step on one resource. ``changed`` holds property paths, never values."""

    op: Op
    urn: str
    type: str
    name: str
    parent: str = ""
    changed: tuple[str, ...] = ()
    replace_because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """The operation began; ``expected`` resources, where a former state or run tells, else 0."""

    kind: Kind
    project: str
    stack: str
    expected: int = 0


@dataclass(frozen=True)
class StepStarted:
    """A step began."""

    step: Step


@dataclass(frozen=True)
class StepDone:
    """A step ended well. ``outputs`` may hold ``Secret`` and ``UNKNOWN``."""

    step: Step
    seconds: float = 0.0
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StepFailed:
    """A step ended badly; the message says what to do."""

    step: Step
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """A message of the program, a provider or the engine, about ``urn`` where it is not empty."""

    level: Level
    message: str
    urn: str = ""


@dataclass(frozen=True)
class Violation:
    """A policy's finding. ``level`` is ``mandatory`` or ``advisory``; the message holds no value.

    ``exempt``: the resource violates, and something excuses it.
    """

    rule: str
    pack: str
    level: str
    urn: str
    message: str
    severity: str = ""
    undecided: bool = False
    exempt: bool = False


@dataclass(frozen=True)
class Judged:
    """How many rule-resource pairs one analysis passed, failed, left undecided or excused."""

    passed: int = 0
    failed: int = 0
    undecided: int = 0
    exempt: int = 0

    def __add__(self, other: Judged) -> Judged:
        """Both together."""
        return Judged(
            self.passed + other.passed,
            self.failed + other.failed,
            self.undecided + other.undecided,
            self.exempt + other.exempt,
        )


@dataclass(frozen=True)
class Summary:
    """The last event of every operation."""

    kind: Kind
    ok: bool
    counts: Mapping[Op, int]
    outputs: Mapping[str, Any]
    seconds: float
    judged: Judged = Judged()
    message: str = ""


Event = Started | StepStarted | StepDone | StepFailed | Diagnostic | Violation | Summary
Listener = Callable[[Event], None]

"""What the steps of an engine are called in front of a user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rehearsal.events import Kind, Op, Violation

ALWAYS_COUNTED: Final[tuple[str, ...]] = ("created", "updated", "replaced", "deleted", "unchanged")

OUTCOME: Final[Mapping[Op, str]] = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.REPLACE: "replaced",
    Op.CREATE_REPLACEMENT: "replaced",
    Op.DELETE_REPLACED: "replaced",
    Op.REMOVE_PENDING_REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.SAME: "unchanged",
    Op.IMPORT: "imported",
    Op.IMPORT_REPLACEMENT: "replaced",
    Op.READ: "read",
    Op.READ_REPLACEMENT: "replaced",
    Op.READ_DISCARD: "forgotten",
    Op.DISCARD_REPLACED: "replaced",
    Op.REFRESH: "refreshed",
}

PLANNED: Final[Mapping[str, str]] = {
    "created": "to create",
    "updated": "to update",
    "replaced": "to replace",
    "deleted": "to delete",
    "unchanged": "unchanged",
    "imported": "to import",
    "read": "to read",
    "forgotten": "to forget",
    "refreshed": "to refresh",
}

STYLE: Final[Mapping[str, str]] = {
    "created": "green",
    "updated": "yellow",
    "replaced": "magenta",
    "deleted": "red",
    "unchanged": "dim",
    "imported": "cyan",
    "read": "cyan",
    "forgotten": "red",
    "refreshed": "cyan",
}

# One replacement is up to three steps; these are the ones that stand for the new object.
_NEW_OBJECT: Final = (Op.CREATE_REPLACEMENT, Op.IMPORT_REPLACEMENT, Op.READ_REPLACEMENT)


def outcomes(counts: Mapping[Op, int]) -> dict[str, int]:
    """Resources per outcome, a replacement counted once.

    The outcomes in ``ALWAYS_COUNTED`` are always there, the others only where they happened.
    """
    found: dict[str, int] = dict.fromkeys(ALWAYS_COUNTED, 0)
    for op, count in counts.items():
        outcome = OUTCOME[op]
        if outcome != "replaced" and count:
            found[outcome] = found.get(outcome, 0) + count
    found["replaced"] = max(counts.get(Op.REPLACE, 0), sum(counts.get(op, 0) for op in _NEW_OBJECT))
    return found


def outcome_of(ops: Iterable[Op]) -> str:
    """The one word for everything that happened to a resource, in order."""
    words = [OUTCOME[op] for op in ops]
    if "replaced" in words:
        return "replaced"
    changes = [word for word in words if word not in {"unchanged", "refreshed"}]
    return changes[-1] if changes else words[-1]


def word(outcome: str, kind: Kind) -> str:
    """``created`` after an operation, ``to create`` in a preview."""
    return PLANNED[outcome] if kind is Kind.PREVIEW else outcome


def tally(counts: Mapping[str, int], kind: Kind) -> str:
    """``3 created, 1 updated``; outcomes that never happened are left out."""
    shown = [f"{count} {word(outcome, kind)}" for outcome, count in counts.items() if count]
    return ", ".join(shown) or "nothing"


def verdict_of(found: Violation) -> str:
    """What a policy's finding is called."""
    if found.exempt:
        return "exempt"
    return "undecided" if found.undecided else "violation"

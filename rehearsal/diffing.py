"""How two sets of property values differ, in Pulumi's paths and kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal import paths
from rehearsal.values import SIGNATURE_KEY, UNKNOWN, Secret, reveal

Kind = Literal["add", "delete", "update", "add-replace", "delete-replace", "update-replace"]
_REPLACING: Mapping[str, Kind] = {
    "add": "add-replace",
    "delete": "delete-replace",
    "update": "update-replace",
}


@dataclass(frozen=True)
class DiffResult:
    """What would change.

    ``detailed`` maps a property path to its kind, ``replaces`` are the paths that cannot change in
    place.
    """

    changes: bool
    replaces: tuple[str, ...] = ()
    detailed: Mapping[str, Kind] = field(default_factory=dict)
    delete_before_replace: bool = False


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Kind]:
    """Path and kind of each difference.

    A value that is not known yet differs from every known one; a secret mark alone is no
    difference; ``None`` is the same as absent.
    """
    found: dict[str, Kind] = {}
    _fields(old, new, "", found)
    return found


def result(
    detailed: Mapping[str, Kind],
    *,
    replaces: Iterable[str],
    keeps: Iterable[str] = (),
    ignore_changes: Iterable[str] = (),
    delete_before_replace: bool = False,
) -> DiffResult:
    """The outcome of a comparison.

    Args:
        detailed: differences as ``compare`` finds them.
        replaces: properties whose change makes a new object, with everything below; ``*`` is all.
        keeps: properties that change in place although ``replaces`` covers them.
        ignore_changes: properties whose changes do not count, with everything below.
        delete_before_replace: whether old and new cannot exist side by side.
    """
    if not detailed:
        return DiffResult(changes=False)
    ignored, forcing, spared = tuple(ignore_changes), tuple(replaces), tuple(keeps)
    kept: dict[str, Kind] = {}
    replacing: list[str] = []
    for path, kind in detailed.items():
        if _covered(ignored, path):
            continue
        if _covered(forcing, path) and not _covered(spared, path):
            replacing.append(path)
            kept[path] = _REPLACING[kind]
        else:
            kept[path] = kind
    return DiffResult(
        changes=bool(kept),
        replaces=tuple(replacing),
        detailed=kept,
        delete_before_replace=delete_before_replace and bool(replacing),
    )


def _covered(patterns: tuple[str, ...], path: str) -> bool:
    return any(pattern == "*" or paths.covers(pattern, path) for pattern in patterns)


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, found: dict[str, Kind]
) -> None:
    for name, before in old.items():
        after = new.get(name)
        if before is not after:
            _value(before, after, path, name, found)
    for name, after in new.items():
        if name not in old and after is not None:
            found[paths.field(path, name)] = "add"


def _value(before: Any, after: Any, path: str, name: str, found: dict[str, Kind]) -> None:
    where = paths.field(path, name)
    if after is None:
        found[where] = "delete"
    elif before is None:
        found[where] = "add"
    else:
        _differ(before, after, where, found)


def _differ(before: Any, after: Any, where: str, found: dict[str, Kind]) -> None:
    before = before.value if isinstance(before, Secret) else before
    after = after.value if isinstance(after, Secret) else after
    if _is_object(before) and _is_object(after):
        _fields(before, after, where, found)
    elif isinstance(before, list) and isinstance(after, list):
        _items(before, after, where, found)
    elif _same_content(before, after):
        return
    elif after is UNKNOWN or before != after or isinstance(before, bool) != isinstance(after, bool):
        found[where] = "update"


def _same_content(before: Any, after: Any) -> bool:
    """Whether two assets or archives hold the same, wherever they lie."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return False
    signed = before.get(SIGNATURE_KEY) == after.get(SIGNATURE_KEY) is not None
    hashed = before.get("hash") is not None
    return signed and hashed and reveal(before.get("hash")) == reveal(after.get("hash"))


def _is_object(value: Any) -> bool:
    """Whether differences are sought inside; an asset or archive changes as a whole."""
    return isinstance(value, dict) and SIGNATURE_KEY not in value


def _items(before: list[Any], after: list[Any], where: str, found: dict[str, Kind]) -> None:
    for index, (left, right) in enumerate(zip(before, after, strict=False)):
        if left is not right:
            _differ(left, right, paths.item(where, index), found)
    for index in range(len(before), len(after)):
        found[paths.item(where, index)] = "add"
    for index in range(len(after), len(before)):
        found[paths.item(where, index)] = "delete"

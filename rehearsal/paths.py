"""Property paths in Pulumi's notation: ``a.b[0].c``, ``a["dotted.key"]``, ``*`` for every element.

Source: pulumi/pulumi ``sdk/go/common/resource/property_path.go``, checked 2026-11-21.
"""

from __future__ import annotations

import re
from typing import Any, Final

from rehearsal.values import Secret


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
Part = str | int

_PLAIN: Final = re.compile(r"[A-Za-z0-9_]*")
_INDEX: Final = re.compile(r"\[\d+\]")

_PART = re.compile(r"""\.?(?:([^.\[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\])""")


def parse(path: str) -> tuple[Part, ...]:
    """The parts of ``path``; numbers for list positions, ``"*"`` for any.

    Raises:
        ValueError: the text is not a property path.
    """
    parts: list[Part] = []
    at = 0
    while at < len(path):
        match = _PART.match(path, at)
        if match is None:
            raise ValueError(f"{path!r} is not a property path (expected e.g. a.b[0].c)")
        name, position, quoted, star = match.groups()
        if position is not None:
            parts.append(int(position))
        elif quoted is not None:
            parts.append(quoted.replace('\\"', '"'))
        else:
            parts.append(star or name)
        at = match.end()
    return tuple(parts)


def get_path(container: Any, path: str) -> Any:
    """What stands at ``path`` (without ``*``), or ``ABSENT``."""
    value: Any = container
    for part in parse(path):
        if isinstance(value, Secret):
            value = value.value
        value = _step(value, part)
    return value


def _step(value: Any, part: Part) -> Any:
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else ABSENT
    return value.get(part, ABSENT) if isinstance(value, dict) else ABSENT


def set_path(value: Any, path: str, item: Any) -> Any:
    """A copy of ``value`` with ``item`` at ``path``; ``ABSENT`` removes it."""
    return _set(value, parse(path), item)


def _set(value: Any, parts: tuple[Part, ...], item: Any) -> Any:
    if not parts:
        return item
    if isinstance(value, Secret):
        return Secret(_set(value.value, parts, item))
    head, rest = parts[0], parts[1:]
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        changed = _set(value[head], rest, item)
        return [changed if at == head else old for at, old in enumerate(value)]
    if isinstance(value, dict):
        if not rest and item is ABSENT:
            return {key: old for key, old in value.items() if key != head}
        if head in value:
            return {**value, head: _set(value[head], rest, item)}
        if item is not ABSENT:
            return {**value, head: _set({}, rest, item)}
    return value


def overlaps(outer: str, inner: str) -> bool:
    """Whether ``inner`` lies at or below ``outer``; ``*`` in ``outer`` matches any part."""
    mine, theirs = parse(outer), parse(inner)
    return len(mine) <= len(theirs) and all(
        ours in ("*", other) for ours, other in zip(mine, theirs, strict=False)
    )


def field(parent: str, name: str) -> str:
    """The path of a named field; ``parent`` is empty at the top."""
    if not _PLAIN.fullmatch(name):
        quoted = name.replace('"', '\\"')
        return f'{parent}["{quoted}"]'
    return f"{parent}.{name}" if parent else name


def item(parent: str, index: int) -> str:
    """The path of a list item."""
    return f"{parent}[{index}]"


def covers(pattern: str, path: str) -> bool:
    """Whether ``path`` is at or below ``pattern``; without indices a pattern means every item."""
    if not path.startswith(pattern):
        pattern, path = pattern.replace("[*]", ""), _INDEX.sub("", path)
    rest = path[len(pattern) :]
    return path.startswith(pattern) and (not rest or rest[0] in ".[")

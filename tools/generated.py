"""Keeps generated files what they should be."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def settle(wanted: Mapping[Path, str], existing: Iterable[Path], target: str) -> int:
    """Write what is wanted and delete what is not, or with ``--check`` say what would change.

    Args:
        wanted: The content of every file.
        existing: The files of folders that hold nothing else.
        target: What ``make`` is told to do this.

    Returns:
        The exit status: 1 if something is not current.
    """
    stale = [path for path, text in wanted.items() if not _holds(path, text)]
    stale += [path for path in existing if path not in wanted]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current: run make {target}")  # noqa: T201
        return 1 if stale else 0
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
        print(path.relative_to(ROOT))  # noqa: T201
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text

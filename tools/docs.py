"""Writes what is generated: the schema of the stack files, rule pages, tables of settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policies.pages import FOLDER, pages
from stacks.schema import schema_text
from tools.component_pages import component_pages

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = ROOT / "docs" / "schema" / "stack.schema.json"


def generated() -> Mapping[Path, str]:
    """Every generated file and what belongs into it."""
    return {
        SCHEMA: schema_text(),
        **{FOLDER / name: text for name, text in pages().items()},
        **component_pages(),
    }


def main() -> int:
    """Write the files, or with ``--check`` say which are not current."""
    wanted = generated()
    stale = [path for path, text in wanted.items() if not _holds(path, text)]
    stale += [path for path in FOLDER.glob("*.md") if path not in wanted]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current: run make docs")  # noqa: T201
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


if __name__ == "__main__":
    sys.exit(main())

"""What a document shows: its fenced blocks, its tables and the files it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.architecture.source import ROOT

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME: Final = re.compile(r"# ([\w./]+\.\w+)\n")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_PATH: Final = re.compile(
    r"[\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:md|toml|txt|yaml|py)|Makefile|\.ci/run"
)


@dataclass(frozen=True)
class Fence:
    """A fenced block; ``file`` is the name in its first line, if that is a comment with one."""

    language: str
    text: str

    @property
    def file(self) -> str:
        """The file the block is, empty for none."""
        named = _FILE_NAME.match(self.text)
        return named[1] if named else ""


def read(document: str) -> str:
    """The text of a document, by its path below the root."""
    return (ROOT / document).read_text(encoding="utf-8")


def fences(text: str, language: str) -> list[Fence]:
    """The fenced blocks in a language."""
    return [Fence(*found) for found in _FENCE.findall(text) if found[0] == language]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def codes(text: str) -> list[str]:
    """What is between backticks outside fenced blocks."""
    return _CODE.findall(prose(text))


def commands(text: str, program: str) -> Iterator[list[str]]:
    """The arguments of every call of ``program`` in shell blocks and between backticks."""
    shell = [line for fence in fences(text, "sh") for line in fence.text.splitlines()]
    for line in [*shell, *codes(text)]:
        words = shlex.split(line, comments=True) if line.startswith(f"{program} ") else []
        if words:
            yield words[1:]


def paths(text: str) -> Iterator[str]:
    """The files and folders of the repository that are named, in backticks or as a link."""
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", prose(text))
    for code in [*codes(text), *links]:
        path, _, _ = code.partition("::")
        if _PATH.fullmatch(path) and not path.startswith("."):
            yield path


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table whose header begins with ``heading``, header first.

    Raises:
        ValueError: there is none.
    """
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()
        ]
        if rows[0][0] == heading:
            return [rows[0], *rows[2:]]
    raise ValueError(f"no table begins with {heading}")

"""The files of the project, and its modules as syntax trees."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

ROOT: Final = Path(__file__).parents[2]
# A file named after a provider holds its variant; a swarm is the second way to run on Docker.
PROVIDERS: Final = ("aws", "gcp", "kubernetes", "docker", "swarm")

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Module:
    """A Python file: its path below the root, and what is in it."""

    path: PurePosixPath
    tree: ast.Module

    @property
    def name(self) -> str:
        """The name it is imported by."""
        return ".".join(self.path.with_suffix("").parts)

    def at(self, node: ast.AST) -> str:
        """Where ``node`` is, for a message."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def walk(self, kind: type[Node]) -> Iterator[Node]:
        """Every node of a kind."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


def module(path: str, text: str) -> Module:
    """``text`` as if it were the file at ``path``."""
    return Module(PurePosixPath(path), ast.parse(text))


@cache
def files() -> tuple[PurePosixPath, ...]:
    """Every file that is, or would be, committed, by its path below the root."""
    ignored = {".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()}
    suffixes = tuple(each.removeprefix("*") for each in ignored if each.startswith("*."))
    folders = {each.rstrip("/") for each in ignored}
    return tuple(_below(ROOT, folders, suffixes))


def _below(folder: Path, ignored: set[str], suffixes: tuple[str, ...]) -> Iterator[PurePosixPath]:
    for path in sorted(folder.iterdir()):
        if path.name in ignored or path.name.endswith(suffixes):
            continue
        if path.is_dir():
            yield from _below(path, ignored, suffixes)
        else:
            yield PurePosixPath(path.relative_to(ROOT).as_posix())


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every module in ``folders``."""
    return tuple(
        module(str(path), (ROOT / path).read_text(encoding="utf-8"))
        for path in files()
        if path.parts[0] in folders and path.suffix == ".py"
    )


@cache
def capabilities() -> tuple[str, ...]:
    """The folders of ``components``."""
    folders = {path.parts[1] for path in files() if path.parts[0] == "components"}
    return tuple(sorted(name for name in folders if not name.endswith(".py")))


def variants() -> Iterator[Module]:
    """Every module that is named after a provider."""
    return (each for each in modules("components") if each.path.stem in PROVIDERS)


def pyproject() -> dict[str, Any]:
    """The content of ``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a chain of attributes; empty if it is something else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            before = dotted(value)
            return f"{before}.{attr}" if before else ""
        case _:
            return ""


def imported(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """The names of the modules that are imported anywhere, and the statement."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((name.name, node) for name in names)
            case ast.ImportFrom(module=str(name)):
                yield name, node
            case _:
                pass


def token(each: ast.ClassDef) -> ast.expr | None:
    """What a class gives as its type token."""
    for line in each.body:
        match line:
            case ast.AnnAssign(target=ast.Name(id="TOKEN"), value=ast.expr() as value):
                return value
            case ast.Assign(targets=[ast.Name(id="TOKEN")], value=value):
                return value
            case _:
                pass
    return None

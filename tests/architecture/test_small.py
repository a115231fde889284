"""Nothing is there that nothing uses."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.source import Module, module, modules

OURS = ("components", "stacks", "policies", "rehearsal", "plinth", "tools")
SOUND = """
from __future__ import annotations
LIMIT = 3

class Store(Base):
    def Overridden(self): ...

@app.command()
def up(): return Store(LIMIT)
"""


def definitions(source: Module) -> Iterator[tuple[str, ast.stmt]]:
    """What a module defines and nobody but a caller can use.

    Left out: what is decorated (called by the decorator), methods of classes with a base (they
    may be called through it), hooks of pytest and what Python itself calls.
    """
    yield from _in(source.tree.body, methods=False)


def _in(body: Iterable[ast.stmt], *, methods: bool) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[]):
                if not name.startswith(("__", "pytest_")):
                    yield name, node
            case ast.ClassDef(name=name):
                yield name, node
                if not node.bases:
                    yield from _in(node.body, methods=True)
            case ast.Assign(targets=[ast.Name(id=name)]) if not methods:
                yield name, node
            case ast.AnnAssign(target=ast.Name(id=name)) if not methods:
                yield name, node
            case _:
                pass


def uses(sources: Iterable[Module]) -> Counter[str]:
    """How often each name is read, in code or as a text that is nothing but a name."""
    found: Counter[str] = Counter()
    for source in sources:
        for node in ast.walk(source.tree):
            match node:
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                    found[name] += 1
                case ast.Constant(value=str(text)) if re.fullmatch(r"[\w.]+", text):
                    found.update(text.split("."))
                case _:
                    pass
    return found


def unused(sources: Iterable[Module], users: Iterable[Module]) -> list[str]:
    """What is defined in ``sources`` and read in none of ``users``."""
    read = uses(users)
    return [
        f"{source.at(node)}: nothing uses {name}"
        for source in sources
        for name, node in definitions(source)
        if not read[name] and not name.startswith("__") and name != "pytest_plugins"
    ]


def test_nothing_is_defined_that_nothing_uses() -> None:
    everything = modules(*OURS, "tests", "__main__.py")

    assert unused(modules(*OURS), everything) == []


@pytest.mark.parametrize(
    "line",
    [
        "def helper(): ...",
        "class Helper: ...",
        "HELPER = 3",
        "class Helped:\n    def help(self): ...",
    ],
)
def test_a_dead_end_is_found(line: str) -> None:
    sound, broken = module("plinth/a.py", SOUND), module("plinth/b.py", f"{SOUND}\n{line}\n")

    assert unused([sound], [sound]) == []
    assert unused([broken], [sound, broken])

"""Only specs and settings ask for the environment; everything else reads what they decided."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from components.environment import Environment
from tests.architecture.source import Module, dotted, imported, module, modules

# The settings, and what reads them from a stack file.
SETTINGS = {"stacks/settings.py", "stacks/carrying.py", "stacks/explain.py"}
# Grounds have their specs beside them.
SPECS = {"components/environment.py", "components/spec.py", "components/ground.py"}

SOUND = """
def deploy(settings):
    tags = settings.tags
    name = pulumi.get_stack()
"""


def may_ask(path: PurePosixPath) -> bool:
    return str(path) in SETTINGS | SPECS or path.stem == "spec" or path.stem.endswith("_spec")


def problems(source: Module) -> Iterator[str]:
    """Where a module asks for the environment, by type, by name or by the name of the stack."""
    if str(source.path) != "components/environment.py":
        for text in source.walk(ast.Constant):
            if text.value in {each.value for each in Environment}:
                yield f"{source.at(text)}: {text.value!r} is spelled out; a spec decides by it"
    if may_ask(source.path):
        return
    for name, statement in imported(source.tree):
        if name == "components.environment":
            yield f"{source.at(statement)}: only specs and settings know environments"
    for node in ast.walk(source.tree):
        condition = getattr(node, "test", None) or getattr(node, "subject", None)
        compared = [node] if isinstance(node, ast.Compare) else [condition] if condition else []
        for call in (inner for part in compared for inner in ast.walk(part)):
            if isinstance(call, ast.Call) and dotted(call.func) == "pulumi.get_stack":
                yield f"{source.at(call)}: the name of the stack is no condition"


def test_nothing_but_specs_and_settings_asks_for_the_environment() -> None:
    assert [each for part in modules("components", "stacks") for each in problems(part)] == []


@pytest.mark.parametrize(
    "line",
    [
        "if settings.environment == 'prod': protect()",
        "size = {'dev': 1, 'staging': 2}[stack]",
        "if pulumi.get_stack().startswith('p'): protect()",
        "match pulumi.get_stack():\n        case _: protect()",
        "protect = pulumi.get_stack() in LARGE",
        "from components.environment import Environment",
    ],
)
def test_asking_elsewhere_is_found(line: str) -> None:
    broken = module("stacks/platform.py", f"{SOUND}    {line}\n")

    assert list(problems(module("stacks/platform.py", SOUND))) == []
    assert list(problems(broken))


def test_every_place_that_may_ask_exists() -> None:
    assert {str(each.path) for each in modules("components", "stacks")} >= SETTINGS | SPECS


def test_specs_are_where_the_tests_of_specs_look() -> None:
    stray = [
        each.at(node)
        for each in modules("components", "stacks", "plinth")
        for node in each.walk(ast.ClassDef)
        if "Spec" in map(ast.unparse, node.bases) and not may_ask(each.path)
    ]

    assert stray == []

"""Names and tokens are public API: each token is written by hand, on file, and has inventories."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.architecture.source import ROOT, Module, module, token, variants
from tests.components.all_variants import VARIANTS

GOLDEN = Path(__file__).with_name("tokens.txt")
INVENTORIES = sorted((ROOT / "tests" / "inventory").glob("*.yaml"))

SOUND = """
class AwsCache(Cache):
    TOKEN: ClassVar[str] = "plinth:cache:AwsCache"
"""


def tokens(variant: Module) -> Iterator[tuple[str, str]]:
    """The classes of a module that have a token, and the token as it is written."""
    for each in variant.walk(ast.ClassDef):
        written = token(each)
        if written is not None:
            yield each.name, ast.unparse(written)


def problems(variant: Module) -> Iterator[str]:
    """Tokens that are not the literal ``plinth:<capability>:<Class>``."""
    for name, written in tokens(variant):
        wanted = repr(f"plinth:{variant.path.parts[1]}:{name}")
        if written != wanted:
            yield f"{variant.path}: the token of {name} is {written}, it should be {wanted}"


def golden() -> list[str]:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_a_token_is_a_literal_of_its_capability_and_class() -> None:
    assert [problem for variant in variants() for problem in problems(variant)] == []


@pytest.mark.parametrize(
    "written",
    [
        '"plinth:caches:AwsCache"',
        '"plinth:cache:Cache"',
        '"acme:cache:AwsCache"',
        'f"plinth:cache:{__qualname__}"',
        'token("cache", "AwsCache")',
    ],
)
def test_a_token_that_is_derived_or_of_another_class_is_found(written: str) -> None:
    broken = SOUND.replace('"plinth:cache:AwsCache"', written)

    assert list(problems(module("components/cache/aws.py", SOUND))) == []
    assert list(problems(module("components/cache/aws.py", broken)))


def test_the_tokens_are_those_on_file() -> None:
    found = sorted(ast.literal_eval(written) for each in variants() for _, written in tokens(each))

    assert found == golden(), f"a token moved; {GOLDEN.name} says what that means"


def test_every_token_is_in_an_inventory() -> None:
    pinned = {type_ for path in INVENTORIES for type_ in yaml.safe_load(path.read_text())}

    assert [each for each in golden() if each not in pinned] == []


def test_every_inventory_is_compared_with_a_variant() -> None:
    compared = {
        f"{variant}-{environment}" for variant in VARIANTS for environment in variant.environments
    }

    assert {path.stem for path in INVENTORIES} == compared

"""Mutants: what decides is changed in every place, what is said in none."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from tools.mutants import mutants

RULE = '''
"""A module of rules."""

_ALLOWED: Final = ("a", "b")
_SPOKEN: Final = ("nobody", "asks")
_TYPE: Final = "aws:ec2/vpc:Vpc"


def _judge(subject: Subject) -> Iterator[Demand]:
    """Whether it is allowed."""
    value = subject.at("path", absent="c")
    if value.is_present:
        yield Demand(value.is_one_of(*_ALLOWED) & ~value.is_true(), value, "is not allowed")


def _example(value: str) -> Props:
    return {"path": value, "flag": True}


RULE: Final = Rule(
    id="aws-example",
    title="It is allowed",
    settings=(Setting(name="least", description="The least of it.", default=7),),
    checks=(
        Check(
            type=_TYPE,
            judge=_judge,
            environments=PROD,
            good={"allowed": _example("a")},
            bad={"not": {"path": "d"}},
        ),
        expects(_TYPE, "It is on.", on("other", "is off", left_out=True)),
    ),
)
'''


def changes(source: str) -> list[tuple[str, str]]:
    return [(each.place, each.change) for each in mutants(ast.parse(source), "rule.py")]


@pytest.mark.parametrize(
    "change",
    [
        ("_ALLOWED", "('a', 'b') -> ('b',)"),
        ("_ALLOWED", "'a' -> '~a'"),
        ("_judge", "'c' -> 'a'"),
        ("_judge", "~value.is_true() -> value.is_true()"),
        (
            "_judge",
            "value.is_one_of(*_ALLOWED) & ~value.is_true() -> value.is_one_of(*_ALLOWED)",
        ),
        ("RULE", "7 -> 8"),
        ("RULE", "PROD -> EVERYWHERE"),
        ("RULE", "on -> off"),
        ("RULE", "True -> False"),
    ],
)
def test_what_decides_is_changed(change: tuple[str, str]) -> None:
    assert change in changes(RULE)


def test_prose_paths_types_and_examples_stay() -> None:
    told = "\n".join(change for _, change in changes(RULE))

    for kept in ("'path'", "is not allowed", "Whether", "aws:ec2", "nobody", "flag", "'d'"):
        assert f"{kept} ->" not in told
    assert {place for place, _ in changes(RULE)} == {"_ALLOWED", "_judge", "RULE"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a < 1", {"a < 1 -> a <= 1", "a < 1 -> a >= 1", "1 -> 2", "1 -> 0"}),
        ("a == 'x'", {"a == 'x' -> a != 'x'", "'x' -> '~x'"}),
        ("a and b", {"a and b -> a or b", "a and b -> a", "a and b -> b"}),
        ("a | b", {"a | b -> a & b", "a | b -> a", "a | b -> b"}),
        (
            "a is Truth.NO",
            {
                "a is Truth.NO -> a is not Truth.NO",
                "Truth.NO -> Truth.YES",
                "Truth.NO -> Truth.UNKNOWN",
            },
        ),
        ("not a", {"not a -> a"}),
        ("b if a else c", {"b if a else c -> b", "b if a else c -> c"}),
        (
            "some(x for x in a if x)",
            {"some -> every", "for x in a if x -> for x in a"},
        ),
        ("a.lower()", {"a.lower() -> a"}),
        ("a.startswith(b)", {"a.startswith -> a.endswith"}),
        ("a in {1}", {"a in {1} -> a not in {1}", "{1} -> frozenset()", "1 -> 2", "1 -> 0"}),
    ],
)
def test_every_kind_of_code_has_its_mutants(code: str, expected: set[str]) -> None:
    found = changes(f"def decides(a, b, c) -> bool:\n    return {code}\n")

    assert {change for _, change in found} == expected


def test_a_mutant_is_a_statement_that_runs() -> None:
    tree = ast.parse("def decides(a) -> bool:\n    return a < 1\n")
    answers: set[bool] = set()
    for mutant in mutants(tree, "rule.py"):
        scope: dict[str, Any] = {}
        exec(mutant.code, scope)  # noqa: S102 - it is the code above
        answers.add(scope["decides"](1))

    assert answers == {True, False}


def test_a_statement_that_is_dropped_leaves_a_generator() -> None:
    source = "def decides(a) -> Iterator[Demand]:\n    yield a\n"

    assert ("decides", "yield a -> yield from ()") in changes(source)


def test_the_tree_is_as_it_was_afterwards() -> None:
    tree = ast.parse(RULE)

    assert list(mutants(tree, "rule.py"))
    assert ast.unparse(tree) == ast.unparse(ast.parse(RULE))

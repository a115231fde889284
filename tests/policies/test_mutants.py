"""Every change to what decides is noticed: by an example of a rule, or by a test of rules."""

from __future__ import annotations

import tomllib
from typing import Final

import pytest

from tests.policies.trials import HELPERS, ROOT, RULE_MODULES, survivors

LEAST_SHARE: Final = 0.95
EXCUSED: Final = tomllib.loads((ROOT / "tests/policies/mutants_excused.toml").read_text())
Excuse = tuple[str, str]


@pytest.mark.parametrize("module", [*RULE_MODULES, *HELPERS])
def test_nearly_every_mutant_is_noticed(module: str) -> None:
    excused = {_key(each) for each in EXCUSED.get(_short(module), [])}
    count, left = survivors(module)
    found = {(mutant.place, mutant.change): mutant for mutant in left}
    unexcused = [mutant for mutant in left if (mutant.place, mutant.change) not in excused]

    told = [f"line {each.line}, {each.place}: {each.change}" for each in unexcused]
    noticed = count - len(left)
    counted = count - (len(left) - len(unexcused))
    share = noticed / counted if counted else 1.0
    summary = f"{module}: {noticed} of {counted} mutants noticed, {share:.1%}"
    assert share >= LEAST_SHARE, "\n".join([summary, *told])
    assert excused <= found.keys(), f"{module}: these are noticed, or no longer mutants"


def test_an_excuse_is_for_a_module_and_gives_a_reason() -> None:
    modules = {_short(module) for module in (*RULE_MODULES, *HELPERS)}

    assert EXCUSED.keys() <= modules
    assert all(len(each["because"]) > 20 for excuses in EXCUSED.values() for each in excuses)


def _short(module: str) -> str:
    return module.rpartition(".")[2]


def _key(excuse: dict[str, str]) -> Excuse:
    return excuse["place"], excuse["change"]

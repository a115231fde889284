"""Documents name what exists: files, tests, contracts, linter rules, decisions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, pyproject
from tests.docs.text import codes, paths, read

CONTRIBUTING = read("CONTRIBUTING.md")
DECISIONS = sorted(str(path) for path in files() if path.match("docs/decisions/*.md"))
# What the documents speak of and a run, or the reader, makes.
MADE = {"state.json", "world.db", "lock.json", "shop/__main__.py", "test_shop.py", "rehearse.py"}

EACH_DOCUMENT = pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *DECISIONS]
)


def exists(path: str) -> bool:
    """Whether a path, or the tail of one, is a file or folder of the repository."""
    known = {str(each) for each in files()}
    folders = {str(parent) for each in files() for parent in each.parents}
    wanted = path.rstrip("/")
    return wanted in MADE | known | folders or any(each.endswith(f"/{wanted}") for each in known)


def rules() -> dict[str, str]:
    """The text of each of the rules, by its number."""
    (chapter,) = re.findall(r"^## The ten rules\n(.*?)^## ", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^### (\d+)\. ", chapter, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def contracts() -> set[str]:
    return {each["id"] for each in pyproject()["tool"]["importlinter"]["contracts"]}


@EACH_DOCUMENT
def test_every_file_named_exists(document: str) -> None:
    assert [path for path in paths(read(document)) if not exists(path)] == []


def test_a_file_that_is_not_there_is_found() -> None:
    named = list(paths("see `policies/nowhere.py`, `stacks/settings.py` and [this](LICENCE.md)"))

    assert [path for path in named if not exists(path)] == ["policies/nowhere.py", "LICENCE.md"]


def test_each_of_the_ten_rules_names_what_holds_it() -> None:
    held = {number: text.partition("Held by:\n")[2] for number, text in rules().items()}

    assert list(held) == [str(number) for number in range(1, 11)]
    assert [number for number, checks in held.items() if "- " not in checks] == []


def test_every_check_named_exists() -> None:
    named = [code.split("::") for code in codes(CONTRIBUTING) if "::test_" in code]
    missing = [f"{path}::{test}" for path, test in named if test not in functions_in(path)]

    assert len(named) > len(rules())
    assert missing == []


def test_every_import_contract_is_named_and_the_other_way_round() -> None:
    lines = [line for line in CONTRIBUTING.splitlines() if line.startswith("- import contract")]
    named = {code for line in lines for code in codes(line)}

    assert named == contracts()


def test_every_linter_rule_named_is_on() -> None:
    lint = pyproject()["tool"]["ruff"]["lint"]
    named = [code for code in codes(CONTRIBUTING) if re.fullmatch(r"[A-Z]{1,4}\d{3,4}", code)]

    assert named
    assert lint["select"] == ["ALL"]
    assert [code for code in named if code.startswith(tuple(lint["ignore"]))] == []


def test_decisions_are_numbered_without_a_gap_and_dated() -> None:
    for number, path in enumerate(DECISIONS, start=1):
        title, _, date, *_ = read(path).splitlines()

        assert Path(path).name.startswith(f"{number:04d}-")
        assert title.startswith(f"# {number}. ")
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)

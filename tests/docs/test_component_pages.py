"""Every capability has a page whose example runs, and whose tables are those of its specs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from components.database.spec import DatabaseSpec
from components.network.spec import NetworkSpec
from rehearsal.plugin import record_both
from tests.architecture.source import capabilities, files
from tests.docs.text import Fence, fences, read
from tools.component_pages import component_pages
from tools.spec_table import HEADER, spec_table

# What the others are made of has no settings: a stack does not ask for it.
UNASKED = {"workload"}
PAGES = sorted(str(path) for path in files() if path.match("docs/components/*.md"))
STACK = "prod"

each_page = pytest.mark.parametrize("page", PAGES)


def example(page: str) -> Fence:
    (only,) = fences(read(page), "python")
    return only


def program(fence: Fence) -> Callable[[], None]:
    def run() -> None:
        exec(compile(fence.text, "example", "exec"), {"__name__": "__main__"})  # noqa: S102 our own text

    return run


def cells(table: str, name: str) -> list[str]:
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def test_every_capability_has_a_page() -> None:
    assert {path.rpartition("/")[2] for path in PAGES} == {
        f"{capability}.md" for capability in capabilities()
    }


@each_page
def test_the_example_deploys_its_capability(page: str) -> None:
    capability = page.rpartition("/")[2].removesuffix(".md")

    recording = record_both(program(example(page)), stack=STACK)

    assert [each for each in recording.resources if each.type.startswith(f"plinth:{capability}:")]
    assert recording.outputs == {} or all(value is not None for value in recording.outputs.values())


@each_page
def test_a_page_shows_the_settings_of_its_capability(page: str) -> None:
    capability = page.rpartition("/")[2].removesuffix(".md")

    shown = re.search(rf"<!-- settings: {capability}\w*Spec -->", read(page), re.IGNORECASE)

    assert bool(shown) is (capability not in UNASKED)


def test_the_tables_are_current() -> None:
    stale = [path.name for path, text in component_pages().items() if path.read_text() != text]

    assert stale == []


def test_a_table_has_a_row_for_every_setting() -> None:
    table = spec_table(NetworkSpec)

    assert len(table.splitlines()) == len(NetworkSpec.model_fields) + 2


def test_a_row_says_what_a_setting_may_be_and_the_default_of_each_environment() -> None:
    row = dict(zip(map(str, HEADER), cells(spec_table(DatabaseSpec), "backup_days"), strict=True))

    assert row["May be"] == "a whole number from 7 to 35"
    assert (row["dev"], row["staging"], row["prod"]) == ("`7`", "`14`", "`35`")


def test_a_setting_without_a_default_shows_none() -> None:
    assert cells(spec_table(DatabaseSpec), "database")[3:] == ["required"] * 3

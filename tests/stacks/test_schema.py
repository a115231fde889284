"""The committed schema is the schema of what the program reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from stacks import stackfile
from stacks.schema import schema_text, stack_schema
from stacks.shape import Shape
from tests.architecture.test_questions import COUNTS, UNITS
from tests.stacks.files import ROOT, STACKS, leaves, stack_path

SCHEMA_FILE = "docs/schema/stack.schema.json"
FIRST_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside ``node`` by its place, ``node`` first."""
    yield place, node
    for keyword in ("properties", "patternProperties", "$defs"):
        for name, inner in node.get(keyword, {}).items():
            yield from nodes(inner, f"{place}/{name}")
    if "items" in node:
        yield from nodes(node["items"], f"{place}/items")
    for index, inner in enumerate([*node.get("anyOf", []), *node.get("oneOf", [])]):
        yield from nodes(inner, f"{place}/{index}")


NODES = dict(nodes(stack_schema()))


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {place: node for place, node in NODES.items() if node.get("type") == kind}


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / SCHEMA_FILE).read_text()

    assert committed == schema_text(), "run make docs"


def test_the_schema_is_of_the_2020_dialect_and_follows_no_address() -> None:
    assert stack_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = re.findall(r'"\$ref": "([^"]*)"', schema_text())
    assert references
    assert all(reference.startswith("#/$defs/") for reference in references)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_names_the_schema_in_its_first_line(stack: str) -> None:
    assert stack_path(stack).read_text().splitlines()[0] == FIRST_LINE


@pytest.mark.parametrize("stack", STACKS)
def test_the_schema_knows_every_key_of_a_stack_file(stack: str) -> None:
    document = stackfile.read(stack_path(stack)).document

    for place in leaves(document):
        shape, value = Shape.of(stack_schema()), cast("Any", document)
        for step in place:
            shape, value = shape.variant(value).step(step), value[step]
        assert shape.node, place


def test_every_setting_has_a_description() -> None:
    described = {
        f"{place}/{name}": Shape.of(stack_schema(), setting).node.get("description", "")
        for place, node in NODES.items()
        for name, setting in node.get("properties", {}).items()
    }

    assert len(described) > 40
    assert {place for place, text in described.items() if not text.endswith(".")} == set()


def test_every_mapping_is_closed() -> None:
    assert [p for p, node in of_type("object").items() if node["additionalProperties"]] == []


def test_every_number_text_and_list_is_bounded() -> None:
    bounded = {
        "integer": ({"minimum", "maximum"}, {"enum"}),
        "number": ({"minimum", "maximum"}, {"exclusiveMinimum", "maximum"}),
        "string": ({"pattern"}, {"enum"}, {"const"}, {"maxLength"}),
        "array": ({"maxItems"},),
    }

    assert [
        place
        for kind, ways in bounded.items()
        for place, node in of_type(kind).items()
        if not any(way <= {*node} for way in ways)
        and place.strip("/") not in stackfile.WRITTEN_BY_PULUMI
    ] == []


def test_every_number_says_its_unit() -> None:
    """By its description, or by a name that is a count or a version."""
    units = re.compile(r"\b(days?|GiB|MiB|minutes?|seconds?|vCPUs|km)\b", re.IGNORECASE)

    assert [
        place
        for place, node in of_type("integer").items()
        # What may be nothing, too, has its name around it.
        for name in [place.removesuffix("/0").split("/")[-1]]
        if name not in COUNTS
        and not f"_{name}".endswith(UNITS)
        and not units.search(node.get("description", ""))
    ] == []


def test_what_an_environment_loosens_is_said_where_the_default_is() -> None:
    storage = NODES["/DatabaseSpec/storage_gib"]

    assert storage["default"] == 100
    assert storage["description"].endswith("Default in dev: 20. Default in staging: 50.")


def test_the_environment_cannot_be_written() -> None:
    settings = NODES["/config/plinth:settings"]

    assert "environment" not in settings["properties"]
    assert "environment" not in settings["required"]


def test_a_name_of_a_database_is_bounded() -> None:
    assert NODES["/config/plinth:settings/databases"]["additionalProperties"] is False

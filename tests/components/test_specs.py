"""What every spec keeps: each field is described, bounded and closed to typing errors."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

import components
from components.environment import Environment
from components.spec import Spec

FREE_OF_BOUNDS = {"boolean", "null"}
STRING_BOUNDS = {"pattern", "format", "maxLength"}


def all_specs() -> list[type[Spec]]:
    for module in pkgutil.walk_packages(components.__path__, "components."):
        if module.name.endswith((".spec", ".ground", ".workload")):
            importlib.import_module(module.name)
    return sorted(set(below(Spec)), key=lambda spec: (spec.__module__, spec.__name__))


def below(spec: type[Spec]) -> Iterator[type[Spec]]:
    for each in spec.__subclasses__():
        if each.__module__.startswith("components."):
            yield each
        yield from below(each)


EACH = pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.__name__)


def unbounded(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """The paths inside a JSON schema where any value of a kind would do."""
    if schema.keys() & {"$ref", "enum", "const"}:
        return
    for index, option in enumerate(schema.get("anyOf", schema.get("oneOf", ()))):
        yield from unbounded(option, f"{path}|{index}")
    match schema.get("type"):
        case "integer" | "number":
            lower, upper = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
            if not (schema.keys() & lower and schema.keys() & upper):
                yield path
        case "string":
            if not schema.keys() & STRING_BOUNDS:
                yield path
        case "array":
            items = schema.get("prefixItems") or [schema.get("items", {})]
            for item in items:
                yield from unbounded(item, f"{path}[]")
        case "object":
            values = schema.get("patternProperties") or {"*": schema.get("additionalProperties")}
            for value in values.values():
                yield from unbounded(value or {}, f"{path}.*")
        case None if not schema.keys() & {"anyOf", "oneOf"}:
            yield path
        case _:
            return


@EACH
def test_every_field_is_described(spec: type[Spec]) -> None:
    assert [name for name, field in spec.model_fields.items() if not field.description] == []


@EACH
def test_every_field_is_bounded(spec: type[Spec]) -> None:
    properties = spec.model_json_schema()["properties"]

    assert [path for name, schema in properties.items() for path in unbounded(schema, name)] == []


@EACH
def test_a_mistyped_key_is_refused(spec: type[Spec]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        spec.resolve(Environment.DEV, {"storge_gib": 20})


@EACH
def test_only_known_fields_are_relaxed_and_never_in_production(spec: type[Spec]) -> None:
    assert Environment.PROD not in spec.RELAXED
    for values in spec.RELAXED.values():
        assert values.keys() <= spec.model_fields.keys()


@EACH
def test_a_relaxation_that_repeats_the_default_is_left_out(spec: type[Spec]) -> None:
    for values in spec.RELAXED.values():
        assert [
            name for name, value in values.items() if spec.model_fields[name].default == value
        ] == []

"""The settings of a spec as a table for people, with the default of every environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from pydantic_core import to_jsonable_python

from components.environment import Environment
from components.spec import Spec
from stacks.shape import Shape
from stacks.spec_schema import spec_schema

HEADER: Final = ("Setting", "Meaning", "May be", *Environment)
REQUIRED: Final = "required"


def spec_table(model: type[Spec]) -> str:
    """A Markdown table: each setting, what it means, what it may be, and its defaults."""
    lines = [HEADER, ("---",) * len(HEADER), *_rows(model)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _rows(model: type[Spec]) -> Iterator[tuple[str, ...]]:
    shape = Shape.of(spec_schema(model))
    settable = shape.keys()
    for name in settable:
        field = model.model_fields[name]
        described = [f"`{name}`", field.description or "", shape.step(name).allowed()]
        defaults = [_default(model, name, environment) for environment in Environment]
        yield tuple(_cell(text) for text in [*described, *defaults])


def _default(model: type[Spec], name: str, environment: Environment) -> str:
    loosened = model.RELAXED.get(environment, {})
    field = model.model_fields[name]
    if name not in loosened and field.is_required():
        return REQUIRED
    value = loosened.get(name, field.get_default(call_default_factory=True))
    return f"`{_text(value)}`"


def _text(value: Any) -> str:
    plain = to_jsonable_python(value)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

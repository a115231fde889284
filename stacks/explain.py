"""What pydantic found wrong with a settings document, as problems a stack author can act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.environment import Environment
from components.observability.secret_spec import SecretSpec
from components.spec import Spec
from stacks.problem import Place, Problem, shown, suggestion
from stacks.shape import Shape, locate
from stacks.spec_schema import spec_schema

SCALARS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def find_problems(model: type[Spec], environment: Environment, asked: Any) -> list[Problem]:
    """Everything that keeps ``asked`` from being a ``model``; places begin at ``asked``."""
    shape = Shape.of(spec_schema(model))
    mistyped = list(_mistyped(shape, asked, ()))
    told = {problem.place for problem in mistyped}
    found = (_problem(shape, finding, asked) for finding in _findings(model, environment, asked))
    return [*mistyped, *(problem for problem in found if problem.place not in told)]


def _findings(model: type[Spec], environment: Environment, asked: Any) -> list[ErrorDetails]:
    try:
        model.resolve(environment, asked)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A list that holds something wrong counts as one without it, and so as too short.
        return [
            each for each in found if not (each["type"] == "too_short" and _within(each, found))
        ]
    return []


def _within(finding: ErrorDetails, others: list[ErrorDetails]) -> bool:
    place = finding["loc"]
    return any(
        len(each["loc"]) > len(place) and each["loc"][: len(place)] == place for each in others
    )


def _mistyped(shape: Shape, value: Any, place: Place) -> Iterator[Problem]:
    """Scalars of another type than the schema says, even those that could be understood.

    A quoted number is a mistake of the author, and pydantic reads a number as a network.
    """
    here = shape.variant(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _mistyped(here.step(key), item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mistyped(here.step(index), item, (*place, index))
    elif not _is_a(here.node.get("type"), value):
        yield Problem(place, f"is {shown(place, value)}; it may be {_may_be(here, {})}")


def _is_a(kind: str | None, value: Any) -> bool:
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    if isinstance(value, bool):
        return kind not in SCALARS or kind == "boolean"
    return isinstance(value, SCALARS.get(kind or "", object))


def _problem(root: Shape, finding: ErrorDetails, asked: Any) -> Problem:
    steps = finding["loc"]
    context = finding.get("ctx", {})
    bad_key = bool(steps) and steps[-1] == "[key]"
    if finding["type"].startswith("union_tag"):
        steps = (*steps, context["discriminator"].strip("'"))
    place, shape, value = locate(root, steps[:-1] if bad_key else steps, asked)
    if bad_key:
        return Problem(place, _bad_key(root, steps[:-2], asked))
    match finding["type"]:
        case "extra_forbidden":
            _, parent, _ = locate(root, steps[:-1], asked)
            return Problem(place, _unknown(place, value, parent))
        case "missing" | "union_tag_not_found":
            return Problem(place, f"is missing; add it as {_may_be(shape, context)}")
        case "value_error" | "assertion_error":
            return Problem(place, _refused(place, value, str(context["error"])))
        case _ if shape.node.get("title") == SecretSpec.__name__:
            return Problem(
                place,
                "is written out, and a credential never is, so take it for known to others; give a"
                " mapping with config, or with secret and key, that names where a new one is.",
            )
        case _:
            allowed = _may_be(shape, context)
            return Problem(place, f"is {shown(place, value)}; it may be {allowed}")


def _unknown(place: Place, value: Any, parent: Shape) -> str:
    hint = suggestion(str(place[-1]), parent.keys())
    if parent.node.get("title") == SecretSpec.__name__:
        return f"is not a setting. {hint} Correct or remove it."
    return f"is not a setting (its value is {shown(place, value)}). {hint} Correct or remove it."


def _bad_key(root: Shape, steps: Place, asked: Any) -> str:
    _, parent, _ = locate(root, steps, asked)
    patterns = [*parent.node.get("patternProperties", {})]
    rule = patterns[0] if patterns else parent.node.get("propertyNames", {}).get("pattern", "")
    return f"is not a name that may be used here; a name must match {rule}. Rename it."


def _refused(place: Place, value: Any, reason: str) -> str:
    sentence = reason if reason.endswith(".") else f"{reason}."
    told = isinstance(value, Mapping | list | tuple) or str(value) in sentence
    return sentence if told else f"is {shown(place, value)}; {sentence}"


def _may_be(shape: Shape, context: Mapping[str, Any]) -> str:
    if "expected_tags" in context:
        tags = str(context["expected_tags"]).replace("'", "")
        return f"one of {tags}."
    return f"{shape.allowed()}. {shape.node.get('description', '')}".strip()

"""What a spec asks: words that a reader understands, and nothing whose answer is always yes."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

import pytest
from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from components.observability.secret_spec import SecretSpec
from components.spec import Spec
from stacks.settings import Settings
from tests.components.test_specs import all_specs

UNITS = (
    *("_days", "_hours", "_minutes", "_seconds", "_milliseconds", "_gib", "_mib", "_gib_per_day"),
    *("_port", "_percent", "_cpus", "_cpus_reserved"),
)
# Numbers without a unit: they count or name something.
COUNTS = {
    "generation",
    "keep_images",
    "least_errors",
    "max_traces",
    "nodes_at_least",
    "nodes_at_most",
    "pods_per_node",
    "read_replicas",
    "replicas",
    "replicas_at_least",
    "replicas_at_most",
    "requests_per_minute",
    "series",
    "traces",
    "version",
}
NEGATED = re.compile(r"^(no|not|skip|disable|without|un)_|_disabled$")
# Encryption, private addresses and least privilege need no answer, so they are literals.
SETTLED = re.compile(
    r"encrypt|(^|_)(tls|ssl|kms|iam|imds)(_|$)|public|privileged|password|immutable|log_exports"
)

SPECS = [*all_specs(), Settings]
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)


def problems(name: str, field: FieldInfo) -> list[str]:
    """What is wrong with the name of a field."""
    found: list[str] = []
    if NEGATED.search(name):
        found.append(f"{name} is a negation: ask for the thing itself")
    # Where a credential comes from has to be asked.
    if SETTLED.search(name) and SecretSpec not in {field.annotation, *get_args(field.annotation)}:
        found.append(f"{name} needs no answer: make it a literal")
    if _is_number(field.annotation) and not f"_{name}".endswith(UNITS) and name not in COUNTS:
        found.append(f"{name} is a number without a unit: end it with one of {', '.join(UNITS)}")
    return found


def _is_number(annotation: Any) -> bool:
    if get_origin(annotation) is None:
        return annotation in (int, float)
    return any(
        isinstance(part, int) and not isinstance(part, bool) for part in get_args(annotation)
    )


@EACH
def test_every_field_asks_a_question_in_plain_words(spec: type[Spec]) -> None:
    assert [each for item in spec.model_fields.items() for each in problems(*item)] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("storage", int),
        ("timeout", float),
        ("skip_final_snapshot", bool),
        ("disable_logging", bool),
        ("encrypted", bool),
        ("publicly_accessible", bool),
        ("force_ssl", bool),
        ("master_password", str),
    ],
)
def test_a_number_without_unit_a_negation_or_a_settled_question_is_found(
    name: str, kind: type
) -> None:
    fields: dict[str, Any] = {name: (kind, Field(description="Something."))}
    spec = create_model("AskingSpec", __base__=Spec, **fields)

    assert [each for item in spec.model_fields.items() for each in problems(*item)]

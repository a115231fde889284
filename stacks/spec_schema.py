"""The JSON Schema of a spec, with what each environment loosens."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema, to_jsonable_python

from components.spec import Spec

NETWORK_PATTERN: Final = r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$"
PATTERNS: Final = {"date": r"^\d{4}-\d{2}-\d{2}$", "ipv4network": NETWORK_PATTERN}


def spec_schema(model: type[Spec]) -> dict[str, Any]:
    """JSON Schema 2020-12 of what may be asked of ``model``, its parts under ``$defs``.

    Descriptions end with the defaults of the environments that have other ones than production.
    """
    return cast("dict[str, Any]", _completed(model.model_json_schema(schema_generator=_Generator)))


class _Generator(GenerateJsonSchema):
    """Leaves out titles that repeat the key, and adds what an environment loosens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        result = super().model_schema(schema)
        model = schema["cls"]
        if issubclass(model, Spec):
            for environment, loosened in model.RELAXED.items():
                for field, value in loosened.items():
                    text = json.dumps(to_jsonable_python(value))
                    node = result["properties"][field]
                    node["description"] = f"{node['description']} Default in {environment}: {text}."
        return result


def _completed(node: Any) -> Any:
    """``node`` with what pydantic checks and its schema leaves open.

    A mapping of named things takes no other name; a network looks like one.
    """
    if isinstance(node, list):
        return [_completed(item) for item in node]
    if not isinstance(node, dict):
        return node
    completed = {key: _completed(value) for key, value in node.items()}
    if "patternProperties" in completed:
        completed.setdefault("additionalProperties", False)
    if completed.get("format") in PATTERNS:
        completed["pattern"] = PATTERNS[completed["format"]]
    return completed

"""Whether Kubernetes objects fit the API's own schema, strictly and offline.

Source: the schemas that ``kubernetes-validate`` carries along, of its newest Kubernetes version.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import jsonschema
from referencing import Registry, Resource

from rehearsal.paths import field, item
from rehearsal.values import UNKNOWN, reveal

_TEXTS: Final = {"byte": "cGxhdXNpYmxl", "date-time": "2026-01-01T00:00:00Z"}
_SCALARS: Final[Mapping[str, Any]] = {"boolean": True, "integer": 1, "number": 1, "array": []}
_DEFINITION: Final = "CustomResourceDefinition"


class HasInputs(Protocol):
    """A resource as a recording or a state has it."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Inputs by wire name."""
        ...


def schema_problems(of: HasInputs | Mapping[str, Any]) -> list[str]:
    """What does not fit, a line each with its path; empty for an object that fits.

    Args:
        of: a registered resource or its inputs. What is unknown counts as a value of the right type,
            what is secret as itself.
    """
    manifest = _manifest(of)
    schema = _schema(str(manifest.get("apiVersion")), str(manifest.get("kind")))
    if schema is None:
        return [f"no schema for {manifest.get('kind')} of {manifest.get('apiVersion')}"]
    errors = _validator(manifest["apiVersion"], manifest["kind"]).iter_errors(
        _completed(manifest, schema)
    )
    return sorted(f"{_path(error.absolute_path)}: {error.message}".lstrip(": ") for error in errors)


def has_schema(of: HasInputs | Mapping[str, Any]) -> bool:
    """Whether Kubernetes itself has the kind; it knows no custom resource."""
    manifest = _manifest(of)
    return _schema(str(manifest.get("apiVersion")), str(manifest.get("kind"))) is not None


def _manifest(of: HasInputs | Mapping[str, Any]) -> dict[str, Any]:
    manifest: dict[str, Any] = reveal(dict(of if isinstance(of, Mapping) else of.inputs))
    return _dashed(manifest) if manifest.get("kind") == _DEFINITION else manifest


def _dashed(value: Any) -> Any:
    """Pulumi cannot have dashes in names of properties: ``x_kubernetes_...``."""
    if isinstance(value, list):
        return [_dashed(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key.replace("_", "-") if key.startswith("x_kubernetes_") else key: _dashed(one)
        for key, one in value.items()
    }


@cache
def _folder() -> Path:
    # Importing the package would load everything that its command line needs.
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec is not None
    assert spec.origin is not None
    folders = (Path(spec.origin).parent / "kubernetes-json-schema").glob("v*-local-strict")
    return max(folders, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)])


@cache
def _definitions() -> dict[str, Any]:
    return json.loads((_folder() / "_definitions.json").read_text(encoding="utf-8"))


@cache
def _registry() -> Registry[Any]:
    return (Resource.from_contents(_definitions()) @ Registry()).crawl()


@cache
def _schema(api_version: str, kind: str) -> dict[str, Any] | None:
    group, _, version = api_version.rpartition("/")
    place = "-".join(part for part in (kind.lower(), group.partition(".")[0], version) if part)
    file = _folder() / f"{place}.json"
    if not file.is_file():
        return None
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    # Groups that differ after their first dot share the file's name.
    asked = {"apiVersion": api_version, "kind": kind}
    given = {name: schema["properties"][name].get("enum") for name in asked}
    return schema if given == {name: [value] for name, value in asked.items()} else None


@cache
def _validator(api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    schema = _schema(api_version, kind)
    assert schema is not None
    return jsonschema.Draft202012Validator(schema, registry=_registry())


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = _definitions()["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _completed(value: Any, schema: Mapping[str, Any]) -> Any:
    """``value`` with something that fits wherever it is unknown."""
    schema = _resolved(schema)
    if value is UNKNOWN:
        return _sample(schema)
    if isinstance(value, list):
        return [_completed(one, schema.get("items", {})) for one in value]
    if not isinstance(value, dict):
        return value
    fields, others = schema.get("properties", {}), schema.get("additionalProperties")
    rest = others if isinstance(others, dict) else {}
    return {key: _completed(one, fields.get(key, rest)) for key, one in value.items()}


def _sample(schema: Mapping[str, Any]) -> Any:
    schema = _resolved(schema)
    if "oneOf" in schema:
        return _sample(schema["oneOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    types = schema.get("type", "object")
    type_ = types if isinstance(types, str) else types[0]
    if type_ == "string":
        return _TEXTS.get(schema.get("format", ""), "plausible")
    if type_ != "object":
        return _SCALARS[type_]
    return {name: _sample(schema["properties"][name]) for name in schema.get("required", ())}


def _path(parts: Any) -> str:
    path = ""
    for part in parts:
        path = item(path, part) if isinstance(part, int) else field(path, part)
    return path

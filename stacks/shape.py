"""A walk over a JSON Schema: what a setting may be, said in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.problem import Place

KIND_WORDS: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
FORMAT_WORDS: Mapping[str, str] = {
    "date": 'that is a date, such as "2026-12-05"',
    "ipv4network": "that is a network, such as 10.0.0.0/16, with no bit set after the prefix",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One node of a schema document, references followed."""

    root: Mapping[str, Any]
    node: Mapping[str, Any]

    @classmethod
    def of(cls, root: Mapping[str, Any], node: Mapping[str, Any] | None = None) -> Shape:
        """The shape of ``node`` in ``root``; what stands beside a reference wins."""
        here = dict(root if node is None else node)
        while "$ref" in here:
            name = here.pop("$ref").removeprefix("#/$defs/")
            here = {**root["$defs"][name], **here}
        return cls(root, here)

    def variant(self, value: Any) -> Shape:
        """Of several alternatives the one that ``value`` asks for, if it can be told."""
        options = self.node.get("oneOf") or self.node.get("anyOf")
        if not options:
            return self
        tag = self.node.get("discriminator")
        if tag:
            asked = value.get(tag["propertyName"]) if isinstance(value, Mapping) else None
            chosen = tag["mapping"].get(asked) if isinstance(asked, str) else None
            return Shape.of(self.root, {"$ref": chosen}) if chosen else self
        filled = [option for option in options if option.get("type") != "null"]
        if len(filled) != 1:
            return self
        described = {k: v for k, v in self.node.items() if k == "description"}
        return Shape.of(self.root, {**filled[0], **described})

    def step(self, key: str | int) -> Shape:
        """The shape of the property or item ``key``; an empty one if there is no such thing."""
        if isinstance(key, int):
            return Shape.of(self.root, self.node.get("items") or {})
        if key in self.keys():
            return Shape.of(self.root, self.node["properties"][key])
        values = [*self.node.get("patternProperties", {}).values()]
        extra = self.node.get("additionalProperties")
        return Shape.of(self.root, next(iter(values), extra if isinstance(extra, Mapping) else {}))

    def keys(self) -> list[str]:
        """The names of the properties, where they are fixed."""
        return [*self.node.get("properties", {})]

    def allowed(self) -> str:
        """What the value may be: ``a whole number from 1 to 35``."""
        node = self.node
        if "const" in node:
            return f'"{node["const"]}"'
        if "enum" in node:
            return f"one of {', '.join(str(word) for word in node['enum'])}"
        if "anyOf" in node:
            return " or ".join(Shape.of(self.root, part).allowed() for part in node["anyOf"])
        if "discriminator" in node:
            tag = node["discriminator"]
            return f"a mapping whose {tag['propertyName']} is one of {', '.join(tag['mapping'])}"
        words = KIND_WORDS.get(node.get("type", ""), "anything its description says")
        return " ".join(filter(None, [words, *self._bounds()]))

    def _bounds(self) -> Iterable[str]:
        node = self.node
        for limit, words in (("exclusiveMinimum", "above"), ("exclusiveMaximum", "below")):
            if limit in node:
                yield f"{words} {node[limit]}"
        for low, high, unit in (
            ("minimum", "maximum", ""),
            ("minLength", "maxLength", " characters"),
            ("minItems", "maxItems", " items"),
            ("minProperties", "maxProperties", " entries"),
        ):
            if low in node and high in node:
                yield f"from {node[low]} to {node[high]}{unit}"
            elif low in node:
                yield f"of at least {node[low]}{unit}"
            elif high in node:
                yield f"of at most {node[high]}{unit}"
        if node.get("format") in FORMAT_WORDS:
            yield FORMAT_WORDS[node["format"]]
        elif "pattern" in node:
            yield f"that matches {node['pattern']}"


def locate(shape: Shape, steps: Iterable[str | int], asked: Any) -> tuple[Place, Shape, Any]:
    """Follow ``steps`` from ``shape`` into ``asked``.

    ``steps`` may hold the tags of chosen alternatives, as pydantic's error locations do; they are
    no part of the document and are left out of the place that is returned, with the shape there
    and the value there (``None`` where the document holds none).
    """
    place: Place = ()
    for step in steps:
        chosen = shape.variant(asked)
        tag = shape.node.get("discriminator")
        if chosen is not shape and tag and step == asked.get(tag["propertyName"]):
            shape = chosen
            continue
        place, shape = (*place, step), chosen.step(step)
        asked = _item(asked, step)
    return place, shape.variant(asked), asked


def _item(value: Any, key: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list | tuple) and isinstance(key, int) and key < len(value):
        return value[key]
    return None

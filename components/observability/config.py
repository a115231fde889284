"""The base of every configuration file of a product: typed, closed, written as YAML or JSON."""

from __future__ import annotations

import json
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as it reads."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


class Config(BaseModel):
    """A part of a product's configuration, with the product's own keys.

    What is None is left out, so that the product's default holds. A key that is no Python name has
    it as an alias.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, use_enum_values=True
    )

    def document(self) -> dict[str, Any]:
        """The part as plain data."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def yaml(self) -> str:
        """The part as YAML, in the order of its fields."""
        return yaml.dump(
            self.document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
        )

    def json_text(self) -> str:
        """The part as JSON."""
        return json.dumps(self.document(), indent=2, ensure_ascii=False) + "\n"

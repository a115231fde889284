"""The JSON Schema of a whole stack file, for editors and for people."""

from __future__ import annotations

import json
from typing import Any

from stacks.settings import Settings
from stacks.spec_schema import spec_schema
from stacks.stackfile import DEFAULT_PROVIDERS_KEY, OWN, SETTINGS_KEY, WRITTEN_BY_PULUMI

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def stack_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a stack file: nothing it does not name may be in the file."""
    settings = spec_schema(Settings)
    definitions = settings.pop("$defs")
    return {
        "$schema": DIALECT,
        "title": "Plinth stack file",
        "description": "The configuration of one stack: what makes this environment itself.",
        "type": "object",
        "additionalProperties": False,
        "required": ["config"],
        "properties": {
            "config": {
                "description": "What the Pulumi program receives.",
                "type": "object",
                "additionalProperties": False,
                "required": [DEFAULT_PROVIDERS_KEY, SETTINGS_KEY],
                "properties": {
                    DEFAULT_PROVIDERS_KEY: {
                        "description": "Every package is refused a default provider, so that a "
                        "forgotten provider is an error and not a change in a wrong account.",
                        "const": ["*"],
                    },
                    SETTINGS_KEY: settings,
                },
                "patternProperties": {
                    f"^{OWN}(?!settings$)[a-z][a-z0-9-]{{0,62}}$": {
                        "description": "A secret that a setting names; written by"
                        " `pulumi config set --secret`.",
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["secure"],
                        "properties": {
                            "secure": {
                                "description": "The encrypted value.",
                                "type": "string",
                                "maxLength": 65_536,
                            }
                        },
                    }
                },
            },
            **{
                key: {"description": text, "type": "string"}
                for key, text in WRITTEN_BY_PULUMI.items()
            },
        },
        "$defs": definitions,
    }


def schema_text() -> str:
    """``stack_schema`` as it is committed: indented, with a final newline."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"

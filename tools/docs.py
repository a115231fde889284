"""Writes what is generated: the schema of the stack files, rule pages, tables of settings, runbooks."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policies.pages import FOLDER, pages
from policies.report.json import schema_text as report_schema_text
from stacks.schema import schema_text
from tools.component_pages import component_pages
from tools.generated import ROOT, settle
from tools.runbooks import runbooks

SCHEMA: Final = ROOT / "docs" / "schema" / "stack.schema.json"
REPORT_SCHEMA: Final = ROOT / "docs" / "schema" / "policy-report.schema.json"


def generated() -> Mapping[Path, str]:
    """Every generated file and what belongs into it."""
    return {
        SCHEMA: schema_text(),
        REPORT_SCHEMA: report_schema_text(),
        **{FOLDER / name: text for name, text in pages().items()},
        **component_pages(),
        **runbooks(),
    }


if __name__ == "__main__":
    sys.exit(settle(generated(), FOLDER.glob("*.md"), "docs"))

"""One report of what the rules said of a stack, and the formats it is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Final

from policies.report.model import Report


def _rendered(format_: str, report: Report) -> str:
    # Each format is imported when it is asked for: none pays for what another one needs.
    text: str = import_module(f"policies.report.{format_}").render(report)
    return text


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    name: partial(_rendered, name) for name in ("sarif", "junit", "markdown", "json", "html")
}
"""What makes the text of a report, by the name of the format."""

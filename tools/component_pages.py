"""The pages of the capabilities: written by hand, but for the tables of their settings."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import components
from components.spec import Spec
from tools.spec_table import spec_table

FOLDER: Final = Path(__file__).parents[1] / "docs" / "components"
END: Final = "<!-- end -->\n"
_TABLE: Final = re.compile(rf"<!-- settings: ([\w.]+) -->\n(?:\n\|.*?\n\n{END})?", re.DOTALL)


def component_pages() -> Mapping[Path, str]:
    """Every page with its tables as the specs are now.

    A page names a spec, ``SloSpec``, or a spec and its module where two have one name,
    ``slo_indicator_spec.ProbeSpec``.

    Raises:
        KeyError: a page asks for the table of a spec that does not exist.
        ValueError: a page asks for one of several by the name that they share.
    """
    specs: dict[str, set[type[Spec]]] = {}
    for spec in _specs():
        module = spec.__module__.rpartition(".")[2]
        for name in (spec.__name__, f"{module}.{spec.__name__}"):
            specs.setdefault(name, set()).add(spec)

    def filled(found: re.Match[str]) -> str:
        (spec,) = specs[found[1]]
        return f"<!-- settings: {found[1]} -->\n\n{spec_table(spec)}\n{END}"

    return {
        path: _TABLE.sub(filled, path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.md"))
    }


def _specs() -> Iterator[type[Spec]]:
    for module in pkgutil.walk_packages(components.__path__, "components."):
        if module.name.endswith((".spec", "_spec", ".ground")):
            yield from (
                each
                for each in vars(importlib.import_module(module.name)).values()
                if isinstance(each, type) and issubclass(each, Spec) and each is not Spec
            )

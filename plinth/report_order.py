"""A report that was asked for: its format and the file it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plinth.errors import UsageError
from policies.report import FORMATS

ALLOWED: Final = ", ".join(FORMATS)


@dataclass(frozen=True)
class ReportOrder:
    """``format`` is one of ``policies.report.FORMATS``."""

    format: str
    file: Path


def parse_orders(texts: tuple[str, ...] | list[str]) -> tuple[ReportOrder, ...]:
    """The orders ``FORMAT=FILE``.

    Raises:
        UsageError: a text is not one, or two of them want one file; every problem is named.
    """
    orders: list[ReportOrder] = []
    problems: list[str] = []
    for text in texts:
        format_, equals, file = text.partition("=")
        if not equals or not file or format_ not in FORMATS:
            problems.append(
                f'--report "{text}" is not understood: write FORMAT=FILE with one of {ALLOWED}, '
                "such as sarif=policies.sarif."
            )
        elif any(order.file == Path(file) for order in orders):
            problems.append(f'--report "{text}": another report already goes to {file}.')
        elif not Path(file).absolute().parent.is_dir():
            problems.append(
                f'--report "{text}": there is no folder {Path(file).absolute().parent}. Make it first.'
            )
        else:
            orders.append(ReportOrder(format_, Path(file)))
    if problems:
        raise UsageError("\n".join(problems))
    return tuple(orders)

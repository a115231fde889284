"""The address plan as tables, in plain text and on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stacks.address_report import PODS_PER_NODE, AddressReport, StackAddresses

NOTHING: Final = "-"
FREE: Final = "free"
BAR_WIDTH: Final = 20


@dataclass(frozen=True)
class Percent:
    """A part of a whole: a number in text, a bar with the number on a terminal."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:.0f}%"


@dataclass(frozen=True)
class Section:
    """A table; a cell per column in every row."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | Percent, ...], ...]


def sections(report: AddressReport) -> Iterator[Section]:
    """The tables of ``report`` that have rows."""
    tables = [
        Section(
            "Networks",
            ("stack", "ground", "network", "pods", "services", "taken"),
            tuple(map(_network, report.stacks)),
        ),
        Section(
            "Nodes whose pods find addresses",
            ("stack", *(f"{pods} pods each" for pods in PODS_PER_NODE), "pools ask", "share"),
            tuple(row for each in report.stacks for row in _nodes(each)),
        ),
        Section(
            "Ranges",
            ("stack", "range", "addresses", "role"),
            tuple(row for each in report.stacks for row in _ranges(each)),
        ),
        Section(
            "Free for further stacks",
            ("block", "free", "largest ranges"),
            tuple(
                (
                    str(each.block),
                    f"{each.free_addresses:,}",
                    ", ".join(map(str, each.largest)) or NOTHING,
                )
                for each in report.free
            ),
        ),
    ]
    return (table for table in tables if table.rows)


def plain(section: Section) -> list[str]:
    """The lines of ``section``, its columns aligned."""
    table = [section.header, *(tuple(map(str, row)) for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        section.title,
        *(
            "  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        ),
    ]


def draw(section: Section, console: Console) -> None:
    """Draw ``section`` on a terminal, with bars."""
    table = Table(
        *section.header, title=section.title, title_justify="left", title_style="bold", box=None
    )
    for row in section.rows:
        table.add_row(*map(_cell, row), style="dim" if row[-1] == FREE else "")
    console.print(table)


def _cell(cell: str | Percent) -> RenderableType:
    if isinstance(cell, str):
        return Text(cell)
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=100, completed=cell.value, width=BAR_WIDTH), str(cell))
    return bar


def _network(stack: StackAddresses) -> tuple[str | Percent, ...]:
    own = (stack.network, stack.pods, stack.services)
    ranges = (str(each) if each else NOTHING for each in own)
    return (stack.stack, stack.ground, *ranges, Percent(stack.taken_percent))


def _nodes(stack: StackAddresses) -> Iterator[tuple[str | Percent, ...]]:
    if asked := stack.pod_addresses:
        held = (str(asked.nodes.get(pods, NOTHING)) for pods in PODS_PER_NODE)
        yield stack.stack, *held, str(asked.nodes_asked), Percent(100 * asked.share_asked)


def _ranges(stack: StackAddresses) -> Iterator[tuple[str, ...]]:
    """What is taken and what is free, in the order of the addresses."""
    services = {"services": stack.services} if stack.services else {}
    roles = [(range_, role) for role, range_ in {**stack.ranges, **services}.items()]
    for range_, role in sorted([*roles, *((each, FREE) for each in stack.free)]):
        yield stack.stack, str(range_), f"{range_.num_addresses:,}", role

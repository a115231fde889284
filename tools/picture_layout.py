"""Where everything in a picture is drawn: boxes in rows, inside of each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from tools.picture_model import Box, Picture
from tools.picture_shapes import GRID, Layout, Placed, Rect, Text
from tools.picture_text import printable, shortened, text_width

WIDTH: Final = 1200
MARGIN: Final = 24
TITLE_HEIGHT: Final = 80
LEGEND_HEIGHT: Final = 56
PADDING: Final = 24
LINE: Final = 16
NARROWEST: Final = 144
WIDEST: Final = 264
TITLE_SIZE: Final = 13
NOTE_SIZE: Final = 11
PORT_SIZE: Final = 10
PORT_HEIGHT: Final = 16
INDENT: Final = 14


@dataclass(frozen=True)
class Gaps:
    """The space between boxes, for arrows, in pixels."""

    across: int
    down: int


def laid_out(picture: Picture, gaps: Gaps) -> Layout:
    """Every box of ``picture`` in its place."""
    ports: dict[str, list[str]] = {}
    for call in picture.calls:
        ports.setdefault(call.target, []).append(call.port)
    arrange = _Arranger(gaps, {key: sorted(set(labels)) for key, labels in ports.items()})
    inner = WIDTH - 2 * MARGIN
    boxes, _, height = arrange.rows([picture.boxes], inner)
    placed = tuple(each.moved(MARGIN, TITLE_HEIGHT) for each in boxes)
    return Layout(placed, WIDTH, TITLE_HEIGHT + height + LEGEND_HEIGHT)


class _Arranger:
    """Puts boxes into rows; what it returns begins at the origin."""

    def __init__(self, gaps: Gaps, ports: Mapping[str, Sequence[str]]) -> None:
        self._gaps = gaps
        self._ports = ports

    def rows(
        self, groups: Iterable[Sequence[Box]], available: int
    ) -> tuple[list[Placed], int, int]:
        """The boxes of each group in rows of their own, and the width and height they take."""
        x = y = row = width = 0
        placed: list[Placed] = []
        for group in groups:
            cell = max((self._natural(box) for box in group if not box.framed), default=0)
            sized = [
                self._frame(box, available) if box.framed else self._leaf(box, cell)
                for box in group
            ]
            limit = self._balanced([each.rect.width for each in sized], available)
            for each in sized:
                if x and x + each.rect.width > limit:
                    x, y, row = 0, y + row + self._gaps.down, 0
                placed.append(each.moved(x, y))
                width, row = max(width, x + each.rect.width), max(row, each.rect.height)
                x += each.rect.width + self._gaps.across
            if x:
                x, y, row = 0, y + row + self._gaps.down, 0
        return placed, width, max(y - self._gaps.down, 0)

    def _balanced(self, widths: Sequence[int], available: int) -> int:
        """The least width that takes no more rows than ``available`` does."""
        fewest = self._row_count(widths, available)
        limits = range(max(widths, default=0), available, GRID)
        return next((each for each in limits if self._row_count(widths, each) == fewest), available)

    def _row_count(self, widths: Sequence[int], limit: int) -> int:
        rows, x = 1, 0
        for width in widths:
            if x and x + width > limit:
                rows, x = rows + 1, 0
            x += width + self._gaps.across
        return rows

    def _leaf(self, box: Box, width: int) -> Placed:
        lines = [box.kind, *box.notes] if box.kind else list(box.notes)
        top = GRID if box.key in self._ports else 0
        height = _snapped(top + LINE * (1 + len(lines)) + 2 * GRID)
        inner = width - INDENT - GRID
        title = shortened(printable(box.title), TITLE_SIZE, inner, bold=True)
        texts = [Text(INDENT, top + 20, title, TITLE_SIZE, bold=True)]
        for number, line in enumerate(lines, start=1):
            text = shortened(printable(line), NOTE_SIZE, inner)
            texts.append(Text(INDENT, top + 20 + LINE * number, text, NOTE_SIZE))
        return Placed(box, Rect(0, 0, width, height), tuple(texts), self._placed_ports(box, width))

    def _frame(self, box: Box, available: int) -> Placed:
        above = GRID if box.key in self._ports else 0
        plain = [each for each in box.inside if not each.wide]
        wide = [each for each in box.inside if each.wide]
        placed, width, height = self.rows(
            [plain, *([each] for each in wide)], available - 2 * PADDING
        )
        texts = _header(box, above + 20, available)
        header = _snapped(texts[-1].y + 12)
        needed = max(*(text.rect.right + GRID for text in texts), self._ports_width(box), NARROWEST)
        whole = (
            available if box.wide else min(_snapped(max(needed, width + 2 * PADDING)), available)
        )
        # An arrow needs a straight run below the heading to reach a port.
        gap = 2 * GRID if any(each.key in self._ports for each in box.inside) else GRID
        return Placed(
            box,
            Rect(0, 0, whole, header + (gap + height + PADDING if placed else 0)),
            texts,
            self._placed_ports(box, whole),
            tuple(each.moved(PADDING, header + gap) for each in placed),
        )

    def _natural(self, box: Box) -> int:
        texts = [text_width(printable(box.title), TITLE_SIZE, bold=True)]
        texts += [text_width(printable(line), NOTE_SIZE) for line in (box.kind, *box.notes)]
        wanted = min(max(NARROWEST, max(texts) + INDENT + GRID), WIDEST)
        return _snapped(max(wanted, self._ports_width(box)))

    def _ports_width(self, box: Box) -> int:
        labels = self._ports.get(box.key, ())
        return GRID + sum(_port_width(label) + GRID for label in labels)

    def _placed_ports(self, box: Box, width: int) -> dict[str, Rect]:
        """The ports on the upper edge, from the right."""
        placed: dict[str, Rect] = {}
        right = width - GRID
        for label in reversed(self._ports.get(box.key, ())):
            wide = _port_width(label)
            placed[label] = Rect(right - wide, -PORT_HEIGHT // 2, wide, PORT_HEIGHT)
            right -= wide + GRID
        return placed


def _header(box: Box, baseline: int, available: int) -> tuple[Text, ...]:
    """Title, kind and notes of a frame: side by side where it is wide, else below each other."""
    inner = available - INDENT - GRID
    title = shortened(printable(box.title), TITLE_SIZE, inner, bold=True)
    first = Text(INDENT, baseline, title, TITLE_SIZE, bold=True)
    rest = " · ".join(printable(text) for text in (box.kind, *box.notes) if text)
    if not rest:
        return (first,)
    if not box.wide:
        return (first, Text(INDENT, baseline + LINE, shortened(rest, NOTE_SIZE, inner), NOTE_SIZE))
    room = inner - first.width - GRID
    if room < NARROWEST:
        return (first,)
    x = first.rect.right + GRID
    return (first, Text(x, baseline, shortened(rest, NOTE_SIZE, room), NOTE_SIZE))


def _port_width(label: str) -> int:
    return _snapped(text_width(printable(label), PORT_SIZE) + GRID)


def _snapped(length: float) -> int:
    """At least ``length``, on the grid."""
    return GRID * ceil(length / GRID)

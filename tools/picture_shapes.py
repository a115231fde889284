"""Boxes and texts of a picture in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from tools.picture_model import Box
from tools.picture_text import text_width

GRID: Final = 8
"""All edges are on this grid, in pixels; arrows run between its lines."""


@dataclass(frozen=True)
class Rect:
    """A rectangle, in pixels from the upper left corner of the picture."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Where it ends below."""
        return self.y + self.height

    def holds(self, other: Rect) -> bool:
        """Whether all of ``other`` is in it."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def overlaps(self, other: Rect) -> bool:
        """Whether they have more in common than an edge."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def moved(self, x: int, y: int) -> Rect:
        """The same rectangle elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True)
class Text:
    """A line of text: its left end and its baseline."""

    x: int
    y: int
    text: str
    size: int
    bold: bool = False

    @property
    def width(self) -> int:
        """At most, in pixels."""
        return ceil(text_width(self.text, self.size, bold=self.bold))

    @property
    def rect(self) -> Rect:
        """What it covers."""
        return Rect(self.x, self.y - self.size, self.width, self.size + 4)

    def moved(self, x: int, y: int) -> Text:
        """The same text elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True)
class Placed:
    """A box with its place, its texts, and the ports that calls arrive at, by label."""

    box: Box
    rect: Rect
    texts: tuple[Text, ...]
    ports: Mapping[str, Rect]
    inside: tuple[Placed, ...] = ()

    def moved(self, x: int, y: int) -> Placed:
        """The same box elsewhere, with everything in it."""
        return Placed(
            self.box,
            self.rect.moved(x, y),
            tuple(text.moved(x, y) for text in self.texts),
            {label: port.moved(x, y) for label, port in self.ports.items()},
            tuple(each.moved(x, y) for each in self.inside),
        )

    def walk(self) -> Iterator[Placed]:
        """The box and everything in it."""
        yield self
        for each in self.inside:
            yield from each.walk()


@dataclass(frozen=True)
class Layout:
    """The boxes of a picture in their places, and its size."""

    boxes: tuple[Placed, ...]
    width: int
    height: int

    def walk(self) -> Iterator[Placed]:
        """Every box at any depth."""
        for each in self.boxes:
            yield from each.walk()

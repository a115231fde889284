"""The squares between the lines of the grid, which arrows run through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.picture_shapes import GRID, Rect

Cell = tuple[int, int]
"""Column and row of a square of the grid."""

Point = tuple[float, float]

# Headings are indices into these; two further is the opposite.
DIRECTIONS: Final = ((1, 0), (0, 1), (-1, 0), (0, -1))
UP: Final = 3


def beside(cell: Cell, heading: int) -> Cell:
    """The next square."""
    across, down = DIRECTIONS[heading]
    return cell[0] + across, cell[1] + down


def opposite(heading: int) -> int:
    """The way back."""
    return heading ^ 2


def middle(cell: Cell) -> Point:
    """The centre of a square, in pixels."""
    return cell[0] * GRID + GRID / 2, cell[1] * GRID + GRID / 2


def entrance(cell: Cell, heading: int) -> Point:
    """The point where one comes into ``cell`` with a heading."""
    x, y = middle(cell)
    across, down = DIRECTIONS[heading]
    return x - across * GRID / 2, y - down * GRID / 2


def squares(rect: Rect) -> Iterator[Cell]:
    """The squares that have a part in ``rect``."""
    for column in range(rect.x // GRID, -(-rect.right // GRID)):
        for row in range(rect.y // GRID, -(-rect.bottom // GRID)):
            yield column, row


def above(rect: Rect) -> list[Cell]:
    """The squares along the upper side of ``rect``."""
    return [(column, rect.y // GRID - 1) for column in range(rect.x // GRID, rect.right // GRID)]


def sides(rect: Rect) -> tuple[list[Cell], list[Cell], list[Cell], list[Cell]]:
    """The squares along the sides of ``rect``, by heading, without those at its corners."""
    left, top = rect.x // GRID, rect.y // GRID
    right, bottom = rect.right // GRID, rect.bottom // GRID
    rows = range(top + 1, bottom - 1)
    columns = range(left + 1, right - 1)
    return (
        [(right, row) for row in rows],
        [(column, bottom) for column in columns],
        [(left - 1, row) for row in rows],
        [(column, top - 1) for column in columns],
    )


def ring(rect: Rect, distance: int) -> set[Cell]:
    """The squares on the border of ``rect``, inside at distance 0, outside at 1."""
    left, top = rect.x // GRID - distance, rect.y // GRID - distance
    right, bottom = rect.right // GRID - 1 + distance, rect.bottom // GRID - 1 + distance
    return {
        *((column, row) for column in range(left, right + 1) for row in (top, bottom)),
        *((column, row) for column in (left, right) for row in range(top, bottom + 1)),
    }

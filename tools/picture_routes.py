"""The ways of arrows around boxes and texts: at right angles, on a grid."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tools.picture_grid import (
    UP,
    Cell,
    Point,
    above,
    beside,
    entrance,
    middle,
    opposite,
    ring,
    sides,
    squares,
)
from tools.picture_layout import LEGEND_HEIGHT, TITLE_HEIGHT
from tools.picture_model import Call, Need, Picture
from tools.picture_search import INFINITE, cheapest_way
from tools.picture_shapes import GRID, Layout, Placed, Rect

Arrow = Need | Call

Bundle = tuple[str, ...]
"""What shares a way: arrows that have an end in common."""

_Pass = tuple[Bundle, int]

# What a way costs, in squares of the grid.
STEP: Final = 1.0
SHARED: Final = 0.2  # along a way of the same bundle
CROSSING: Final = 6.0
ALONGSIDE: Final = 60.0  # on top of another bundle's way
APART: Final = 12.0  # for another beginning than the rest of the bundle has
OFF: Final = 1.0  # around what the stack stands on
BORDER: Final = 3.0
CLOSE: Final = 1.0  # beside a box


@dataclass(frozen=True)
class Route:
    """The way of an arrow: the corners from the edge of one box to the edge of another."""

    arrow: Arrow
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Routes:
    """The ways of all arrows, and how many squares two of different bundles share."""

    ways: tuple[Route, ...]
    covered: int


def routed(picture: Picture, layout: Layout) -> Routes:
    """A way for every arrow of ``picture`` that leads from one box to another."""
    router = _Router(layout)
    bundles = {arrow: bundle for arrow, bundle in _bundles(picture) if arrow.source != arrow.target}
    # Calls before needs, short before long.
    order = sorted(bundles, key=lambda arrow: (isinstance(arrow, Need), router.distance(arrow)))
    ways = {arrow: router.route(arrow, bundles[arrow]) for arrow in order}
    for arrow in order:
        if router.covered(arrow):
            # The others have found their ways now; it may find a better one among them.
            ways[arrow] = router.route(arrow, bundles[arrow])
    return Routes(tuple(ways.values()), sum(map(router.covered, order)))


def _bundles(picture: Picture) -> Iterator[tuple[Arrow, Bundle]]:
    """Every arrow and its bundle, which is named after its busier end."""
    arrows: Sequence[Arrow] = [*picture.calls, *picture.needs]
    starts = Counter(_start(arrow) for arrow in arrows)
    stops = Counter(_stop(arrow) for arrow in arrows)
    for arrow in arrows:
        start, stop = _start(arrow), _stop(arrow)
        yield arrow, start if starts[start] >= stops[stop] else stop


def _start(arrow: Arrow) -> Bundle:
    return (type(arrow).__name__, "from", arrow.source)


def _stop(arrow: Arrow) -> Bundle:
    port = arrow.port if isinstance(arrow, Call) else ""
    return (type(arrow).__name__, "to", arrow.target, port)


class _Router:
    """Finds one way after the other, each clear of those before it as far as it can be."""

    def __init__(self, layout: Layout) -> None:
        self._boxes = {each.box.key: each for each in layout.walk()}
        self._columns = range(layout.width // GRID)
        self._rows = range(TITLE_HEIGHT // GRID - 2, (layout.height - LEGEND_HEIGHT) // GRID + 2)
        self._blocked: set[Cell] = set()
        self._extra: Counter[Cell] = Counter()
        # By square: how many arrows of which bundle pass, across (0) or down (1).
        self._taken: dict[Cell, Counter[_Pass]] = defaultdict(Counter)
        self._passes_of: dict[Arrow, list[tuple[Cell, _Pass]]] = {}
        for each in layout.walk():
            self._occupy(each)
        grounds = {c for each in layout.boxes if each.box.framed for c in squares(each.rect)}
        everywhere = ((column, row) for row in self._rows for column in self._columns)
        self._extra.update({cell: OFF for cell in everywhere if cell not in grounds})

    def distance(self, arrow: Arrow) -> int:
        """Roughly how far an arrow goes."""
        one, other = self._boxes[arrow.source].rect, self._boxes[arrow.target].rect
        across = abs(one.x + one.right - other.x - other.right)
        return across + abs(one.y + one.bottom - other.y - other.bottom)

    def route(self, arrow: Arrow, bundle: Bundle) -> Route:
        """A way for ``arrow``, which those of other bundles then avoid; its last one is free."""
        for cell, passing in self._passes_of.pop(arrow, ()):
            self._taken[cell] -= Counter([passing])
        starts = self._exits(self._boxes[arrow.source].rect)
        target = self._boxes[arrow.target]
        if isinstance(arrow, Call):
            stops = self._entries({UP: above(target.ports[arrow.port])})
        else:
            stops = self._entries(dict(enumerate(sides(target.rect))))
        shared = {cell for cell in starts if self._passes(cell, bundle)}
        begun = {
            (cell, heading): APART if shared and cell not in shared else 0.0
            for cell, heading in starts.items()
        }
        cells = cheapest_way(begun, stops, lambda cell, axis: self._price(cell, axis, bundle))
        cells.append(beside(cells[-1], opposite(stops[cells[-1]])))
        self._passes_of[arrow] = [
            (each, (bundle, int(before[0] == cell[0])))
            for before, cell in pairwise(cells)
            for each in (before, cell)
        ]
        for cell, passing in self._passes_of[arrow]:
            self._taken[cell][passing] += 1
        first, last = starts[cells[0]], stops[cells[-2]]
        points = [entrance(cells[0], first), *map(middle, cells), entrance(cells[-1], last)]
        return Route(arrow, tuple(_corners(points)))

    def covered(self, arrow: Arrow) -> int:
        """How many squares of its way an arrow shares with other bundles in one direction."""
        return sum(
            any(axis == passing[1] and other != passing[0] for other, axis in self._taken[cell])
            for cell, passing in self._passes_of[arrow]
        )

    def _occupy(self, each: Placed) -> None:
        if each.box.framed:
            for text in each.texts:
                self._blocked.update(squares(text.rect))
            self._extra.update(dict.fromkeys(ring(each.rect, 0), BORDER))
        else:
            self._blocked.update(squares(each.rect))
        self._extra.update(dict.fromkeys(ring(each.rect, 1), CLOSE))
        for port in each.ports.values():
            self._blocked.update(squares(port))

    def _exits(self, rect: Rect) -> dict[Cell, int]:
        """The squares around ``rect`` and the headings that lead out of it there."""
        along = sides(rect)
        return {cell: side for side in range(4) for cell in along[side] if self._free(cell)}

    def _entries(self, along: Mapping[int, Sequence[Cell]]) -> dict[Cell, int]:
        """Squares one further away, for a straight last step, and the headings that lead there."""
        return {
            further: side
            for side, cells in along.items()
            for cell in cells
            if self._free(cell) and self._free(further := beside(cell, side))
        }

    def _free(self, cell: Cell) -> bool:
        return cell[0] in self._columns and cell[1] in self._rows and cell not in self._blocked

    def _price(self, cell: Cell, axis: int, bundle: Bundle) -> float:
        """What it costs to go on to ``cell``."""
        if not self._free(cell):
            return INFINITE
        if self._passes(cell, bundle):
            return SHARED
        taken = self._taken.get(cell, ())
        crossed = sum(ALONGSIDE if way == axis else CROSSING for _, way in taken)
        return STEP + self._extra.get(cell, 0.0) + crossed

    def _passes(self, cell: Cell, bundle: Bundle) -> bool:
        return any(other == bundle for other, _ in self._taken.get(cell, ()))


def _corners(points: Sequence[Point]) -> Iterator[Point]:
    """The ends and the points in between where the way turns."""
    yield points[0]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if (before[0] == point[0]) != (point[0] == after[0]):
            yield point
    yield points[-1]

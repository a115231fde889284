"""The cheapest way over the squares of a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Final

from tools.picture_grid import DIRECTIONS, Cell, opposite

State = tuple[Cell, int]
"""A square, and the heading with which it is reached."""

BEND: Final = 5.0
"""What a turn costs, in squares."""

# How much of the straight line is taken for granted: more is faster, and misses cheaper detours.
EAGERNESS: Final = 0.9
INFINITE: Final = float("inf")
ARRIVED: Final = -1


def cheapest_way(
    starts: Mapping[State, float],
    stops: Mapping[Cell, int],
    price_of: Callable[[Cell, int], float],
) -> list[Cell]:
    """The cheapest way from one of the squares to another: A* over squares and headings.

    Args:
        starts: Where it may begin, and what that costs.
        stops: Where it may end, and the heading that leads back.
        price_of: What it costs to go on to a square, across (0) or down (1).

    Raises:
        ValueError: there is none.
    """
    left = _Window(stops)
    best = dict(starts)
    queue = [(cost + left.distance(state[0]), cost, state) for state, cost in best.items()]
    heapify(queue)
    came: dict[State, State] = {}
    prices: dict[State, float] = {}
    while queue:
        _, cost, state = heappop(queue)
        cell, heading = state
        if heading == ARRIVED:
            return _traced(state, came)
        if cost > best[state]:
            continue
        if cell in stops and heading != stops[cell]:
            further = cost + (0.0 if heading == opposite(stops[cell]) else BEND)
            if further < best.get((cell, ARRIVED), INFINITE):
                best[cell, ARRIVED] = further
                came[cell, ARRIVED] = state
                heappush(queue, (further, further, (cell, ARRIVED)))
        for turn, (across, down) in enumerate(DIRECTIONS):
            following = ((cell[0] + across, cell[1] + down), turn)
            if turn == heading ^ 2:
                continue
            price = prices.get(following)
            if price is None:
                price = prices[following] = price_of(following[0], turn % 2)
            if price == INFINITE:
                continue
            further = cost + price + (BEND if turn != heading else 0.0)
            if further < best.get(following, INFINITE):
                best[following] = further
                came[following] = state
                heappush(queue, (further + left.distance(following[0]), further, following))
    raise ValueError("no way leads from one box to the other")


class _Window:
    """What is around some squares."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        columns, rows = zip(*cells, strict=True)
        self._left, self._right = min(columns), max(columns)
        self._top, self._bottom = min(rows), max(rows)

    def distance(self, cell: Cell) -> float:
        """The least that the rest of a way costs in all likelihood."""
        across = max(self._left - cell[0], cell[0] - self._right, 0)
        return EAGERNESS * (across + max(self._top - cell[1], cell[1] - self._bottom, 0))


def _traced(last: State, came: Mapping[State, State]) -> list[Cell]:
    cells = []
    while last in came:
        last = came[last]
        cells.append(last[0])
    return cells[::-1]

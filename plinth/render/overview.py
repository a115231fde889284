"""The components of a stack and how many resources each brings, as a picture in text."""

from __future__ import annotations

from collections import Counter
from typing import Final

from plinth.render.forest import Forest, Node, draw
from plinth.render.words import tally
from rehearsal.events import Kind

OUTSIDE: Final = "(outside components)"


def overview(forest: Forest, kind: Kind) -> list[str]:
    """One line per component, with the resources directly and indirectly below it.

    Resources outside any component share the last line.
    """
    tops = forest.tops()
    loose = Node("", "", OUTSIDE, children=[node for node in tops if not node.children])
    rows = draw([*tops, loose], lambda node: bool(node.children), lambda _: False)
    drawn = [(f"{row.guides}{row.node.name}", row.node.type, _resources(row.node)) for row in rows]
    left, middle = (max((len(line[i]) for line in drawn), default=0) for i in (0, 1))
    return [
        f"{name:<{left}}  {type_:<{middle}}  {tally(counts, kind)}" for name, type_, counts in drawn
    ]


def _resources(component: Node) -> Counter[str]:
    return Counter(
        node.outcome
        for child in component.children
        for node in child.walk()
        if not node.children and node.outcome
    )

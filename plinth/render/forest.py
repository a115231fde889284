"""The resources of an operation as a tree of components, and its rows as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from plinth.render.words import outcome_of
from rehearsal.events import Event, Op, Step, StepDone, StepFailed, StepStarted

STACK_TYPE: Final = "pulumi:pulumi:Stack"


class State(StrEnum):
    """How far a resource is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(eq=False)
class Node:
    """A resource and what happened to it so far."""

    urn: str
    type: str
    name: str
    state: State = State.WAITING
    ops: list[Op] = field(default_factory=list)
    message: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """One of the words of ``render.words``; empty before the first step."""
        return outcome_of(self.ops) if self.ops else ""

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def outcomes(self) -> Counter[str]:
        """Nodes per outcome below this one, itself left out."""
        return Counter(node.outcome for child in self.children for node in child.walk())

    def settled(self) -> bool:
        """Whether nothing in this subtree runs, waits or failed."""
        return all(node.state is State.DONE for node in self.walk())


@dataclass(frozen=True)
class Row:
    """A line of a drawn tree: its guides, its node, and whether the node's children are hidden."""

    guides: str
    node: Node
    folded: bool = False


class Forest:
    """Nodes by URN in order of appearance; parents that never had a step are inferred."""

    def __init__(self) -> None:
        """Begin empty."""
        self.nodes: dict[str, Node] = {}
        self.roots: list[Node] = []

    def __call__(self, event: Event) -> None:
        """Take a step's event in; other events change nothing."""
        match event:
            case StepStarted(step):
                self._node_of(step).state = State.RUNNING
            case StepDone(step):
                node = self._node_of(step)
                node.state = State.DONE
                node.ops.append(step.op)
            case StepFailed(step, message):
                node = self._node_of(step)
                node.state, node.message = State.FAILED, message
                node.ops.append(step.op)
            case _:
                pass

    def _node_of(self, step: Step) -> Node:
        node = self.nodes.get(step.urn)
        if node is None:
            node = self.nodes[step.urn] = Node(step.urn, step.type, step.name)
            self._hang(node, step.parent)
        elif step.parent and node in self.roots:
            self.roots.remove(node)
            self._hang(node, step.parent)
        return node

    def _hang(self, node: Node, parent_urn: str) -> None:
        if not parent_urn:
            self.roots.append(node)
            return
        parent = self.nodes.get(parent_urn)
        if parent is None:
            # A destroy reaches children before their parents, whose own steps tell the rest.
            types, name = parent_urn.split("::", 3)[2:]
            parent = self.nodes[parent_urn] = Node(parent_urn, types.rpartition("$")[2], name)
            self.roots.append(parent)
        parent.children.append(node)

    def tops(self) -> list[Node]:
        """What a drawing begins with: the children of the stack and whatever has no parent."""
        found: list[Node] = []
        for root in self.roots:
            found.extend(root.children if root.type == STACK_TYPE else [root])
        return found

    def rows(
        self,
        *,
        show: Callable[[Node], bool] = lambda _: True,
        fold: Callable[[Node], bool] = lambda _: False,
    ) -> list[Row]:
        """The drawn tree: nodes for which ``show`` holds, without what is below a ``fold``."""
        return list(draw(self.tops(), show, fold))


def draw(
    nodes: Iterable[Node],
    show: Callable[[Node], bool],
    fold: Callable[[Node], bool],
    indent: str = "",
) -> Iterator[Row]:
    """The rows of ``nodes`` and of what is below them, with guides."""
    shown = [node for node in nodes if show(node)]
    for index, node in enumerate(shown):
        last = index == len(shown) - 1
        folded = bool(node.children) and fold(node)
        yield Row(indent + ("└─ " if last else "├─ "), node, folded)
        if not folded:
            yield from draw(node.children, show, fold, indent + ("   " if last else "│  "))

"""What a picture shows: boxes in boxes, and arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a box stands for; it decides how the box looks."""

    GROUND = "ground"  # what the stack stands on
    TIER = "tier"  # a part of a network
    NAMESPACE = "namespace"  # a part of a cluster
    COMPONENT = "component"
    OUTSIDE = "outside"  # an end of a flow that the stack does not build


class Family(StrEnum):
    """What a component is for; it decides the colour of its box."""

    NETWORK = "network"
    RUNTIME = "runtime"
    DATA = "data"
    SECURITY = "security"
    EYES = "observability"


FAMILIES: Final = {
    "network": Family.NETWORK,
    "dns": Family.NETWORK,
    "ingress": Family.NETWORK,
    "cluster": Family.RUNTIME,
    "registry": Family.RUNTIME,
    "workload": Family.RUNTIME,
    "database": Family.DATA,
    "cache": Family.DATA,
    "bucket": Family.DATA,
    "keys": Family.SECURITY,
    "identity": Family.SECURITY,
    "audit": Family.SECURITY,
    "vault": Family.SECURITY,
    "observability": Family.EYES,
}
"""By capability; what is not listed runs something."""


@dataclass(frozen=True)
class Box:
    """A box, and the boxes in it.

    Attributes:
        key: Names it in arrows; unique in a picture.
        title: Its name.
        kind: What it is, ``AwsDatabase``; may be empty.
        notes: What else is said of it, a line each.
        role: How it is drawn.
        family: The colour of a component.
        inside: What stands on it or is part of it, in order.
    """

    key: str
    title: str
    role: Role
    kind: str = ""
    notes: tuple[str, ...] = ()
    family: Family = Family.RUNTIME
    inside: tuple[Box, ...] = ()

    @property
    def framed(self) -> bool:
        """Whether it is a frame around others rather than a box with lines of text."""
        return bool(self.inside) or self.role in {Role.GROUND, Role.TIER, Role.NAMESPACE}

    @property
    def wide(self) -> bool:
        """Whether it is a frame that takes all the width there is."""
        if self.role is Role.COMPONENT:
            return any(each.role in {Role.TIER, Role.NAMESPACE} for each in self.inside)
        return self.role in {Role.GROUND, Role.TIER}

    def walk(self) -> Iterator[Box]:
        """The box and everything in it."""
        yield self
        for box in self.inside:
            yield from box.walk()


@dataclass(frozen=True, order=True)
class Need:
    """The component ``source`` is made from what ``target`` gives."""

    source: str
    target: str


@dataclass(frozen=True, order=True)
class Call:
    """``source`` calls ``target`` at the port that ``port`` says."""

    source: str
    target: str
    port: str


@dataclass(frozen=True)
class Picture:
    """Everything a picture shows, and nothing of how.

    Attributes:
        title: Its heading.
        summary: A line below.
        boxes: What is not inside of anything.
        needs: What is made from what.
        calls: Who calls whom.
    """

    title: str
    summary: str
    boxes: tuple[Box, ...]
    needs: tuple[Need, ...] = ()
    calls: tuple[Call, ...] = ()

    def walk(self) -> Iterator[Box]:
        """Every box at any depth."""
        for box in self.boxes:
            yield from box.walk()

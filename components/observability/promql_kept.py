"""Sets of labels that a PromQL result can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kept:
    """The labels of a result: those of ``named`` alone or, with ``others``, any but those."""

    named: frozenset[str]
    others: bool = False

    def has(self, label: str) -> bool:
        """Whether the result can carry ``label``."""
        return (label in self.named) != self.others

    def only(self, labels: Iterable[str]) -> Kept:
        """What is left of it by ``by (labels)``."""
        return Kept(frozenset(label for label in labels if self.has(label)))

    def without(self, labels: Iterable[str]) -> Kept:
        """What is left of it by ``without (labels)``."""
        dropped = frozenset(labels)
        return Kept(self.named | dropped if self.others else self.named - dropped, self.others)

    def adding(self, labels: Iterable[str]) -> Kept:
        """With ``labels`` put on it."""
        added = frozenset(labels)
        return Kept(self.named - added if self.others else self.named | added, self.others)

    def both(self, other: Kept) -> Kept:
        """What it has in common with ``other``."""
        if not self.others:
            return other.only(self.named)
        return other.without(self.named) if other.others else self.only(other.named)


EVERYTHING: Final = Kept(frozenset(), others=True)
NOTHING: Final = Kept(frozenset())

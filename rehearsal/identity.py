"""Which resource of the former state a registration means: by its URN or by an alias."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.checkpoint import Checkpoint
from rehearsal.errors import RehearsalError
from rehearsal.goal import Alias, Goal
from rehearsal.state import (
    STACK_TYPE,
    ResourceState,
    make_urn,
    urn_name,
    urn_qualified_type,
    urn_type,
)


class Identities:
    """Hands out each URN once, and each resource of the former state once."""

    def __init__(
        self, stack: str, project: str, olds: Iterable[ResourceState], checkpoint: Checkpoint
    ) -> None:
        """``olds`` is the former state; the checkpoint learns of new names for its resources."""
        self._stack = stack
        self._project = project
        self._olds = {state.urn: state for state in olds}
        self._checkpoint = checkpoint
        self._claimed: set[str] = set()
        self._aliased: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def has(self, urn: str) -> bool:
        """Whether ``urn`` was claimed in this run."""
        return urn in self._claimed

    def claim(self, urn: str, goal: Goal) -> ResourceState | None:
        """Give ``urn`` to ``goal``.

        Returns:
            The resource of the former state that it continues, if there is one.

        Raises:
            RehearsalError: the URN or the resource behind an alias belongs to another already.
        """
        if urn in self._claimed:
            raise RehearsalError(
                f"Duplicate resource URN '{urn}'; try giving it a unique name: {goal.type} is "
                f"registered twice as {goal.name!r}"
            )
        if urn in self._aliased:
            raise RehearsalError(
                f"{urn} was already taken over by {self._aliased[urn]} through an alias; "
                "remove the alias or give one of them another name"
            )
        self._claimed.add(urn)
        if urn in self._olds:
            return self._olds[urn]
        for candidate in self._candidates(goal):
            if candidate in self._olds:
                return self._take_over(urn, candidate)
        return None

    def _take_over(self, urn: str, former: str) -> ResourceState:
        if former in self._claimed or former in self._aliased:
            raise RehearsalError(
                f"{urn} has an alias to {former}, which another resource of the program already "
                "is; remove the alias"
            )
        self._aliased[former] = urn
        self._taken[urn] = former
        self._checkpoint.rename(former, urn)
        return self._olds[former]

    def _candidates(self, goal: Goal) -> list[str]:
        """Former URNs, most explicit first; an alias of the parent passes on to its children."""
        found = [self._collapse(goal, alias) for alias in goal.aliases]
        former_parent = self._taken.get(goal.parent)
        if former_parent:
            parent_name = urn_name(goal.parent)
            own = [(goal.type, goal.name), *((urn_type(urn), urn_name(urn)) for urn in found)]
            found += [
                self._inherited(type_, name, parent_name, former_parent) for type_, name in own
            ]
        return list(dict.fromkeys(found))

    def _collapse(self, goal: Goal, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._taken.get(alias.parent, alias.parent) if alias.parent else goal.parent
        if alias.no_parent or (parent and urn_qualified_type(parent) == STACK_TYPE):
            parent = ""
        return make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    def _inherited(self, type_: str, name: str, parent_name: str, former_parent: str) -> str:
        if name.startswith(parent_name):
            name = urn_name(former_parent) + name.removeprefix(parent_name)
        return make_urn(self._stack, self._project, former_parent, type_, name)

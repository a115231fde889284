"""What was measured, beside what it may cost."""

from __future__ import annotations


class Figures:
    """Prints each figure and remembers whether one is over its budget."""

    def __init__(self) -> None:
        """Nothing is over."""
        self.over = False

    def at_most(self, what: str, measured: float, budget: float, unit: str = "s") -> None:
        """A figure that must not be above ``budget``."""
        self._tell(what, measured, f"budget {budget:7.2f} {unit}", unit, kept=measured <= budget)

    def at_least(self, what: str, measured: float, budget: float, unit: str = "x") -> None:
        """A figure that must not be below ``budget``."""
        self._tell(what, measured, f"least  {budget:7.2f} {unit}", unit, kept=measured >= budget)

    def tell(self, what: str, measured: float, unit: str) -> None:
        """A figure without a budget."""
        print(f"{what:52} {measured:9.2f} {unit}")  # noqa: T201

    def skip(self, what: str, why: str) -> None:
        """Say loudly what was not measured."""
        print(f"NOT MEASURED: {what}: {why}")  # noqa: T201

    def _tell(self, what: str, measured: float, budget: str, unit: str, *, kept: bool) -> None:
        self.over |= not kept
        verdict = "ok" if kept else "OVER BUDGET"
        print(f"{what:52} {measured:9.2f} {unit:2}  {budget}   {verdict}")  # noqa: T201

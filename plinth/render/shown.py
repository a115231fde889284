"""Lines of a result, coloured and with the progress of what leads to it where a terminal is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from rehearsal.events import Event, StepDone


class Shown:
    """Standard output: plain text, or on a terminal colours and a line that moves."""

    def __init__(self, terminal: bool) -> None:
        """Nothing is shown yet."""
        self._console = Console(
            file=sys.stdout, force_terminal=terminal, no_color=not terminal, highlight=False
        )
        self._status = Status("Rehearsing", console=self._console) if terminal else None
        self._done = 0

    def __enter__(self) -> Self:
        """Begin to show progress."""
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        """Take the line that moves away."""
        if self._status is not None:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Count the resources that a rehearsal has done."""
        if isinstance(event, StepDone) and self._status is not None:
            self._done += 1
            self._status.update(f"Rehearsing: {self._done} resources")

    def say(self, text: str, style: str = "") -> None:
        """Show a line."""
        self._console.print(text, style=style or None, markup=False, soft_wrap=True)

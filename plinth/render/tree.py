"""A live tree of components on a terminal, with a bar and the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from plinth.render.forest import Forest, Node, Row, State
from plinth.render.plain import lines
from plinth.render.words import STYLE, tally, word
from rehearsal.events import Diagnostic, Event, Kind, Level, Started, Violation

FRAMES_PER_SECOND: Final = 10
BAR_WIDTH: Final = 40
_SPIN: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class TreeRenderer:
    """Draws the tree while the operation runs and leaves the finished one behind."""

    def __init__(
        self, console: Console, clock: Callable[[], float] = time.monotonic, *, live: bool = True
    ) -> None:
        """Draw on ``console``; ``live=False`` draws the finished tree only."""
        self.console = console
        self.clock = clock
        self.forest = Forest()
        self.kind = Kind.PREVIEW
        self.expected = 0
        self.began = clock()
        # The display's own thread reads what the engine's threads write.
        self._lock = threading.Lock()
        self._live = (
            Live(
                get_renderable=self.frame,
                console=console,
                refresh_per_second=FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            if live
            else None
        )

    def begin(self) -> None:
        """Begin to draw."""
        if self._live:
            self._live.start(refresh=True)

    def end(self) -> None:
        """Stop drawing and leave the tree; what did not change at all is folded."""
        if self._live:
            self._live.stop()
        for row in self.forest.rows(fold=_untouched):
            self.console.print(self._line(row), soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """Take ``event`` into the tree; messages and findings are printed above it."""
        with self._lock:
            if isinstance(event, Started):
                self.kind, self.expected, self.began = event.kind, event.expected, self.clock()
            self.forest(event)
        if isinstance(event, Diagnostic | Violation):
            for line in lines(event):
                self.say(line, _message_style(event))

    def say(self, text: str, style: str = "") -> None:
        """Print a line above the tree."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def frame(self) -> RenderableType:
        """The tree as it is now, cut to the height of the terminal, over the bar."""
        with self._lock:
            height = max(self.console.height - 3, 3)
            shown, hidden = _fit(self.forest, height)
            body = [self._line(row) for row in shown]
            if hidden:
                body.append(Text(f"   … {hidden} more", style="dim"))
            return Group(*body, self._bar())

    def _bar(self) -> RenderableType:
        nodes = self.forest.nodes.values()
        done = sum(node.state in {State.DONE, State.FAILED} for node in nodes)
        total = max(self.expected, len(nodes), 1)
        table = Table.grid(padding=(0, 1))
        table.add_row(
            ProgressBar(total=total, completed=done, width=BAR_WIDTH),
            Text(f"{done}/{total}"),
            Text(clock_text(self.clock() - self.began), style="dim"),
        )
        return table

    def _line(self, row: Row) -> Text:
        node = row.node
        text = Text(row.guides, style="dim")
        text.append_text(self._mark(node))
        text.append(f" {node.name}", style="bold" if node.children else "")
        text.append(f"  {node.type}", style="dim")
        if node.state is State.DONE and node.outcome:
            text.append(f"  {word(node.outcome, self.kind)}", style=STYLE[node.outcome])
        if row.folded:
            counts = node.outcomes()
            text.append(f"  ({sum(counts.values())} below: {tally(counts, self.kind)})", "dim")
        if node.message:
            text.append(f"  {node.message.partition(chr(10))[0]}", style="red")
        return text

    def _mark(self, node: Node) -> Text:
        if node.state is State.DONE:
            return Text("✓", style=STYLE.get(node.outcome, "dim"))
        if node.state is State.FAILED:
            return Text("✗", style="bold red")
        if node.state is State.WAITING:
            return Text("·", style="dim")
        frame = int(self.clock() * FRAMES_PER_SECOND) % len(_SPIN)
        return Text(_SPIN[frame], style="cyan")


def _fit(forest: Forest, height: int) -> tuple[list[Row], int]:
    """As much of the tree as fits ``height`` lines, and how many nodes that leaves out."""
    for rows in (forest.rows(), forest.rows(fold=Node.settled)):
        if len(rows) <= height:
            return rows, 0
    rows = forest.rows(show=lambda node: not node.settled())
    hidden = max(len(rows) - height + 1, 0)
    return (rows[: height - 1], hidden) if hidden else (rows, 0)


def _untouched(node: Node) -> bool:
    return all(part.state is State.DONE and part.outcome == "unchanged" for part in node.walk())


def _message_style(event: Diagnostic | Violation) -> str:
    if isinstance(event, Diagnostic):
        return {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: ""}[event.level]
    return "yellow" if event.undecided or event.level != "mandatory" else "red"


def clock_text(seconds: float) -> str:
    """``1:05`` for 65 seconds; ``9.4 s`` below a minute."""
    if seconds < 60:  # noqa: PLR2004 a minute
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

"""Reports about policies, written when an operation has ended."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from plinth.errors import PlinthError
from plinth.judging import RuleAnalyzer
from plinth.policy_report import Told, report
from plinth.report_order import ReportOrder
from plinth.runner import Runner
from plinth.target import Target
from policies.report import FORMATS
from policies.report.model import Report, Source
from rehearsal.events import Event, Listener, Summary, Violation

PACKAGE: Final = "plinth"


class ReportingRunner:
    """``runner``, which leaves reports of what the policies said behind each preview and up."""

    def __init__(
        self,
        runner: Runner,
        analyzer: RuleAnalyzer,
        target: Target,
        orders: tuple[ReportOrder, ...],
        *,
        real: bool,
    ) -> None:
        """Nothing is run yet; ``real`` says that the Pulumi engine runs it, with the packs."""
        self.runner = runner
        self.analyzer = analyzer
        self.target = target
        self.orders = orders
        self.real = real

    def preview(self, listener: Listener) -> Summary:
        """Preview, and report."""
        return self._operate(self.runner.preview, listener, "preview")

    def up(self, listener: Listener) -> Summary:
        """Bring up, and report."""
        return self._operate(self.runner.up, listener, "update")

    def down(self, listener: Listener) -> Summary:
        """Take down; policies have no say in that."""
        return self.runner.down(listener)

    def _operate(
        self, operation: Callable[[Listener], Summary], listener: Listener, source: Source
    ) -> Summary:
        told: list[Violation] = []

        def listening(event: Event) -> None:
            if isinstance(event, Violation):
                told.append(event)
            listener(event)

        finished = False
        try:
            summary = operation(listening)
            finished = summary.ok
            return summary
        finally:
            # Of what failed before anything was judged, a report would read as if all were well.
            if finished or told or self.analyzer.shown:
                packs = frozenset(pack.name for pack in self.target.packs)
                made = report(
                    self.analyzer,
                    project=self.target.project,
                    stack=self.target.stack,
                    source=source if self.real else "rehearsal",
                    version=version(PACKAGE),
                    root=self.target.directory,
                    told=Told(told, packs, finished) if self.real else None,
                )
                write(made, self.orders)


def write(made: Report, orders: Iterable[ReportOrder]) -> None:
    """Write the report to every file that was asked for, each whole or not at all.

    Raises:
        PlinthError: a file cannot be written.
    """
    for order in orders:
        text = FORMATS[order.format](made)
        try:
            _replace(order.file, text)
        except OSError as error:
            raise PlinthError(
                f"The report cannot be written to {order.file}: {error.strerror}. Name a file that "
                "can be written."
            ) from error


def _replace(file: Path, text: str) -> None:
    if not file.exists() or file.is_file():
        with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
            # A file made in the ordinary way has the rights the user's mask gives it.
            written = Path(folder) / file.name
            written.write_text(text, encoding="utf-8")
            written.replace(file)
        return
    # Such as /dev/stdout, or the pipe of a job's summary.
    with file.open("a", encoding="utf-8") as stream:
        stream.write(text)

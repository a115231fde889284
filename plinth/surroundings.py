"""What was asked for, and everything an operation touches outside itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from plinth.choose import Choice
from plinth.guard import GuardedRunner
from plinth.machine import LocalMachine, Machine
from plinth.report_order import ReportOrder
from plinth.runner import Runner
from plinth.target import Target, read_target
from policies.exemptions import Exemptions, find
from rehearsal.analysis import Analyzer
from rehearsal.events import Kind

VERB: Final = {Kind.PREVIEW: "preview", Kind.UP: "up", Kind.DESTROY: "down"}


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line.

    ``packs`` are directories of policy packs, ``faults`` ``kind:moment:operation`` texts.
    ``reports`` are formats and files of reports about policies.
    """

    kind: Kind
    stack: str
    yes: bool = False
    rehearse: bool = False
    as_json: bool = False
    state_dir: Path | None = None
    packs: tuple[Path, ...] = ()
    faults: tuple[str, ...] = ()
    reports: tuple[ReportOrder, ...] = ()

    @property
    def command(self) -> str:
        """The command's name."""
        return VERB[self.kind]


def make_runner(choice: Choice, target: Target, request: Request) -> Runner:
    """The engine of ``choice``, ready to run; only its own packages are imported."""
    from plinth.judging import RuleAnalyzer  # noqa: PLC0415
    from plinth.reporting import ReportingRunner  # noqa: PLC0415
    from policies.catalogue import RULES  # noqa: PLC0415

    analyzer = RuleAnalyzer(RULES, exemptions_of(target))
    engine = _make_engine(choice, target, request, analyzer)
    if request.reports:
        engine = ReportingRunner(
            engine, analyzer, target, request.reports, real=choice.cli is not None
        )
    return GuardedRunner(engine, target.stack, target.approvals)


def exemptions_of(target: Target) -> Exemptions:
    """What is exempt from rules in the project of ``target``."""
    from policies.catalogue import RULES  # noqa: PLC0415

    ids = [rule.id for rule in RULES]
    return find(target.directory / "policies", ids, environ=os.environ)


def _make_engine(choice: Choice, target: Target, request: Request, analyzer: Analyzer) -> Runner:
    home = request.state_dir or target.home
    if choice.cli is not None:
        from plinth.cloud import CloudRunner  # noqa: PLC0415

        return CloudRunner(target, choice.cli, home, analyzer, request.packs)
    from plinth.rehearse import RehearsalRunner  # noqa: PLC0415

    return RehearsalRunner(target, home, [analyzer], request.packs, request.faults)


@dataclass(frozen=True)
class Surroundings:
    """Everything an operation touches outside itself, so that tests can stand in for it."""

    directory: Path = field(default_factory=Path.cwd)
    machine: Machine = field(default_factory=LocalMachine)
    read_target: Callable[[Path, str], Target] = read_target
    make_runner: Callable[[Choice, Target, Request], Runner] = make_runner
    on_terminal: Callable[[], bool] = field(
        default=lambda: sys.stdout.isatty() and not Console().is_dumb_terminal
    )
    may_ask: Callable[[], bool] = field(default=lambda: sys.stdin.isatty() and sys.stdout.isatty())
    ask: Callable[[str], bool] = typer.confirm

"""One operation from the command line to the exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console

from plinth.choose import Choice, EngineName, choose
from plinth.errors import CalledOff, PlinthError, UsageError
from plinth.render.document import EngineDocument, document
from plinth.render.forest import Forest
from plinth.render.overview import overview
from plinth.render.plain import PlainRenderer, Renderer
from plinth.render.report import Report
from plinth.render.summary import summary_lines
from plinth.render.tree import TreeRenderer, clock_text
from plinth.runner import Runner
from plinth.signals import exit_code
from plinth.surroundings import Request, Surroundings
from plinth.target import Target, find_project
from rehearsal.errors import RehearsalError
from rehearsal.events import Event, Kind, Listener, Summary
from rehearsal.pack_process import manifest_path
from stacks.problem import SettingsError

OK: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
CALLED_OFF: Final = "was called off"

USER_ERRORS: Final = (PlinthError, RehearsalError, SettingsError)


class Operation:
    """A request being carried out."""

    def __init__(self, request: Request, around: Surroundings) -> None:
        """Nothing is done yet."""
        self.request = request
        self.around = around
        self.target: Target | None = None
        self.choice: Choice | None = None
        self.report = Report()
        self.message = ""
        self.ended = "failed"

    def run(self) -> int:
        """Carry it out and say everything; the exit code."""
        code = FAILED
        try:
            code = self._run()
        except UsageError as error:
            code, self.message = WRONG_USAGE, str(error)
        except CalledOff as error:
            self.ended, self.message = CALLED_OFF, str(error)
        except USER_ERRORS as error:
            self.message = str(error)
        except typer.Abort:
            self.ended, self.message = CALLED_OFF, "Nothing was changed."
        except KeyboardInterrupt as interruption:
            code = exit_code(interruption)
            self.message = (
                "Interrupted. Nothing is lost: the same command goes on where this one stopped."
            )
        except Exception as error:  # noqa: BLE001 the last resort of a command
            traceback.print_exc()
            self.message = (
                f"This is a bug in plinth ({type(error).__name__}). Please report it with the "
                "lines above."
            )
        self._close(code)
        return code

    def _run(self) -> int:
        request, around = self.request, self.around
        for pack in request.packs:
            manifest_path(pack)
        target = self.target = around.read_target(find_project(around.directory), request.stack)
        choice = self.choice = choose(
            target, around.machine, _to_stderr, rehearse=request.rehearse, taking_down=self._down
        )
        self._say(f"{choice.title}: {request.command} of {request.stack} ({choice.reason}).")
        runner = around.make_runner(choice, target, request)
        if self._down:
            self._confirm_down(target)
            return self._carry_out(runner.down)
        if request.kind is Kind.PREVIEW:
            return self._carry_out(runner.preview)
        if not self._confirm_up(runner, choice):
            return FAILED
        return self._carry_out(runner.up)

    @property
    def _down(self) -> bool:
        return self.request.kind is Kind.DESTROY

    @property
    def _may_ask(self) -> bool:
        return not self.request.as_json and self.around.may_ask()

    def _confirm_down(self, target: Target) -> None:
        if self.request.yes:
            return
        if not self._may_ask:
            raise UsageError(
                f"down deletes everything in {target.stack} and cannot ask here, for this is not "
                "a terminal. Say --yes to confirm."
            )
        if not self.around.ask(f"Delete everything in {target.stack}?"):
            raise CalledOff("Nothing was deleted.")

    def _confirm_up(self, runner: Runner, choice: Choice) -> bool:
        if self.request.yes:
            return True
        if not self._may_ask:
            if choice.engine is EngineName.REHEARSAL:
                return True
            raise UsageError(
                f"up changes {self.request.stack} and cannot ask here, for this is not a terminal. "
                "Say --yes to confirm, or look first with preview."
            )
        if self._carry_out(runner.preview) != OK:
            return False
        if self.report.changes and not self.around.ask(f"Bring {self.request.stack} up like this?"):
            raise CalledOff("Nothing was changed.")
        return True

    def _carry_out(self, operation: Callable[[Listener], Summary]) -> int:
        self.report = Report()
        renderer, forest = self._renderer(), Forest()

        def listener(event: Event) -> None:
            self.report(event)
            forest(event)
            renderer(event)

        renderer.begin()
        try:
            summary = operation(listener)
        finally:
            renderer.end()
        if isinstance(renderer, PlainRenderer) and not self._down and forest.tops():
            for line in ("", "Components", *(f"  {x}" for x in overview(forest, summary.kind))):
                renderer.say(line)
        for line in summary_lines(self.report):
            renderer.say(line.text, line.style)
        return OK if summary.ok else FAILED

    def _renderer(self) -> Renderer:
        if self.request.as_json:
            return PlainRenderer(None)
        if self.around.on_terminal():
            return TreeRenderer(Console(file=sys.stdout, force_terminal=True, highlight=False))
        return PlainRenderer(sys.stdout)

    def _say(self, text: str) -> None:
        PlainRenderer(None if self.request.as_json else sys.stdout).say(text)

    def _close(self, code: int) -> None:
        if self.message:
            _to_stderr(self.message if self.ended == CALLED_OFF else f"Error: {self.message}")
        if self.request.as_json:
            PlainRenderer(sys.stdout).say(self._document())
        elif self.choice is not None:
            summary = self.report.summary
            finished = summary is not None and summary.kind is self.request.kind
            took = f" in {clock_text(summary.seconds)}" if summary and finished else ""
            ended = "succeeded" if code == OK else self.ended
            self._say(
                f"{self.choice.title}: {self.request.command} of {self.request.stack} {ended}{took}."
            )

    def _document(self) -> str:
        choice, target = self.choice, self.target
        engine = (
            EngineDocument(
                name=choice.engine,
                touches_cloud=choice.engine is EngineName.PULUMI,
                reason=choice.reason,
            )
            if choice
            else None
        )
        return document(
            self.report,
            command=self.request.command,
            project=target.project if target else "",
            stack=self.request.stack,
            engine=engine,
            message=self.message,
        ).model_dump_json(indent=2)


@contextmanager
def told_errors() -> Generator[None]:
    """Turn a user's mistakes into one message on standard error and an exit code."""
    try:
        yield
    except USER_ERRORS as error:
        _to_stderr(f"Error: {error}")
        raise typer.Exit(WRONG_USAGE if isinstance(error, UsageError) else FAILED) from None


def _to_stderr(text: str) -> None:
    typer.echo(text, err=True)

"""The rehearsal engine, run on the repository's own program."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final, Literal, cast

from plinth.errors import PlinthError, UsageError
from plinth.passphrase import local_passphrase
from plinth.target import Target
from rehearsal.analysis import Analyzer
from rehearsal.engine import Engine, Project
from rehearsal.events import Listener, Summary
from rehearsal.packs import PolicyPack
from rehearsal.program import ScriptProgram
from rehearsal.store import Store
from rehearsal.world import Abandoned, Fault
from stacks.stackfile import OWN, read, stack_path

STATES: Final = "rehearsal"
_FAULT: Final = re.compile(r"(error|abandon|kill):(before|after):([1-9][0-9]*)")


class RehearsalRunner:
    """Carries a stack through an operation against its simulated world below ``home``."""

    def __init__(
        self,
        target: Target,
        home: Path,
        analyzers: Sequence[Analyzer],
        packs: Sequence[Path] = (),
        faults: Sequence[str] = (),
    ) -> None:
        """Nothing is run yet.

        Args:
            target: the stack.
            home: where states and worlds are kept.
            analyzers: what judges in every operation.
            packs: directories of policy packs that judge besides.
            faults: texts for ``parse_fault``.
        """
        self.target = target
        self.home = home
        self.analyzers = analyzers
        self.packs = packs
        self.faults = [parse_fault(text) for text in faults]

    def preview(self, listener: Listener) -> Summary:
        """Show what ``up`` would do in the simulated world."""
        return self._operate(listener, Engine.preview, dry_run=True)

    def up(self, listener: Listener) -> Summary:
        """Bring the stack up in the simulated world."""
        return self._operate(listener, Engine.up)

    def down(self, listener: Listener) -> Summary:
        """Empty the simulated world."""
        return self._operate(listener, Engine.destroy)

    def _operate(
        self,
        listener: Listener,
        operation: Callable[[Engine], Summary],
        *,
        dry_run: bool = False,
    ) -> Summary:
        target = self.target
        file = read(stack_path(target.directory, target.stack))
        secrets = tuple(f"{OWN}{name}" for name in file.secrets)
        project = Project(
            name=target.project,
            stack=target.stack,
            program=ScriptProgram(target.directory),
            root=target.directory,
            # A rehearsal cannot decrypt, and the simulated world takes any value for a secret.
            config={**file.config, **{key: f"the value of {key}" for key in secrets}},
            secret_keys=secrets,
        )
        passphrase = local_passphrase(os.environ)
        store = Store(self.home / STATES, target.project, target.stack, passphrase)
        with ExitStack() as running:
            started = [
                running.enter_context(closing(self._start(pack, project, dry_run=dry_run)))
                for pack in self.packs
            ]
            engine = Engine(
                project,
                store,
                analyzers=[*self.analyzers, *started],
                listener=listener,
                faults=self.faults,
            )
            try:
                return operation(engine)
            except Abandoned as error:
                raise PlinthError(f"The rehearsal was {error}, as ordered.") from error

    def _start(self, pack: Path, project: Project, *, dry_run: bool) -> PolicyPack:
        return PolicyPack(
            pack, project=project.name, stack=project.stack, config=project.config, dry_run=dry_run
        )


def parse_fault(text: str) -> Fault:
    """The fault ``kind:moment:operation`` asks for, such as ``kill:before:7``.

    Raises:
        UsageError: the text is not one.
    """
    found = _FAULT.fullmatch(text)
    if found is None:
        raise UsageError(
            f'The fault "{text}" is not understood. Write KIND:MOMENT:OPERATION with error, '
            "abandon or kill; before or after; and a number from 1, such as kill:before:7."
        )
    kind = cast("Literal['error', 'abandon', 'kill']", found[1])
    moment = cast("Literal['before', 'after']", found[2])
    return Fault(int(found[3]), kind, moment)

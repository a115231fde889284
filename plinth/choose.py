"""Which engine carries an operation out: Pulumi, or the rehearsal.

The Pulumi engine needs its CLI and a ground that can be reached. Without them dev rehearses and
says why; staging and prod do so only when asked, because a green rehearsal of production must never
be mistaken for production.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from plinth.errors import PlinthError
from plinth.machine import Machine, Presence
from plinth.target import DOCKER, Target

FALLS_BACK: Final = "dev"


class EngineName(StrEnum):
    """The engines there are."""

    PULUMI = "pulumi"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True)
class Choice:
    """The engine, why it is that one, and for Pulumi where the CLI is."""

    engine: EngineName
    reason: str
    cli: Path | None = None

    @property
    def title(self) -> str:
        """The engine as the first and the last line of output name it."""
        if self.engine is EngineName.PULUMI:
            return "Pulumi engine"
        return "Rehearsal engine, no real cloud is touched"


def choose(
    target: Target,
    machine: Machine,
    notify: Callable[[str], None],
    *,
    rehearse: bool,
    taking_down: bool = False,
) -> Choice:
    """The engine for ``target`` on ``machine``; ``notify`` hears of an installation.

    Raises:
        PlinthError: the Pulumi engine cannot be used and the stack may not fall back by itself.
    """
    if rehearse:
        return Choice(EngineName.REHEARSAL, "--rehearse was given")
    ground = _ground(target, machine)
    if not ground.there:
        return _fall_back(target, ground.because, taking_down=taking_down)
    cli = machine.find_cli()
    if cli is None:
        notify("Installing the Pulumi CLI into ~/.pulumi/versions, once.")
        try:
            cli = machine.install_cli()
        except PlinthError as error:
            because = f"the Pulumi CLI is not installed: {error}"
            return _fall_back(target, because, taking_down=taking_down)
    return Choice(EngineName.PULUMI, ground.because, cli)


def _ground(target: Target, machine: Machine) -> Presence:
    if target.ground == DOCKER:
        return machine.docker(target.docker_host)
    return machine.credentials(target.ground)


def _fall_back(target: Target, because: str, *, taking_down: bool) -> Choice:
    if target.stack != FALLS_BACK:
        raise PlinthError(
            f"The Pulumi engine cannot be used for {target.stack}: {because}. Correct that, or say "
            f"--rehearse to go through it without a cloud; only {FALLS_BACK} does so by itself."
        )
    if taking_down and target.exists_for_real:
        raise PlinthError(
            f"{target.stack} was brought up by the Pulumi engine, which cannot be used now: "
            f"{because}. Correct that to take it down, or say --rehearse to take down what was "
            "rehearsed."
        )
    return Choice(EngineName.REHEARSAL, because)

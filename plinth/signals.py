"""Interruptions: every signal that asks for an end is treated like Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

_ASKING: Final = (signal.SIGTERM, signal.SIGHUP)
# What a shell adds to the number of the signal a command ended by.
_SHELL: Final = 128


class Terminated(KeyboardInterrupt):
    """The process was asked to end by ``signum``."""

    def __init__(self, signum: int) -> None:
        """Remember the signal, for the exit code."""
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def treat_like_ctrl_c() -> None:
    """Let SIGTERM and SIGHUP raise; one that is ignored, as under nohup, stays ignored."""
    for signum in _ASKING:
        if signal.getsignal(signum) is signal.SIG_DFL:
            signal.signal(signum, _raise)


def exit_code(interruption: KeyboardInterrupt) -> int:
    """What a shell makes of the signal behind ``interruption``."""
    signum = interruption.signum if isinstance(interruption, Terminated) else signal.SIGINT
    return _SHELL + int(signum)


def _raise(signum: int, frame: FrameType | None) -> None:
    del frame
    raise Terminated(signum)

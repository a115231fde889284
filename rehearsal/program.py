"""Running a Pulumi program against a monitor, in its own process or in this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from rehearsal import runner

# What Pulumi calls the owner of every stack whose backend knows no organisations.
ORGANIZATION: Final = "organization"


@dataclass(frozen=True)
class Terms:
    """What a program is told when it starts; configuration values are texts, as Pulumi passes them."""

    project: str
    stack: str
    organization: str
    monitor: str
    parallel: int
    dry_run: bool
    root: str
    config: Mapping[str, str] = field(default_factory=dict)
    secret_keys: tuple[str, ...] = ()


def config_texts(config: Mapping[str, Any]) -> dict[str, str]:
    """A configuration as Pulumi passes it on: what is no text as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }


class Running(Protocol):
    """A program under way."""

    def wait(self) -> bool:
        """Wait for its end; whether it ended well."""
        ...

    def kill(self) -> None:
        """Stop it at once."""
        ...


class Program(Protocol):
    """Something that registers resources when it is started."""

    def start(self, terms: Terms) -> Running:
        """Begin to run."""
        ...


@dataclass(frozen=True)
class ScriptProgram:
    """A directory with a ``__main__.py`` (or another script), run in a process of its own."""

    directory: Path
    script: str = "__main__.py"
    environment: Mapping[str, str] | None = None

    def start(self, terms: Terms) -> Running:
        """Begin to run; what the program prints goes to standard error."""
        process = subprocess.Popen(  # noqa: S603 our own interpreter and module
            # -P: this package's directory must not come before the standard library.
            [sys.executable, "-P", runner.__file__, str(self.directory.resolve()), self.script],
            stdin=subprocess.PIPE,
            stdout=sys.stderr.fileno() if _has_descriptor(sys.stderr) else subprocess.DEVNULL,
            cwd=self.directory,
            env=self._environment(),
            # A Ctrl-C is for this process, which then stops the program; a program that got it
            # too would answer with a traceback.
            start_new_session=True,
        )
        stdin = process.stdin
        if stdin is not None:
            # A program that has died already has an exit status, and that is what is told.
            with contextlib.suppress(BrokenPipeError), stdin:
                stdin.write(json.dumps(asdict(terms)).encode())
        return _Process(process)

    def _environment(self) -> dict[str, str]:
        given = os.environ if self.environment is None else self.environment
        # When the monitor goes, gRPC's own log lines would stand between those for the user.
        return {"GRPC_VERBOSITY": "ERROR", **given}


@dataclass(frozen=True)
class InlineProgram:
    """A callable, run on a thread of this process."""

    function: Callable[[], Any]

    def start(self, terms: Terms) -> Running:
        """Begin to run."""
        return _Thread(self.function, terms)


class _Process:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait(self) -> bool:
        return self._process.wait() == 0

    def kill(self) -> None:
        # The whole group, which is the program's own: what it started must not outlive it.
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class _Thread:
    def __init__(self, function: Callable[[], Any], terms: Terms) -> None:
        self._ok = False
        self._thread = threading.Thread(
            target=self._run, args=(function, terms), name="program", daemon=True
        )
        self._thread.start()

    def _run(self, function: Callable[[], Any], terms: Terms) -> None:
        self._ok = runner.run(function, asdict(terms))

    def wait(self) -> bool:
        self._thread.join()
        return self._ok

    def kill(self) -> None:
        # A thread cannot be stopped; every call it makes from now on is refused.
        self._thread.join()


def _has_descriptor(stream: Any) -> bool:
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True

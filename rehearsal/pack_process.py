"""A policy pack's own process, started the way the Pulumi engine starts it.

Source: pulumi/pulumi ``sdk/go/common/resource/plugin/analyzer_plugin.go`` and
``sdk/python/lib/pulumi/policy/__main__.py``, checked 2026-11-21.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, cast

import yaml

from rehearsal.errors import RehearsalError

MANIFEST: Final = "PulumiPolicy.yaml"
RUNTIME: Final = "python"
# Packs report to the engine on standard error when they cannot reach it, which suits us.
NO_ENGINE: Final = "127.0.0.1:1"
_GRACE_SECONDS: Final = 5.0
_SHOWN_LINES: Final = 30


@dataclass(frozen=True)
class Manifest:
    """How a pack is run: its program, a directory or a script, and the Python it asks for."""

    program: Path
    python: Path


def manifest_path(directory: Path) -> Path:
    """The ``PulumiPolicy.yaml`` in ``directory``.

    Raises:
        RehearsalError: there is none.
    """
    path = directory / MANIFEST
    if not path.is_file():
        raise RehearsalError(
            f"{directory} is no policy pack: there is no {MANIFEST} in it. Name a directory that "
            "holds one."
        )
    return path


def read_manifest(directory: Path) -> Manifest:
    """What the ``PulumiPolicy.yaml`` in ``directory`` says.

    A virtual environment that it names but that nobody made gives way to the Python running now.

    Raises:
        RehearsalError: there is none, it cannot be read, or the pack is not written in Python.
    """
    path = manifest_path(directory)
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RehearsalError(f"{path} cannot be read: {error}. Correct it.") from error
    content = content if isinstance(content, dict) else {}
    runtime: Any = content.get("runtime")
    runtime = runtime if isinstance(runtime, dict) else {"name": runtime}
    if runtime.get("name") != RUNTIME:
        raise RehearsalError(
            f"{path} has the runtime {runtime.get('name')!r}; a rehearsal runs policy packs with "
            f"the runtime {RUNTIME!r} only. Leave the pack out, or use the Pulumi engine."
        )
    python = Path(sys.executable)
    asked = (runtime.get("options") or {}).get("virtualenv")
    if asked and (directory / asked / "bin" / "python").is_file():
        python = directory.resolve() / asked / "bin" / "python"
    return Manifest(directory.resolve() / (content.get("main") or ""), python)


class PackProcess:
    """A pack that serves at ``address`` until it is closed."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        """Start the pack in ``directory`` with ``environment`` on top of our own.

        Raises:
            RehearsalError: it cannot be run, or did not come to serve.
        """
        manifest = read_manifest(directory)
        program = manifest.program
        self._directory = directory
        self._errors = TemporaryFile()  # noqa: SIM115 open as long as the process
        self._process = subprocess.Popen(  # noqa: S603 the pack the user named
            [manifest.python, "-u", "-m", "pulumi.policy", NO_ENGINE, str(program)],
            cwd=program if program.is_dir() else program.parent,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._output = cast("IO[bytes]", self._process.stdout)
        self._forwarding = threading.Thread(target=self._forward, name="pack", daemon=True)
        first = self._output.readline().decode(errors="replace").strip()
        self._forwarding.start()
        if not first.isdecimal():
            error = self._refusal(first)
            self.close()
            raise error
        self.address = f"127.0.0.1:{first}"

    @property
    def ended(self) -> bool:
        """Whether the process is gone; one that broke its connection is given time to go."""
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        """The end of what the pack wrote to standard error."""
        file = self._errors.fileno()
        # The pack writes where this file stands, so it must not be moved for reading.
        text = os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")
        lines = text.rstrip().splitlines()
        return "\n".join(lines[-_SHOWN_LINES:]) or "It wrote nothing to standard error."

    def death(self) -> RehearsalError:
        """What to say of a pack that ended by itself."""
        return RehearsalError(
            f"The policy pack {self._directory} ended with exit code {self._process.returncode} "
            f"before everything was judged. Its last words:\n{self.last_words()}"
        )

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        if not self.ended:
            self._process.kill()
            self._process.wait()
        self._forwarding.join()
        self._output.close()
        self._errors.close()

    def _refusal(self, first: str) -> RehearsalError:
        if first:
            return RehearsalError(
                f"The policy pack {self._directory} wrote {first!r} to standard output where its "
                "port belongs. Nothing may be printed before PolicyPack is constructed."
            )
        if not self.ended:
            self._process.kill()
        return RehearsalError(
            f"The policy pack {self._directory} did not start. It wrote:\n{self.last_words()}"
        )

    def _forward(self) -> None:
        # What a policy prints goes where a program's prints go; a pipe nobody reads would block.
        for line in self._output:
            sys.stderr.write(line.decode(errors="replace"))

"""Measures checkov, in a virtual environment of its own, on the same objects."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.bench_objects import write

VERSION: Final = "3.3.30"
ROUNDS: Final = 2


class NotInstalledError(Exception):
    """There is no checkov to measure; the message says why."""


@dataclass(frozen=True)
class Found:
    """What checkov took: ``seconds`` without its start, for ``checks`` of one object each."""

    version: str
    checks: int
    seconds: float


def run() -> Found:
    """Run checkov on the objects, and on an empty folder for what its start takes.

    Raises:
        NotInstalledError: it is not there and cannot be installed.
    """
    program = _program()
    with tempfile.TemporaryDirectory() as name:
        full, empty = Path(name) / "full", Path(name) / "empty"
        full.mkdir()
        empty.mkdir()
        write(full)
        started = min(_scan(program, empty)[1] for _ in range(ROUNDS))
        scans = [_scan(program, full) for _ in range(ROUNDS)]
    told: dict[str, Any] = json.loads(scans[0][0])["summary"]
    if told["parsing_errors"]:
        raise RuntimeError(f"checkov could not read {told['parsing_errors']} of the files")
    checks = told["passed"] + told["failed"]
    return Found(told["checkov_version"], checks, min(taken for _, taken in scans) - started)


def _scan(program: Path, folder: Path) -> tuple[str, float]:
    """What it printed and took, in seconds: of clock and CPU time whichever is less."""
    before, begun = _cpu_seconds(), time.perf_counter()
    options = ["--framework", "kubernetes", "--quiet", "--compact", "--output", "json"]
    done = subprocess.run(  # noqa: S603 the program is ours
        [program, "--directory", folder, *options, "--skip-download", "--soft-fail"],
        env={**os.environ, "LOG_LEVEL": "ERROR", "ANSI_COLORS_DISABLED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return done.stdout, min(time.perf_counter() - begun, _cpu_seconds() - before)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _program() -> Path:
    """The program, installed on the first call."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plinth"
    home = cache / f"checkov-{VERSION}"
    program = home / "bin" / "checkov"
    if program.exists():
        return program
    print(f"installing checkov {VERSION}")  # noqa: T201 it takes a minute
    uv = Path(sys.executable).with_name("uv")
    python = home / "bin" / "python"
    try:
        for words in (
            [uv, "venv", "--quiet", "--python", sys.executable, home],
            [uv, "pip", "install", "--quiet", "--python", python, f"checkov=={VERSION}"],
        ):
            subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(home, ignore_errors=True)
        told = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise NotInstalledError(f"checkov {VERSION} cannot be installed: {told.strip()}") from error
    return program

"""Running the real programs: judging a file, serving on the loopback address for a while."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from tests.acceptance import collector
from tests.acceptance.files import GeneratedFile, Kind, checker_for

Programs = Mapping[str, Path]
"""Binaries by name."""

Answer = TypeVar("Answer")

NEEDED: Final[Mapping[Kind, str]] = {
    Kind.PROMETHEUS: "promtool",
    Kind.RULES: "promtool",
    Kind.ALERTMANAGER: "amtool",
    Kind.LOKI: "loki",
    Kind.COLLECTOR: "otelcol",
    Kind.JAEGER: "otelcol",
}

LINTING: Final = ("--lint=all", "--lint-fatal")
# An authenticator looks for credentials while its configuration is judged: it finds these, and asks
# no metadata service.
NO_CLOUD: Final = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_EC2_METADATA_DISABLED": "true",
}
# A case that lasts for days takes promtool most of a minute, more on a busy machine.
JUDGING_SECONDS: Final = 300
STOPPING_SECONDS: Final = 15
POLL_SECONDS: Final = 0.1
_VARIABLE = re.compile(
    r"\$\{(?:env:)?([A-Z][A-Z0-9_]*)(?::-[^}]*)?\}|_from_env_var: ([A-Z][A-Z0-9_]*)"
)


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit status and all that a program said."""
    done = subprocess.run(  # noqa: S603 a checker that was built here
        command,
        env={**os.environ, **NO_CLOUD, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=JUDGING_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def complaint(programs: Programs, file: GeneratedFile, root: Path) -> str:
    """What the program for ``file`` has against it, empty where it accepts it.

    The files of the workload are laid below ``root``.
    """
    kind = checker_for(file.path)
    path = root / file.path.lstrip("/")
    content = path.read_text(encoding="utf-8")
    # What only a running replica knows of itself: most of it is addresses.
    environment = dict.fromkeys(variables(content), "127.0.0.1")
    match kind:
        case Kind.PROMETHEUS:
            command = [str(programs["promtool"]), "check", "config", *LINTING, str(path)]
        case Kind.RULES:
            command = [str(programs["promtool"]), "check", "rules", *LINTING, str(path)]
        case Kind.ALERTMANAGER:
            command = [str(programs["amtool"]), "check-config", str(path)]
        case Kind.LOKI:
            expanding = ["-config.expand-env=true"] if environment else []
            command = [str(programs["loki"]), "-verify-config", f"-config.file={path}", *expanding]
        case Kind.COLLECTOR | Kind.JAEGER:
            return _collector_complaint(programs, path, kind, environment)
        case None:
            raise ValueError(f"no program judges {file.path}")
    return _refusal(command, environment)


def variables(content: str) -> set[str]:
    """The environment variables that a configuration reads."""
    return {braced or named for braced, named in _VARIABLE.findall(content)}


def _collector_complaint(
    programs: Programs, path: Path, kind: Kind, environment: Mapping[str, str]
) -> str:
    """What the collector, and Jaeger where there is one, has against a file."""
    lacking = collector.JAEGERS_OWN if kind is Kind.JAEGER else collector.UNAVAILABLE
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    reduced = path.with_name(f"reduced-{path.name}")
    reduced.write_text(yaml.safe_dump(collector.without(document, lacking)), encoding="utf-8")
    said = _refusal([str(programs["otelcol"]), "validate", "--config", str(reduced)], environment)
    jaeger = shutil.which("jaeger") if kind is Kind.JAEGER else None
    if said or jaeger is None:
        return said
    return _refusal([jaeger, "validate", "--config", str(path)], environment)


def _refusal(command: Sequence[str], environment: Mapping[str, str]) -> str:
    status, said = run(command, environment=environment)
    if status == 0:
        return ""
    return said or f"exit status {status}"


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """A program that runs while the block does; its log says what it said."""
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 same
            command,
            env={**os.environ, **(environment or {})},
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def asked(url: str) -> Any:
    """The JSON that a program answers with, None while it does not answer."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 always http
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
        return None


def wait_until(
    what: str, question: Callable[[], Answer | None], log: Path, *, seconds: float = 60
) -> Answer:
    """The first answer that is not empty.

    Raises:
        AssertionError: There is none in time; with the end of the program's log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(POLL_SECONDS)
    end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise AssertionError(f"not within {seconds:g} s: {what}\n{end}")

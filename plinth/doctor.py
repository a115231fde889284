"""Looks at the machine, the stack files and what rehearsals left; says what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal

import typer
from pydantic import BaseModel, ConfigDict

from plinth.errors import PlinthError
from plinth.findings import Finding, Status
from plinth.machine import Machine, Presence
from plinth.operate import FAILED, OK, USER_ERRORS
from plinth.passphrase import (
    FILE_VARIABLE,
    VARIABLE,
    given_passphrase,
    known_passphrase,
    own_file,
)
from plinth.remains import remains, unopened
from plinth.surroundings import Surroundings
from plinth.target import DOCKER, HOME_DIRECTORY, Target, find_project
from stacks.stackfile import stack_names

LEAST_PYTHON: Final = (3, 11)
VERSION_SECONDS: Final = 20
INSTALL_PAGE: Final = "https://www.pulumi.com/docs/install/"


class Diagnosis(BaseModel):
    """The JSON document of ``doctor --json``."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    command: Literal["doctor"] = "doctor"
    ok: bool
    findings: tuple[Finding, ...]


def diagnose(around: Surroundings, *, as_json: bool) -> int:
    """Print every finding; the exit code says whether something essential fails."""
    found = list(examine(around))
    ok = all(finding.status is not Status.FAIL for finding in found)
    if as_json:
        typer.echo(Diagnosis(ok=ok, findings=tuple(found)).model_dump_json(indent=2))
        return OK if ok else FAILED
    width = max(len(finding.subject) for finding in found)
    for finding in found:
        typer.echo(f"{finding.status:<5} {finding.subject:<{width}}  {finding.seen}")
        if finding.advice:
            typer.echo(f"{'':<5} {'':<{width}}  -> {finding.advice}")
    return OK if ok else FAILED


def examine(around: Surroundings) -> Iterator[Finding]:
    """Everything there is to find, machine first."""
    yield python(sys.version_info[:3])
    try:
        directory = find_project(around.directory)
    except PlinthError as error:
        yield Finding(
            status=Status.FAIL,
            subject="project",
            seen=str(error),
            advice="Run plinth doctor inside the project.",
        )
        return
    yield from packages(directory / "pyproject.toml")
    yield pulumi_cli(around.machine)
    targets: list[Target] = []
    for name in stack_names(directory):
        yield _stack(around, directory, name, targets)
    yield from _grounds(around.machine, targets)
    yield passphrase()
    states = directory / HOME_DIRECTORY / "rehearsal"
    yield from remains(states)
    try:
        known = known_passphrase(os.environ)
    except PlinthError:
        # Told already, as a finding of its own.
        return
    yield from unopened(states, known)


def python(version: tuple[int, ...]) -> Finding:
    """Whether Python is new enough."""
    seen = ".".join(map(str, version))
    if version >= LEAST_PYTHON:
        return Finding(status=Status.OK, subject="Python", seen=seen)
    least = ".".join(map(str, LEAST_PYTHON))
    return Finding(
        status=Status.FAIL,
        subject="Python",
        seen=f"{seen}, older than {least}",
        advice=f"Install Python {least} or newer and make the virtual environment anew.",
    )


def packages(pyproject: Path) -> Iterator[Finding]:
    """Whether the installed packages are the ones ``pyproject.toml`` names."""
    try:
        project: Any = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        wanted = [re.split(r"==", requirement) for requirement in project["dependencies"]]
    except (OSError, ValueError, KeyError) as error:
        yield Finding(
            status=Status.WARN,
            subject="packages",
            seen=f"{pyproject.name} cannot be read ({type(error).__name__})",
            advice="Restore it to have the packages checked.",
        )
        return
    wrong = 0
    for name, *pin in wanted:
        finding = _package(name, pin[0] if pin else "")
        if finding is not None:
            wrong += 1
            yield finding
    if not wrong:
        yield Finding(
            status=Status.OK, subject="packages", seen=f"{len(wanted)} installed as pinned"
        )


def _package(name: str, pin: str) -> Finding | None:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(
            status=Status.FAIL,
            subject=f"package {name}",
            seen="not installed",
            advice="Run make setup.",
        )
    if pin and version != pin:
        return Finding(
            status=Status.WARN,
            subject=f"package {name}",
            seen=f"{version} is installed, {pin} is pinned",
            advice="Run make setup.",
        )
    return None


def pulumi_cli(machine: Machine) -> Finding:
    """Whether there is a Pulumi CLI that starts."""
    path = machine.find_cli()
    if path is None:
        return Finding(
            status=Status.WARN,
            subject="Pulumi CLI",
            seen="not installed; rehearsals work without it",
            advice=f"Install it for a real stack: {INSTALL_PAGE}",
        )
    try:
        version = subprocess.check_output(  # noqa: S603 the user's own CLI
            [path, "version"],
            text=True,
            timeout=VERSION_SECONDS,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ).strip()
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            status=Status.WARN,
            subject="Pulumi CLI",
            seen=f"{path} does not start ({type(error).__name__})",
            advice=f"Install it anew: {INSTALL_PAGE}",
        )
    return Finding(status=Status.OK, subject="Pulumi CLI", seen=f"{version} at {path}")


def _stack(around: Surroundings, directory: Path, name: str, targets: list[Target]) -> Finding:
    subject = f"stack file {name}"
    try:
        target = around.read_target(directory, name)
    except USER_ERRORS as error:
        return Finding(
            status=Status.FAIL, subject=subject, seen=str(error), advice="Correct the file."
        )
    targets.append(target)
    if target.endings:
        return Finding(
            status=Status.WARN,
            subject=subject,
            seen="; ".join(target.endings),
            advice="Upgrade in time: settings with a version out of support are refused.",
        )
    return Finding(status=Status.OK, subject=subject, seen=f"valid, stands on {target.ground}")


def _grounds(machine: Machine, targets: list[Target]) -> Iterator[Finding]:
    places = dict.fromkeys((target.ground, target.docker_host) for target in targets)
    for kind, docker_host in places:
        presence = machine.docker(docker_host) if kind == DOCKER else machine.credentials(kind)
        yield _ground(kind, presence)


def _ground(kind: str, presence: Presence) -> Finding:
    subject = f"ground {kind}"
    if presence.there:
        return Finding(status=Status.OK, subject=subject, seen=presence.because)
    return Finding(
        status=Status.WARN,
        subject=subject,
        seen=presence.because,
        advice="Needed for a real stack only; rehearsals work without.",
    )


def passphrase() -> Finding:
    """Where the passphrase comes from; never the passphrase."""
    try:
        given = given_passphrase(os.environ)
    except PlinthError as error:
        return Finding(
            status=Status.FAIL,
            subject="passphrase",
            seen=str(error),
            advice=f"Correct {FILE_VARIABLE}.",
        )
    try:
        known_passphrase(os.environ)
        own = "" if given is not None else own_file(os.environ)
    except PlinthError as error:
        return Finding(
            status=Status.FAIL, subject="passphrase", seen=str(error), advice=f"Set {VARIABLE}."
        )
    if given is not None:
        return Finding(status=Status.OK, subject="passphrase", seen="set in the environment")
    return Finding(
        status=Status.OK,
        subject="passphrase",
        seen=f"made for you, in {own}; a shared stack needs {VARIABLE} or a key service",
    )

"""What rehearsals left on disk: states, interrupted operations, locks, worlds."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plinth.findings import Finding, Status
from plinth.passphrase import VARIABLE
from rehearsal.errors import StateError
from rehearsal.lock import Holder, read_holder
from rehearsal.secrets import Passphrase
from rehearsal.state import DEPLOYMENT_VERSION
from rehearsal.store import LOCK_FILE, STATE_FILE, WORLD_FILE, restore


def remains(states: Path) -> Iterator[Finding]:
    """What is below ``states``: each state, each world that is none, each lock with a holder."""
    for path in sorted(states.glob(f"*/*/{STATE_FILE}")):
        yield _state(path)
    for path in sorted(states.glob(f"*/*/{WORLD_FILE}")):
        yield from _world(path)
    for path in sorted(states.glob(f"*/*/{LOCK_FILE}")):
        holder = read_holder(path)
        if holder is not None:
            yield _lock(path, holder)


def unopened(states: Path, passphrase: str | None) -> Iterator[Finding]:
    """One finding for each state below ``states`` that ``passphrase`` does not open."""
    for path in sorted(states.glob(f"*/*/{STATE_FILE}")):
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
            salt = document["deployment"]["secrets_providers"]["state"]
            if passphrase is not None:
                Passphrase.open(passphrase, salt)
                continue
        except StateError as error:
            seen = f"{path}: {error}"
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # What is no state is told as such already.
            continue
        else:
            seen = f"{path} was written with a passphrase that is neither set nor kept here"
        yield Finding(
            status=Status.FAIL,
            subject=f"passphrase of {path.parent.name}",
            seen=seen,
            advice=(
                f"Set {VARIABLE} to the passphrase the stack was created with, or move "
                f"{path.parent} away to begin with an empty stack."
            ),
        )


def _world(path: Path) -> Iterator[Finding]:
    subject = f"world of {path.parent.name}"
    try:
        # Read-only, so that looking makes no file and no table.
        address = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            tables = "SELECT count(*) FROM sqlite_master WHERE name = 'objects'"
            if database.execute(tables).fetchone()[0]:
                database.execute("SELECT type, id, urn, generation, payload FROM objects LIMIT 1")
    except sqlite3.DatabaseError as error:
        yield Finding(
            status=Status.FAIL,
            subject=subject,
            seen=f"{path} is not a rehearsal world or cannot be read ({error})",
            advice="Make it readable, or move it away to start with an empty one.",
        )


def _state(path: Path) -> Finding:
    subject = f"rehearsal of {path.parent.name}"
    try:
        resources, pending = _counts(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Finding(
            status=Status.FAIL,
            subject=subject,
            seen=f"{path} is not a state: {type(error).__name__}: {error}",
            advice=restore(path),
        )
    if pending:
        return Finding(
            status=Status.WARN,
            subject=subject,
            seen=f"{resources} resources, {pending} interrupted operations",
            advice=f"Run plinth up --stack {path.parent.name} --rehearse to finish them.",
        )
    return Finding(status=Status.OK, subject=subject, seen=f"{resources} resources")


def _counts(document: Any) -> tuple[int, int]:
    if document["version"] != DEPLOYMENT_VERSION:
        raise ValueError(f"version {document['version']!r}, expected {DEPLOYMENT_VERSION}")
    deployment = document["deployment"]
    return len(deployment["resources"] or []), len(deployment.get("pending_operations") or [])


def _lock(path: Path, holder: Holder) -> Finding:
    subject = f"lock of {path.parent.name}"
    seen = f"{holder}, {_age(holder)}"
    if holder.host != socket.gethostname():
        return Finding(
            status=Status.WARN,
            subject=subject,
            seen=f"{seen}; another host, so whether it is at work cannot be seen from here",
            advice=f"If it is not at work any more, delete {path}.",
        )
    if _alive(holder.pid):
        return Finding(
            status=Status.WARN,
            subject=subject,
            seen=f"{seen}; the process is alive",
            advice="Wait until it has finished.",
        )
    return Finding(
        status=Status.WARN,
        subject=subject,
        seen=f"{seen}; the process is gone",
        advice="Nothing to do: the next operation takes over and finishes its work.",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _age(holder: Holder) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(holder.time)).total_seconds()
    except (ValueError, TypeError):
        return "of unknown age"
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit} old"
    return f"{max(int(seconds), 0)} seconds old"

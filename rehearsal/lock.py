"""One operation at a time on a stack: a lock that says who holds it.

The kernel's file lock decides whether the holder lives, the text in the file says who it is. So a
killed process leaves nothing to clean up on its own host.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rehearsal.errors import StateError


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: ``time`` is when they took it, in UTC."""

    owner: str
    host: str
    pid: int
    time: str
    operation: str

    def __str__(self) -> str:
        """The holder in one phrase."""
        return (
            f"{self.owner} on {self.host} (process {self.pid}), {self.operation} since {self.time}"
        )


class StackLock:
    """The lock of one stack."""

    def __init__(self, path: Path) -> None:
        """Guard the stack whose lock file is ``path``."""
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, operation: str) -> Holder | None:
        """Take the lock for ``operation``.

        Returns:
            The former holder if it died without releasing the lock.

        Raises:
            StateError: somebody holds the lock.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="utf-8")
        former = read_holder(self.path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StateError(self._held(former)) from None
        if former is not None and former.host != socket.gethostname():
            file.close()
            raise StateError(
                f"{self._held(former)} It was taken on another host, so whether it is still at "
                f"work cannot be seen from here: if it is not, delete {self.path}."
            )
        self._file = file
        _write(
            file,
            Holder(
                owner=_user(),
                host=socket.gethostname(),
                pid=os.getpid(),
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                operation=operation,
            ),
        )
        return former

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            # Emptied, not deleted: a waiting process may already have opened this very file.
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def abandon(self) -> None:
        """Let go as the kernel does when a process is killed: the text stays behind."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _held(self, holder: Holder | None) -> str:
        who = str(holder) if holder else "another process"
        return (
            f"the stack is locked: {who} is at work on it. Wait until it has finished and try "
            "again; nothing was changed."
        )


def read_holder(path: Path) -> Holder | None:
    """Who the lock file at ``path`` names, if it names anybody."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return Holder(**data)
    except (OSError, ValueError, TypeError):
        return None


def _write(file: IO[str], holder: Holder) -> None:
    file.truncate(0)
    json.dump(asdict(holder), file)
    file.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"

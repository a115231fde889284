"""One operation at a time on a stack: a lock that says who holds it.

The kernel's file lock decides whether the holder lives, the text in the file says who it is. So a
killed process leaves nothing to clean up on its own host.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from rehearsal.errors import StateError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


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
            StateError: somebody holds the lock, or its file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise blocked(self.path, error) from error
        former = read_holder(self.path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StateError(self._held(former)) from None
        except OSError as error:
            file.close()
            raise blocked(self.path, error) from error
        if former is not None and former.host != socket.gethostname():
            file.close()
            raise StateError(
                f"{self._held(former)} It was taken on another host, so whether it is still at "
                f"work cannot be seen from here: if it is not, delete {self.path}."
            )
        holder = Holder(
            owner=_user(),
            host=socket.gethostname(),
            pid=os.getpid(),
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            operation=operation,
        )
        try:
            _write(file, holder)
        except OSError as error:
            # Closing tries once more to write what did not fit; it gives the lock back either way.
            with contextlib.suppress(OSError):
                file.close()
            raise blocked(self.path, error) from error
        self._file = file
        return former

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            # Emptied, not deleted: a waiting process may already have opened this very file.
            # Where that fails the text names a process that is gone, and the next one takes over.
            with contextlib.suppress(OSError):
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


def blocked(path: Path, error: OSError) -> StateError:
    """The failure to tell where the system keeps ``path`` from being used."""
    reason = error.strerror or str(error)
    in_the_way = next((parent for parent in path.parents if _is_file(parent)), None)
    if in_the_way is not None:
        return StateError(
            f"{path} cannot be used: {in_the_way} is a file where a directory is needed. Move the "
            "file away, or name another directory."
        )
    if error.errno in _FULL:
        advice = "Make room and give the same command again: it goes on where this one stopped."
    elif error.errno in _FORBIDDEN:
        advice = f"Make {path.parent} writable for {_user()}, or name another directory."
    else:
        advice = "Correct that and give the same command again."
    return StateError(f"{path} cannot be used: {reason}. {advice}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _write(file: IO[str], holder: Holder) -> None:
    file.truncate(0)
    json.dump(asdict(holder), file)
    file.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"

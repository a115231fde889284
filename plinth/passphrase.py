"""The passphrase a stack's secrets are encrypted with."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from plinth.errors import PlinthError

VARIABLE: Final = "PULUMI_CONFIG_PASSPHRASE"
FILE_VARIABLE: Final = "PULUMI_CONFIG_PASSPHRASE_FILE"
FILE_NAME: Final = "passphrase"


def given_passphrase(environ: Mapping[str, str]) -> str | None:
    """What the environment says, read as Pulumi reads it; None where it says nothing.

    Raises:
        PlinthError: the file it names cannot be read.
    """
    if VARIABLE in environ:
        return environ[VARIABLE]
    path = environ.get(FILE_VARIABLE)
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PlinthError(
            f"{FILE_VARIABLE} is {path}, which cannot be read: {reason}. Name a readable file, "
            f"or set {VARIABLE}."
        ) from error


def local_passphrase(environ: Mapping[str, str]) -> str:
    """The given passphrase, else one made once for this person.

    It is kept with the person's configuration, not beside the states it opens.

    Raises:
        PlinthError: the file named by the environment cannot be read, or this person's own
            cannot be made or read.
    """
    return _given_or_own(environ, make=True) or ""


def known_passphrase(environ: Mapping[str, str]) -> str | None:
    """What ``local_passphrase`` would be, or None where it would have to be made.

    Raises:
        PlinthError: a file it is in cannot be read.
    """
    return _given_or_own(environ, make=False)


def _given_or_own(environ: Mapping[str, str], *, make: bool) -> str | None:
    given = given_passphrase(environ)
    if given is not None:
        return given
    path = own_file(environ)
    try:
        if not path.exists():
            if not make:
                return None
            _make(path)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PlinthError(
            f"{path}, where the passphrase made for you is kept, cannot be used: {reason}. Make "
            f"it readable and its directory writable, name another directory in XDG_CONFIG_HOME, "
            f"or set {VARIABLE}."
        ) from error


def own_file(environ: Mapping[str, str]) -> Path:
    """Where the passphrase that was made for this person is kept.

    Raises:
        PlinthError: this person has no home directory.
    """
    configuration = environ.get("XDG_CONFIG_HOME")
    try:
        home = Path(configuration) if configuration else Path.home() / ".config"
    except RuntimeError as error:
        raise PlinthError(
            f"You have no home directory to keep a passphrase in. Set {VARIABLE}, HOME or "
            "XDG_CONFIG_HOME."
        ) from error
    return home / "plinth" / FILE_NAME


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        # Another process may have been quicker: the first passphrase stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)

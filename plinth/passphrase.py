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
        PlinthError: the file named by the environment cannot be read.
    """
    given = given_passphrase(environ)
    if given is not None:
        return given
    path = own_file(environ)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        # Another process may have been quicker: the first passphrase stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


def own_file(environ: Mapping[str, str]) -> Path:
    """Where the passphrase that was made for this person is kept."""
    configuration = environ.get("XDG_CONFIG_HOME")
    home = Path(configuration) if configuration else Path.home() / ".config"
    return home / "plinth" / FILE_NAME

"""What this machine has: the Pulumi CLI, a Docker daemon, credentials.

Nothing here contacts anything but a local Docker socket, except ``install_cli``.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from plinth.errors import PlinthError

PING_SECONDS: Final = 2.0
INSTALL_SECONDS: Final = 240
UNIX: Final = "unix://"
# A fresh process: the installer has no time limit of its own, and this one can be ended.
_INSTALL: Final = (
    "from pulumi.automation import PulumiCommand; print(PulumiCommand.install().command)"
)


@dataclass(frozen=True)
class Presence:
    """Whether something is there, and the observation behind it as a phrase."""

    there: bool
    because: str


class Machine(Protocol):
    """What the choice of an engine asks of a machine."""

    def find_cli(self) -> Path | None:
        """The Pulumi CLI, if it is installed."""
        ...

    def install_cli(self) -> Path:
        """Install the Pulumi CLI; ``PlinthError`` where that does not work."""
        ...

    def docker(self, host: str) -> Presence:
        """Whether the daemon at ``host`` answers."""
        ...

    def credentials(self, kind: str) -> Presence:
        """Whether there are credentials for a ground of ``kind``; they are not tried."""
        ...


@dataclass(frozen=True)
class LocalMachine:
    """The machine this process runs on."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)

    def find_cli(self) -> Path | None:
        """On ``PATH`` first, then where Pulumi's installers put it."""
        found = shutil.which("pulumi", path=self.environ.get("PATH", ""))
        if found:
            return Path(found)
        root = self.home / ".pulumi"
        newest = max(root.glob("versions/*/bin/pulumi"), key=_version, default=root)
        candidates = (root / "bin" / "pulumi", newest)
        runnable = (path for path in candidates if path.is_file() and os.access(path, os.X_OK))
        return next(runnable, None)

    def install_cli(self) -> Path:
        """Run the Automation API's own installer, into ``~/.pulumi/versions``.

        Raises:
            PlinthError: it failed or took longer than ``INSTALL_SECONDS``.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            try:
                done = subprocess.run(  # noqa: S603 a fixed program
                    [sys.executable, "-c", _INSTALL],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=INSTALL_SECONDS,
                    env={**self.environ, "HOME": str(self.home)},
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise PlinthError(
                    f"Pulumi's installer did not finish within {INSTALL_SECONDS} seconds"
                ) from None
            output.seek(0)
            last = (output.read().strip().splitlines() or ["no output"])[-1]
        if done.returncode != 0:
            raise PlinthError(f"Pulumi's installer failed: {last}")
        return Path(last)

    def docker(self, host: str) -> Presence:
        """Ping a local socket; a remote daemon is taken as there, for it is not contacted."""
        if not host.startswith(UNIX):
            return Presence(True, f"the Docker daemon {host} is remote and is tried when needed")
        path = host.removeprefix(UNIX)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(PING_SECONDS)
                connection.connect(path)
                connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
                answer = connection.recv(64)
        except OSError as error:
            reason = error.strerror or "no answer in time"
            return Presence(False, f"Docker does not answer at {host}: {reason}")
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            return Presence(False, f"what answers at {host} is not a working Docker daemon")
        return Presence(True, f"Docker answers at {host}")

    def credentials(self, kind: str) -> Presence:
        """Look for the usual environment variables and files of ``kind``."""
        name, variables, files = _CREDENTIALS[kind]
        for together in variables:
            if all(self.environ.get(variable) for variable in together):
                return Presence(True, f"{name} come from {' and '.join(together)}")
        for variable, relative in files:
            given = self.environ.get(variable)
            path = Path(given) if given else self.home / relative
            if path.is_file():
                return Presence(True, f"{name} come from {given or f'~/{relative}'}")
        wanted = [" and ".join(together) for together in variables]
        wanted += [f"~/{relative}" for _, relative in files]
        return Presence(False, f"there are no {name} (looked for {', '.join(wanted)})")


def _version(cli: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", cli.parent.parent.name))


_CREDENTIALS: Final[
    Mapping[str, tuple[str, tuple[tuple[str, ...], ...], tuple[tuple[str, str], ...]]]
] = {
    "aws": (
        "AWS credentials",
        (
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
            ("AWS_PROFILE",),
        ),
        (
            ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
            ("AWS_CONFIG_FILE", ".aws/config"),
        ),
    ),
    "gcp": (
        "Google Cloud credentials",
        (("GOOGLE_CREDENTIALS",), ("GOOGLE_OAUTH_ACCESS_TOKEN",)),
        (
            (
                "GOOGLE_APPLICATION_CREDENTIALS",
                ".config/gcloud/application_default_credentials.json",
            ),
        ),
    ),
    "kubernetes": ("Kubernetes credentials", (), (("KUBECONFIG", ".kube/config"),)),
}

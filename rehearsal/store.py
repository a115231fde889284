"""Where a stack's state lives between operations: one JSON file, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from rehearsal.errors import StateError
from rehearsal.lock import StackLock, blocked
from rehearsal.secrets import PROVIDER, Passphrase
from rehearsal.state import DEPLOYMENT_VERSION, STACK_TYPE, PendingOperation, ResourceState

STATE_FILE: Final = "state.json"
WORLD_FILE: Final = "world.db"
LOCK_FILE: Final = "lock.json"
BACKUP_SUFFIX: Final = ".json.bak"


@dataclass
class Snapshot:
    """A stack's resources, dependencies first, and the steps that were interrupted."""

    secrets: Passphrase
    resources: list[ResourceState] = field(default_factory=list)
    pending: list[PendingOperation] = field(default_factory=list)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The outputs of the stack itself."""
        for resource in self.resources:
            if resource.type == STACK_TYPE:
                return resource.outputs
        return {}


class Store:
    """The files of one stack below ``root``: ``root/PROJECT/STACK/``."""

    def __init__(self, root: Path, project: str, stack: str, passphrase: str) -> None:
        """Name the place; nothing is read or made yet."""
        self.root = root
        self.project = project
        self.stack = stack
        self.directory = root / project / stack
        self.path = self.directory / STATE_FILE
        self.lock = StackLock(self.directory / LOCK_FILE)
        self._passphrase = passphrase

    @property
    def world_path(self) -> Path:
        """Where the simulated world of this stack is kept."""
        return self.directory / WORLD_FILE

    def load(self) -> Snapshot:
        """The stack as it was last written; an empty one if it never was.

        Raises:
            StateError: the file is corrupt, is another stack's, or the passphrase is wrong. The
                file stays as it is and a copy is kept beside it. Or it cannot be read at all.
        """
        try:
            if not self.path.exists():
                return Snapshot(Passphrase.create(self._passphrase))
            raw = self.path.read_bytes()
        except OSError as error:
            raise blocked(self.path, error) from error
        secrets = None
        try:
            deployment = _deployment(raw)
            secrets = Passphrase.open(self._passphrase, _salt(deployment))
            snapshot = Snapshot(
                secrets,
                [ResourceState.from_json(r, secrets) for r in deployment.get("resources") or []],
                [
                    PendingOperation(ResourceState.from_json(p["resource"], secrets), p["type"])
                    for p in deployment.get("pending_operations") or []
                ],
            )
        except KeyError as error:
            reason = f"it is not a deployment: {error.args[0]} is missing"
            raise StateError(self._unreadable(raw, reason)) from error
        except (InvalidTag, ValueError) as error:
            # Once the passphrase fits, the only values that are read further are ciphertexts.
            reason = (
                f"it is not a deployment: {error}"
                if secrets is None
                else "a secret in it cannot be decrypted"
            )
            raise StateError(self._unreadable(raw, reason)) from error
        except (TypeError, AttributeError) as error:
            raise StateError(self._unreadable(raw, f"it is not a deployment: {error}")) from error
        self._refuse_foreign(snapshot, raw)
        return snapshot

    def save(self, text: str) -> None:
        """Replace the file by ``text`` in one step.

        Raises:
            StateError: it cannot be written; the former file is as it was.
        """
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path)
        except OSError as error:
            # On a full disk the torn file takes the very room that is lacking.
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise blocked(self.path, error) from error

    def back_up(self) -> None:
        """Keep the present file as ``state.json.bak`` before an operation changes it.

        Raises:
            StateError: it cannot be written.
        """
        backup = self.path.with_suffix(BACKUP_SUFFIX)
        try:
            if self.path.exists():
                shutil.copy2(self.path, backup)
        except OSError as error:
            raise blocked(backup, error) from error

    def outputs_of(self, project: str, stack: str) -> Mapping[str, Any] | None:
        """The outputs of another stack below the same root, or None where there is none."""
        other = Store(self.root, project, stack, self._passphrase)
        return other.load().outputs if other.path.exists() else None

    def _refuse_foreign(self, snapshot: Snapshot, raw: bytes) -> None:
        prefix = f"urn:pulumi:{self.stack}::{self.project}::"
        for resource in snapshot.resources:
            if not resource.urn.startswith(prefix):
                found = "::".join(resource.urn.split("::")[:2])
                raise StateError(
                    self._unreadable(
                        raw,
                        f"it belongs to another stack: it holds {found}::…, expected {prefix}…",
                    )
                )

    def _unreadable(self, raw: bytes, reason: str) -> str:
        digest = hashlib.sha256(raw).hexdigest()[:8]
        aside = self.path.with_suffix(f".json.unreadable-{digest}")
        kept = f"It was left as it is and a copy is kept as {aside.name}."
        try:
            if not aside.exists():
                aside.write_bytes(raw)
        except OSError as error:
            # What is wrong with the state matters more than that no copy could be kept of it.
            with contextlib.suppress(OSError):
                aside.unlink()
            kept = f"It was left as it is; no copy could be kept ({error.strerror or error})."
        return f"the state file {self.path} cannot be used: {reason}. {kept} {restore(self.path)}"


def restore(path: Path) -> str:
    """What to do about a state file at ``path`` that cannot be used."""
    backup = path.with_suffix(BACKUP_SUFFIX)
    kept = f"{backup.name} or another backup" if backup.exists() else "a backup"
    return f"Restore {kept} over it, or delete it to begin with an empty stack."


def _deployment(raw: bytes) -> dict[str, Any]:
    document = json.loads(raw)
    if not isinstance(document, dict):
        raise TypeError("the top level is not an object")
    version = document.get("version")
    if version != DEPLOYMENT_VERSION:
        raise ValueError(f"version is {version!r}, expected {DEPLOYMENT_VERSION}")
    deployment = document["deployment"]
    if not isinstance(deployment, dict):
        raise TypeError("deployment is not an object")
    return deployment


def _salt(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    provider = deployment["secrets_providers"]
    if provider["type"] != PROVIDER:
        raise ValueError(f"secrets provider is {provider['type']!r}, expected {PROVIDER!r}")
    return provider["state"]

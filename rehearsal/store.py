"""Where a stack's state lives between operations: one JSON file, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rehearsal.errors import StateError
from rehearsal.lock import StackLock
from rehearsal.secrets import PROVIDER, Passphrase
from rehearsal.state import DEPLOYMENT_VERSION, STACK_TYPE, PendingOperation, ResourceState

STATE_FILE: Final = "state.json"
WORLD_FILE: Final = "world.db"
LOCK_FILE: Final = "lock.json"


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
                file stays as it is and a copy is kept beside it.
        """
        if not self.path.exists():
            return Snapshot(Passphrase.create(self._passphrase))
        raw = self.path.read_bytes()
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
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(self._unreadable(raw, f"it is not a deployment: {error}")) from error
        self._refuse_foreign(snapshot, raw)
        return snapshot

    def save(self, text: str) -> None:
        """Replace the file by ``text`` in one step."""
        self.directory.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def back_up(self) -> None:
        """Keep the present file as ``state.json.bak`` before an operation changes it."""
        if self.path.exists():
            shutil.copy2(self.path, self.path.with_suffix(".json.bak"))

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
        if not aside.exists():
            aside.write_bytes(raw)
        return (
            f"the state file {self.path} cannot be used: {reason}. It was left as it is and a copy "
            f"is kept as {aside.name}. Restore {self.path.name}.bak or another backup over it, or "
            "delete it to begin with an empty stack."
        )


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

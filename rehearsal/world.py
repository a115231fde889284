"""Everything that exists in a rehearsal, with faults and latency to order."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from rehearsal.errors import ProviderError, RehearsalError, StateError
from rehearsal.faults import Abandoned, Fault, Faults
from rehearsal.lock import blocked
from rehearsal.object_ids import placed_id, plain_id
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS objects (
    type TEXT NOT NULL, id TEXT NOT NULL, urn TEXT NOT NULL, generation INTEGER NOT NULL,
    name_digest TEXT, payload BLOB NOT NULL, PRIMARY KEY (type, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_urn ON objects (urn);
CREATE UNIQUE INDEX IF NOT EXISTS objects_by_name ON objects (type, name_digest);
CREATE TABLE IF NOT EXISTS generations (urn TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""
# What keeps a sound file from being used; any other error is a file that is no world.
_OUTSIDE: Final = {
    sqlite3.SQLITE_BUSY: "Wait until the other program has closed it and try again.",
    sqlite3.SQLITE_LOCKED: "Wait until the other program has closed it and try again.",
    sqlite3.SQLITE_FULL: (
        "Make room and give the same command again: it goes on where this one stopped."
    ),
    sqlite3.SQLITE_IOERR: "Check the disk and its free room, and give the same command again.",
    sqlite3.SQLITE_PERM: "Make the file and its directory readable and writable for you.",
    sqlite3.SQLITE_READONLY: "Make the file and its directory writable for you.",
    sqlite3.SQLITE_CANTOPEN: (
        "Make sure that it is a file and that its directory is writable for you."
    ),
}
_PRIMARY: Final = 0xFF


__all__ = [
    "Abandoned",
    "Cipher",
    "Contents",
    "Fault",
    "Faults",
    "World",
    "WorldObject",
    "already_exists",
]


class Cipher(Protocol):
    """Encrypts what the world writes to disk."""

    def encrypt(self, plain: bytes, /) -> bytes:
        """The cipher text of ``plain``."""
        ...

    def decrypt(self, encrypted: bytes, /) -> bytes:
        """The plain text of ``encrypted``; raises whatever it likes for a foreign text."""
        ...


@dataclass(frozen=True)
class WorldObject:
    """One thing that exists.

    ``inputs`` and ``outputs`` are property values. ``generation`` counts the objects that were made
    for the URN before and with this one, from 1. ``physical_name`` is what no other object of the
    type may be called; empty where names may repeat.
    """

    type: str
    id: str
    urn: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    generation: int = 1
    physical_name: str = ""


class Contents(NamedTuple):
    """What is inside an object: everything whose type and id begin so, in one place (or none)."""

    type: str
    id: str
    place: str


class World:
    """Objects keyed by type and id, shared by the simulated providers and their threads.

    With a path the world outlives the process: each mutation is in the file when the call returns
    and survives a killed process. With a cipher, properties are only ever written encrypted.

    Raises:
        StateError: the file is not a world, cannot be opened or written.
        RehearsalError: it cannot be read with this cipher.
    """

    def __init__(
        self,
        path: Path | None = None,
        cipher: Cipher | None = None,
        *,
        faults: Iterable[Fault] = (),
        latency_seconds: float = 0.0,
    ) -> None:
        """``latency_seconds`` is what each mutation takes at least."""
        self.faults = Faults(faults)
        self.latency_seconds = latency_seconds
        self.mutations = 0
        self._path = path
        self._cipher = cipher
        self._lock = threading.RLock()
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise blocked(path, error) from error
        try:
            self._database = sqlite3.connect(
                ":memory:" if path is None else path, check_same_thread=False, isolation_level=None
            )
        except sqlite3.DatabaseError as error:
            raise _unusable(path, error) from error
        weakref.finalize(self, self._database.close)
        try:
            # A killed process loses nothing: the system has the pages. Only a lost machine would.
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise _unusable(path, error) from error

    def __len__(self) -> int:
        """How many objects exist."""
        with self._using():
            return int(self._database.execute("SELECT count(*) FROM objects").fetchone()[0])

    def objects(self) -> list[WorldObject]:
        """Everything that exists, sorted by type and id."""
        with self._using():
            rows = self._database.execute(f"{_SELECT} ORDER BY type, id").fetchall()
        return [self._object(row) for row in rows]

    def of_type(self, type: str) -> list[WorldObject]:  # noqa: A002
        """Every object of a type, sorted by id."""
        with self._using():
            rows = self._database.execute(
                f"{_SELECT} WHERE type = ? ORDER BY id", (type,)
            ).fetchall()
        return [self._object(row) for row in rows]

    def get(self, type: str, id: str) -> WorldObject | None:  # noqa: A002
        """The object of a type with an id."""
        with self._using():
            row = self._database.execute(
                f"{_SELECT} WHERE type = ? AND id = ?", (type, id)
            ).fetchone()
        return None if row is None else self._object(row)

    def holder(self, type: str, id: str, physical_name: str) -> WorldObject | None:  # noqa: A002
        """The object that keeps another of the type from having this id or name; either may be empty."""
        digest = _digest(physical_name) if physical_name else None
        with self._using():
            row = self._database.execute(
                f"{_SELECT} WHERE type = ? AND (id = ? OR name_digest = ?)", (type, id, digest)
            ).fetchone()
        return None if row is None else self._object(row)

    def find(self, urn: str) -> list[WorldObject]:
        """Every object made for a URN, the newest first; several while one is being replaced."""
        with self._using():
            rows = self._database.execute(
                f"{_SELECT} WHERE urn = ? ORDER BY generation DESC", (urn,)
            ).fetchall()
        return [self._object(row) for row in rows]

    def next_generation(self, urn: str) -> int:
        """The generation that the next object for this URN will have."""
        with self._using():
            row = self._database.execute(
                "SELECT count FROM generations WHERE urn = ?", (urn,)
            ).fetchone()
        return 1 if row is None else row[0] + 1

    def put(self, thing: WorldObject, *, new: bool = False) -> None:
        """Create the object, or change the one with its type and id unless it has to be ``new``.

        Raises:
            ProviderError: another object of the type has its id or physical name, or a fault
                struck.
            Abandoned: a fault struck.
            StateError: the file cannot be written.
        """
        payload = self._encode(thing)
        digest = _digest(thing.physical_name) if thing.physical_name else None
        operation = self._begin()
        with self._using():
            try:
                self._database.execute("BEGIN")
                self._database.execute(
                    _INSERT if new else _INSERT + _OR_UPDATE,
                    (thing.type, thing.id, thing.urn, thing.generation, digest, payload),
                )
                self._database.execute(
                    "INSERT INTO generations VALUES (?, ?) ON CONFLICT (urn) DO UPDATE "
                    "SET count = max(count, excluded.count)",
                    (thing.urn, thing.generation),
                )
                self._database.execute("COMMIT")
            except sqlite3.IntegrityError as error:
                self._roll_back()
                holder = self.holder(thing.type, thing.id, thing.physical_name)
                name = thing.physical_name or thing.id
                raise already_exists(thing.type, name, thing.urn, holder) from error
        self.faults.strike(operation, "after")

    def remove(
        self,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        contents: Contents | None = None,
    ) -> None:
        """Delete the object; one that is gone already is no error.

        Args:
            type: the object's type.
            id: its id.
            contents: what is inside it and goes with it.

        Raises:
            ProviderError: a fault struck.
            Abandoned: a fault struck.
            StateError: the file cannot be written.
        """
        operation = self._begin()
        with self._using():
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM objects WHERE type = ? AND id = ?", (type, id))
            if contents is not None:
                self._database.execute(
                    _DELETE_CONTENTS,
                    (contents.type, contents.id, placed_id("", contents.place)),
                )
            self._database.execute("COMMIT")
        self.faults.strike(operation, "after")

    def close(self) -> None:
        """Release the file; closing twice is no error."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _using(self) -> Generator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.ProgrammingError:
                raise
            except sqlite3.DatabaseError as error:
                raise _unusable(self._path, error) from error
            finally:
                # A full disk may have ended the transaction already.
                self._roll_back()

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")

    def _begin(self) -> int:
        if self.latency_seconds:
            time.sleep(self.latency_seconds)
        with self._lock:
            self.mutations += 1
            operation = self.mutations
        self.faults.strike(operation, "before")
        return operation

    def _encode(self, thing: WorldObject) -> bytes:
        content = {"inputs": thing.inputs, "outputs": thing.outputs, "name": thing.physical_name}
        plain = json.dumps(content, default=_marked, separators=(",", ":")).encode()
        return plain if self._cipher is None else self._cipher.encrypt(plain)

    def _object(self, row: tuple[Any, ...]) -> WorldObject:
        type_, id_, urn, generation, payload = row
        try:
            plain = payload if self._cipher is None else self._cipher.decrypt(payload)
            content = json.loads(plain, object_hook=_unmarked)
        except Exception as error:
            raise RehearsalError(
                f"{self._path} cannot be read: the passphrase is not the one it was written with, "
                "or the file is damaged. Give the right passphrase, or move the file away."
            ) from error
        return WorldObject(
            type_, id_, urn, content["inputs"], content["outputs"], generation, content["name"]
        )


def already_exists(type_: str, name: str, urn: str, holder: WorldObject | None) -> ProviderError:
    """The refusal of a name or id that an object has already."""
    text = f"AlreadyExists: a {type_} named {name!r} exists already"
    if holder is None:
        return ProviderError(f"{text}. Choose another name, or import the existing one.")
    if holder.urn == urn:
        return ProviderError(
            f"{text}, made as {urn} before, and there cannot be two. If the resource is being "
            "replaced, let the old one go first (`delete_before_replace`, which is the rule unless "
            "an option forbids it) or change the name; if the state has lost it, import it by its "
            f"id {plain_id(holder.id)!r}."
        )
    return ProviderError(
        f"{text}, but {urn} asks for a new one. It was made as {holder.urn}. Give one of them another "
        "name. If both are the same thing under two names of the program, add the old one to the "
        "resource's `aliases`; if the existing one is to be taken over, import it by its id "
        f"{plain_id(holder.id)!r}."
    )


_SELECT: Final = "SELECT type, id, urn, generation, payload FROM objects"
_INSERT: Final = "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)"
_OR_UPDATE: Final = (
    " ON CONFLICT (type, id) DO UPDATE SET urn = excluded.urn, "
    "name_digest = excluded.name_digest, payload = excluded.payload"
)

# The end of an id says the place, or there is none.
_DELETE_CONTENTS: Final = (
    "DELETE FROM objects WHERE instr(type, ?) = 1 AND instr(id, ?) = 1 "
    "AND substr(id, instr(id || char(10), char(10))) = ?"
)


def _unusable(path: Path | None, error: sqlite3.DatabaseError) -> StateError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    advice = _OUTSIDE.get(code)
    if advice is None:
        return StateError(
            f"{path} is not a rehearsal world ({error}). Move it away to start with an empty one."
        )
    return StateError(f"{path} cannot be used: {error}. {advice}")


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _marked(value: Any) -> Any:
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
    raise TypeError(f"not a property value: {type(value).__name__}")


def _unmarked(value: dict[str, Any]) -> Any:
    if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        return Secret(value["value"])
    return value

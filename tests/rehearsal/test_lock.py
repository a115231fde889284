from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from rehearsal import lock as locks
from rehearsal.errors import StateError
from rehearsal.lock import StackLock, read_holder


def test_a_lock_says_who_holds_it_and_what_for(tmp_path: Path) -> None:
    lock = StackLock(tmp_path / "lock.json")
    lock.acquire("up")

    holder = read_holder(lock.path)

    assert holder is not None
    assert (holder.pid, holder.operation) == (os.getpid(), "up")
    assert holder.host
    assert holder.time.endswith("+00:00")
    lock.release()


def test_a_held_lock_refuses_a_second_operation_and_names_the_holder(tmp_path: Path) -> None:
    first = StackLock(tmp_path / "lock.json")
    first.acquire("up")

    with pytest.raises(StateError, match=rf"process {os.getpid()}\), up since"):
        StackLock(tmp_path / "lock.json").acquire("destroy")
    first.release()


def test_a_released_lock_names_nobody(tmp_path: Path) -> None:
    lock = StackLock(tmp_path / "lock.json")
    lock.acquire("up")
    lock.release()

    again = StackLock(lock.path)

    assert read_holder(lock.path) is None
    assert again.acquire("up") is None
    again.release()


def test_a_lock_whose_holder_was_killed_is_taken_over_and_says_from_whom(tmp_path: Path) -> None:
    killed = StackLock(tmp_path / "lock.json")
    killed.acquire("up")
    killed.abandon()

    taken = StackLock(killed.path)
    former = taken.acquire("destroy")

    assert former is not None
    assert former.operation == "up"
    taken.release()


def test_a_lock_taken_on_another_host_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_text(
        json.dumps(
            {
                "owner": "ada",
                "host": "elsewhere",
                "pid": 7,
                "time": "2026-11-21T08:00:00+00:00",
                "operation": "up",
            }
        )
    )

    with pytest.raises(StateError, match=r"ada on elsewhere .*another host"):
        StackLock(path).acquire("up")
    assert "ada" in path.read_text()


def test_a_file_where_a_directory_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("mine")

    with pytest.raises(StateError, match=r"/state is a file where a directory is needed"):
        StackLock(tmp_path / "state" / "dev" / "lock.json").acquire("up")
    assert (tmp_path / "state").read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "Make room"), (errno.EROFS, "writable for"), (errno.EIO, "Correct that")],
)
def test_a_lock_that_cannot_be_written_says_why_and_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "lock.json"
    with monkeypatch.context() as patch:
        patch.setattr(locks, "_write", fail)
        with pytest.raises(StateError, match=rf"lock.json cannot be used: .*{advice}") as raised:
            StackLock(path).acquire("up")

    assert os.strerror(number) in str(raised.value)
    again = StackLock(path)
    assert again.acquire("up") is None
    again.release()

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from plinth.errors import PlinthError
from plinth.passphrase import given_passphrase, known_passphrase, local_passphrase, own_file


def test_an_empty_passphrase_in_the_environment_is_a_passphrase() -> None:
    assert given_passphrase({"PULUMI_CONFIG_PASSPHRASE": ""}) == ""


def test_a_passphrase_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("hush\n")

    assert given_passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(path)}) == "hush"


def test_a_passphrase_file_that_is_missing_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "none")

    with pytest.raises(PlinthError, match="none, which cannot be read: No such file"):
        given_passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": path})


def test_a_made_passphrase_stays_the_same_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    first = local_passphrase(environ)

    assert first == local_passphrase(environ)
    assert len(first) > 30
    assert own_file(environ).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in own_file(environ).parent.iterdir()] == ["passphrase"]


def test_a_file_in_the_place_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "plinth").write_text("")

    with pytest.raises(PlinthError, match=r"plinth/passphrase.*cannot be used.*PULUMI_CONFIG"):
        local_passphrase({"XDG_CONFIG_HOME": str(tmp_path)})


def test_a_passphrase_that_cannot_be_written_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        del self, target
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", full)

    with pytest.raises(PlinthError, match="No space left on device"):
        local_passphrase({"XDG_CONFIG_HOME": str(tmp_path)})
    assert list((tmp_path / "plinth").iterdir()) == []


def test_looking_for_a_passphrase_makes_none(tmp_path: Path) -> None:
    assert known_passphrase({"XDG_CONFIG_HOME": str(tmp_path)}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_given_passphrase_makes_no_file(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "PULUMI_CONFIG_PASSPHRASE": "hush"}

    assert local_passphrase(environ) == "hush"
    assert list(tmp_path.iterdir()) == []

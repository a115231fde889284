from __future__ import annotations

from pathlib import Path

import pytest

from plinth.errors import PlinthError
from plinth.passphrase import given_passphrase, local_passphrase, own_file


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


def test_a_given_passphrase_makes_no_file(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "PULUMI_CONFIG_PASSPHRASE": "hush"}

    assert local_passphrase(environ) == "hush"
    assert list(tmp_path.iterdir()) == []

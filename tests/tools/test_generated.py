"""Generated files are written, and out of date ones are found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import generated


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tools"])
    return tmp_path


def test_what_is_wanted_is_written_and_what_is_not_is_deleted(root: Path) -> None:
    wanted, left = root / "docs" / "new.svg", root / "old.svg"
    left.write_text("old", encoding="utf-8")

    assert generated.settle({wanted: "new"}, [left], "pictures") == 0

    assert wanted.read_text(encoding="utf-8") == "new"
    assert not left.exists()


@pytest.mark.parametrize("content", [None, "old"])
def test_a_check_finds_what_is_missing_or_differs_and_changes_nothing(
    root: Path,
    content: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["tools", "--check"])
    path = root / "new.svg"
    if content:
        path.write_text(content, encoding="utf-8")

    assert generated.settle({path: "new"}, [], "pictures") == 1

    assert capsys.readouterr().out == "new.svg is not current: run make pictures\n"
    assert path.exists() == bool(content)


def test_a_check_finds_nothing_where_all_is_current(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["tools", "--check"])
    path = root / "new.svg"
    path.write_text("new", encoding="utf-8")

    assert generated.settle({path: "new"}, [path], "pictures") == 0

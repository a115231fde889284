"""What would be lost is refused by the command, until the stack file approves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plinth.cli import app
from plinth.surroundings import Surroundings
from plinth.target import read_target
from rehearsal.store import Store
from tests.plinth.fakes import FakeMachine
from tests.stacks.files import ROOT

PASSPHRASE = "made up"
USERS = "      users:\n        database: users\n"
APPROVALS = """    approved_losses:
      - type: docker:index/volume:Volume
        name: users-volume-data
        reason: moved to another server
        until: "2099-01-01"
      - type: random:index/randomPassword:RandomPassword
        name: users-password
        reason: moved to another server
        until: "2099-01-01"
"""
LOST = {
    "delete docker:index/volume:Volume users-volume-data: the data on it",
    "delete random:index/randomPassword:RandomPassword users-password: the password",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository with dev brought up."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    for name in ("components", "stacks"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    assert run(tmp_path, ["up", "--yes"])["ok"]
    return tmp_path


def run(project: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """The document of the command."""
    around = Surroundings(directory=project, machine=FakeMachine())
    command = [*arguments, "--stack", "dev", "--rehearse", "--json"]
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, command, obj=around).stdout)
    return found


def edit(project: Path, old: str, new: str) -> None:
    path = project / "Pulumi.dev.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def there(project: Path) -> set[str]:
    store = Store(project / ".plinth" / "rehearsal", "plinth", "dev", PASSPHRASE)
    return {state.urn.rpartition("::")[2] for state in store.load().resources}


def lines(document: dict[str, Any]) -> set[str]:
    return {line.strip() for line in document["message"].splitlines()}


def test_a_preview_lists_what_would_be_lost(project: Path) -> None:
    edit(project, USERS, "")

    found = run(project, ["preview"])

    assert not found["ok"]
    assert lines(found) >= LOST


def test_an_up_that_would_lose_data_changes_nothing(project: Path) -> None:
    before = there(project)
    edit(project, USERS, "")

    found = run(project, ["up", "--yes"])

    assert not found["ok"]
    assert lines(found) >= LOST
    assert there(project) == before


def test_what_is_approved_goes(project: Path) -> None:
    edit(project, USERS, "")
    edit(project, "    caches:\n", f"{APPROVALS}    caches:\n")

    assert run(project, ["preview"])["ok"]
    assert run(project, ["up", "--yes"])["ok"]
    assert not [name for name in there(project) if name.startswith("users")]


def test_what_the_refusal_says_to_write_is_enough(project: Path) -> None:
    edit(project, USERS, "")
    _, _, example = run(project, ["preview"])["message"].partition("Pulumi.dev.yaml:\n")

    block = "".join(f"  {line}\n" for line in example.splitlines())
    edit(project, "    caches:\n", f"{block}    caches:\n")

    assert run(project, ["preview"])["ok"]


def test_a_change_that_loses_nothing_needs_no_approval(project: Path) -> None:
    edit(project, "database: users", "database: users\n        backup_days: 14")

    assert run(project, ["up", "--yes"])["ok"]


def test_the_command_knows_what_loses_its_support_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks.day.today_utc", lambda: date(2026, 11, 21))
    assert read_target(ROOT, "prod").endings == ()

    monkeypatch.setattr("stacks.day.today_utc", lambda: date(2027, 2, 1))

    (cluster, *_) = read_target(ROOT, "prod").endings
    assert cluster.startswith('cluster.version: "1.35" loses standard support on EKS')

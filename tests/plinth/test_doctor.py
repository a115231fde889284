from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plinth.cli import app
from plinth.doctor import examine, packages, passphrase, pulumi_cli, python
from plinth.findings import Finding, Status
from plinth.remains import remains, unopened
from plinth.surroundings import Surroundings
from plinth.target import Target
from rehearsal.checkpoint import Checkpoint
from rehearsal.store import Store
from rehearsal.world import World
from stacks.problem import SettingsError
from tests.plinth.fakes import FakeMachine, target


def read(place: Path, name: str) -> Target:
    return target(name, place)


def refuse(place: Path, name: str) -> Target:
    del place
    raise SettingsError(f"Pulumi.{name}.yaml has 1 problem")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("")
    (tmp_path / "Pulumi.prod.yaml").write_text("")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["typer"]\n')
    return Surroundings(directory=tmp_path, machine=FakeMachine(), read_target=read)


def found(around: Surroundings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(around)}


def left(directory: Path, file: str, content: str) -> list[Finding]:
    place = directory / "shop" / "dev"
    place.mkdir(parents=True)
    (place / file).write_text(content)
    return list(remains(directory))


def lock_text(host: str, pid: int, age: timedelta) -> str:
    time = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    holder = {"owner": "ann", "host": host, "pid": pid, "time": time, "operation": "up"}
    return json.dumps(holder)


def test_a_machine_without_cli_and_grounds_can_rehearse(around: Surroundings) -> None:
    result = CliRunner().invoke(app, ["doctor"], obj=around)

    assert result.exit_code == 0
    assert "warn  Pulumi CLI" in result.stdout
    assert "warn  ground docker" in result.stdout
    assert "ok    stack file prod" in result.stdout


def test_each_ground_is_looked_at_once(around: Surroundings) -> None:
    machine = FakeMachine(reachable=True)
    subjects = found(replace(around, machine=machine))

    assert subjects["ground docker"].status is Status.OK
    assert subjects["ground aws"].status is Status.OK
    assert machine.asked == ["cli", "unix:///run/docker.sock", "aws"]


def test_a_version_whose_support_ends_soon_is_a_warning(around: Surroundings) -> None:
    def ending(place: Path, name: str) -> Target:
        return replace(target(name, place), endings=('cluster.version: "1.35" loses support',))

    told = found(replace(around, read_target=ending))["stack file prod"]

    assert told.status is Status.WARN
    assert told.seen == 'cluster.version: "1.35" loses support'


def test_a_stack_file_that_is_not_valid_fails(around: Surroundings) -> None:
    result = CliRunner().invoke(app, ["doctor"], obj=replace(around, read_target=refuse))

    assert result.exit_code == 1
    assert "fail  stack file dev" in result.stdout
    assert "Pulumi.dev.yaml has 1 problem" in result.stdout


def test_json_is_one_document(around: Surroundings) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"], obj=around)
    document = json.loads(result.stdout)

    assert (document["version"], document["command"], document["ok"]) == (1, "doctor", True)
    assert {"status", "subject", "seen", "advice"} == set(document["findings"][0])


def test_outside_a_project_only_the_machine_is_looked_at(tmp_path: Path) -> None:
    subjects = found(Surroundings(directory=tmp_path, machine=FakeMachine()))

    assert list(subjects) == ["Python", "project"]
    assert subjects["project"].status is Status.FAIL


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 9), Status.FAIL), ((3, 11, 0), Status.OK), ((4, 0, 0), Status.OK)],
)
def test_an_old_python_fails(version: tuple[int, ...], status: Status) -> None:
    assert python(version).status is status


def test_a_missing_package_fails_and_another_version_warns(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\ndependencies = ["no-such-package==1", "typer==0.0.1", "rich"]\n')

    assert [(finding.subject, finding.status) for finding in packages(path)] == [
        ("package no-such-package", Status.FAIL),
        ("package typer", Status.WARN),
    ]


def test_packages_as_pinned_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\ndependencies = ["typer", "rich"]\n')

    assert [finding.seen for finding in packages(path)] == ["2 installed as pinned"]


@pytest.mark.parametrize(
    ("script", "status", "seen"),
    [
        ("echo v3.272.0", Status.OK, "v3.272.0 at "),
        ("exit 3", Status.WARN, "does not start (CalledProcessError)"),
    ],
)
def test_the_cli_is_started_to_see_its_version(
    script: str, status: Status, seen: str, tmp_path: Path
) -> None:
    path = tmp_path / "pulumi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    finding = pulumi_cli(FakeMachine(cli=path))

    assert finding.status is status
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("value", "seen"), [(None, "made for you"), ("hush", "set in the environment")]
)
def test_the_passphrase_is_never_shown(
    value: str | None, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    if value is not None:
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", value)

    assert seen in passphrase().seen
    assert "hush" not in passphrase().seen


def test_a_passphrase_file_that_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/nowhere/at/all")

    assert passphrase().status is Status.FAIL


def test_a_state_is_counted(tmp_path: Path) -> None:
    state = {"version": 3, "deployment": {"resources": [{}, {}], "pending_operations": []}}
    (finding,) = left(tmp_path, "state.json", json.dumps(state))

    assert (finding.status, finding.seen) == (Status.OK, "2 resources")


def test_an_interrupted_operation_says_how_to_finish_it(tmp_path: Path) -> None:
    state = {"version": 3, "deployment": {"resources": [{}], "pending_operations": [{}]}}
    (finding,) = left(tmp_path, "state.json", json.dumps(state))

    assert finding.status is Status.WARN
    assert "plinth up --stack dev --rehearse" in finding.advice


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 3}', "\x00"])
def test_what_is_not_a_state_fails(content: str, tmp_path: Path) -> None:
    (finding,) = left(tmp_path, "state.json", content)

    assert finding.status is Status.FAIL
    assert finding.advice.startswith("Restore a backup over it")


def test_a_kept_backup_is_named(tmp_path: Path) -> None:
    place = tmp_path / "shop" / "dev"
    place.mkdir(parents=True)
    (place / "state.json.bak").write_text("")
    (place / "state.json").write_text("{")
    (finding,) = remains(tmp_path)

    assert "state.json.bak" in finding.advice


def test_a_world_that_is_none_fails(tmp_path: Path) -> None:
    (finding,) = left(tmp_path, "world.db", "a letter, not a database " * 40)

    assert (finding.status, finding.subject) == (Status.FAIL, "world of dev")
    assert "is not a rehearsal world" in finding.seen


def test_a_world_is_nothing_to_tell(tmp_path: Path) -> None:
    World(tmp_path / "shop" / "dev" / "world.db").close()

    assert list(remains(tmp_path)) == []


@pytest.mark.parametrize(
    ("passphrase", "seen"),
    [("right", None), ("wrong", "does not open"), (None, "neither set nor kept")],
)
def test_a_state_that_the_passphrase_does_not_open_fails(
    passphrase: str | None, seen: str | None, tmp_path: Path
) -> None:
    store = Store(tmp_path, "shop", "dev", "right")
    Checkpoint(store.load(), store.save).save()
    findings = list(unopened(tmp_path, passphrase))

    assert [finding.status for finding in findings] == ([] if seen is None else [Status.FAIL])
    assert all(str(seen) in finding.seen for finding in findings)


@pytest.mark.parametrize(
    ("host", "pid", "seen", "advice"),
    [
        (socket.gethostname, os.getpid, "the process is alive", "Wait"),
        (socket.gethostname, lambda: 2**22 + 1, "the process is gone", "Nothing to do"),
        (lambda: "elsewhere", os.getpid, "another host", "delete"),
    ],
    ids=["alive", "gone", "elsewhere"],
)
def test_a_lock_tells_its_holder_and_what_to_do(
    host: Callable[[], str], pid: Callable[[], int], seen: str, advice: str, tmp_path: Path
) -> None:
    text = lock_text(host(), pid(), timedelta(hours=5))
    (finding,) = left(tmp_path, "lock.json", text)

    assert finding.status is Status.WARN
    assert f"ann on {host()}" in finding.seen
    assert "5 hours old" in finding.seen
    assert seen in finding.seen
    assert finding.advice.startswith(advice) or advice in finding.advice


def test_a_released_lock_is_nothing_to_tell(tmp_path: Path) -> None:
    assert left(tmp_path, "lock.json", "") == []

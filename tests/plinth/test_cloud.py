from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from plinth.cloud import CloudRunner, backend_is_named
from plinth.errors import PlinthError
from plinth.judging import RuleAnalyzer
from plinth.target import Target
from rehearsal.events import Event, Op, Summary
from rehearsal.values import Secret
from tests.plinth.recorded import STACK

# Before 3.206 the CLI writes its events to a file, which a few lines of shell can do.
SCRIPT = """#!/bin/sh
echo "$*" >> "$0.calls"
env | grep -E '^(PATH|PULUMI_BACKEND_URL|PULUMI_CONFIG_PASSPHRASE)=' > "$0.env"
case "$*" in
  version) echo v3.200.0; exit 0;;
  *"stack select"*) [ -f "$0.unopened" ] && { cat "$0.unopened" >&2; exit 1; }; exit 0;;
  *"stack output"*--show-secrets*) echo '{"password": "hunter2", "port": 1}'; exit 0;;
  *"stack output"*) echo '{"password": "[secret]", "port": 1}'; exit 0;;
  *"stack history"*) cat "$0.history"; exit 0;;
esac
while [ $# -gt 0 ]; do
  [ "$1" = --event-log ] && cat "$0.events" >> "$2"
  shift
done
[ -f "$0.failure" ] && { cat "$0.failure" >&2; exit 255; }
exit 0
"""
HISTORY = [
    {
        "kind": "update",
        "startTime": "2026-11-21T14:00:00.000Z",
        "endTime": "2026-11-21T14:00:01.000Z",
        "message": "",
        "environment": {},
        "config": {},
        "result": "succeeded",
        "version": 1,
        "resourceChanges": {"create": 1},
    }
]


class FakeCli:
    """A Pulumi CLI that plays events and remembers how it was called."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "bin" / "pulumi"
        self.path.parent.mkdir()
        self.path.write_text(SCRIPT)
        self.path.chmod(0o755)
        self.write("history", json.dumps(HISTORY))
        self.play(
            {"resOutputsEvent": {"metadata": step()}},
            {"summaryEvent": {"resourceChanges": {"create": 1}}},
        )
        (directory / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    def write(self, name: str, text: str) -> None:
        Path(f"{self.path}.{name}").write_text(text)

    def play(self, *events: dict[str, Any]) -> None:
        lines = [json.dumps(event) for event in (*events, {"cancelEvent": {}})]
        self.write("events", "\n".join(lines) + "\n")

    def runner(self, stack: str = "dev", packs: Sequence[Path] = ()) -> CloudRunner:
        target = Target(self.directory, "shop", stack, "docker", "unix:///run/docker.sock")
        return CloudRunner(target, self.path, target.home, RuleAnalyzer([]), packs)

    @property
    def calls(self) -> list[str]:
        return Path(f"{self.path}.calls").read_text().splitlines()

    @property
    def environment(self) -> dict[str, str]:
        lines = Path(f"{self.path}.env").read_text().splitlines()
        return {key: value for key, _, value in (line.partition("=") for line in lines)}


def step() -> dict[str, Any]:
    state = {"type": "pulumi:pulumi:Stack", "urn": STACK, "outputs": {"port": 1}}
    return {"op": "create", "urn": STACK, "type": state["type"], "new": state}


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCli:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK", "true")
    return FakeCli(tmp_path)


def ignore(event: Event) -> None:
    del event


def test_up_reports_what_the_engine_did_with_its_outputs(cli: FakeCli) -> None:
    heard: list[Event] = []
    summary = cli.runner().up(heard.append)

    assert (summary.ok, summary.counts) == (True, {Op.CREATE: 1})
    assert summary.outputs == {"password": Secret("hunter2"), "port": 1}
    assert heard[-1] == summary


@pytest.mark.parametrize("operation", ["preview", "up", "down"])
def test_each_operation_is_one_of_the_cli(cli: FakeCli, operation: str) -> None:
    summary = getattr(cli.runner(), operation)(ignore)
    verb = {"down": "destroy"}.get(operation, operation)

    assert summary.ok
    assert sum(f" {verb} " in f" {call} " for call in cli.calls) == 1


def test_the_packs_of_the_ground_judge(cli: FakeCli) -> None:
    pack = cli.directory / "policies" / "docker"
    pack.mkdir(parents=True)
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    cli.runner().preview(ignore)

    assert any(f"--policy-pack {pack}" in call for call in cli.calls)


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_named_packs_are_passed_on(cli: FakeCli, operation: str) -> None:
    getattr(cli.runner(packs=[Path("/packs/a"), Path("/packs/b")]), operation)(ignore)

    (call,) = [call for call in cli.calls if f" {operation} " in f" {call} "]
    assert "--policy-pack /packs/a --policy-pack /packs/b" in call


def test_the_python_that_runs_now_is_the_first_on_the_path(cli: FakeCli) -> None:
    cli.runner().preview(ignore)
    path = cli.environment["PATH"].split(os.pathsep)

    assert path[:2] == [str(cli.path.parent), str(Path(sys.executable).parent)]


def test_dev_keeps_its_state_in_the_project_where_no_backend_is_named(cli: FakeCli) -> None:
    cli.runner().preview(ignore)

    assert cli.environment["PULUMI_BACKEND_URL"].endswith("/.plinth/pulumi")
    assert len(cli.environment["PULUMI_CONFIG_PASSPHRASE"]) > 30


def test_a_named_backend_is_left_alone(cli: FakeCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://shop")
    cli.runner("prod").preview(ignore)

    assert cli.environment["PULUMI_BACKEND_URL"] == "s3://shop"
    assert "PULUMI_CONFIG_PASSPHRASE" not in cli.environment


def test_prod_without_a_backend_is_refused(cli: FakeCli) -> None:
    with pytest.raises(PlinthError, match="PULUMI_BACKEND_URL"):
        cli.runner("prod").preview(ignore)


def failed(cli: FakeCli, stderr: str) -> Summary:
    cli.write("failure", stderr)
    return cli.runner().up(ignore)


def test_a_failed_operation_carries_the_words_of_the_cli(cli: FakeCli) -> None:
    summary = failed(cli, "warning: old\nerror: update failed: no such zone\n")

    assert (summary.ok, summary.message) == (False, "update failed: no such zone")
    assert summary.counts == {Op.CREATE: 1}


def test_a_locked_stack_says_how_to_release_it(cli: FakeCli) -> None:
    summary = failed(cli, "error: the stack is currently locked by 1 lock(s)\n")

    assert "pulumi cancel --stack dev" in summary.message


def test_a_stack_that_cannot_be_opened_is_an_error_of_the_user(cli: FakeCli) -> None:
    cli.write("unopened", "error: incorrect passphrase\n")

    with pytest.raises(PlinthError, match="cannot be opened: incorrect passphrase"):
        cli.runner().preview(ignore)


@pytest.mark.parametrize(
    ("environ", "files", "named"),
    [
        ({}, {}, False),
        ({"PULUMI_BACKEND_URL": "file://x"}, {}, True),
        ({"PULUMI_ACCESS_TOKEN": "made up"}, {}, True),
        ({}, {"Pulumi.yaml": "name: shop\nbackend:\n  url: s3://shop\n"}, True),
        ({}, {"Pulumi.yaml": "name: backend\n"}, False),
        ({}, {"credentials.json": "{}"}, True),
    ],
    ids=["nothing", "environment", "token", "project", "project without", "login"],
)
def test_a_backend_is_named_by_environment_project_or_login(
    environ: dict[str, str], files: dict[str, str], named: bool, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert backend_is_named({"PULUMI_HOME": str(tmp_path), **environ}, tmp_path) is named

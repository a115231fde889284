"""The workflow of a pull request: what it may do, and its shell steps run from a clean clone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
import yaml

from tools.judged import REPORTS, names

ROOT: Final = Path(__file__).resolve().parents[2]
WORKFLOW: Final = ROOT / ".github/workflows/pull-request.yml"
TEXT: Final = WORKFLOW.read_text(encoding="utf-8")
DOCUMENT: Final[dict[Any, Any]] = yaml.safe_load(TEXT)
JOBS: Final[dict[str, dict[str, Any]]] = DOCUMENT["jobs"]
STEPS: Final = [(job, step) for job, held in JOBS.items() for step in held["steps"]]
STACKS: Final[list[str]] = JOBS["judge"]["strategy"]["matrix"]["stack"]

BASH: Final = shutil.which("bash") or "bash"
GIT: Final = shutil.which("git") or "git"

# `make check` and `make test` are what runs this file.
MAKE: Final = """#!/bin/sh
case "$1" in
  check | test) echo "$*" >> "$ASKED" ;;
  *) exec "$REAL_MAKE" "$@" ;;
esac
"""
VIOLATION: Final = """
import pulumi
import pulumi_docker as docker

provider = docker.Provider("careless", host="unix:///var/run/docker.sock")
docker.Container(
    "careless", image="nginx", privileged=True, opts=pulumi.ResourceOptions(provider=provider)
)
"""


def test_it_runs_for_pull_requests_without_the_secrets_of_the_repository() -> None:
    # YAML reads the key `on` as a boolean.
    triggers = DOCUMENT[True]

    assert set(triggers) == {"pull_request", "push"}
    assert triggers["push"] == {"branches": ["main"]}
    assert "secrets." not in TEXT


def test_the_token_may_do_nothing_but_what_a_job_says() -> None:
    assert DOCUMENT["permissions"] == {}
    assert {job: held["permissions"] for job, held in JOBS.items()} == {
        "check": {"contents": "read"},
        "test": {"contents": "read"},
        "judge": {"contents": "read"},
        "scan": {"contents": "read", "actions": "read", "security-events": "write"},
    }


def test_the_job_that_may_write_runs_nothing_of_the_project() -> None:
    assert not [step for step in JOBS["scan"]["steps"] if "run" in step]


def test_a_fork_skips_what_needs_a_token_that_writes() -> None:
    condition = JOBS["scan"]["if"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "github.event_name == 'push'" in condition


def test_every_action_is_pinned_by_commit_and_says_its_version() -> None:
    used = re.findall(r"uses: (.*)", TEXT)

    assert len(used) == sum("uses" in step for _, step in STEPS)
    for each in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_one_action_is_pinned_to_one_commit() -> None:
    used = {step["uses"] for _, step in STEPS if "uses" in step}

    assert len({each.partition("@")[0] for each in used}) == len(used)


def test_a_checkout_leaves_no_credentials_behind() -> None:
    checkouts = [step for _, step in STEPS if "actions/checkout@" in step.get("uses", "")]

    assert len(checkouts) == len(JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_shell_is_handed_values_in_its_environment_only() -> None:
    assert not [step for _, step in STEPS if "${{" in step.get("run", "")]


def test_no_job_runs_for_hours_and_none_twice_for_a_pull_request() -> None:
    assert all(held["timeout-minutes"] <= 60 for held in JOBS.values())
    assert DOCUMENT["concurrency"]["cancel-in-progress"]


def test_every_stack_and_blueprint_is_judged_and_shown() -> None:
    assert sorted(names(ROOT)) == sorted(STACKS)
    assert JOBS["scan"]["strategy"]["matrix"]["stack"] == STACKS
    assert JOBS["scan"]["needs"] == "judge"


def test_reports_are_kept_when_a_stack_does_not_pass() -> None:
    (keep,) = [s for s in JOBS["judge"]["steps"] if "upload-artifact" in s.get("uses", "")]

    assert keep["if"] == "${{ !cancelled() }}"
    assert keep["with"]["path"] == "reports/"


class Clone:
    """A clean clone, in which the shell steps of a job run as GitHub runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "plinth"
        self.summary = folder / "summary.md"
        self.asked = folder / "asked"
        self.home = folder / "home"
        self.home.mkdir()
        self._tools = folder / "tools"
        self._tools.mkdir()
        make = self._tools / "make"
        make.write_text(MAKE, encoding="utf-8")
        make.chmod(0o755)
        # What is there already: an environment that matches the pins, for `make setup`.
        venv = self.folder / ".venv"
        shutil.copytree(_tracked(folder), self.folder)
        venv.mkdir()
        for part in ("bin", "lib", "pyvenv.cfg"):
            (venv / part).symlink_to(Path(sys.prefix) / part)
        (venv / ".ready").touch()

    def run(self, job: str, **matrix: str) -> int:
        """The exit code of the first shell step that fails, 0 if none does."""
        for step in JOBS[job]["steps"]:
            if "run" not in step:
                continue
            given = {key: _filled(value, matrix) for key, value in step.get("env", {}).items()}
            done = subprocess.run(  # noqa: S603 the steps are ours
                [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=self.folder,
                env={
                    "PATH": f"{self._tools}:{os.environ['PATH']}",
                    "HOME": str(self.home),
                    "LANG": "C.UTF-8",
                    "GITHUB_STEP_SUMMARY": str(self.summary),
                    "ASKED": str(self.asked),
                    "REAL_MAKE": shutil.which("make") or "make",
                    **given,
                },
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode:
                return done.returncode
        return 0

    def reports(self, stack: str) -> dict[str, str]:
        """What was reported of a stack, by format."""
        folder = self.folder / "reports"
        return {
            format_: (folder / f"{stack}.{end}").read_text(encoding="utf-8")
            for format_, end in REPORTS.items()
        }


def _filled(text: str, matrix: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: matrix[found[1]], text)


def _tracked(folder: Path) -> Path:
    """A copy of what is, or is about to be, committed."""
    listing = subprocess.run(  # noqa: S603
        [GIT, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    copy = folder / "tracked"
    for name in filter(None, os.fsdecode(listing.stdout).split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    return copy


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    made = Clone(tmp_path)
    yield made
    shutil.rmtree(made.folder)


def test_checks_and_tests_are_those_of_the_makefile(clone: Clone) -> None:
    assert clone.run("check") == 0
    assert clone.run("test") == 0

    assert clone.asked.read_text(encoding="utf-8") == "check\ntest WORKERS=4\n"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_passes_and_leaves_its_reports(stack: str, clone: Clone) -> None:
    assert clone.run("judge", stack=stack) == 0

    reports = clone.reports(stack)
    (run,) = json.loads(reports["sarif"])["runs"]
    assert run["tool"]["driver"]["rules"]
    assert json.loads(reports["json"])
    assert ET.fromstring(reports["junit"]).tag == "testsuites"  # noqa: S314 our own file
    assert reports["html"].startswith("<!doctype html>")
    summary = clone.summary.read_text(encoding="utf-8")
    assert summary.startswith(f"# {stack}\n\n## ✅ Policies pass")
    assert reports["markdown"] in summary


@pytest.mark.timeout(600)
def test_a_violation_fails_the_job_and_is_reported(clone: Clone) -> None:
    with (clone.folder / "__main__.py").open("a", encoding="utf-8") as program:
        program.write(VIOLATION)

    assert clone.run("judge", stack="dev") != 0

    reports = clone.reports("dev")
    (run,) = json.loads(reports["sarif"])["runs"]
    told = [result for result in run["results"] if "careless" in json.dumps(result)]
    places = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in told
        for place in result["locations"]
    ]
    assert "__main__.py" in places
    assert "## ❌ Policies block `dev`" in clone.summary.read_text(encoding="utf-8")


def test_what_there_is_not_is_not_judged(clone: Clone) -> None:
    assert clone.run("judge", stack="nowhere") != 0

    assert not (clone.folder / "reports").exists()

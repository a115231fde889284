"""A program in a process of its own: how it ends, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from rehearsal.engine import Engine, Project
from rehearsal.events import Summary
from rehearsal.program import ScriptProgram
from rehearsal.store import Store
from rehearsal.world import World

HEAD = """
import sys
import pulumi
import pulumi_random as random
random.RandomId("id", byte_length=4)
"""


def preview(
    directory: Path, program: str | None, environment: Mapping[str, str] | None = None
) -> Summary:
    if program is not None:
        (directory / "__main__.py").write_text(program)
    project = Project("shop", "dev", ScriptProgram(directory, environment=environment), directory)
    return Engine(project, Store(directory, "shop", "dev", "stage"), world=World()).preview()


@pytest.mark.parametrize("code", ["", "0", "None"])
def test_a_program_that_ends_itself_well_has_its_resources(code: str, tmp_path: Path) -> None:
    summary = preview(tmp_path, f"{HEAD}sys.exit({code})\n")

    assert summary.ok, summary.message
    assert sum(summary.counts.values()) == 2


@pytest.mark.parametrize(
    ("code", "told"),
    [("3", "exit status 3"), ("'no colour'", "exit status 1: no colour")],
)
def test_a_program_that_ends_itself_with_a_status_fails_by_it(
    code: str, told: str, tmp_path: Path
) -> None:
    summary = preview(tmp_path, f"{HEAD}sys.exit({code})\n")

    assert summary.message == f"the program ended itself with {told}"


def test_an_exit_within_an_output_is_never_taken_for_success(tmp_path: Path) -> None:
    summary = preview(tmp_path, f"{HEAD}pulumi.Output.from_input(1).apply(lambda _: sys.exit(0))\n")

    assert not summary.ok
    assert "before all of its resources were registered" in summary.message


def test_a_traceback_begins_in_the_program(tmp_path: Path) -> None:
    text = HEAD + "def paint():\n    raise LookupError('no colour')\n\npaint()\n"
    lines = preview(tmp_path, text).message.splitlines()

    assert lines[0].startswith("Traceback")
    assert lines[1] == f'  File "{tmp_path}/__main__.py", line 9, in <module>'
    assert sum(line.startswith("  File") for line in lines) == 2
    assert lines[-1] == "LookupError: no colour"


def test_a_program_that_does_not_compile_is_told_without_our_frames(tmp_path: Path) -> None:
    told = preview(tmp_path, "def f(:\n").message

    assert "SyntaxError" in told
    assert f'File "{tmp_path}/__main__.py", line 1' in told
    assert "runner.py" not in told


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    told = preview(tmp_path, None).message

    assert told == (
        f"There is no program: {tmp_path}/__main__.py does not exist. Write or restore it."
    )


def test_a_program_is_out_of_reach_of_the_terminals_signals(tmp_path: Path) -> None:
    script = "import os; from pathlib import Path; Path('group').write_text(str(os.getpgid(0)))\n"
    preview(tmp_path, script)

    assert int((tmp_path / "group").read_text()) != os.getpgid(0)


@pytest.mark.parametrize(("given", "seen"), [({}, "ERROR"), ({"GRPC_VERBOSITY": "INFO"}, "INFO")])
def test_grpc_is_quiet_unless_asked(given: dict[str, str], seen: str, tmp_path: Path) -> None:
    script = "import os; open('seen', 'w').write(os.environ['GRPC_VERBOSITY'])\n"
    preview(tmp_path, script, {"PATH": "", **given})

    assert (tmp_path / "seen").read_text() == seen

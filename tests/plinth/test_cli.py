from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from plinth.choose import Choice
from plinth.cli import app
from plinth.errors import PlinthError
from plinth.signals import Terminated
from plinth.surroundings import Request, Surroundings
from plinth.target import Target
from rehearsal.errors import StateError
from rehearsal.events import Kind
from tests.plinth.fakes import FakeMachine, FakeRunner, target
from tests.plinth.recorded import failed_up, first_up, second_up

CLI = Path("/usr/local/bin/pulumi")
SAYS_REHEARSAL = "Rehearsal engine, no real cloud is touched"


class Stage:
    """The command on a machine without Docker, with a runner that plays recorded events."""

    def __init__(self, directory: Path) -> None:
        (directory / "Pulumi.yaml").write_text("name: shop\n")
        self.directory = directory
        self.machine = FakeMachine()
        self.runner = FakeRunner()
        self.read_target: Callable[[Path, str], Target] = lambda place, name: target(name, place)
        self.requests: list[Request] = []
        self.terminal = False
        self.answer = True
        self.questions: list[str] = []
        self.code = -1
        self.out = ""
        self.err = ""

    def run(self, *arguments: str) -> list[str]:
        around = Surroundings(
            directory=self.directory,
            machine=self.machine,
            read_target=self.read_target,
            make_runner=self._make_runner,
            on_terminal=lambda: False,
            may_ask=lambda: self.terminal,
            ask=self._ask,
        )
        result = CliRunner().invoke(app, list(arguments), obj=around)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        return self.out.splitlines()

    def _make_runner(self, choice: Choice, place: Target, request: Request) -> FakeRunner:
        del choice, place
        self.requests.append(request)
        return self.runner

    def _ask(self, question: str) -> bool:
        self.questions.append(question)
        return self.answer


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def fail(error: BaseException) -> Callable[[Path, str], Target]:
    def read(place: Path, name: str) -> Target:
        del place, name
        raise error

    return read


@pytest.mark.parametrize("arguments", [["up", "--yes"], ["preview"], ["down", "--yes"]])
def test_the_first_and_the_last_line_name_the_engine(stage: Stage, arguments: list[str]) -> None:
    lines = stage.run(*arguments)

    assert stage.code == 0
    assert lines[0].startswith(f"{SAYS_REHEARSAL}: {arguments[0]} of dev (Docker does not answer")
    assert lines[-1].startswith(f"{SAYS_REHEARSAL}: {arguments[0]} of dev succeeded in")


def test_the_pulumi_engine_is_named_where_it_runs(stage: Stage) -> None:
    stage.machine = FakeMachine(cli=CLI, reachable=True)
    lines = stage.run("up", "--stack", "prod", "--yes")

    assert lines[0] == "Pulumi engine: up of prod (aws credentials come from a file)."
    assert lines[-1] == "Pulumi engine: up of prod succeeded in 1.2 s."


def test_up_lists_steps_components_counts_policies_and_outputs(stage: Stage) -> None:
    lines = stage.run("up", "--yes")

    assert "create     docker:index/network:Network core-bridge" in lines
    assert "Components" in lines
    assert "  7 passed, 1 failed, 2 undecided" in lines
    assert any(re.fullmatch(r"  created +5", line) for line in lines)
    assert "  password    [secret]" in lines
    assert "hunter" not in stage.out + stage.err


def test_no_escape_code_is_written_where_there_is_no_terminal(stage: Stage) -> None:
    stage.run("up", "--yes")

    assert "\x1b" not in stage.out + stage.err


def test_a_preview_changes_nothing(stage: Stage) -> None:
    stage.runner.previewed = first_up(Kind.PREVIEW)
    lines = stage.run("preview")

    assert stage.runner.played == ["preview"]
    assert any(re.fullmatch(r"  to create +5", line) for line in lines)


def test_json_is_one_document_and_nothing_else(stage: Stage) -> None:
    stage.run("up", "--yes", "--json")
    found = json.loads(stage.out)

    assert found["version"] == 1
    assert found["engine"] == {
        "name": "rehearsal",
        "touches_cloud": False,
        "reason": "Docker does not answer at unix:///run/docker.sock",
    }
    assert (found["project"], found["stack"], found["ok"]) == ("shop", "dev", True)
    assert stage.err == ""


def test_json_tells_an_error_that_kept_everything_from_beginning(stage: Stage) -> None:
    stage.read_target = fail(PlinthError("There is no stack qa."))
    stage.run("up", "--stack", "qa", "--yes", "--json")
    found = json.loads(stage.out)

    assert stage.code == 1
    assert (found["ok"], found["message"], found["engine"]) == (
        False,
        "There is no stack qa.",
        None,
    )


def test_an_operation_that_failed_exits_with_1(stage: Stage) -> None:
    stage.runner.upped = failed_up()
    lines = stage.run("up", "--yes")

    assert stage.code == 1
    assert lines[-1] == f"{SAYS_REHEARSAL}: up of dev failed in 0.5 s."


@pytest.mark.parametrize(
    "error", [PlinthError("Name another."), StateError("the stack is locked: ann is at work on it")]
)
def test_a_user_error_is_one_message_without_traceback(stage: Stage, error: Exception) -> None:
    stage.runner.error = error
    stage.run("up", "--yes")

    assert stage.code == 1
    assert stage.err == f"Error: {error}\n"


def test_an_unknown_stack_is_an_error_of_the_user(stage: Stage) -> None:
    stage.read_target = Surroundings.read_target
    (stage.directory / "Pulumi.dev.yaml").write_text("")
    stage.run("up", "--stack", "qa", "--yes")

    assert stage.code == 1
    assert stage.err.startswith('Error: There is no stack "qa"')


def test_outside_a_project_it_is_said_where_to_go(stage: Stage) -> None:
    (stage.directory / "Pulumi.yaml").unlink()
    stage.run("up")

    assert stage.code == 1
    assert "There is no Pulumi.yaml" in stage.err


def test_a_bug_is_called_a_bug(stage: Stage) -> None:
    stage.runner.error = ZeroDivisionError("division by zero")
    stage.run("up", "--yes")

    assert stage.code == 1
    assert "Traceback" in stage.err
    assert stage.err.splitlines()[-1].startswith("Error: This is a bug in plinth")


def test_an_interruption_says_how_to_go_on(stage: Stage) -> None:
    stage.runner.error = KeyboardInterrupt()
    lines = stage.run("up", "--yes")

    assert stage.code == 130
    assert "the same command goes on" in stage.err
    assert lines[-1] == f"{SAYS_REHEARSAL}: up of dev failed."


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_treated_like_an_interruption(stage: Stage, signum: int) -> None:
    stage.runner.error = Terminated(signum)
    lines = stage.run("up", "--yes")

    assert stage.code == 128 + signum
    assert "the same command goes on" in stage.err
    assert lines[-1] == f"{SAYS_REHEARSAL}: up of dev failed."


def test_an_interruption_at_the_question_changes_nothing_and_is_no_bug(stage: Stage) -> None:
    stage.runner.error = typer.Abort()
    lines = stage.run("up", "--yes")

    assert (stage.code, stage.err) == (1, "Nothing was changed.\n")
    assert lines[-1].endswith("up of dev was called off.")


@pytest.mark.parametrize("stack", ["", ".", "..", "../x", "a/b", "a b", "ä", "x" * 101])
def test_what_cannot_be_a_stacks_name_is_wrong_usage(stage: Stage, stack: str) -> None:
    stage.read_target = Surroundings.read_target
    stage.run("up", "--stack", stack)

    assert stage.code == 2
    assert stage.err.startswith(f"Error: --stack {stack!r} cannot be a stack's name.")
    assert stage.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["rise"], ["up", "--stak", "dev"], ["up", "--stack"], ["preview", "--yes"], ["up", "extra"]],
)
def test_wrong_usage_exits_with_2(stage: Stage, arguments: list[str]) -> None:
    stage.run(*arguments)

    assert stage.code == 2
    assert stage.runner.played == []


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_staging_and_prod_ask_for_rehearse(stage: Stage, stack: str) -> None:
    stage.run("preview", "--stack", stack)

    assert stage.code == 1
    assert "--rehearse" in stage.err
    assert stage.runner.played == []


def test_prod_is_rehearsed_when_asked(stage: Stage) -> None:
    lines = stage.run("preview", "--stack", "prod", "--rehearse")

    assert stage.code == 0
    assert lines[0] == f"{SAYS_REHEARSAL}: preview of prod (--rehearse was given)."


def test_down_refuses_without_yes_where_it_cannot_ask(stage: Stage) -> None:
    stage.run("down")

    assert stage.code == 2
    assert "--yes" in stage.err
    assert stage.runner.played == []


def test_down_asks_on_a_terminal_and_a_no_deletes_nothing(stage: Stage) -> None:
    stage.terminal, stage.answer = True, False
    stage.run("down")

    assert stage.questions == ["Delete everything in dev?"]
    assert (stage.code, stage.runner.played) == (1, [])
    assert stage.err == "Nothing was deleted.\n"


def test_down_asks_on_a_terminal_and_a_yes_deletes(stage: Stage) -> None:
    stage.terminal = True
    stage.run("down")

    assert (stage.code, stage.runner.played) == (0, ["down"])


def test_up_on_a_terminal_shows_first_and_asks(stage: Stage) -> None:
    stage.terminal = True
    stage.run("up")

    assert stage.questions == ["Bring dev up like this?"]
    assert (stage.code, stage.runner.played) == (0, ["preview", "up"])


def test_up_on_a_terminal_changes_nothing_after_a_no(stage: Stage) -> None:
    stage.terminal, stage.answer = True, False
    lines = stage.run("up")

    assert (stage.code, stage.runner.played) == (1, ["preview"])
    assert lines[-1].endswith("up of dev was called off.")


def test_up_does_not_ask_after_a_preview_that_failed(stage: Stage) -> None:
    stage.terminal = True
    stage.runner.previewed = failed_up()
    stage.run("up")

    assert (stage.code, stage.runner.played, stage.questions) == (1, ["preview"], [])


def test_up_does_not_ask_when_nothing_would_change(stage: Stage) -> None:
    stage.terminal = True
    stage.runner.previewed = [second_up()[0], *second_up()[1:5], second_up()[-1]]
    stage.run("up")

    assert (stage.code, stage.runner.played, stage.questions) == (0, ["preview", "up"], [])


def test_a_rehearsed_up_needs_no_yes_in_a_pipe(stage: Stage) -> None:
    stage.run("up")

    assert (stage.code, stage.runner.played) == (0, ["up"])


def test_a_real_up_needs_a_yes_in_a_pipe(stage: Stage) -> None:
    stage.machine = FakeMachine(cli=CLI, reachable=True)
    stage.run("up")

    assert (stage.code, stage.runner.played) == (2, [])
    assert "--yes" in stage.err


def test_json_never_asks(stage: Stage) -> None:
    stage.terminal = True
    stage.run("down", "--json")

    assert (stage.code, stage.questions) == (2, [])
    assert "--yes" in json.loads(stage.out)["message"]


def test_a_fault_can_be_ordered_by_the_environment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLINTH_FAULT", "kill:before:7 error:after:9")
    stage.run("up", "--yes")

    assert stage.requests[0].faults == ("kill:before:7", "error:after:9")


@pytest.mark.parametrize("command", ["up", "preview"])
def test_policy_packs_can_be_named_one_by_one(stage: Stage, command: str) -> None:
    packs = [stage.directory / name for name in ("a", "b")]
    for pack in packs:
        pack.mkdir()
        (pack / "PulumiPolicy.yaml").write_text("runtime: nodejs\n")
    stage.run(command, *(f"--policy-pack={pack}" for pack in packs))

    assert stage.code == 0
    assert stage.requests[0].packs == tuple(packs)


@pytest.mark.parametrize("command", ["up", "down", "preview", "doctor", "schema"])
def test_every_command_explains_itself(stage: Stage, command: str) -> None:
    assert command in "".join(stage.run(command, "--help"))
    assert stage.code == 0


def test_the_schema_of_the_stack_files_is_printed(stage: Stage) -> None:
    stage.run("schema")

    assert json.loads(stage.out)["title"] == "Plinth stack file"

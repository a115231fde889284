from __future__ import annotations

from pathlib import Path

import pytest

from plinth.choose import Choice, EngineName, choose
from plinth.errors import PlinthError
from tests.plinth.fakes import FakeMachine, target

CLI = Path("/usr/local/bin/pulumi")


def chosen(
    stack: str, machine: FakeMachine, *, rehearse: bool = False, taking_down: bool = False
) -> Choice:
    return choose(
        target(stack), machine, machine.asked.append, rehearse=rehearse, taking_down=taking_down
    )


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_with_the_cli_and_a_reachable_ground_the_pulumi_engine_runs(stack: str) -> None:
    choice = chosen(stack, FakeMachine(cli=CLI, reachable=True))

    assert (choice.engine, choice.cli) == (EngineName.PULUMI, CLI)


def test_dev_rehearses_when_docker_does_not_answer_and_says_so() -> None:
    choice = chosen("dev", FakeMachine(cli=CLI))

    assert choice.engine is EngineName.REHEARSAL
    assert choice.reason == "Docker does not answer at unix:///run/docker.sock"


def test_nothing_is_installed_for_a_ground_that_cannot_be_reached() -> None:
    machine = FakeMachine()
    chosen("dev", machine)

    assert machine.asked == ["unix:///run/docker.sock"]


def test_the_cli_is_installed_for_a_ground_that_can_be_reached() -> None:
    machine = FakeMachine(reachable=True, installs=True)
    choice = chosen("prod", machine)

    assert choice.engine is EngineName.PULUMI
    assert choice.cli is not None
    assert "Installing the Pulumi CLI into ~/.pulumi/versions, once." in machine.asked


def test_dev_rehearses_when_the_cli_cannot_be_installed() -> None:
    choice = chosen("dev", FakeMachine(reachable=True))

    assert choice.reason == "the Pulumi CLI is not installed: the download failed"


@pytest.mark.parametrize("stack", ["staging", "prod"])
@pytest.mark.parametrize("reachable", [True, False])
def test_staging_and_prod_never_fall_back_by_themselves(stack: str, reachable: bool) -> None:
    with pytest.raises(PlinthError, match="--rehearse"):
        chosen(stack, FakeMachine(reachable=reachable))


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_rehearse_asks_the_machine_nothing(stack: str) -> None:
    machine = FakeMachine(cli=CLI, reachable=True)

    assert chosen(stack, machine, rehearse=True).engine is EngineName.REHEARSAL
    assert machine.asked == []


def test_what_stands_for_real_is_not_taken_down_in_a_rehearsal(tmp_path: Path) -> None:
    dev = target("dev", tmp_path)
    states = dev.own_backend / ".pulumi" / "stacks" / "shop"
    states.mkdir(parents=True)
    (states / "dev.json").write_text("{}")

    with pytest.raises(PlinthError, match="brought up by the Pulumi engine"):
        choose(dev, FakeMachine(), print, rehearse=False, taking_down=True)


def test_a_rehearsal_says_that_no_cloud_is_touched() -> None:
    assert "no real cloud is touched" in chosen("dev", FakeMachine()).title
    assert chosen("dev", FakeMachine(cli=CLI, reachable=True)).title == "Pulumi engine"

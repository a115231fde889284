from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plinth.cli import app
from plinth.errors import UsageError
from plinth.rehearse import parse_fault
from plinth.surroundings import Surroundings
from plinth.target import Target
from rehearsal.world import Fault
from tests.plinth.fakes import FakeMachine

PROGRAM = """
import pulumi
import pulumi_random

provider = pulumi_random.Provider("random")
for name in ("apple", "pear"):
    pet = pulumi_random.RandomPet(name, opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("pet", pet.id)
pulumi.export("word", pulumi.Output.secret("hunter2"))
"""


@dataclass(frozen=True)
class Project:
    """A small program on disk and the command to rehearse it."""

    directory: Path

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        around = Surroundings(
            directory=self.directory,
            machine=FakeMachine(),
            read_target=lambda place, stack: Target(place, "orchard", stack, "docker", "unix:///x"),
        )
        result = CliRunner().invoke(app, [*arguments, "--json"], obj=around)
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made up")
    (tmp_path / "Pulumi.yaml").write_text("name: orchard\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return Project(tmp_path)


def test_a_stack_goes_up_stays_and_comes_down(project: Project) -> None:
    seen = [project.run(command, "--yes") for command in ("up", "up", "down")]

    assert [code for code, _ in seen] == [0, 0, 0]
    assert [found["counts"]["created"] for _, found in seen] == [4, 0, 0]
    assert [found["counts"]["unchanged"] for _, found in seen] == [0, 4, 0]
    assert [found["counts"]["deleted"] for _, found in seen] == [0, 0, 4]
    assert seen[0][1]["outputs"]["word"] == "[secret]"


def test_a_preview_knows_no_computed_output_and_leaves_no_state(project: Project) -> None:
    code, found = project.run("preview")

    assert (code, found["outputs"]["pet"]) == (0, "[unknown]")
    assert not list(project.directory.rglob("state.json"))


def test_an_ordered_error_fails_the_up_and_the_next_one_finishes_it(project: Project) -> None:
    code, found = project.run("up", "--yes", "--fault", "error:before:2")
    again, finished = project.run("up", "--yes")

    assert (code, again) == (1, 0)
    assert "injected fault at operation 2" in found["message"]
    assert finished["counts"]["created"] + finished["counts"]["unchanged"] == 4


def test_an_abandoned_up_is_told_and_resumed(project: Project) -> None:
    code, found = project.run("up", "--yes", "--fault", "abandon:after:1")
    again, _ = project.run("up", "--yes")

    assert (code, again) == (1, 0)
    assert "as ordered" in found["message"]


def test_a_program_that_breaks_fails_the_operation(project: Project) -> None:
    (project.directory / "__main__.py").write_text("raise ValueError('boom')\n")
    code, found = project.run("preview")

    assert code == 1
    assert "boom" in found["message"]


def test_a_wrong_passphrase_changes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("up", "--yes")
    (state,) = project.directory.rglob("state.json")
    before = state.read_bytes()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    code, found = project.run("up", "--yes")

    assert code == 1
    assert "PULUMI_CONFIG_PASSPHRASE" in found["message"]
    assert state.read_bytes() == before


def test_states_can_be_kept_elsewhere(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    project.run("up", "--yes", "--state-dir", str(elsewhere))

    assert (elsewhere / "rehearsal" / "orchard" / "dev" / "state.json").is_file()
    assert not (project.directory / ".plinth").exists()


STRANGE_PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def validate(args, report):
    if args.name == "pear":
        report("grow apples")

policy = ResourceValidationPolicy("no-pears", "Pears are not grown here", validate)
PolicyPack("LEVEL", policies=[policy], enforcement_level=EnforcementLevel.LEVEL)
"""


@pytest.fixture
def packs(tmp_path: Path) -> dict[str, str]:
    """Directories of packs that dislike pears, by level."""
    made: dict[str, str] = {}
    for level in ("advisory", "mandatory"):
        directory = tmp_path / "strangers" / level
        directory.mkdir(parents=True)
        (directory / "PulumiPolicy.yaml").write_text("runtime: python\n")
        (directory / "__main__.py").write_text(STRANGE_PACK.replace("LEVEL", level.upper()))
        made[level] = str(directory)
    return made


def test_every_pack_that_is_named_judges_besides_the_built_in_rules(
    project: Project, packs: dict[str, str]
) -> None:
    flags = [part for pack in packs.values() for part in ("--policy-pack", pack)]
    code, found = project.run("preview", *flags)

    told = {(v["pack"], v["level"], v["rule"]) for v in found["policies"]["violations"]}
    assert code == 1
    assert told == {
        ("ADVISORY", "advisory", "no-pears"),
        ("MANDATORY", "mandatory", "no-pears"),
    }


def test_an_up_stops_at_what_a_named_pack_forbids(project: Project, packs: dict[str, str]) -> None:
    code, found = project.run("up", "--yes", "--policy-pack", packs["mandatory"])

    assert code == 1
    assert "grow apples" in found["message"]
    assert "pear" not in {step["name"] for step in found["steps"]}


def test_an_up_goes_on_after_what_a_named_pack_advises(
    project: Project, packs: dict[str, str]
) -> None:
    code, found = project.run("up", "--yes", "--policy-pack", packs["advisory"])

    assert (code, found["counts"]["created"]) == (0, 4)
    assert found["policies"]["failed"] == 1


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_directory_that_is_no_pack_is_an_error_before_anything_begins(
    project: Project, tmp_path: Path, command: str
) -> None:
    code, found = project.run(command, "--policy-pack", str(tmp_path))

    assert (code, found["steps"], found["engine"]) == (1, [], None)
    assert f"{tmp_path} is no policy pack" in found["message"]
    assert "PulumiPolicy.yaml" in found["message"]


def test_a_fault_is_read_as_it_is_written() -> None:
    assert parse_fault("kill:before:7") == Fault(7, "kill", "before")


@pytest.mark.parametrize(
    "text", ["", "kill", "kill:before", "kill:before:0", "kill:during:1", "burn:before:1"]
)
def test_a_fault_that_is_not_understood_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="kill:before:7"):
        parse_fault(text)


def test_a_misspelt_fault_exits_with_2_before_anything_begins(project: Project) -> None:
    code, found = project.run("up", "--yes", "--fault", "burn:before:1")

    assert (code, found["steps"]) == (2, [])

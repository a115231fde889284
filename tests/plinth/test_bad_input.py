"""Whatever a user can get wrong: one clear error, exit code 1, and every file as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plinth.cli import app
from plinth.surroundings import Surroundings
from plinth.target import Target
from rehearsal.lock import StackLock
from rehearsal.store import Store
from tests.plinth.fakes import FakeMachine

ROOT = Path(__file__).parents[2]
PASSPHRASE = "made up"
HEAD = """
import pulumi
import pulumi_random as random

opts = pulumi.ResourceOptions(provider=random.Provider("random"))
"""
GOOD = HEAD + 'random.RandomPet("apple", opts=opts)\n'


@dataclass(frozen=True)
class Told:
    """What a command said and what it left."""

    code: int
    text: str
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


@dataclass(frozen=True)
class Orchard:
    """A small project whose stack ``dev`` is rehearsed."""

    directory: Path

    def write(self, program: str) -> None:
        (self.directory / "__main__.py").write_text(program)

    @property
    def store(self) -> Store:
        return Store(self.directory / ".plinth" / "rehearsal", "orchard", "dev", PASSPHRASE)

    def run(self, *arguments: str) -> Told:
        around = Surroundings(
            directory=self.directory,
            machine=FakeMachine(),
            read_target=lambda place, stack: Target(place, "orchard", stack, "docker", "unix:///x"),
        )
        before = files(self.directory)
        result = CliRunner().invoke(app, arguments, obj=around)
        return Told(result.exit_code, result.output, before, files(self.directory))


def files(directory: Path) -> dict[str, bytes]:
    # Bookkeeping that an operation may touch whatever becomes of it.
    ignored = {"lock.json", "state.json.bak", "world.db", "world.db-wal", "world.db-shm"}
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.name not in ignored and path.suffix != ".pyc"
    }


@pytest.fixture
def orchard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orchard:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (tmp_path / "Pulumi.yaml").write_text("name: orchard\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    made = Orchard(tmp_path)
    made.write(GOOD)
    return made


def assert_clear(told: Told, *parts: str) -> None:
    assert told.code == 1
    assert "Traceback" not in told.text
    for part in parts:
        assert part in told.text
    assert told.after == told.before


def settings_error(tmp_path: Path, text: str, stack: str = "dev") -> str:
    """What ``plinth preview`` says of the repository with ``text`` as its stack file."""
    (tmp_path / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    before = files(tmp_path)
    around = Surroundings(directory=tmp_path, machine=FakeMachine())
    result = CliRunner().invoke(app, ["preview", "--stack", stack, "--rehearse"], obj=around)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert files(tmp_path) == before
    return result.output


def dev() -> str:
    return (ROOT / "Pulumi.dev.yaml").read_text()


def test_an_unknown_stack_lists_the_known_ones(tmp_path: Path) -> None:
    told = settings_error(tmp_path, dev(), stack="production")

    assert "production" in told
    assert "dev" in told


def test_every_problem_of_a_stack_file_is_told_at_once_with_its_path(tmp_path: Path) -> None:
    text = dev()
    text = text.replace("owner: platform", "ownr: platform")
    text = text.replace("cidr: 10.10.0.0/20", "cidr: 10.10.0.0/28")
    text = text.replace("repositories: [api, web]", "repositories: 7")

    told = settings_error(tmp_path, text)

    for path in ("owner", "ownr", "network.cidr", "registry.repositories"):
        assert path in told
    assert "10.10.0.0/28" in told


def test_overlapping_networks_are_refused_with_both_ranges(tmp_path: Path) -> None:
    text = dev().replace(
        "cidr: 10.10.0.0/20", "cidr: 10.10.0.0/20\n      peers: {office: 10.10.8.0/24}"
    )

    told = settings_error(tmp_path, text)

    assert "10.10.0.0/20" in told
    assert "10.10.8.0/24" in told


def test_a_ground_that_cannot_carry_a_capability_is_named(tmp_path: Path) -> None:
    text = dev().replace("kind: docker", "kind: kubernetes\n      context: kind")

    told = settings_error(tmp_path, text)

    assert "kubernetes" in told
    assert "network" in told


@pytest.mark.parametrize("command", ["up --yes", "down --yes", "preview"])
@pytest.mark.parametrize("content", ["{", '{"version": 3, "deployment": {}}', "[]"])
def test_a_corrupt_state_stops_every_command_and_stays(
    orchard: Orchard, command: str, content: str
) -> None:
    orchard.run("up", "--stack", "dev", "--rehearse")
    orchard.store.path.write_text(content)

    told = orchard.run(*command.split(), "--stack", "dev", "--rehearse")

    assert told.code == 1
    assert "cannot be used" in told.text
    assert orchard.store.path.read_text() == content
    assert {name: told.after[name] for name in told.before} == told.before
    (aside,) = orchard.store.directory.glob("state.json.unreadable-*")
    assert aside.read_text() == content


def test_a_foreign_state_is_refused_by_name(orchard: Orchard) -> None:
    orchard.run("up", "--stack", "dev", "--rehearse")
    text = orchard.store.path.read_text().replace(":dev::orchard", ":dev::vineyard")
    orchard.store.path.write_text(text)

    told = orchard.run("up", "--stack", "dev", "--rehearse")

    assert told.code == 1
    assert "belongs to another stack" in told.text
    assert orchard.store.path.read_text() == text


def test_a_locked_state_names_its_holder(orchard: Orchard) -> None:
    orchard.run("up", "--stack", "dev", "--rehearse")
    lock = StackLock(orchard.store.lock.path)
    lock.acquire("destroy")

    told = orchard.run("up", "--stack", "dev", "--rehearse")
    lock.release()

    assert_clear(told, "locked", "destroy since")


def test_a_wrong_passphrase_says_which_setting_to_correct(
    orchard: Orchard, monkeypatch: pytest.MonkeyPatch
) -> None:
    orchard.run("up", "--stack", "dev", "--rehearse")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")

    told = orchard.run("up", "--stack", "dev", "--rehearse")

    assert_clear(told, "PULUMI_CONFIG_PASSPHRASE", "nothing was changed")


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        (
            HEAD
            + 'group = pulumi.ComponentResource("o:o:Group", "group")\n'
            + 'random.RandomId("x", byte_length=4, opts=pulumi.ResourceOptions(parent=group,'
            + " depends_on=[group], provider=opts.provider))\n",
            ("circular dependency", "named x"),
        ),
        (
            HEAD + 2 * 'random.RandomPet("same", opts=opts)\n',
            ("Duplicate resource URN", "randomPet:RandomPet::same"),
        ),
        (
            HEAD
            + 'pulumi.CustomResource("random:index/randomPet:RandomPet", "p", {"lenght": 3}, opts)\n',
            ("lenght", "length"),
        ),
    ],
    ids=["cycle", "duplicate URN", "unknown property"],
)
@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_mistake_in_the_program_is_one_clear_error(
    orchard: Orchard, command: str, program: str, parts: tuple[str, ...]
) -> None:
    orchard.write(program)
    told = orchard.run(command, "--stack", "dev", "--rehearse")

    assert_clear(told, *parts)
    assert not orchard.store.directory.exists()
    assert "Resource monitor has terminated" not in told.text


def test_what_a_rehearsal_cannot_run_is_told_in_its_own_words(orchard: Orchard) -> None:
    orchard.write(
        HEAD
        + "hook = pulumi.ResourceHook('h', lambda args: None)\n"
        + "hooked = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook]))\n"
        + 'random.RandomPet("p", opts=pulumi.ResourceOptions.merge(opts, hooked))\n'
    )

    told = orchard.run("preview", "--stack", "dev", "--rehearse")

    assert_clear(told, "a rehearsal does not run resource hooks", "Pulumi CLI")


def test_a_json_report_of_an_error_is_still_one_document(orchard: Orchard) -> None:
    orchard.write(HEAD + 2 * 'random.RandomPet("same", opts=opts)\n')

    told = orchard.run("up", "--stack", "dev", "--rehearse", "--json")

    assert told.code == 1
    assert "Duplicate resource URN" in json.dumps(json.loads(told.text))

"""Whatever a user can get wrong: one clear error, exit code 1, and every file as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
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


WORKLOAD = """
from components.network.plan import Tier
from components.versions import REGISTRY
from components.workload import Flow, Health, HttpCheck, Port, Resources, Workload, connect

def shop(asks):
    return Workload(
        image=REGISTRY,
        resources=Resources(cpus=0.5, memory_mib=128),
        health=Health(ready=HttpCheck(path="/ready", port=asks)),
        ports={"http": Port(number=8080)},
    )
"""
PAGE = """
from components.observability.dashboard import Dashboard, Panel, Query, Row
from components.observability.grafana.dashboard_json import dashboard_json

panel = Panel(title="Up", queries=(Query(expression="up{" + "x" * 1900 + "}"),))
row = Row(title="All", panels=(panel,) * 300)
dashboard_json(Dashboard(uid="page", title="Page", rows=(row,)))
"""


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        (
            WORKLOAD + 'shop("metrics")\n',
            ("health.ready asks the port 'metrics', which is not declared; ports has http",),
        ),
        (
            WORKLOAD
            + 'calls = [Flow(source="till", target=called, port="grpc", tier=Tier.PRIVATE)'
            + ' for called in ("shop", "stock")]\n'
            + 'connect({"till": shop("http"), "shop": shop("http")}, calls)\n',
            (
                "to shop calls the port 'grpc', where nothing listens; shop has http",
                "to stock names stock, which is no workload here; there are shop, till",
            ),
        ),
        (PAGE, ("the dashboard page has", "at most 491520 are delivered")),
    ],
    ids=["probe", "flows", "dashboard"],
)
def test_parts_that_do_not_fit_together_are_told_without_a_traceback(
    orchard: Orchard, program: str, parts: tuple[str, ...]
) -> None:
    orchard.write(program)

    told = orchard.run("preview", "--stack", "dev", "--rehearse")

    assert_clear(told, *parts)
    assert not orchard.store.directory.exists()


def watching(**asked: object) -> str:
    """The stack file of dev with ``asked`` of observability."""
    document = yaml.safe_load(dev())
    document["config"]["plinth:settings"]["observability"] |= asked
    # Without the references by which YAML shortens what is there twice.
    return json.dumps(document)


def test_retentions_that_no_volume_holds_are_told_with_what_would(tmp_path: Path) -> None:
    text = watching(
        metrics={"retention_days": 90},
        logs={"retention_days": 60},
        traces={"store": "badger", "retention_days": 30},
    )

    told = settings_error(tmp_path, text)

    assert "Pulumi.dev.yaml has 3 problems" in told
    assert "observability.metrics: retention_days is 90, and 30,000 series" in told
    assert "set volume_gib to 17, or retention_days to 58" in told
    assert "observability.logs: retention_days is 60, and at a gib_per_day of 2" in told
    assert "set retention_days to 16 at most, or volume_gib to 38" in told
    assert "observability.traces: retention_days is 30, and at a gib_per_day of 1" in told


def test_a_stack_that_does_not_fit_together_is_one_error_and_no_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (tmp_path / "__main__.py").write_bytes((ROOT / "__main__.py").read_bytes())
    application = {"workload": "shop", "port": 8080, "metrics": ["http_requests_total"]}
    promise = {
        "description": "The shop answers without an error.",
        "service": "shop",
        "team": "shop",
        "objective_percent": 99.9,
        "indicator": {
            "kind": "requests",
            "total": 'shop_request_total{job="shop"}',
            "errors": 'shop_request_total{job="shop", code="500"}',
        },
    }
    text = watching(
        metrics={"retention_days": 30},
        applications={"shop": application, "loki": application},
        slos={"shop": promise},
    )

    told = settings_error(tmp_path, text)

    _, _, failures = told.partition("Failures")
    failures, _, _ = failures.partition("\nPolicies")
    assert [line.strip() for line in failures.strip().splitlines()] == [
        "observability does not fit together:",
        "2 targets have the job 'loki': rename all but one",
        (
            "slos.shop.indicator uses the metric shop_request_total, which no target exposes and no"
            " rule records (the nearest is http_request_total): correct it, pass its target, or"
            " name it in the target's extra_metrics"
        ),
    ]

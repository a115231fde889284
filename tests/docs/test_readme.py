"""What the README shows is what happens: its examples run, its outputs are those of real runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import indent

import pytest
import typer
from typer.core import TyperGroup, TyperOption
from typer.testing import CliRunner

from components import (
    audit,
    bucket,
    cache,
    cluster,
    database,
    dns,
    identity,
    keys,
    namespace,
    network,
    observability,
    registry,
)
from plinth.cli import app
from plinth.operate import FAILED, OK, WRONG_USAGE
from plinth.passphrase import VARIABLE
from plinth.surroundings import Surroundings
from policies.catalogue import RULES
from policies.exemptions import parse as parse_exemptions
from stacks.settings import parse, read_stack_file
from stacks.stackfile import SETTINGS_KEY
from stacks.stackfile import read as read_file
from tests.architecture.source import PROVIDERS, ROOT, capabilities, files
from tests.docs.text import commands, fences, read, table

README = read("README.md")
OUTPUTS = [fence.text for fence in fences(README, "text")]
GROUNDS: Mapping[str, frozenset[str]] = {
    "audit": audit.GROUNDS,
    "bucket": bucket.GROUNDS,
    "cache": cache.GROUNDS,
    "cluster": cluster.GROUNDS,
    "database": database.GROUNDS,
    "dns": dns.GROUNDS,
    "identity": identity.GROUNDS,
    "keys": keys.GROUNDS,
    "namespace": namespace.GROUNDS,
    "network": network.GROUNDS,
    "observability": observability.GROUNDS,
    "registry": registry.GROUNDS,
}


def shown(text: str) -> set[str]:
    """The lines of an output, without those that differ from run to run or were left out."""
    lines = {line.rstrip() for line in text.splitlines()}
    return {
        line for line in lines if line and "…" not in line and not line.startswith("Rehearsal eng")
    }


def rehearsed(command: str, stack: str, directory: Path) -> str:
    arguments = [command, "--stack", stack, "--rehearse", "--state-dir", str(directory)]
    around = Surroundings(directory=ROOT, on_terminal=lambda: False, may_ask=lambda: False)
    result = CliRunner(env={VARIABLE: "on paper"}).invoke(app, arguments, obj=around)
    assert result.exit_code == OK, result.output
    return result.stdout


def subcommands() -> Mapping[str, set[str]]:
    """The options of every command, without those that are hidden."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        name: {
            max(each.opts, key=len)
            for each in command.params
            if isinstance(each, TyperOption) and not each.hidden
        }
        for name, command in group.commands.items()
    }


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):(?!=)", read("Makefile"), re.MULTILINE))


def test_the_first_lines_are_the_two_commands() -> None:
    first, second = fences(README, "sh")[0].text.splitlines()

    assert README.startswith("```sh\nmake up ")
    assert first.startswith("make up ")
    assert second.startswith("make test ")


def test_up_shows_what_the_readme_shows_and_the_second_time_changes_nothing(
    tmp_path: Path,
) -> None:
    first = rehearsed("up", "dev", tmp_path)
    second = rehearsed("up", "dev", tmp_path)
    (created,) = re.findall(r"^  created +(\d+)$", OUTPUTS[0], re.MULTILINE)

    assert shown(OUTPUTS[0]) - shown(first) == set()
    assert re.search(rf"^  unchanged +{created}$", second, re.MULTILINE)
    assert f"counts {created} unchanged" in README


def test_the_preview_of_production_shows_what_the_readme_shows(tmp_path: Path) -> None:
    assert shown(OUTPUTS[1]) - shown(rehearsed("preview", "prod", tmp_path)) == set()


def test_an_output_that_is_not_real_is_found() -> None:
    assert shown("create   a\n…\n") - shown("create   a\n") == set()
    assert shown("create   b\n") - shown("create   a\n")


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_stack_file_is_valid(stack: str, tmp_path: Path) -> None:
    example, *_ = fences(README, "yaml")
    path = tmp_path / f"Pulumi.{stack}.yaml"
    path.write_text(example.text, encoding="utf-8")

    assert parse(stack, read_file(path).config[SETTINGS_KEY]) == read_stack_file(path)


def test_the_chapter_of_observability_is_valid(tmp_path: Path) -> None:
    example, watching, *_ = fences(README, "yaml")
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(example.text + indent(watching.text, "    "), encoding="utf-8")

    watched = read_stack_file(path).observability

    assert watched is not None
    assert watched.alerting.critical == "on-call"


def test_the_approval_of_a_loss_is_valid(tmp_path: Path) -> None:
    example, _, approval, *_ = fences(README, "yaml")
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(example.text + indent(approval.text, "    "), encoding="utf-8")

    approved = read_stack_file(path).approved_losses

    assert [each.name for each in approved] == ["users"]


def test_the_exemption_is_valid() -> None:
    *_, exemptions = fences(README, "yaml")
    found = parse_exemptions(exemptions.text, [rule.id for rule in RULES], today=date(2026, 11, 21))

    assert found.problems == ()
    assert [each.ticket for each in found.listed] == ["PLINTH-61"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The files of the example program, in a folder of their own."""
    for fence in fences(README, "python"):
        path = tmp_path / fence.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.text, encoding="utf-8")
    return tmp_path


def run(shop: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 this interpreter and the files of the README
        [sys.executable, *arguments],
        cwd=shop,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(shop)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_example_is_a_file_that_is_run() -> None:
    examples = {fence.file for fence in fences(README, "python")}

    assert examples == {"shop/__main__.py", "test_shop.py", "rehearse.py"}


def test_the_example_of_the_plugin_passes(shop: Path) -> None:
    (command,) = commands(README, "pytest")

    assert "1 passed" in run(shop, "-m", "pytest", *command)


def test_the_example_of_the_engine_prints_what_the_readme_shows(shop: Path) -> None:
    assert run(shop, "rehearse.py") == OUTPUTS[2]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_named_exists(document: str) -> None:
    named = {target for target, *_ in commands(read(document), "make")}

    assert named
    assert named <= targets()


def test_every_command_named_exists_with_its_options() -> None:
    known = subcommands()
    named = list(commands(README, "plinth"))

    assert named
    for command, *arguments in named:
        assert command in known
        assert {word for word in arguments if word.startswith("-")} <= known[command]


def test_the_reference_lists_every_command_and_option() -> None:
    listed = {
        command.removeprefix("`plinth ").rstrip("`"): set(re.findall(r"--[\w-]+", given))
        for command, _, given in table(README, "Command")[1:]
    }

    assert listed == subcommands()


def test_the_reference_lists_every_exit_code() -> None:
    rows = table(README, "Exit code")[1:]

    assert [int(code) for code, _ in rows] == [OK, FAILED, WRONG_USAGE]


def test_the_packs_named_exist() -> None:
    named = re.findall(r"--policy-pack (?:\.\./plinth/)?(policies/\S+?)[`\s]", README)

    assert named
    assert [pack for pack in named if not (ROOT / pack / "PulumiPolicy.yaml").is_file()] == []


def test_the_table_of_capabilities_tells_what_is_there() -> None:
    header, *rows = table(README, "Capability")
    claimed = {
        row[0]: {ground for ground, cell in zip(header[1:], row[1:], strict=True) if "yes" in cell}
        for row in rows
    }
    there = {capability: set(GROUNDS.get(capability, ())) for capability in capabilities()}
    there["workload"] = {path.stem for path in variant_files("workload")} - {"swarm"}

    assert {name: grounds for name, grounds in claimed.items() if grounds} == there


@pytest.mark.parametrize("capability", GROUNDS)
def test_a_capability_says_it_stands_on_what_it_has_a_variant_for(capability: str) -> None:
    built = {path.stem for path in variant_files(capability)}
    if "kubernetes" in built:
        # It stands in the cluster of a stack, which a cloud has.
        built = built - {"kubernetes"} | cluster.GROUNDS

    assert built == GROUNDS[capability]


def variant_files(capability: str) -> list[Path]:
    return [
        ROOT / path
        for path in files()
        if path.parts[:2] == ("components", capability) and path.stem in PROVIDERS
    ]

"""The command that tells the address plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner, Result

from plinth.cli import app
from plinth.surroundings import Surroundings
from tests.plinth.fakes import FakeMachine

DEV = """
config:
  plinth:settings:
    owner: platform
    cost_centre: engineering
    ground: {kind: docker}
    registry: {repositories: [api]}
    network:
      cidr: 10.10.0.0/20
"""
CLOUD = """
config:
  plinth:settings:
    owner: platform
    cost_centre: engineering
    ground:
      kind: aws
      region: eu-west-1
      zones: [euw1-az1, euw1-az2, euw1-az3]
      account_id: "111122223333"
    registry: {repositories: [api], recoverable_elsewhere: false}
    cluster:
      version: "1.35"
      administrators: [platform-admin]
      pools:
        system: {nodes_at_most: 27}
    network:
      cidr: 10.30.0.0/16
      pods_cidr: 100.65.0.0/16
"""
LINE_OF_PODS = CLOUD.splitlines().index("      pods_cidr: 100.65.0.0/16") + 1


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """A project of three stacks."""
    staging = CLOUD.replace("10.30.", "10.20.").replace("100.65.", "100.64.")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    for stack, text in {"dev": DEV, "prod": CLOUD, "staging": staging}.items():
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(text)
    return Surroundings(directory=tmp_path, machine=FakeMachine(), on_terminal=lambda: False)


def edit(around: Surroundings, stack: str, change: Callable[[str], str]) -> None:
    path = around.directory / f"Pulumi.{stack}.yaml"
    path.write_text(change(path.read_text()))


def run(around: Surroundings, *options: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["addresses", *options], obj=around)


def rows(text: str, title: str) -> list[list[str]]:
    """The cells of each line below ``title``."""
    _, _, rest = text.partition(f"{title}\n")
    return [line.split() for line in rest.partition("\n\n")[0].splitlines()]


def test_the_networks_of_all_stacks_are_a_table(around: Surroundings) -> None:
    result = run(around)

    assert result.exit_code == 0
    assert rows(result.stdout, "Networks") == [
        ["stack", "ground", "network", "pods", "services", "taken"],
        ["dev", "docker", "10.10.0.0/20", "-", "-", "9%"],
        ["prod", "aws", "10.30.0.0/16", "100.65.0.0/16", "172.20.0.0/16", "28%"],
        ["staging", "aws", "10.20.0.0/16", "100.64.0.0/16", "172.20.0.0/16", "28%"],
    ]
    assert result.stdout.endswith("\nNo ranges of different stacks overlap.\n")


def test_nodes_ranges_and_what_is_free_are_tables_too(around: Surroundings) -> None:
    text = run(around).stdout
    ranges = rows(text, "Ranges")

    assert ["prod", "510", "306", "216", "27", "12%"] in rows(
        text, "Nodes whose pods find addresses"
    )
    assert ["prod", "10.30.16.0/22", "1,024", "public-euw1-az1"] in ranges
    assert ["prod", "10.30.24.0/21", "2,048", "free"] in ranges
    assert ["192.168.0.0/16", "65,536", "192.168.0.0/16"] in rows(text, "Free for further stacks")


def test_the_ranges_of_a_stack_are_in_the_order_of_their_addresses(around: Surroundings) -> None:
    shown = [each[1] for each in rows(run(around).stdout, "Ranges") if each[0] == "dev"]

    assert shown == [
        "10.10.0.0/24",
        "10.10.1.0/26",
        "10.10.1.64/26",
        "10.10.1.128/25",
        "10.10.2.0/23",
        "10.10.4.0/22",
        "10.10.8.0/21",
    ]


def test_ranges_that_overlap_are_listed_and_fail(around: Surroundings) -> None:
    edit(around, "staging", lambda text: text.replace("100.64.0.0/16", "100.65.0.0/16"))
    result = run(around)

    assert result.exit_code == 1
    assert result.stdout.endswith(
        f"Overlaps\n  Pulumi.prod.yaml: line {LINE_OF_PODS}: config.plinth:settings.network"
        ".pods_cidr: is 100.65.0.0/16, which overlaps network.pods_cidr 100.65.0.0/16 of the stack staging;"
        " choose a range that no other stack has, such as 100.64.0.0/16 or 100.66.0.0/16.\n"
    )


def test_a_stack_file_that_is_not_valid_is_left_out_and_named(around: Surroundings) -> None:
    edit(around, "dev", lambda text: text.replace("owner: platform", "ownr: platform"))
    result = run(around)

    assert result.exit_code == 0
    assert [each[0] for each in rows(result.stdout, "Networks")] == ["stack", "prod", "staging"]
    assert "Left out\n  Pulumi.dev.yaml has 2 problems:\n" in result.stdout


def test_json_is_one_document(around: Surroundings) -> None:
    document = json.loads(run(around, "--json").stdout)
    prod = document["stacks"][1]

    assert (document["version"], document["command"], document["ok"]) == (1, "addresses", True)
    assert {*document} >= {"message", "stacks", "clashes", "left_out", "free"}
    assert prod["ranges"]["public-euw1-az1"] == "10.30.16.0/22"
    assert prod["pod_addresses"] == {
        "nodes": {"32": 510, "64": 306, "110": 216},
        "nodes_asked": 27,
        "share_asked": 0.125,
    }
    assert document["free"][2] == {
        "block": "192.168.0.0/16",
        "free_addresses": 65_536,
        "largest": ["192.168.0.0/16"],
    }


def test_json_tells_of_overlaps_and_fails(around: Surroundings) -> None:
    edit(around, "dev", lambda text: text.replace("10.10.0.0/20", "10.20.16.0/20"))
    result = run(around, "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert document["ok"] is False
    assert [
        (clash["stack"], clash["setting"], clash["other_stack"], clash["proposals"])
        for clash in document["clashes"]
    ] == [("dev", "network.cidr", "staging", ["10.0.0.0/20", "10.0.16.0/20"])]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_outside_a_project_the_error_says_what_to_do(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = run(Surroundings(directory=tmp_path, machine=FakeMachine()), *options)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no Pulumi.yaml")
    if options:
        assert json.loads(result.stdout)["message"].startswith("There is no Pulumi.yaml")


def test_a_terminal_shows_how_full_each_network_is(around: Surroundings) -> None:
    edit(around, "staging", lambda text: text.replace("100.64.0.0/16", "100.65.0.0/16"))
    result = run(replace(around, on_terminal=lambda: True))
    text = Text.from_ansi(result.stdout).plain
    (shown,) = (line for line in text.splitlines() if "10.30.0.0/16" in line)

    assert result.exit_code == 1
    assert "\x1b[" in result.stdout
    assert "━" in shown
    assert "28%" in shown
    assert "which overlaps network.pods_cidr" in text


def test_what_is_free_is_dim_on_a_terminal(around: Surroundings) -> None:
    text = run(replace(around, on_terminal=lambda: True)).stdout
    (free,) = (line for line in text.splitlines() if "10.30.24.0/21" in line)
    (taken,) = (line for line in text.splitlines() if "10.30.16.0/22" in line)

    assert "\x1b[2m" in free
    assert "\x1b[2m" not in taken

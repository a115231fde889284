"""A stack that breaks a rule fails with the rule's name, the resource's URN and the fix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plinth.cli import app
from plinth.surroundings import Surroundings
from policies.catalogue import RULES
from policies.rule import Rule
from rehearsal.store import Store
from tests.plinth.fakes import FakeMachine
from tests.stacks.files import ROOT

PASSPHRASE = "made up"
PLATFORM = (ROOT / "__main__.py").read_text(encoding="utf-8")
TRANSFORM = """
import pulumi


def change(args):
    if args.type_ in CHANGES:
        return pulumi.ResourceTransformResult({**args.props, **CHANGES[args.type_]}, args.opts)


pulumi.runtime.register_resource_transform(change)
"""
BY_HAND = """
import pulumi
import pulumi_docker as docker

opts = pulumi.ResourceOptions(provider=docker.Provider("docker"))
docker.Container(
    "agent",
    image="registry.example.com/agent@sha256:" + 64 * "0",
    privileged=True,
    security_opts=["no-new-privileges"],
    opts=opts,
)
"""


def changing(changes: str) -> str:
    """The platform, with properties that a stack transform sets on every resource of a type."""
    return f"CHANGES = {changes}\n{TRANSFORM}\n{PLATFORM}"


@dataclass(frozen=True)
class Break:
    """A way to break a rule: an edit of the stack file, or another program."""

    stack: str
    rule: str
    urn: str
    edit: tuple[str, str] = ("", "")
    program: str = PLATFORM


BREAKS = {
    "a setting": Break(
        "prod",
        "aws-rds-deletion-protection",
        "urn:pulumi:prod::plinth::plinth:database:AwsDatabase$aws:rds/instance:Instance::orders",
        edit=(
            "    databases:\n      orders:\n",
            (
                "    approved_losses:\n"
                "      - type: aws:rds/instance:Instance\n"
                "        name: orders\n"
                "        reason: moved to another server\n"
                '        until: "2099-01-01"\n'
                "    databases:\n      orders:\n        protected: false\n"
            ),
        ),
    ),
    "a transform on AWS": Break(
        "prod",
        "aws-rds-not-public",
        "urn:pulumi:prod::plinth::plinth:database:AwsDatabase$aws:rds/instance:Instance::users",
        program=changing('{"aws:rds/instance:Instance": {"publiclyAccessible": True}}'),
    ),
    "a transform on Docker": Break(
        "dev",
        "docker-no-privileged",
        "urn:pulumi:dev::plinth::plinth:registry:DockerRegistry$plinth:workload:DockerWorkload"
        "$docker:index/container:Container::images",
        program=changing('{"docker:index/container:Container": {"privileged": True}}'),
    ),
    "a resource by hand": Break(
        "dev",
        "docker-no-privileged",
        "urn:pulumi:dev::plinth::docker:index/container:Container::agent",
        program=BY_HAND,
    ),
}
each_break = pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)


def run(broken: Break, directory: Path, arguments: Sequence[str]) -> Result:
    """What the command says of the repository, broken."""
    for name in ("components", "stacks"):
        (directory / name).symlink_to(ROOT / name)
    file = f"Pulumi.{broken.stack}.yaml"
    before, after = broken.edit
    settings = (ROOT / file).read_text(encoding="utf-8")
    assert before in settings
    (directory / file).write_text(settings.replace(before, after, 1) if before else settings)
    (directory / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (directory / "__main__.py").write_text(broken.program)
    around = Surroundings(directory=directory, machine=FakeMachine())
    command = [*arguments, "--stack", broken.stack, "--rehearse"]
    return CliRunner().invoke(app, command, obj=around)


def rule_of(broken: Break) -> Rule:
    (rule,) = [rule for rule in RULES if rule.id == broken.rule]
    return rule


@each_break
def test_a_preview_tells_rule_urn_and_fix(broken: Break, tmp_path: Path) -> None:
    result = run(broken, tmp_path, ["preview"])

    lines = [line.strip() for line in result.stdout.splitlines()]
    told = lines.index(broken.urn)
    assert result.exit_code == 1
    assert lines[told - 1].startswith(f"violation {broken.rule} (mandatory, ")
    assert rule_of(broken).fix in lines[told + 1]


@each_break
def test_a_document_tells_rule_urn_and_fix(broken: Break, tmp_path: Path) -> None:
    result = run(broken, tmp_path, ["preview", "--json"])

    found = json.loads(result.stdout)
    told = {(v["rule"], v["urn"]): v for v in found["policies"]["violations"]}
    violation = told[broken.rule, broken.urn]
    assert result.exit_code == 1
    assert found["ok"] is False
    assert (violation["level"], violation["undecided"]) == ("mandatory", False)
    assert rule_of(broken).fix in violation["message"]
    assert broken.rule in found["message"]


@each_break
def test_an_up_tells_it_and_stops_before_the_resource_exists(broken: Break, tmp_path: Path) -> None:
    result = run(broken, tmp_path, ["up", "--yes"])

    store = Store(tmp_path / ".plinth" / "rehearsal", "plinth", broken.stack, PASSPHRASE)
    assert result.exit_code == 1
    assert f"violation {broken.rule} (mandatory, " in result.stdout
    assert rule_of(broken).fix in result.stdout
    assert broken.urn not in {state.urn for state in store.load().resources}

"""``plinth policies``: stacks and exported states, judged and reported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from plinth.cli import app
from plinth.exported import read_state
from plinth.surroundings import Surroundings
from plinth.target import Target
from policies.catalogue import RULES
from policies.report import FORMATS
from tests.plinth.fakes import target
from tests.stacks.files import ROOT

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
URN: Final = "urn:pulumi:dev::shop::"
ROOT_URN: Final = f"{URN}pulumi:pulumi:Stack::shop-dev"
PROVIDER: Final = f"{URN}pulumi:providers:aws::main"


def run(directory: Path, *arguments: str) -> tuple[int, str, str]:
    read: Callable[[Path, str], Target] = lambda place, name: target(name, place)  # noqa: E731
    around = Surroundings(directory=directory, read_target=read, on_terminal=lambda: False)
    result = CliRunner().invoke(app, ["policies", *arguments], obj=around)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    return tmp_path


def instance(name: str, **inputs: Any) -> dict[str, Any]:
    type_ = "aws:rds/instance:Instance"
    return {
        "urn": f"{URN}shop:data:Store${type_}::{name}",
        "type": type_,
        "custom": True,
        "id": name,
        "inputs": inputs,
        "outputs": inputs,
        "parent": f"{URN}shop:data:Store::store",
        "provider": f"{PROVIDER}::0a1b",
        "sourcePosition": "project:///program/store.py#12,3",
    }


def exported(folder: Path, *resources: dict[str, Any], version: int = 3) -> str:
    path = folder / "state.json"
    around = [
        {"urn": ROOT_URN, "type": "pulumi:pulumi:Stack", "custom": False},
        {
            "urn": PROVIDER,
            "type": "pulumi:providers:aws",
            "custom": True,
            "inputs": {"region": "eu-west-1"},
        },
        {"urn": f"{URN}shop:data:Store::store", "type": "shop:data:Store", "parent": ROOT_URN},
    ]
    document = {"version": version, "deployment": {"resources": [*around, *resources]}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_an_exported_state_is_judged(project: Path) -> None:
    state = exported(project, instance("orders", publiclyAccessible=True))

    code, out, _ = run(project, "--state", state)

    assert code == 1
    assert "violation aws-rds-not-public (critical, mandatory)" in out
    assert "orders in shop:data:Store store program/store.py:12" in out
    assert re.search(r"^critical +1 ", out, re.MULTILINE)
    assert out.splitlines()[-1].startswith("Policies of dev failed: ")


def test_what_is_encrypted_in_a_state_is_known_to_be_secret_and_not_read(project: Path) -> None:
    sealed = {SIGNATURE: SECRET, "ciphertext": "v1:abc"}
    state = read_state(Path(exported(project, instance("orders", password=sealed, a=[sealed]))))

    orders = state.inputs[-1]
    assert orders.secrets == {"password", "a[0]"}
    assert orders.properties == {"password": "[secret]", "a": ["[secret]"]}
    assert (orders.provider_type, orders.provider_properties) == (
        "pulumi:providers:aws",
        {"region": "eu-west-1"},
    )


def test_a_secret_in_clear_is_read_and_never_told(project: Path) -> None:
    sealed = {SIGNATURE: SECRET, "plaintext": '"hunter2"'}
    state = exported(project, instance("orders", password=sealed, publiclyAccessible=True))

    _, out, _ = run(project, "--state", state, "--report", f"json={project / 'r.json'}")

    assert "aws-rds-no-literal-password" in out
    assert "hunter2" not in out + (project / "r.json").read_text("utf-8")


def test_what_is_about_to_be_deleted_is_not_judged(project: Path) -> None:
    gone = {**instance("orders", publiclyAccessible=True), "delete": True}

    _, out, _ = run(project, "--state", exported(project, gone))

    assert "aws-rds-not-public" not in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON document"),
        ("[" * 100_000, "is no JSON document"),
        ("[]", "it holds no object"),
        ('{"version": 2}', "is a state of version 2; this command reads version 3"),
        ('{"version": 3, "deployment": {"resources": 7}}', "`resources` is no list"),
        ('{"version": 3, "deployment": {"resources": [{}]}}', "resources[0] has no urn"),
        ('{"version": 3, "deployment": {"resources": ["x"]}}', "resources[0] has no urn"),
        ('{"version": 3, "checkpoint": []}', "it holds no deployment"),
    ],
)
def test_what_is_no_state_is_said_in_one_message(project: Path, text: str, said: str) -> None:
    (project / "state.json").write_text(text, encoding="utf-8")

    code, out, err = run(project, "--state", str(project / "state.json"))

    assert code == 1
    assert said in err
    assert "Traceback" not in out + err


def test_a_state_that_is_not_there_is_said(project: Path) -> None:
    code, _, err = run(project, "--state", str(project / "gone.json"))

    assert code == 1
    assert "gone.json cannot be read: No such file or directory." in err


def test_a_state_of_another_stack_is_refused(project: Path) -> None:
    code, _, err = run(project, "--stack", "prod", "--state", exported(project))

    assert code == 2
    assert "is a state of dev, not of prod" in err


@pytest.mark.parametrize("text", ["{", "- a", "aws-rds-not-public: 7"])
def test_a_broken_configuration_is_said(project: Path, text: str) -> None:
    (project / "rules.yaml").write_text(text, encoding="utf-8")

    code, out, err = run(
        project, "--state", exported(project), "--config", str(project / "rules.yaml")
    )

    assert code == 1
    assert "rules.yaml" in err
    assert "Traceback" not in out + err


def test_a_configuration_with_unknown_names_tells_all_of_them(project: Path) -> None:
    (project / "rules.yaml").write_text(
        "aws-rds-backup-retention: {days: 3}\nno-such-rule: {}\n", encoding="utf-8"
    )

    code, _, err = run(
        project, "--state", exported(project), "--config", str(project / "rules.yaml")
    )

    assert code == 1
    assert "aws-rds-backup-retention has no setting days" in err
    assert "no-such-rule is configured, but no rule has that id" in err


def test_the_configuration_decides(project: Path) -> None:
    (project / "rules.yaml").write_text(
        '{"aws-rds-backup-retention": {"least_days": 30}}', encoding="utf-8"
    )
    state = exported(project, instance("orders", backupRetentionPeriod=14))

    def told(*arguments: str) -> bool:
        return "aws-rds-backup-retention" in run(project, "--state", state, *arguments)[1]

    assert not told()
    assert told("--config", str(project / "rules.yaml"))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (["critical"], '--max-undecided "critical" is not understood'),
        (["worst=1"], "one of critical, high, medium, low"),
        (["high=-1"], '--max-undecided "high=-1"'),
    ],
)
def test_a_limit_that_is_none_is_refused(project: Path, limits: list[str], said: str) -> None:
    options = [part for limit in limits for part in ("--max-undecided", limit)]

    code, _, err = run(project, "--state", exported(project), *options)

    assert code == 2
    assert said in err


def test_more_undecided_than_is_accepted_fails(project: Path) -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    state = exported(project, instance("orders", publiclyAccessible=unknown))

    _, out, _ = run(project, "--state", state, "--max-undecided", "critical=0")

    assert "too much undecided of severity critical" in out.splitlines()[-1]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("sarif", "write FORMAT=FILE with one of sarif, junit, markdown, json, html"),
        ("pdf=a.pdf", '--report "pdf=a.pdf" is not understood'),
        ("json=", '--report "json=" is not understood'),
        ("json=no/such/folder/a.json", "there is no folder"),
    ],
)
def test_a_report_that_cannot_be_is_refused_before_anything_is_done(
    project: Path, order: str, said: str
) -> None:
    code, out, err = run(project, "--state", exported(project), "--report", order)

    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_written_whole(project: Path, format_: str) -> None:
    file = project / "report"
    state = exported(project, instance("orders", publiclyAccessible=True))

    code, out, _ = run(project, "--state", state, "--report", f"{format_}={file}")

    assert code == 1
    assert f"{format_} report: {file}" in out
    assert "aws-rds-not-public" in file.read_text("utf-8")
    assert sorted(path.name for path in project.iterdir()) == [
        "Pulumi.yaml",
        "report",
        "state.json",
    ]


def test_an_exemption_of_the_project_is_listed(project: Path) -> None:
    (project / "policies").mkdir()
    (project / "policies" / "exemptions.yaml").write_text(
        """
exemptions:
  - rule: aws-rds-not-public
    urn: urn:pulumi:dev::shop::**::orders
    reason: Read by a partner until the link is there
    owner: shop
    ticket: SHOP-12
    expires: 2020-01-01
""",
        encoding="utf-8",
    )
    state = exported(project, instance("orders", publiclyAccessible=True))

    _, out, _ = run(project, "--state", state)

    assert "exemption aws-rds-not-public until 2020-01-01, used 1 x (shop, SHOP-12)" in out
    assert "PROBLEM: the exemption from aws-rds-not-public ended on 2020-01-01" in out
    assert "violation stack-exemptions-sound" in out


def test_a_stack_is_judged_as_its_rehearsed_preview_shows_it(tmp_path: Path) -> None:
    around = Surroundings(directory=ROOT, on_terminal=lambda: False)
    result = CliRunner().invoke(
        app,
        ["policies", "--stack", "dev", "--state-dir", str(tmp_path)],
        obj=around,
    )

    assert result.exit_code == 0, result.stdout
    assert "as a rehearsed preview shows it; no cloud is asked" in result.stdout
    assert result.stdout.splitlines()[-1] == "Policies of dev passed."


def test_on_a_terminal_the_verdict_has_a_colour(project: Path) -> None:
    around = Surroundings(
        directory=project,
        read_target=lambda place, name: target(name, place),
        on_terminal=lambda: True,
    )

    result = CliRunner().invoke(
        app, ["policies", "--state", exported(project)], obj=around, color=True
    )

    assert "\x1b[32mPolicies of dev passed." in result.stdout


def test_every_rule_is_listed() -> None:
    out = CliRunner().invoke(app, ["policies", "list"]).stdout.splitlines()

    assert [line.split()[0] for line in out] == [rule.id for rule in RULES]


def test_a_rule_is_explained() -> None:
    out = CliRunner().invoke(app, ["policies", "explain", "aws-rds-not-public"]).stdout

    assert out.startswith("# aws-rds-not-public")
    assert "## What it demands" in out


def test_a_rule_that_is_not_there_is_said_with_those_called_alike() -> None:
    result = CliRunner().invoke(app, ["policies", "explain", "aws-rds-public"])

    assert result.exit_code == 2
    assert 'There is no rule "aws-rds-public". Did you mean aws-rds-not-public' in result.stderr


def test_what_is_decided_of_a_framework_is_shown() -> None:
    result = CliRunner().invoke(app, ["policies", "coverage", "cis-aws-7"])

    assert result.exit_code == 0
    assert "3.2.1" in result.stdout
    assert "aws-rds-storage-encrypted" in result.stdout


def test_a_framework_that_is_not_there_is_said() -> None:
    result = CliRunner().invoke(app, ["policies", "coverage", "cis-aws-6"])

    assert result.exit_code == 2
    assert "There is no framework 'cis-aws-6'" in result.stderr
    assert "cis-aws-7" in result.stderr


def test_a_program_that_does_not_come_to_its_end_has_no_verdict(project: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("config: {}\n")
    (project / "__main__.py").write_text(
        """
import pulumi
import pulumi_random as random

random.RandomPet("pet", opts=pulumi.ResourceOptions(provider=random.Provider("random")))
raise ValueError("the lights went out")
"""
    )

    code, out, err = run(project, "--report", f"markdown={project / 'r.md'}")

    assert code == 1
    assert "The preview failed, so nothing is said of its policies" in err
    assert "the lights went out" in err
    assert "passed" not in out
    assert not (project / "r.md").exists()

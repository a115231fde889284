"""A stack file is read as the Pulumi CLI reads it, and every line is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks import stackfile
from stacks.problem import SettingsError, dotted

HEAD = 'config:\n  pulumi:disable-default-providers: ["*"]\n  plinth:settings:\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for stack in ("dev", "staging", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(HEAD + "    owner: crew\n")
    return tmp_path


def write(root: Path, text: str | bytes) -> Path:
    path = root / "Pulumi.dev.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        stackfile.read(path)
    return str(caught.value)


def told(path: Path) -> dict[str, str]:
    return {dotted(p.place): p.message for p in stackfile.check(stackfile.read(path))}


def test_a_file_becomes_plain_data_with_the_line_of_everything(root: Path) -> None:
    file = stackfile.read(write(root, HEAD + "    zones: [a,\n      b]\n    owner: crew\n"))

    assert file.stack == "dev"
    assert file.config["plinth:settings"] == {"zones": ["a", "b"], "owner": "crew"}
    assert file.lines["config", "plinth:settings"] == 3
    assert file.lines["config", "plinth:settings", "zones", 1] == 5
    assert file.lines["config", "plinth:settings", "owner"] == 6


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("true", True),
        ("12", 12),
        ("1.5", 1.5),
        ("~", None),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("'012'", "012"),
    ],
)
def test_words_mean_what_they_mean_to_pulumi(root: Path, written: str, meant: object) -> None:
    file = stackfile.read(write(root, HEAD + f"    it: {written}\n"))

    assert file.problems == ()
    assert file.config["plinth:settings"] == {"it": meant}


def test_a_number_too_long_to_read_is_a_problem(root: Path) -> None:
    assert "too long a number" in str(told(write(root, HEAD + f"    size: {'9' * 5000}\n")))


@pytest.mark.parametrize("written", ["012345678901", "1_000", "0x1F", "2026-11-21", "1e5"])
def test_what_readers_of_yaml_disagree_about_is_to_be_put_in_quotes(
    root: Path, written: str
) -> None:
    problems = told(write(root, HEAD + f"    account_id: {written}\n"))

    assert "in quotes" in problems["config.plinth:settings.account_id"]


def test_an_unknown_stack_is_answered_with_those_there_are(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"no stack \"prd\".*Did you mean prod\?"):
        stackfile.stack_path(root, "prd")
    with pytest.raises(SettingsError, match=r"Known here: dev, prod, staging\."):
        stackfile.stack_path(root, "qqq")
    assert "Pulumi.qqq.yaml does not exist" in refusal(root / "Pulumi.qqq.yaml")
    assert stackfile.stack_path(root, "prod") == root / "Pulumi.prod.yaml"


def test_a_name_that_leads_elsewhere_is_an_unknown_stack(root: Path) -> None:
    with pytest.raises(SettingsError, match="no stack"):
        stackfile.stack_path(root, "../x/Pulumi.dev")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (HEAD + "    owner: [crew\n", "line 5, column 1"),
        (HEAD + "\towner: crew\n", "line 4, column 1"),
        ("a: &x 1\nb: *x\n", "line 2, column 4: aliases are not used in stack files"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        ("- config\n", "must be a mapping"),
        ("just words\n", "must be a mapping"),
        (b"config: \xff\xfe\n", "UTF-8"),
        ("config: \x07\n", "special characters are not allowed"),
        ("a: " + "[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_not_yaml_is_refused_with_the_place(
    root: Path, text: str | bytes, answer: str
) -> None:
    message = refusal(write(root, text))

    assert message.startswith("Pulumi.dev.yaml")
    assert answer in message


def test_a_yaml_mistake_does_not_quote_the_line_it_is_in(root: Path) -> None:
    assert "hunter2" not in refusal(write(root, HEAD + "    password: 'hunter2\n"))


def test_a_folder_in_place_of_a_file_is_refused(root: Path) -> None:
    (root / "Pulumi.folder.yaml").mkdir()

    assert "cannot be read" in refusal(root / "Pulumi.folder.yaml")


def test_a_key_given_twice_is_told_with_both_lines(root: Path) -> None:
    problems = told(write(root, HEAD + "    owner: a\n    owner: b\n"))

    assert problems == {
        "config.plinth:settings.owner": "is given twice, in lines 4 and 5; keep one."
    }


def test_what_surrounds_the_settings_is_closed_too(root: Path) -> None:
    text = HEAD + "    owner: a\n  aws:region: eu-west-1\nconfg: {}\nencryptionsalt: v1:abc\n"

    problems = told(write(root, text.replace('["*"]', "[aws]")))

    assert {*problems} == {"confg", "config.aws:region", "config.pulumi:disable-default-providers"}
    assert "Did you mean config?" in problems["confg"]
    assert 'must be ["*"]' in problems["config.pulumi:disable-default-providers"]


@pytest.mark.parametrize(
    "text",
    ["", "config:\n", "config: [1]\n", "1: x\n", "a: !!set {b}\n", "a: !!int b", "a: !!bool b"],
)
def test_a_file_without_settings_has_a_problem_and_no_traceback(root: Path, text: str) -> None:
    assert told(write(root, text))

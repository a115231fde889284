"""The settings of a stack are read whole, or refused with everything that is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.environment import Environment
from rehearsal.plugin import record
from stacks import settings
from stacks.problem import SettingsError
from stacks.settings import Settings, parse, read_stack_file
from tests.stacks.files import STACKS, asked, config, leaves, stack_path, without

PREFIX = "config.plinth:settings."


def refusal(stack: str, document: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(stack, document)
    return str(caught.value)


def file_refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read_stack_file(path)
    return str(caught.value)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for stack in STACKS:
        shutil.copy(stack_path(stack), tmp_path)
    return tmp_path


def edit(root: Path, stack: str, old: str, new: str) -> Path:
    path = root / f"Pulumi.{stack}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize("stack", STACKS)
def test_every_committed_stack_file_is_right(stack: str) -> None:
    read = read_stack_file(stack_path(stack))

    assert read.environment == stack
    assert read == parse(stack, asked(stack))


def test_there_is_a_stack_for_each_environment() -> None:
    assert set(STACKS) == set(Environment)


@pytest.mark.parametrize("stack", STACKS)
def test_no_line_of_a_stack_file_repeats_a_default(stack: str) -> None:
    document, whole = asked(stack), parse(stack, asked(stack))

    def is_default(place: tuple[str | int, ...]) -> bool:
        try:
            return parse(stack, without(document, place)) == whole
        except SettingsError:
            return False

    assert [place for place in leaves(document) if is_default(place)] == []


def test_an_environment_loosens_what_production_holds_tight() -> None:
    dev, prod = parse("dev", asked("dev")), parse("prod", asked("prod"))

    assert dev.keys.deletion_window_days == 7
    assert prod.keys.deletion_window_days == 30
    assert not dev.databases["orders"].protected
    assert prod.databases["orders"].protected


def test_the_settings_say_whose_the_stack_is() -> None:
    owner = parse("prod", asked("prod")).ownership

    assert (owner.environment, owner.owner, owner.cost_centre) == ("prod", "platform", "operations")


def test_every_problem_is_told_at_once_with_its_line(root: Path) -> None:
    edit(root, "staging", "region: eu-west-1", "regin: eu-west-1")
    edit(root, "staging", "cidr: 10.20.0.0/16", "cidr: 10.20.0.0/26")
    edit(root, "staging", "    databases:", "    databases:\n      Carts: {database: carts}")
    path = edit(root, "staging", "    owner: platform\n", "")

    assert file_refusal(path).splitlines()[0] == "Pulumi.staging.yaml has 5 problems:"
    assert [line.split(": ")[:2] for line in file_refusal(path).splitlines()[1:]] == [
        ["  line 4", f"{PREFIX}owner"],
        ["  line 6", f"{PREFIX}ground.region"],
        ["  line 8", f"{PREFIX}ground.regin"],
        ["  line 12", f"{PREFIX}network.cidr"],
        ["  line 32", f"{PREFIX}databases.Carts"],
    ]


def test_without_a_file_the_same_problems_are_told_by_place() -> None:
    message = refusal("prod", without(asked("prod"), ("ground", "region")))

    assert message.startswith("Pulumi.prod.yaml has 1 problem:\n")
    assert f"{PREFIX}ground.region: is missing; add it as text that matches" in message
    assert "such as eu-west-1" in message


def test_a_quoted_number_is_refused_with_its_bounds() -> None:
    document = asked("prod")
    document["databases"]["orders"]["storage_gib"] = "200"

    assert (
        f'{PREFIX}databases.orders.storage_gib: is "200"; it may be a whole number from 20 to 16384.'
        in refusal("prod", document)
    )


@pytest.mark.parametrize(
    ("cidr", "answer"),
    [
        ("10.30.0.0/24", "10.30.0.0/24 is too small"),
        ("10.0.0.0/8", "10.0.0.0/8 is larger than a network may be"),
        ("8.8.0.0/16", "8.8.0.0/16 is not a private range"),
        ("10.30.0.1/16", "no bit set after the prefix"),
        ("office", 'is "office"; it may be text that is a network, such as 10.0.0.0/16'),
        (16, "is 16; it may be text that is a network"),
    ],
)
def test_a_network_that_cannot_be_is_refused_with_one_that_can(cidr: Any, answer: str) -> None:
    document = asked("prod")
    document["network"]["cidr"] = cidr

    assert answer in refusal("prod", document)


def test_a_network_that_overlaps_a_peer_is_refused() -> None:
    document = asked("prod")
    document["network"]["peers"] = {"office": "10.30.128.0/20"}

    assert "overlaps office (10.30.128.0/20)" in refusal("prod", document)


def test_a_network_that_overlaps_the_one_of_another_stack_is_refused(root: Path) -> None:
    path = edit(root, "prod", "10.30.0.0/16", "10.20.128.0/20")

    assert file_refusal(path) == (
        "Pulumi.prod.yaml has 1 problem:\n"
        f"  line 14: {PREFIX}network.cidr: is 10.20.128.0/20, which overlaps network.cidr "
        "10.20.0.0/16 of the stack staging; choose a range that no other stack has, such as "
        "10.0.0.0/20 or 10.0.16.0/20."
    )


def test_a_ground_that_carries_no_chapter_is_told_for_each() -> None:
    ground = {"kind": "kubernetes", "context": "c"}
    message = refusal("prod", {**asked("prod"), "ground": ground})

    for chapter in ("network", "keys", "registry"):
        assert (
            f"{PREFIX}{chapter}: cannot stand on the ground kubernetes; "
            "set ground.kind to one of aws, docker, gcp.\n" in f"{message}\n"
        )
    for chapter in ("cluster", "buckets", "zones", "identities"):
        assert (
            f"{PREFIX}{chapter}: cannot stand on the ground kubernetes; "
            f"set ground.kind to one of aws, gcp, or leave {chapter} out." in message
        )


def test_docker_carries_dev_alone() -> None:
    message = refusal("prod", {**asked("prod"), "ground": {"kind": "docker"}})

    assert f'{PREFIX}ground.kind: is "docker"' in message
    assert "set it to one of aws, gcp for prod" in message


def test_the_environment_is_the_name_of_the_stack_and_no_setting() -> None:
    message = refusal("dev", {**asked("dev"), "environment": "prod"})

    assert f"{PREFIX}environment: is the name of the stack; remove the line." in message


def test_a_stack_that_is_no_environment_is_told_the_environments() -> None:
    assert refusal("lab", asked("dev")) == (
        "Pulumi.lab.yaml has 1 problem:\n"
        '  "lab" is not an environment; name the file after one of dev, staging, prod.'
    )


def test_a_file_without_settings_is_told_where_they_belong(root: Path) -> None:
    path = root / "Pulumi.dev.yaml"
    path.write_text('config:\n  pulumi:disable-default-providers: ["*"]\n')

    assert "line 1: config.plinth:settings: is missing" in file_refusal(path)


def test_a_file_that_is_missing_is_answered_with_the_stacks_there_are(root: Path) -> None:
    assert "Known here: dev, prod, staging." in file_refusal(root / "Pulumi.qqq.yaml")


def test_a_secret_in_the_wrong_place_is_never_repeated(root: Path) -> None:
    path = edit(
        root,
        "dev",
        "owner: platform",
        "owner: AKIAIOSFODNN7EXAMPLE\n    password: hunter2\n    token: {secure: v1:hunter2}",
    )

    message = file_refusal(path)

    assert f"{PREFIX}password" in message
    assert "hunter2" not in message
    path = edit(root, "prod", "owner: platform", "owner: -AKIAIOSFODNN7EXAMPLE")
    assert "AKIA" not in file_refusal(path)


def load_in(stack: str, settings_value: Any) -> Settings:
    """What ``load`` returns inside a Pulumi program."""
    loaded: list[Settings] = []
    value = {"plinth:settings": settings_value} if settings_value is not None else {}
    record(lambda: loaded.append(settings.load()), stack=stack, config=value)
    return loaded[0]


@pytest.mark.parametrize("stack", STACKS)
def test_a_program_loads_what_the_file_says(stack: str) -> None:
    assert load_in(stack, config(stack)["plinth:settings"]) == read_stack_file(stack_path(stack))


@pytest.mark.parametrize("value", [None, {}, [], "hunter2", 3, {"owner": 1}])
def test_a_program_ends_without_a_traceback_when_settings_are_wrong(value: Any) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        load_in("dev", value)

    assert "plinth:settings" in str(caught.value)
    assert "hunter2" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PLACES = sorted({place for stack in STACKS for place in leaves(asked(stack))}, key=str)


# A whole document is read for each example, which takes longer on a busy machine.
@hypothesis_settings(deadline=None)
@given(
    stack=st.sampled_from(STACKS), place=st.sampled_from(PLACES), cut=st.integers(1, 4), value=JSON
)
def test_whatever_is_written_gives_settings_or_one_message(
    stack: str, place: tuple[str, ...], cut: int, value: Any
) -> None:
    document = asked(stack)
    around: Any = document
    *way, last = place[:cut]
    for step in way:
        around = around.setdefault(step, {})
    around[last] = value

    try:
        problem = "" if parse(stack, document) else "nothing"
    except SettingsError as error:
        problem = str(error)

    assert problem == "" or problem.startswith(f"Pulumi.{stack}.yaml has ")

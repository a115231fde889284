from __future__ import annotations

import json
from pathlib import Path

import pytest

from rehearsal.checkpoint import Checkpoint
from rehearsal.errors import StateError
from rehearsal.state import ResourceState
from rehearsal.store import Store
from rehearsal.values import Secret

BUCKET = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::logs"


def store(root: Path, *, stack: str = "dev", passphrase: str = "pass") -> Store:
    return Store(root, "shop", stack, passphrase)


def written(root: Path) -> Store:
    kept = store(root)
    checkpoint = Checkpoint(kept.load(), kept.save)
    checkpoint.end(
        new=ResourceState(
            urn=BUCKET,
            type="aws:s3/bucket:Bucket",
            custom=True,
            id="logs-1",
            inputs={"tags": {"a": Secret("hush-hush")}},
            outputs={"arn": "arn:aws:s3:::logs-1", "n": 3},
            dependencies=("urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev",),
        )
    )
    return kept


def test_a_resource_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    written(tmp_path)

    (bucket,) = store(tmp_path).load().resources

    assert bucket.inputs == {"tags": {"a": Secret("hush-hush")}}
    assert bucket.outputs == {"arn": "arn:aws:s3:::logs-1", "n": 3}
    assert bucket.id == "logs-1"


def test_the_file_is_pulumis_deployment_version_3_with_no_secret_in_clear(tmp_path: Path) -> None:
    text = written(tmp_path).path.read_text()
    document = json.loads(text)

    assert document["version"] == 3
    assert document["deployment"]["secrets_providers"]["type"] == "passphrase"
    assert document["deployment"]["resources"][0]["urn"] == BUCKET
    assert "hush-hush" not in text


def test_a_stack_without_a_file_is_empty(tmp_path: Path) -> None:
    assert store(tmp_path).load().resources == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 2}', '{"version": 3, "deployment": {"resources": 7}}'],
    ids=["empty", "torn", "list", "old version", "wrong shape"],
)
def test_a_corrupt_file_is_kept_aside_and_stays_as_it_is(tmp_path: Path, text: str) -> None:
    kept = store(tmp_path)
    kept.directory.mkdir(parents=True)
    kept.path.write_text(text)

    with pytest.raises(StateError, match=r"cannot be used.*left as it is"):
        kept.load()

    assert kept.path.read_text() == text
    (aside,) = kept.directory.glob("state.json.unreadable-*")
    assert aside.read_text() == text


def test_another_stacks_file_is_refused(tmp_path: Path) -> None:
    foreign = written(tmp_path).path.read_text()
    mine = store(tmp_path, stack="prod")
    mine.directory.mkdir(parents=True)
    mine.path.write_text(foreign)

    with pytest.raises(
        StateError, match=r"belongs to another stack.*expected urn:pulumi:prod::shop"
    ):
        mine.load()
    assert mine.path.read_text() == foreign


def test_a_wrong_passphrase_changes_nothing(tmp_path: Path) -> None:
    before = written(tmp_path).path.read_bytes()

    with pytest.raises(StateError, match="passphrase does not open"):
        store(tmp_path, passphrase="other").load()
    assert store(tmp_path).path.read_bytes() == before
    assert not list(store(tmp_path).directory.glob("*unreadable*"))


def test_the_outputs_of_a_neighbouring_stack_are_found(tmp_path: Path) -> None:
    kept = written(tmp_path)

    assert kept.outputs_of("shop", "dev") == {}
    assert kept.outputs_of("shop", "nowhere") is None


def test_an_unchanged_state_is_rendered_to_the_same_resources(tmp_path: Path) -> None:
    kept = written(tmp_path)
    before = json.loads(kept.path.read_text())["deployment"]["resources"]

    Checkpoint(kept.load(), kept.save).save()

    assert json.loads(kept.path.read_text())["deployment"]["resources"] == before

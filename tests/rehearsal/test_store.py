from __future__ import annotations

import errno
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


def test_a_state_that_cannot_be_written_stays_as_it_is_and_leaves_no_torn_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written(tmp_path)
    before = kept.path.read_bytes()

    def full(self: Path, target: Path) -> None:
        del self, target
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(StateError, match=r"state\.json cannot be used: No space left.*Make room"):
        kept.save("{}")
    assert kept.path.read_bytes() == before
    assert [path.name for path in kept.directory.iterdir()] == ["state.json"]


def test_a_directory_in_the_place_of_the_state_is_told(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.path.mkdir(parents=True)

    with pytest.raises(StateError, match=r"state\.json cannot be used: Is a directory"):
        kept.load()


def test_a_missing_key_is_named_and_a_backup_only_where_there_is_one(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.save('{"version": 3}')

    with pytest.raises(StateError, match=r"deployment is missing.*Restore a backup over it"):
        kept.load()
    kept.back_up()
    with pytest.raises(StateError, match=r"Restore state\.json\.bak or another backup"):
        kept.load()


@pytest.mark.parametrize("damaged", ["v1:AAAA:AAAA", "v1:AAAAAAAAAAAAAAAA:AAAA", "hush", "v1:a:b"])
def test_a_damaged_secret_is_called_that(tmp_path: Path, damaged: str) -> None:
    kept = written(tmp_path)
    document = json.loads(kept.path.read_text())
    document["deployment"]["resources"][0]["inputs"]["tags"]["a"]["ciphertext"] = damaged
    kept.path.write_text(json.dumps(document))

    with pytest.raises(StateError, match="a secret in it cannot be decrypted"):
        kept.load()

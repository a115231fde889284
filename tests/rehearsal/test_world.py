from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest

from rehearsal.errors import ProviderError, RehearsalError, StateError
from rehearsal.values import Secret
from rehearsal.world import Abandoned, Fault, World, WorldObject


class Mirrored:
    """A cipher for tests: reversible, and nothing is left readable."""

    def __init__(self, key: int = 0x5A) -> None:
        self._key = key

    def encrypt(self, plain: bytes, /) -> bytes:
        return bytes(byte ^ self._key for byte in plain)

    def decrypt(self, encrypted: bytes, /) -> bytes:
        return bytes(byte ^ self._key for byte in encrypted)


def thing(
    id_: str = "vpc-1", name: str = "core", physical: str = "", **inputs: object
) -> WorldObject:
    return WorldObject(
        type="aws:ec2/vpc:Vpc",
        id=id_,
        urn=f"urn:pulumi:dev::shop::aws:ec2/vpc:Vpc::{name}",
        inputs=inputs,
        outputs={**inputs, "arn": f"arn:{id_}"},
        physical_name=physical,
    )


@pytest.fixture
def world() -> Iterator[World]:
    opened = World()
    yield opened
    opened.close()


def test_what_is_put_is_found_by_id_and_by_urn(world: World) -> None:
    put = thing(cidrBlock="10.0.0.0/16", tags={"a": [1, 2.5, True, None]}, token=Secret({"b": "c"}))
    world.put(put)

    assert world.get(put.type, put.id) == put
    assert world.find(put.urn) == [put]
    assert world.objects() == [put]
    assert len(world) == 1


def test_what_is_removed_is_gone_and_removing_it_again_is_no_error(world: World) -> None:
    world.put(thing())
    world.remove("aws:ec2/vpc:Vpc", "vpc-1")
    world.remove("aws:ec2/vpc:Vpc", "vpc-1")

    assert world.get("aws:ec2/vpc:Vpc", "vpc-1") is None
    assert len(world) == 0


def test_generations_go_on_counting_after_a_removal(world: World) -> None:
    urn = thing().urn
    first = world.next_generation(urn)
    world.put(thing())
    world.remove("aws:ec2/vpc:Vpc", "vpc-1")

    assert (first, world.next_generation(urn)) == (1, 2)


@pytest.mark.parametrize("again", [thing("vpc-2", physical="core"), thing("vpc-1")])
def test_a_taken_name_or_id_is_refused_and_nothing_changes(
    world: World, again: WorldObject
) -> None:
    world.put(thing("vpc-1", physical="core"))

    with pytest.raises(
        ProviderError, match=r"AlreadyExists: a aws:ec2/vpc:Vpc named '(core|vpc-1)'"
    ):
        world.put(again, new=True)

    assert world.objects() == [thing("vpc-1", physical="core")]


def test_an_object_may_keep_its_own_name_when_it_changes(world: World) -> None:
    world.put(thing(physical="core", cidrBlock="10.0.0.0/16"))
    world.put(thing(physical="core", cidrBlock="10.1.0.0/16"))

    assert [found.inputs for found in world.objects()] == [{"cidrBlock": "10.1.0.0/16"}]


@pytest.mark.parametrize(
    ("moment", "remaining"), [("before", ["vpc-1"]), ("after", ["vpc-1", "vpc-2"])]
)
def test_an_ordered_error_strikes_at_its_operation_and_moment(
    moment: Literal["before", "after"], remaining: list[str]
) -> None:
    world = World(faults=[Fault(at=2, moment=moment)])
    world.put(thing("vpc-1"))

    with pytest.raises(ProviderError, match="injected fault at operation 2"):
        world.put(thing("vpc-2"))

    assert [found.id for found in world.objects()] == remaining
    assert world.mutations == 2
    world.close()


def test_abandoning_is_no_ordinary_exception(world: World) -> None:
    world.faults.order(Fault(at=1, kind="abandon"))

    with pytest.raises(Abandoned) as raised:
        world.put(thing())

    assert not isinstance(raised.value, Exception)
    assert len(world) == 0


def test_deleting_counts_as_an_operation_and_faults_can_be_forgotten(world: World) -> None:
    world.put(thing())
    world.faults.order(Fault(at=2))
    world.faults.clear()
    world.remove("aws:ec2/vpc:Vpc", "vpc-1")

    assert world.mutations == 2


@pytest.mark.parametrize(("moment", "survivors"), [("before", 1), ("after", 2)])
def test_what_was_done_before_a_kill_is_in_the_file(
    tmp_path: Path, moment: str, survivors: int
) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from rehearsal.world import Fault, World, WorldObject\n"
        "world = World(Path(sys.argv[1]), faults=[Fault(at=2, kind='kill', moment=sys.argv[2])])\n"
        "for id in ('1', '2', '3'):\n"
        "    world.put(WorldObject('t', id, 'urn:' + id, {}, {}))\n"
    )

    killed = subprocess.run(  # noqa: S603 the script is this test's own
        [sys.executable, "-c", script, str(tmp_path / "world.db"), moment], check=False
    )

    assert killed.returncode == -9
    world = World(tmp_path / "world.db")
    assert len(world) == survivors
    world.close()


def test_with_a_cipher_no_property_is_readable_in_any_file(tmp_path: Path) -> None:
    world = World(tmp_path / "world.db", Mirrored())
    put = thing(password=Secret("hunter2-hunter2"), cidrBlock="10.99.0.0/16", physical="ledger")
    world.put(put)

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert world.objects() == [put]
    world.close()

    assert b"10.99" not in written
    assert b"hunter2" not in written
    assert b"ledger" not in written


def test_another_key_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    first = World(path, Mirrored())
    first.put(thing())
    first.close()

    other = World(path, Mirrored(0x11))
    with pytest.raises(RehearsalError, match="the passphrase is not the one it was written with"):
        other.objects()
    other.close()


def test_a_file_that_is_no_world_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    path.write_text("a letter, not a database, but long enough to be taken for one" * 20)
    before = path.read_bytes()

    with pytest.raises(RehearsalError, match="is not a rehearsal world"):
        World(path)

    assert path.read_bytes() == before


def test_many_threads_may_change_it_at_once(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: world.put(thing(f"vpc-{number}", f"n{number}")), range(200)))
        list(pool.map(lambda number: world.remove("aws:ec2/vpc:Vpc", f"vpc-{number}"), range(100)))

    assert len(world) == 100
    assert world.mutations == 300


def test_what_keeps_a_world_from_being_opened_is_not_called_no_world(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    path.mkdir()

    with pytest.raises(StateError, match=r"world\.db cannot be used: unable to open") as raised:
        World(path)
    assert "move it away" not in str(raised.value).lower()


def test_a_file_where_the_worlds_directory_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "dev").write_text("")

    with pytest.raises(StateError, match="is a file where a directory is needed"):
        World(tmp_path / "dev" / "world.db")


def test_a_foreign_database_is_no_world(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE objects (name TEXT)")
    database.close()

    with pytest.raises(StateError, match=r"is not a rehearsal world.*Move it away"):
        World(path)


def test_a_full_disk_is_one_clear_error_and_the_world_can_go_on(tmp_path: Path) -> None:
    world = World(tmp_path / "world.db")
    world.put(thing("vpc-1"))
    pages = world._database.execute("PRAGMA page_count").fetchone()[0]  # pyright: ignore[reportPrivateUsage]
    world._database.execute(f"PRAGMA max_page_count={pages}")  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(StateError, match=r"world\.db cannot be used: .*full.*Make room"):
        world.put(thing("vpc-2", text="x" * 100_000))

    assert [found.id for found in world.objects()] == ["vpc-1"]
    world.remove("aws:ec2/vpc:Vpc", "vpc-1")
    assert len(world) == 0
    world.close()

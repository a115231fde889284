from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest

from rehearsal.events import Op, StepDone, StepStarted
from rehearsal.values import UNKNOWN, Secret
from rehearsal.world import World
from tests.rehearsal.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def shop(days: int = 7) -> None:
    provider = aws.Provider("aws", region="eu-west-1")
    on_aws = pulumi.ResourceOptions(provider=provider)
    orders = aws.sqs.Queue("orders", message_retention_seconds=days * 86_400, opts=on_aws)
    password = random.RandomPassword("password", length=24)
    aws.sqs.QueuePolicy("address", queue_url=orders.url, policy=orders.arn, opts=on_aws)
    pulumi.export("queue", orders.arn)
    pulumi.export("password", password.result)


def test_up_creates_everything_and_a_second_up_changes_nothing(stage: Stage) -> None:
    first = stage.up(shop)
    second = stage.up(shop)

    assert first.ok
    assert first.counts == {Op.CREATE: 5}
    assert second.counts == {Op.SAME: 5}
    assert second.outputs == first.outputs


def test_a_preview_counts_the_same_creations_and_leaves_nothing_behind(stage: Stage) -> None:
    summary = stage.preview(shop)

    assert summary.counts == {Op.CREATE: 5}
    assert len(stage.world) == 0
    assert not stage.store.path.exists()


def test_a_first_preview_knows_inputs_but_nothing_a_provider_computes(stage: Stage) -> None:
    summary = stage.preview(shop)

    queue = stage.done("orders")
    assert queue.outputs["messageRetentionSeconds"] == 604_800
    assert queue.outputs["arn"] is UNKNOWN
    assert stage.done("address").inputs["policy"] is UNKNOWN
    assert summary.outputs["queue"] is UNKNOWN


def test_up_makes_known_what_the_preview_could_not_know(stage: Stage) -> None:
    summary = stage.up(shop)

    assert summary.outputs["queue"].startswith("arn:aws:sqs:eu-west-1:")
    assert stage.resources["address"].inputs["policy"] == summary.outputs["queue"]


def test_a_changed_input_updates_one_resource_in_place(stage: Stage) -> None:
    stage.up(shop)
    before = stage.resources["orders"]

    summary = stage.up(lambda: shop(days=9))

    assert summary.counts == {Op.UPDATE: 1, Op.SAME: 4}
    assert stage.done("orders").step.changed == ("messageRetentionSeconds",)
    assert stage.resources["orders"].id == before.id


def test_what_the_program_no_longer_registers_is_deleted(stage: Stage) -> None:
    stage.up(shop)

    def smaller() -> None:
        aws.Provider("aws", region="eu-west-1")

    summary = stage.up(smaller)

    assert summary.counts == {Op.SAME: 2, Op.DELETE: 3}
    assert len(stage.world) == 0


def test_destroy_leaves_an_empty_world_and_an_empty_state(stage: Stage) -> None:
    stage.up(shop)

    summary = stage.destroy()

    assert summary.ok
    assert summary.counts == {Op.DELETE: 5}
    assert len(stage.world) == 0
    assert stage.resources == {}


def test_secret_outputs_stay_secret_and_are_never_written_in_clear(stage: Stage) -> None:
    summary = stage.up(shop)
    password = summary.outputs["password"]

    assert isinstance(password, Secret)
    assert len(password.value) == 24
    written = b"".join(p.read_bytes() for p in stage.root.rglob("*") if p.is_file())
    assert password.value.encode() not in written


def test_the_state_lists_dependencies_before_their_dependents(stage: Stage) -> None:
    stage.up(shop)
    deployment = json.loads(stage.store.path.read_text())["deployment"]

    seen: set[str] = set()
    for resource in deployment["resources"]:
        assert set(resource.get("dependencies", [])) <= seen
        assert resource.get("parent") in {None, *seen}
        seen.add(resource["urn"])


def test_the_program_is_told_project_stack_and_configuration(stage: Stage) -> None:
    stage.config = {"shop:size": 3, "shop:tags": {"team": "orders"}}
    told: dict[str, object] = {}

    def program() -> None:
        config = pulumi.Config()
        told.update(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            size=config.require_int("size"),
            tags=config.require_object("tags"),
        )

    stage.up(program)

    assert told == {"project": "shop", "stack": "dev", "size": 3, "tags": {"team": "orders"}}


def test_a_program_that_raises_fails_the_operation_and_shows_its_traceback(stage: Stage) -> None:
    def program() -> None:
        raise LookupError("no such colour")

    summary = stage.up(program)

    assert not summary.ok
    assert "LookupError: no such colour" in summary.message


def test_a_run_error_fails_the_operation_with_its_message_alone(stage: Stage) -> None:
    def program() -> None:
        raise pulumi.RunError("the colour must be red or blue")

    summary = stage.up(program)

    assert summary.message == "the colour must be red or blue"


def test_refresh_drops_what_is_gone_and_takes_over_what_changed(stage: Stage) -> None:
    stage.up(shop)
    queue, address = stage.resources["orders"], stage.resources["address"]
    stage.world.remove(address.type, address.id)

    summary = stage.refresh()

    assert summary.counts[Op.DELETE] == 1
    assert "address" not in stage.resources
    assert stage.resources["orders"].outputs == queue.outputs


def test_a_duplicate_urn_is_refused_by_name(stage: Stage) -> None:
    def program() -> None:
        random.RandomId("same", byte_length=4)
        random.RandomId("same", byte_length=8)

    summary = stage.up(program)

    assert not summary.ok
    assert "Duplicate resource URN" in summary.message
    assert "'same'" in summary.message


def test_an_unknown_property_is_refused_with_its_path_in_a_preview_too(stage: Stage) -> None:
    def program() -> None:
        aws.s3.Bucket("logs", {"bukcet": "x"})  # pyright: ignore[reportArgumentType, reportCallIssue]

    summary = stage.preview(program)

    assert not summary.ok
    assert "bukcet" in summary.message
    assert len(stage.world) == 0


def test_a_circle_is_told_in_one_message_without_a_traceback(stage: Stage) -> None:
    def program() -> None:
        group = pulumi.ComponentResource("shop:index:Group", "group")
        circle = pulumi.ResourceOptions(parent=group, depends_on=[group])
        random.RandomId("inner", byte_length=4, opts=circle)

    summary = stage.up(program)

    assert not summary.ok
    assert "circular dependency" in summary.message
    assert "inner" in summary.message
    assert "Traceback" not in summary.message


def test_a_preview_of_a_new_stack_makes_no_file(stage: Stage) -> None:
    stage.world_in_file = True

    stage.preview(shop)

    assert not stage.store.directory.exists()


def test_independent_resources_are_created_side_by_side_and_dependents_afterwards(
    stage: Stage,
) -> None:
    stage.world = World(latency_seconds=0.05)

    def program() -> None:
        queues = [aws.sqs.Queue(f"q{number}") for number in range(8)]
        last = pulumi.Output.concat(*[queue.arn for queue in queues])
        aws.sqs.QueuePolicy("last", queue_url=queues[0].url, policy=last)

    stage.up(program)

    def moments(kind: type[StepStarted | StepDone]) -> dict[str, int]:
        return {e.step.name: at for at, e in enumerate(stage.events) if isinstance(e, kind)}

    begun, done = moments(StepStarted), moments(StepDone)
    queues = [f"q{number}" for number in range(8)]
    under_way = [sum(begun[o] < done[q] and done[o] > begun[q] for o in queues) for q in queues]
    assert max(under_way) > 1
    assert all(done[queue] < begun["last"] for queue in queues)


def numbers(count: int = 10, *, keeper: str = "", prefix: str = "n") -> None:
    for number in range(count):
        former = [pulumi.Alias(name=f"n{number}")] if prefix != "n" else []
        random.RandomInteger(
            f"{prefix}{number}",
            min=1,
            max=3,
            keepers={"for": keeper},
            opts=pulumi.ResourceOptions(aliases=former),
        )


def test_more_numbers_than_values_are_created_read_and_deleted(stage: Stage) -> None:
    first = stage.up(numbers)
    values = {name: state.outputs.get("result") for name, state in stage.resources.items()}
    ids = {name: state.id for name, state in stage.resources.items() if name.startswith("n")}
    read = stage.refresh()
    again = stage.up(numbers)

    assert first.ok, first.message
    assert len(stage.world) == 10
    assert all(id_ == str(values[name]) for name, id_ in ids.items())
    assert read.counts.keys() == {Op.SAME}
    assert again.counts.keys() == {Op.SAME}
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_equal_numbers_are_replaced_and_renamed_each_for_itself(stage: Stage) -> None:
    stage.up(numbers)
    stage.up(lambda: numbers(keeper="a"))
    keepers = [thing.inputs["keepers"] for thing in stage.world.objects()]
    stage.up(lambda: numbers(keeper="a", prefix="m"))
    stage.refresh()
    again = stage.up(lambda: numbers(keeper="a", prefix="m"))

    assert keepers == [{"for": "a"}] * 10
    assert again.counts.keys() == {Op.SAME}
    assert stage.destroy().ok
    assert len(stage.world) == 0


def content(asset: Callable[[], pulumi.Asset | pulumi.Archive]) -> Callable[[], None]:
    def program() -> None:
        inner = asset()
        if isinstance(inner, pulumi.Asset):
            aws.s3.BucketObjectv2("it", bucket="logs", key="it", source=inner)
        else:
            role = "arn:aws:iam::1:role/it"
            aws.lambda_.Function("it", role=role, runtime="python3.12", handler="m.f", code=inner)

    return program


@pytest.mark.parametrize("kind", ["asset", "folder", "zip", "nested"])
def test_a_file_that_changed_is_an_update_and_one_that_did_not_is_none(
    stage: Stage, kind: str
) -> None:
    folder = stage.root / "files"
    folder.mkdir()
    packed = stage.root / "files.zip"
    made: dict[str, Callable[[], pulumi.Asset | pulumi.Archive]] = {
        "asset": lambda: pulumi.FileAsset(folder / "m.py"),
        "folder": lambda: pulumi.FileArchive(str(folder)),
        "zip": lambda: pulumi.FileArchive(str(packed)),
        "nested": lambda: pulumi.AssetArchive({"m.py": pulumi.FileAsset(folder / "m.py")}),
    }

    def write(text: str, year: int) -> None:
        (folder / "m.py").write_text(text)
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(zipfile.ZipInfo("m.py", (year, 1, 1, 0, 0, 0)), text)

    write("one", 2020)
    first = stage.up(content(made[kind]))
    write("one", 2021)
    same = stage.up(content(made[kind]))
    write("two", 2021)
    changed = stage.up(content(made[kind]))

    assert first.ok, first.message
    assert Op.UPDATE not in same.counts
    assert changed.counts[Op.UPDATE] == 1
    assert stage.done("it").step.changed == ("source" if kind == "asset" else "code",)


def test_a_changed_text_is_an_update(stage: Stage) -> None:
    stage.up(content(lambda: pulumi.StringAsset("one")))

    assert stage.up(content(lambda: pulumi.StringAsset("two"))).counts[Op.UPDATE] == 1


def test_the_hash_of_a_secret_text_is_not_shown(stage: Stage) -> None:
    digest = hashlib.sha256(b"1234").hexdigest()

    def program() -> None:
        asset = pulumi.Output.secret(pulumi.StringAsset("1234"))
        aws.s3.BucketObjectv2("it", bucket="logs", key="it", source=asset)

    assert stage.up(program).ok
    assert digest not in stage.store.path.read_text()


@pytest.mark.parametrize("preview", [True, False])
def test_a_missing_file_is_named_with_the_resource(stage: Stage, preview: bool) -> None:
    missing = stage.root / "missing.txt"
    program = content(lambda: pulumi.FileAsset(missing))

    summary = stage.preview(program) if preview else stage.up(program)

    assert not summary.ok
    assert str(missing) in summary.message
    assert "BucketObjectv2::it" in summary.message
    assert "No such file" in summary.message
    assert "Traceback" not in summary.message


def test_an_archive_that_is_none_is_named_with_the_resource(stage: Stage) -> None:
    broken = stage.root / "broken.zip"
    broken.write_text("no archive")

    summary = stage.up(content(lambda: pulumi.FileArchive(str(broken))))

    assert not summary.ok
    assert str(broken) in summary.message

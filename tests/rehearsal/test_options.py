"""Every resource option does under rehearsal what it does under Pulumi's own engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest

from rehearsal.events import Op
from rehearsal.values import Secret
from tests.rehearsal.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def opts(**more: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(**more)


def vpc(cidr: str = "10.0.0.0/16", name: str = "core", **more: Any) -> aws.ec2.Vpc:
    return aws.ec2.Vpc(name, cidr_block=cidr, opts=opts(**more))


def queue(name: str = "orders", delay: int = 0, **more: Any) -> aws.sqs.Queue:
    return aws.sqs.Queue(name, delay_seconds=delay, opts=opts(**more))


def test_a_forced_replacement_creates_first_and_deletes_last(stage: Stage) -> None:
    stage.up(vpc)
    before = stage.resources["core"].id

    summary = stage.up(lambda: vpc("10.1.0.0/16"))

    assert stage.ops("core") == [Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED]
    assert summary.counts[Op.REPLACE] == 1
    assert stage.resources["core"].id != before
    assert len(stage.world) == 1


def test_a_preview_of_a_replacement_no_longer_knows_the_id(stage: Stage) -> None:
    def program(cidr: str) -> Callable[[], None]:
        def run() -> None:
            core = vpc(cidr)
            aws.ec2.Subnet("a", vpc_id=core.id, cidr_block="10.0.0.0/24")

        return run

    stage.up(program("10.0.0.0/16"))
    stage.preview(program("10.1.0.0/16"))

    assert stage.ops("core") == [Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED]
    assert Op.REPLACE in stage.ops("a")
    assert len(stage.world) == 2


def test_delete_before_replace_deletes_dependents_first(stage: Stage) -> None:
    def program(cidr: str) -> Callable[[], None]:
        def run() -> None:
            core = vpc(cidr, delete_before_replace=True)
            aws.ec2.Subnet("a", vpc_id=core.id, cidr_block="10.0.0.0/24")

        return run

    stage.up(program("10.0.0.0/16"))
    stage.up(program("10.1.0.0/16"))

    physical = [
        step
        for step in stage.steps()
        if step[0] in {Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT} and step[1] in {"a", "core"}
    ]
    assert physical == [
        (Op.DELETE_REPLACED, "a"),
        (Op.DELETE_REPLACED, "core"),
        (Op.CREATE_REPLACEMENT, "core"),
        (Op.CREATE_REPLACEMENT, "a"),
    ]
    assert len(stage.world) == 2
    assert not any(state.pending_replacement for state in stage.resources.values())


def test_protect_refuses_deletion_and_nothing_is_deleted(stage: Stage) -> None:
    stage.up(lambda: (queue(protect=True), vpc()))

    summary = stage.destroy()

    assert not summary.ok
    assert "::orders" in summary.message
    assert "protect" in summary.message
    assert len(stage.world) == 2


def test_protect_refuses_replacement(stage: Stage) -> None:
    stage.up(lambda: vpc(protect=True))

    summary = stage.up(lambda: vpc("10.1.0.0/16", protect=True))

    assert not summary.ok
    assert "cidrBlock" in summary.message
    assert len(stage.world) == 1


def test_protection_can_be_ignored_on_demand(stage: Stage) -> None:
    stage.up(lambda: queue(protect=True))

    assert stage.destroy(ignore_protect=True).ok
    assert len(stage.world) == 0


def test_a_parents_protection_reaches_its_children(stage: Stage) -> None:
    def program() -> None:
        parent = pulumi.ComponentResource("shop:index:Group", "group", None, opts(protect=True))
        queue(parent=parent)

    stage.up(program)

    assert stage.resources["orders"].protect


def test_retain_on_delete_forgets_without_deleting(stage: Stage) -> None:
    stage.up(lambda: queue(retain_on_delete=True))
    summary = stage.destroy()

    assert summary.ok
    assert stage.resources == {}
    assert len(stage.world) == 1


def test_deleted_with_leaves_the_deletion_to_the_other(stage: Stage) -> None:
    def program() -> None:
        core = vpc()
        aws.ec2.Subnet("a", vpc_id=core.id, cidr_block="10.0.0.0/24", opts=opts(deleted_with=core))

    stage.up(program)
    before = stage.world.mutations
    summary = stage.destroy()

    assert summary.counts[Op.DELETE] == 4 - 1
    assert stage.world.mutations - before == 1


def test_depends_on_orders_creation_and_deletion(stage: Stage) -> None:
    def program() -> None:
        first = queue("first")
        queue("second", depends_on=[first])

    stage.up(program)
    created = [name for op, name in stage.steps() if op is Op.CREATE]
    stage.destroy()
    deleted = [name for op, name in stage.steps() if op is Op.DELETE]

    assert created.index("first") < created.index("second")
    assert deleted.index("second") < deleted.index("first")


def test_ignore_changes_keeps_the_old_value_and_sees_no_change(stage: Stage) -> None:
    stage.up(lambda: queue(delay=5))

    stage.up(lambda: queue(delay=9, ignore_changes=["delay_seconds"]))

    assert stage.ops("orders") == [Op.SAME]
    assert stage.resources["orders"].inputs["delaySeconds"] == 5


def test_ignore_changes_reaches_into_nested_properties(stage: Stage) -> None:
    def tagged(team: str) -> Callable[[], Any]:
        return lambda: aws.sqs.Queue(
            "orders", tags={"team": team, "tier": "1"}, opts=opts(ignore_changes=["tags.team"])
        )

    stage.up(tagged("red"))
    stage.up(tagged("blue"))

    assert stage.ops("orders") == [Op.SAME]
    assert stage.resources["orders"].inputs["tags"] == {"team": "red", "tier": "1"}


def test_replace_on_changes_turns_an_update_into_a_replacement(stage: Stage) -> None:
    stage.up(queue)

    stage.up(lambda: queue(delay=3, replace_on_changes=["delay_seconds"]))

    assert Op.REPLACE in stage.ops("orders")


def test_an_alias_takes_over_the_resource_under_its_former_name(stage: Stage) -> None:
    stage.up(lambda: queue("orders"))
    before = stage.resources["orders"].id

    summary = stage.up(lambda: queue("purchases", aliases=[pulumi.Alias(name="orders")]))

    assert Op.CREATE not in summary.counts
    assert Op.DELETE not in summary.counts
    assert stage.resources["purchases"].id == before
    assert "orders" not in stage.resources


def test_a_parents_alias_carries_its_children_along(stage: Stage) -> None:
    def program(name: str, aliases: list[pulumi.Alias]) -> Callable[[], None]:
        def run() -> None:
            group = pulumi.ComponentResource("shop:index:Group", name, None, opts(aliases=aliases))
            queue(f"{name}-queue", parent=group)

        return run

    stage.up(program("old", []))
    before = stage.resources["old-queue"].id
    summary = stage.up(program("new", [pulumi.Alias(name="old")]))

    assert set(summary.counts) == {Op.SAME}
    assert stage.resources["new-queue"].id == before
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_import_takes_over_what_exists_already(stage: Stage) -> None:
    elsewhere = Stage(stage.root / "elsewhere", world=stage.world)
    elsewhere.up(lambda: queue(delay=5))
    found = elsewhere.resources["orders"]

    summary = stage.up(lambda: queue("adopted", delay=5, import_=found.id))

    assert summary.counts[Op.IMPORT] == 1
    assert stage.resources["adopted"].id == found.id
    assert stage.resources["adopted"].import_id == found.id
    assert len(stage.world) == 1


def test_importing_what_does_not_exist_fails_with_the_id(stage: Stage) -> None:
    summary = stage.up(lambda: queue(import_="https://sqs.eu-west-1.amazonaws.com/1/gone"))

    assert not summary.ok
    assert "amazonaws.com/1/gone' does not exist" in summary.message


def test_getting_a_resource_reads_it_and_never_deletes_it(stage: Stage) -> None:
    elsewhere = Stage(stage.root / "elsewhere", world=stage.world)
    elsewhere.up(vpc)
    found = elsewhere.resources["core"]

    def program() -> None:
        pulumi.export("cidr", aws.ec2.Vpc.get("shared", found.id).cidr_block)

    summary = stage.up(program)

    assert stage.ops("shared") == [Op.READ]
    assert summary.outputs["cidr"] == "10.0.0.0/16"
    assert stage.resources["shared"].external
    stage.destroy()
    assert stage.ops("shared") == [Op.READ_DISCARD]
    assert len(stage.world) == 1


def test_additional_secret_outputs_are_secret(stage: Stage) -> None:
    def program() -> None:
        pulumi.export("arn", queue(additional_secret_outputs=["arn"]).arn)

    summary = stage.up(program)

    assert isinstance(summary.outputs["arn"], Secret)
    assert summary.outputs["arn"].value not in stage.store.path.read_text()


def test_a_stack_reference_reads_a_neighbours_outputs_and_keeps_secrets(stage: Stage) -> None:
    def base() -> None:
        pulumi.export("zone", "example.org")
        pulumi.export("token", random.RandomPassword("token", length=16).result)

    Stage(stage.root, stack="base").up(base)

    def program() -> None:
        neighbour = pulumi.StackReference("organization/shop/base")
        pulumi.export("zone", neighbour.require_output("zone"))
        pulumi.export("token", neighbour.get_output("token"))

    summary = stage.up(program)

    assert summary.outputs["zone"] == "example.org"
    assert isinstance(summary.outputs["token"], Secret)


def test_a_missing_stack_reference_says_which_stack_to_bring_up(stage: Stage) -> None:
    summary = stage.up(lambda: pulumi.StackReference("organization/shop/nowhere"))

    assert not summary.ok
    assert "organization/shop/nowhere" in summary.message


def test_a_resource_transform_rewrites_properties_and_options(stage: Stage) -> None:
    def add_team(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:sqs/queue:Queue":
            return None
        return pulumi.ResourceTransformResult(
            props={**args.props, "tags": {"team": "red"}},
            opts=pulumi.ResourceOptions.merge(args.opts, opts(protect=True)),
        )

    stage.up(lambda: queue(transforms=[add_team]))

    assert stage.resources["orders"].inputs["tags"] == {"team": "red"}
    assert stage.resources["orders"].protect


def test_a_stack_transform_sees_every_resource(stage: Stage) -> None:
    def program() -> None:
        def delay(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
            if args.type_ != "aws:sqs/queue:Queue":
                return None
            return pulumi.ResourceTransformResult({**args.props, "delaySeconds": 4}, args.opts)

        pulumi.runtime.register_resource_transform(delay)
        group = pulumi.ComponentResource("shop:index:Group", "group")
        queue("one", parent=group)
        queue("two")

    stage.up(program)

    assert {stage.resources[n].inputs["delaySeconds"] for n in ("one", "two")} == {4}


def test_a_transform_keeps_what_is_secret_where_it_is_and_what_depends_on_what(
    stage: Stage,
) -> None:
    def tag(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:sqs/queue:Queue":
            return None
        return pulumi.ResourceTransformResult({**args.props, "delaySeconds": 2}, args.opts)

    def program() -> None:
        token = random.RandomPassword("token", length=16)
        tags = {"plain": "seen", "hidden": token.result}
        aws.sqs.Queue("orders", tags=tags, opts=opts(transforms=[tag]))

    stage.up(program)

    queue = stage.resources["orders"]
    token = stage.resources["token"]
    assert queue.inputs["tags"]["plain"] == "seen"
    assert queue.inputs["tags"]["hidden"] == token.outputs["result"]
    assert queue.property_dependencies["tags"] == (token.urn,)
    assert token.urn in queue.dependencies


def test_a_disabled_default_provider_is_refused(stage: Stage) -> None:
    stage.config = {"pulumi:disable-default-providers": ["*"]}

    summary = stage.up(queue)

    assert not summary.ok
    assert "Default provider for 'aws' disabled" in summary.message
    assert len(stage.world) == 0


def test_a_resource_on_a_provider_that_is_not_configured_yet_is_wholly_unknown(
    stage: Stage,
) -> None:
    def program() -> None:
        name = random.RandomPet("name")
        provider = aws.Provider("late", region=name.id)
        pulumi.export("delay", queue(delay=3, provider=provider).delay_seconds)

    summary = stage.preview(program)

    assert summary.ok
    assert repr(summary.outputs["delay"]) == "UNKNOWN"


def test_an_invoke_answers_with_values_of_the_declared_types(stage: Stage) -> None:
    def program() -> None:
        pulumi.export("account", aws.get_caller_identity_output().account_id)

    summary = stage.up(program)

    assert summary.outputs["account"].isdigit()
    assert len(summary.outputs["account"]) == 12

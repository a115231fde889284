from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest
from pulumi.runtime import settings as pulumi_settings

from rehearsal.plugin import Recording, RecordingError, Trap, record, record_both
from rehearsal.values import UNKNOWN, Secret
from tests.speed import cost

REGION = "aws:index/getRegion:getRegion"
PET = "random:index/randomPet:RandomPet"
SETTINGS: Any = pulumi_settings.SETTINGS
BUCKET = "aws:s3/bucket:Bucket"


class Group(pulumi.ComponentResource):
    """A component that does what its test tells it to."""

    def __init__(
        self,
        fill: Callable[[Group], None] = lambda _: None,
        *,
        outputs: Mapping[str, Any] | None = None,
        registers: bool = True,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tests:group:Group", "group", None, opts)
        self.options = pulumi.ResourceOptions(parent=self)
        fill(self)
        if registers:
            self.register_outputs(dict(outputs or {}))


def ground() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=[aws.Provider("aws", region="eu-west-1")])


def bucket(name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> aws.s3.Bucket:
    return aws.s3.Bucket(name, opts=opts, **inputs)


def run(fill: Callable[[Group], None], **options: Any) -> Recording:
    return record(lambda: ignore(Group(fill, opts=ground())), **options)


def ignore(_: object) -> None:
    """Let a lambda create something and return nothing."""


def problems(program: Callable[[], Any], **options: Any) -> str:
    with pytest.raises(RecordingError) as failure:
        record(program, **options)
    return str(failure.value)


def test_resources_come_in_order_as_plain_data_without_the_stack() -> None:
    def program() -> None:
        first = random.RandomPet("first", length=3)
        random.RandomPet("second", prefix=first.id)

    recording = record(program)

    assert [(r.type, r.name, r.inputs.get("length")) for r in recording.resources] == [
        (PET, "first", 3),
        (PET, "second", None),
    ]
    first, second = recording.resources
    assert isinstance(first.inputs["length"], int)
    assert first.urn == "urn:pulumi:test::plinth::random:index/randomPet:RandomPet::first"
    assert first.parent == ""
    assert second.depends_on == (first.urn,)
    assert second.property_dependencies == {"prefix": (first.urn,)}


def test_children_know_their_parent_and_provider() -> None:
    recording = run(lambda group: ignore(bucket("logs", group.options)))

    provider = recording.only("pulumi:providers:aws")
    group = recording.only("tests:group:Group")
    logs = recording.named("logs")
    assert logs.urn.endswith("::tests:group:Group$aws:s3/bucket:Bucket::logs")
    assert recording.children(group) == [logs]
    assert logs.provider.startswith(f"{provider.urn}::")
    assert group.providers == {"aws": logs.provider}


def test_options_are_recorded() -> None:
    def program() -> None:
        other = random.RandomPet("other")
        random.RandomPet(
            "pet",
            opts=pulumi.ResourceOptions(
                protect=True,
                retain_on_delete=True,
                delete_before_replace=True,
                deleted_with=other,
                depends_on=[other],
                ignore_changes=["length"],
                replace_on_changes=["separator"],
                aliases=[pulumi.Alias(name="old"), "urn:pulumi:test::plinth::a:b:C::d"],
                import_="some-id",
            ),
        )

    recording = record(program)

    pet, other = recording.named("pet"), recording.named("other")
    assert pet.protect
    assert pet.retain_on_delete
    assert pet.delete_before_replace
    assert pet.deleted_with == other.urn
    assert pet.depends_on == (other.urn,)
    assert pet.ignore_changes == ("length",)
    assert pet.replace_on_changes == ("separator",)
    assert pet.aliases == (
        f"urn:pulumi:test::plinth::{PET}::old",
        "urn:pulumi:test::plinth::a:b:C::d",
    )
    assert pet.import_id == "some-id"
    assert not other.protect


def test_secret_inputs_and_outputs_are_unwrapped_and_named() -> None:
    def program() -> Mapping[str, Any]:
        password = pulumi.Output.secret("hunter2")
        random.RandomPet("pet", prefix=password, separator="-")
        Group(outputs={"password": password, "port": 5432})
        return {"password": password, "port": 5432.0}

    recording = record(program)

    pet, group = recording.named("pet"), recording.named("group")
    assert pet.inputs["prefix"] == "hunter2"
    assert pet.secret_inputs == {"prefix"}
    assert group.component_outputs == {"password": "hunter2", "port": 5432}
    assert group.secret_outputs == {"password"}
    assert recording.outputs == {"password": "hunter2", "port": 5432}
    assert recording.secrets == {"password"}


def test_exports_and_returned_outputs_are_both_recorded() -> None:
    def program() -> Mapping[str, Any]:
        pulumi.export("exported", {"list": [pulumi.Output.from_input(1)]})
        return {"returned": pulumi.Output.from_input("x")}

    assert record(program).outputs == {"exported": {"list": [1]}, "returned": "x"}


def test_computed_outputs_are_known_in_an_update_and_unknown_in_a_preview() -> None:
    def program() -> Mapping[str, Any]:
        logs = bucket("logs")
        bucket("more", tags={"of": logs.arn})
        return {"arn": logs.arn, "all": [logs.arn, "known"], "id": logs.id}

    made, planned = record(program), record(program, preview=True)

    assert made.outputs["arn"].startswith("arn:aws:s3:")
    assert made.outputs["id"]
    assert made.named("more").inputs["tags"] == {"of": made.outputs["arn"]}
    assert planned.outputs == {"arn": UNKNOWN, "all": [UNKNOWN, "known"], "id": UNKNOWN}
    assert planned.named("more").inputs["tags"] == {"of": UNKNOWN}


def test_outputs_are_the_same_in_every_run() -> None:
    def program() -> Mapping[str, Any]:
        return {"arn": bucket("logs").arn, "pet": random.RandomPet("pet").id}

    assert record(program).outputs == record(program).outputs


def test_configuration_project_and_stack_are_given() -> None:
    def program() -> Mapping[str, Any]:
        config = pulumi.Config("plinth")
        return {
            "size": config.require_object("settings")["size"],
            "token": config.require_secret("token"),
            "where": f"{pulumi.get_project()}/{pulumi.get_stack()}",
        }

    config = {"plinth:settings": {"size": 3}, "plinth:token": Secret("hunter2")}
    recording = record(program, project="shop", stack="prod", config=config)

    assert recording.outputs == {"size": 3, "token": "hunter2", "where": "shop/prod"}
    assert recording.secrets == {"token"}


def test_an_async_program_is_awaited() -> None:
    async def program() -> Mapping[str, Any]:
        await asyncio.sleep(0)
        return {"pet": random.RandomPet("pet").length}

    assert record(program).inventory() == [(PET, "pet")]


def test_what_the_program_raises_comes_out_unchanged() -> None:
    def program() -> None:
        random.RandomPet("pet")
        raise pulumi.RunError("settings are wrong")

    with pytest.raises(pulumi.RunError, match="settings are wrong"):
        record(program)


def test_a_program_that_returns_something_else_is_refused() -> None:
    message = problems(lambda: random.RandomPet("pet"))

    assert "returned RandomPet; return a mapping of names to outputs, or nothing" in message


def test_a_lookup_is_a_failure() -> None:
    message = problems(lambda: ignore(Group(lambda _: ignore(aws.get_region()))))

    assert f"lookup: the program calls {REGION}" in message
    assert "take the value as an argument" in message


def test_a_lookup_of_an_output_is_a_failure() -> None:
    assert REGION in problems(lambda: {"region": aws.get_region_output().region})


def test_a_lookup_with_a_given_answer_passes() -> None:
    answers = {REGION: {"region": "eu-west-1"}}

    recording = record(lambda: {"region": aws.get_region().region}, lookups=answers)

    assert recording.outputs == {"region": "eu-west-1"}


def test_a_read_inside_a_component_is_a_failure_and_outside_is_not() -> None:
    def read(group: Group) -> None:
        aws.s3.Bucket.get("logs", "logs-4711", opts=group.options)

    recording = record(lambda: ignore(aws.s3.Bucket.get("logs", "logs-4711")))

    assert "a component reads aws:s3/bucket:Bucket 'logs-4711'" in problems(
        lambda: ignore(Group(read, opts=ground()))
    )
    assert recording.only(BUCKET).read
    assert recording.only(BUCKET).import_id == "logs-4711"


def test_a_resource_inside_apply_is_a_failure() -> None:
    def program() -> None:
        random.RandomPet("first").id.apply(lambda id_: random.RandomPet("second", prefix=id_).id)

    message = problems(program)

    assert "resource in apply: " in message
    assert "RandomPet::second is created inside apply (test_recorder.py:" in message


def test_an_output_as_an_input_is_no_resource_inside_apply() -> None:
    def program() -> None:
        prefix = random.RandomPet("first").id.apply(lambda id_: id_[:3])
        random.RandomPet("second", prefix=prefix)

    assert len(record_both(program).resources) == 2


def test_a_difference_between_preview_and_update_is_a_failure() -> None:
    def program() -> None:
        random.RandomPet("first").id.apply(lambda id_: random.RandomPet("second", prefix=id_).id)

    with pytest.raises(RecordingError) as failure:
        record_both(program, allow=[Trap.RESOURCE_IN_APPLY])

    assert f"+ urn:pulumi:test::plinth::{PET}::second" in str(failure.value)


def fail(_: object) -> None:
    assert False, "one is not two"  # noqa: B011, PT015


def test_a_failed_assertion_inside_apply_is_a_failure() -> None:
    message = problems(lambda: ignore(random.RandomPet("pet").id.apply(fail)))

    assert "AssertionError: one is not two" in message
    assert "(test_recorder.py:" in message


def test_every_failed_apply_is_reported_once() -> None:
    def program() -> None:
        pet = random.RandomPet("pet")
        pet.id.apply(lambda _: 1 / 0).apply(str)
        pet.length.apply(fail)

    message = problems(program)

    assert message.count("ZeroDivisionError") == 1
    assert message.count("AssertionError") == 1


def test_a_passing_assertion_inside_apply_runs() -> None:
    seen: list[str] = []

    record(lambda: ignore(random.RandomPet("pet").id.apply(seen.append)))

    assert len(seen) == 1


def test_a_recovered_failure_is_none() -> None:
    def program() -> Mapping[str, Any]:
        broken: pulumi.Output[int] = random.RandomPet("pet").id.apply(lambda _: 1 // 0)
        return {"value": broken.recover(lambda _: 7)}

    assert record(program).outputs == {"value": 7}


def test_a_failed_task_that_nobody_awaits_is_a_failure() -> None:
    async def check() -> None:
        await asyncio.sleep(0)
        fail(None)

    tasks: list[asyncio.Task[None]] = []
    message = problems(lambda: tasks.append(asyncio.get_running_loop().create_task(check())))

    assert "failed: AssertionError: one is not two" in message


def test_a_failed_task_of_a_task_is_a_failure() -> None:
    async def check() -> None:
        fail(None)

    async def start() -> None:
        asyncio.get_running_loop().create_task(check())

    def program() -> None:
        asyncio.get_running_loop().create_task(start())

    assert "failed: AssertionError: one is not two" in problems(program)


def test_a_failed_callback_is_a_failure() -> None:
    message = problems(lambda: ignore(asyncio.get_running_loop().call_soon(fail, None)))

    assert "failed: AssertionError: one is not two" in message


def test_a_task_that_never_ends_is_a_failure() -> None:
    async def program() -> None:
        asyncio.get_running_loop().create_task(asyncio.Event().wait())

    message = problems(program, patience_seconds=0.01)

    assert "left behind: Event.wait" in message


def test_a_task_that_ends_after_the_program_is_waited_for() -> None:
    ended: list[bool] = []

    async def work() -> None:
        await asyncio.sleep(0.001)
        ended.append(True)

    async def program() -> None:
        asyncio.get_running_loop().create_task(work())

    record(program)

    assert ended == [True]


def test_a_property_the_sdk_does_not_know_is_a_failure_with_its_path() -> None:
    rule: Any = {"protocol": "tcp", "from_port": 1, "toPort": 1, "cidr_bloks": ["10.0.0.0/8"]}

    message = problems(lambda: ignore(aws.ec2.SecurityGroup("firewall", ingress=[rule])))

    assert "invalid input: " in message
    assert "ingress[0].cidr_bloks" in message
    assert "cidrBlocks" in message


def test_a_missing_required_property_is_a_failure() -> None:
    rule: Any = {"protocol": "tcp", "toPort": 1}

    message = problems(lambda: ignore(aws.ec2.SecurityGroup("firewall", ingress=[rule])))

    assert "ingress[0].fromPort" in message


def test_known_properties_pass_however_they_are_written() -> None:
    def program() -> None:
        typed = aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=1, to_port=1)
        plain: Any = {"protocol": "tcp", "from_port": 2, "to_port": 2}
        aws.ec2.SecurityGroup("firewall", ingress=[typed, plain])

    recording = record_both(program)

    assert [rule["fromPort"] for rule in recording.named("firewall").inputs["ingress"]] == [1, 2]


def test_a_duplicate_urn_is_a_failure() -> None:
    def program() -> None:
        random.RandomPet("pet")
        random.RandomPet("pet")

    message = problems(program)

    assert f"duplicate URN: urn:pulumi:test::plinth::{PET}::pet is registered" in message


def test_the_same_name_below_another_parent_type_is_no_duplicate() -> None:
    def fill(group: Group) -> None:
        opts = pulumi.ResourceOptions(parent=group, provider=random.Provider("random"))
        random.RandomPet("pet", opts=opts)

    def program() -> None:
        random.RandomPet("pet")
        Group(fill)

    assert len(record(program).of(PET)) == 2


def test_a_component_that_registers_no_outputs_is_a_failure() -> None:
    message = problems(lambda: ignore(Group(registers=False)))

    assert "outputs not registered: component urn:pulumi:test::plinth::tests:group:Group" in message


def test_a_component_that_registers_nothing_but_the_call_passes() -> None:
    assert record(lambda: ignore(Group())).named("group").component_outputs == {}


def test_the_default_provider_inside_a_component_is_a_failure() -> None:
    message = problems(lambda: ignore(Group(lambda group: ignore(bucket("logs", group.options)))))

    assert "default provider: " in message
    assert "uses the default provider of package 'aws'" in message


def test_the_default_provider_passes_where_it_is_allowed() -> None:
    recording = record(
        lambda: ignore(Group(lambda group: ignore(bucket("logs", group.options)))),
        allow=[Trap.DEFAULT_PROVIDER],
    )

    assert recording.named("logs").provider == ""


@pytest.mark.parametrize("packages", [["*"], '["random"]'])
def test_a_disabled_default_provider_is_a_failure(packages: Any) -> None:
    message = problems(
        lambda: ignore(random.RandomPet("pet")),
        config={"pulumi:disable-default-providers": packages},
    )

    assert "default providers are disabled" in message


def test_an_output_in_an_f_string_that_is_exported_is_a_failure() -> None:
    def program() -> None:
        pet = random.RandomPet("pet")
        pulumi.export("name", f"the pet {pet.id}")

    assert "output as text: property 'name' of" in problems(program)


def test_an_output_in_an_f_string_is_a_failure() -> None:
    def program() -> None:
        pet = random.RandomPet("first")
        random.RandomPet("second", prefix=f"a-{pet.id}")

    message = problems(program)

    assert "output as text: property 'prefix' of" in message
    assert "pulumi.Output.format()" in message


def test_a_formatted_output_passes() -> None:
    def program() -> Mapping[str, Any]:
        return {"text": pulumi.Output.format("a-{}", random.RandomPet("first", length=2).length)}

    assert record(program).outputs == {"text": "a-2"}


def test_every_problem_is_listed_at_once() -> None:
    def program() -> None:
        Group(lambda _: ignore(aws.get_region()), registers=False)
        random.RandomPet("pet")
        random.RandomPet("pet")

    message = problems(program)

    assert [line.split(":")[0] for line in message.splitlines()] == [
        "lookup",
        "duplicate URN",
        "outputs not registered",
    ]


def lengthen(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    if args.type_ != PET:
        return None
    options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformResult({**args.props, "length": 3}, options)


async def lengthen_later(
    args: pulumi.ResourceTransformArgs,
) -> pulumi.ResourceTransformResult | None:
    await asyncio.sleep(0)
    return lengthen(args)


def test_transforms_run_in_the_order_of_the_engine() -> None:
    order: list[str] = []

    def noted(name: str) -> Callable[[pulumi.ResourceTransformArgs], None]:
        return lambda args: order.append(name) if args.type_ == PET else None

    def fill(group: Group) -> None:
        opts = pulumi.ResourceOptions(
            parent=group, provider=random.Provider("random"), transforms=[noted("own")]
        )
        random.RandomPet("pet", opts=opts)

    def program() -> None:
        pulumi.runtime.register_resource_transform(noted("stack"))
        Group(fill, opts=pulumi.ResourceOptions(transforms=[noted("parent")]))

    record(program)

    assert order == ["own", "parent", "stack"]


@pytest.mark.parametrize("transform", [lengthen, lengthen_later])
def test_a_stack_transform_changes_inputs_and_options(transform: Any) -> None:
    def program() -> Mapping[str, Any]:
        pulumi.runtime.register_resource_transform(transform)
        other = random.RandomPet("other", length=1)
        opts = pulumi.ResourceOptions(
            depends_on=[other], ignore_changes=["prefix"], deleted_with=other
        )
        return {"length": random.RandomPet("pet", length=2, opts=opts).length}

    recording = record(program)

    pet = recording.named("pet")
    assert pet.inputs["length"] == 3
    assert pet.protect
    assert pet.depends_on == (recording.named("other").urn,)
    assert pet.deleted_with == recording.named("other").urn
    assert pet.ignore_changes == ("prefix",)
    assert recording.outputs == {"length": 3}


def test_a_failing_transform_is_a_failure() -> None:
    opts = pulumi.ResourceOptions(transforms=[fail])

    assert "AssertionError: one is not two" in problems(
        lambda: ignore(random.RandomPet("pet", opts=opts))
    )


def test_an_invoke_transform_is_refused() -> None:
    message = problems(lambda: pulumi.runtime.register_invoke_transform(lambda _: None))

    assert "invoke transform: " in message


def test_nothing_of_a_recording_is_left() -> None:
    threads = threading.active_count()
    before = (
        SETTINGS.monitor,
        SETTINGS.project,
        SETTINGS.dry_run,
        pulumi_settings.get_root_resource(),
    )
    outputs = set(SETTINGS.outputs)

    record(lambda: ignore(random.RandomPet("pet")), preview=True, project="shop")

    fresh = contextvars.Context()
    assert (
        SETTINGS.monitor,
        SETTINGS.project,
        SETTINGS.dry_run,
        pulumi_settings.get_root_resource(),
    ) == before
    assert set(SETTINGS.outputs) == outputs
    assert fresh.run(lambda: SETTINGS.monitor) is None
    assert fresh.run(lambda: SETTINGS.project) == "project"
    assert fresh.run(pulumi.runtime.is_dry_run) is False
    assert threading.active_count() == threads


def test_a_failed_recording_leaves_nothing_to_the_next() -> None:
    with pytest.raises(ZeroDivisionError):
        record(lambda: {"pet": random.RandomPet("lost").id, "bad": 1 / 0})

    assert record(lambda: ignore(random.RandomPet("pet"))).inventory() == [(PET, "pet")]


def test_a_program_is_recorded_even_inside_a_running_loop() -> None:
    async def inner() -> Recording:
        return record(lambda: ignore(random.RandomPet("pet")))

    assert asyncio.run(inner()).inventory() == [(PET, "pet")]


def test_recording_is_cheap() -> None:
    def program() -> None:
        for index in range(20):
            random.RandomUuid(f"id-{index}")

    # 5 to 6 were measured; the rest is room for a busy machine.
    assert cost(lambda: record(program)) < 15


def test_only_and_named_say_what_there_is() -> None:
    recording = record(lambda: ignore(random.RandomPet("pet")))

    with pytest.raises(RecordingError, match=r"expected exactly one .*'cat', found 0(.|\n)*pet"):
        recording.named("cat")
    with pytest.raises(RecordingError, match="of type 'aws:s3/bucket:Bucket', found 0"):
        recording.only(BUCKET)

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.server import serve
from rehearsal.values import UNKNOWN, Secret, from_struct, to_struct
from rehearsal.world import Fault, World
from tests.rehearsal.simulation import DATABASE, PASSWORD, SECURITY_GROUP, sdk, urn

GROUP = {"vpcId": "vpc-1", "description": "web"}


@pytest.fixture
def world() -> Iterator[World]:
    opened = World()
    yield opened
    opened.close()


@pytest.fixture
def ports(world: World) -> Iterator[dict[str, int]]:
    with serve(["aws", "random"], world, sdk=sdk()) as served:
        yield dict(served)


@pytest.fixture
def aws(ports: dict[str, int]) -> Iterator[Any]:
    with connected(ports["aws"], region="eu-north-1") as stub:
        yield stub


@contextmanager
def connected(port: int, **config: str) -> Generator[Any]:
    # The engine dials one connection per provider; Python's channels would share theirs.
    apart = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=apart) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(
            provider_pb2.ConfigureRequest(urn=f"urn:{port}:{config}", args=to_struct(config))
        )
        yield stub


def check(stub: Any, token: str, name: str, **inputs: Any) -> Any:
    return stub.Check(
        provider_pb2.CheckRequest(
            urn=urn(token, name), type=token, news=to_struct(inputs), randomSeed=b"seed"
        )
    )


def create(stub: Any, token: str, name: str, inputs: Any, *, preview: bool = False) -> Any:
    return stub.Create(
        provider_pb2.CreateRequest(
            urn=urn(token, name), type=token, properties=inputs, preview=preview
        )
    )


def test_the_engine_is_greeted_and_may_say_goodbye_as_often_as_it_likes(aws: Any) -> None:
    greeting = aws.Handshake(provider_pb2.ProviderHandshakeRequest(configure_with_urn=True))
    aws.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    aws.Cancel(empty_pb2.Empty())
    aws.Cancel(empty_pb2.Empty())

    assert greeting.accept_secrets
    assert aws.GetPluginInfo(empty_pb2.Empty()).version == sdk().version("aws")


def test_every_package_has_a_port_of_its_own(ports: dict[str, int]) -> None:
    assert ports.keys() == {"aws", "random"}
    assert len(set(ports.values())) == 2


def test_a_resource_lives_from_check_to_delete(aws: Any, world: World) -> None:
    token, name = SECURITY_GROUP, urn(SECURITY_GROUP, "web")
    inputs = check(aws, token, "web", **GROUP).inputs
    made = create(aws, token, "web", inputs)
    news = to_struct({**from_struct(inputs), "tags": {"a": "b"}})
    updated = aws.Update(
        provider_pb2.UpdateRequest(
            id=made.id, urn=name, type=token, olds=made.properties, news=news, old_inputs=inputs
        )
    )
    read = aws.Read(provider_pb2.ReadRequest(id=made.id, urn=name, type=token))
    aws.Delete(provider_pb2.DeleteRequest(id=made.id, urn=name, type=token))
    gone = aws.Read(provider_pb2.ReadRequest(id=made.id, urn=name, type=token))

    assert from_struct(made.properties)["arn"].startswith("arn:aws:ec2:eu-north-1:")
    assert from_struct(updated.properties)["arn"] == from_struct(made.properties)["arn"]
    assert from_struct(read.inputs)["tags"] == {"a": "b"}
    assert gone.id == ""
    assert len(world) == 0


def test_a_preview_answers_unknown_values_and_changes_nothing(aws: Any, world: World) -> None:
    inputs = check(aws, DATABASE, "orders", instanceClass="c", dbSubnetGroupName=UNKNOWN).inputs

    planned = create(aws, DATABASE, "orders", inputs, preview=True)

    outputs = from_struct(planned.properties)
    assert planned.id == ""
    assert outputs["endpoint"] is UNKNOWN
    assert outputs["dbSubnetGroupName"] is UNKNOWN
    assert outputs["instanceClass"] == "c"
    assert len(world) == 0


def test_a_difference_names_paths_kinds_and_replacements(aws: Any) -> None:
    answer = aws.Diff(
        provider_pb2.DiffRequest(
            id="sg-1",
            urn=urn(SECURITY_GROUP, "web"),
            type=SECURITY_GROUP,
            old_inputs=to_struct({**GROUP, "tags": {"a.b": "1"}}),
            news=to_struct({**GROUP, "vpcId": "vpc-2", "tags": {"a.b": "2"}, "egress": []}),
            ignoreChanges=["egress"],
        )
    )

    kinds = {path: entry.kind for path, entry in answer.detailedDiff.items()}
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["vpcId"]
    assert list(answer.diffs) == ["tags", "vpcId"]
    assert kinds == {
        "vpcId": provider_pb2.PropertyDiff.UPDATE_REPLACE,
        'tags["a.b"]': provider_pb2.PropertyDiff.UPDATE,
    }


def test_no_difference_is_said_so(aws: Any) -> None:
    answer = aws.Diff(
        provider_pb2.DiffRequest(
            urn=urn(SECURITY_GROUP, "web"), old_inputs=to_struct(GROUP), news=to_struct(GROUP)
        )
    )

    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_preview_refuses_a_taken_name_but_not_to_the_replacement_of_its_holder(aws: Any) -> None:
    given = {"instanceClass": "c", "identifier": "orders", "engine": "postgres"}
    inputs = check(aws, DATABASE, "orders", **given).inputs
    made = create(aws, DATABASE, "orders", inputs)
    news = check(aws, DATABASE, "orders", **{**given, "engine": "mysql"}).inputs

    with pytest.raises(grpc.RpcError) as raised:
        create(aws, DATABASE, "other", inputs, preview=True)
    answer = aws.Diff(
        provider_pb2.DiffRequest(
            id=made.id,
            urn=urn(DATABASE, "orders"),
            type=DATABASE,
            old_inputs=inputs,
            olds=made.properties,
            news=news,
        )
    )
    planned = create(aws, DATABASE, "orders", news, preview=True)

    assert "named 'orders in eu-north-1' exists already" in str(raised.value)
    assert answer.deleteBeforeReplace
    assert from_struct(planned.properties)["endpoint"] is UNKNOWN


def test_secrets_travel_with_their_mark(ports: dict[str, int]) -> None:
    with connected(ports["random"]) as stub:
        made = create(stub, PASSWORD, "p", check(stub, PASSWORD, "p", length=12).inputs)

    assert isinstance(from_struct(made.properties)["result"], Secret)


def test_failures_come_with_their_paths(aws: Any) -> None:
    answer = check(aws, SECURITY_GROUP, "web", ingress=[{"protocl": "tcp"}])

    assert "ingress[0].protocl" in {failure.property for failure in answer.failures}


def test_each_connection_has_the_configuration_it_was_given(ports: dict[str, int]) -> None:
    with (
        connected(ports["aws"], region="eu-north-1") as north,
        connected(ports["aws"], region="sa-east-1") as south,
    ):
        regions = [
            from_struct(check(stub, SECURITY_GROUP, "web", **GROUP).inputs)["region"]
            for stub in (north, south)
        ]

    assert regions == ["eu-north-1", "sa-east-1"]


def test_a_provider_configuration_is_checked_and_compared(aws: Any) -> None:
    bad = aws.CheckConfig(provider_pb2.CheckRequest(urn="urn", news=to_struct({"regoin": "x"})))
    diff = aws.DiffConfig(
        provider_pb2.DiffRequest(
            urn="urn", old_inputs=to_struct({"region": "a"}), news=to_struct({"region": "b"})
        )
    )

    assert [failure.property for failure in bad.failures] == ["regoin"]
    assert list(diff.diffs) == ["region"]


def test_functions_answer_and_refuse_wrong_arguments(aws: Any) -> None:
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"
    answer = aws.Invoke(provider_pb2.InvokeRequest(tok=token))
    refused = aws.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct({"stat": "x"})))

    assert from_struct(getattr(answer, "return"))["names"][0] == "eu-north-1a"
    assert [failure.property for failure in refused.failures] == ["stat"]


def test_a_fault_is_the_message_of_the_call(aws: Any, world: World) -> None:
    world.faults.order(Fault(at=1))
    inputs = check(aws, SECURITY_GROUP, "web", **GROUP).inputs

    with pytest.raises(grpc.RpcError) as raised:
        create(aws, SECURITY_GROUP, "web", inputs)

    assert "injected fault at operation 1" in str(raised.value)
    assert len(world) == 0


def test_an_abandoned_operation_ends_the_call_too(aws: Any, world: World) -> None:
    world.faults.order(Fault(at=1, kind="abandon"))
    inputs = check(aws, SECURITY_GROUP, "web", **GROUP).inputs

    with pytest.raises(grpc.RpcError) as raised:
        create(aws, SECURITY_GROUP, "web", inputs)

    assert "abandoned before operation 1" in str(raised.value)

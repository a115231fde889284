from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rehearsal.errors import ProviderError
from rehearsal.naming import Autonaming
from rehearsal.provider import SimulatedProvider
from rehearsal.values import UNKNOWN, Secret
from rehearsal.world import Fault, World
from tests.rehearsal.simulation import (
    BUCKET,
    CONTAINER,
    DATABASE,
    DEPLOYMENT,
    PASSWORD,
    ROLE,
    SECURITY_GROUP,
    SEED,
    VPC,
    checked,
    created,
    provider,
    sdk,
    urn,
)

GROUP: dict[str, Any] = {"vpcId": "vpc-1", "description": "web", "tags": {"tier": "front"}}


def change(
    simulated: SimulatedProvider,
    token: str,
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    preview: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Outputs before and after an update."""
    before = checked(simulated, token, "it", old)
    made = simulated.create(urn(token, "it"), token, before)
    after = checked(simulated, token, "it", new, before)
    changed = simulated.update(
        urn(token, "it"),
        token,
        made.id,
        old_inputs=before,
        old_outputs=made.outputs,
        news=after,
        preview=preview,
    )
    return made.outputs, changed


def test_a_name_that_was_left_out_is_made_kept_and_made_anew_for_a_replacement() -> None:
    aws = provider()
    first = checked(aws, SECURITY_GROUP, "web", GROUP)
    again = aws.check(
        urn(SECURITY_GROUP, "web"), SECURITY_GROUP, first, GROUP, random_seed=b"other"
    )
    anew = aws.check(urn(SECURITY_GROUP, "web"), SECURITY_GROUP, {}, GROUP, random_seed=b"other")

    assert first["name"].startswith("web-")
    assert len(first["name"]) == len("web-") + 7
    assert again.inputs["name"] == first["name"]
    assert anew.inputs["name"] != first["name"]


@pytest.mark.parametrize(
    ("token", "given", "property_"),
    [
        (SECURITY_GROUP, {"name": "given"}, "name"),
        (DATABASE, {"instanceClass": "c", "identifier": "given"}, "identifier"),
    ],
)
def test_a_given_name_stays(token: str, given: dict[str, Any], property_: str) -> None:
    assert checked(provider(), token, "web", given)[property_] == "given"


def test_a_given_prefix_makes_no_name() -> None:
    assert "name" not in checked(
        provider(), ROLE, "r", {"namePrefix": "a", "assumeRolePolicy": "{}"}
    )


def test_long_names_are_cut_to_what_the_cloud_allows() -> None:
    name = checked(provider(), ROLE, "r" * 100, {"assumeRolePolicy": "{}"})["name"]

    assert len(name) == 64


@pytest.mark.parametrize(
    ("wish", "name"),
    [(Autonaming("wished"), "wished"), (Autonaming("wished", "enforce"), "wished")],
)
def test_the_engine_may_propose_a_name(wish: Autonaming, name: str) -> None:
    result = provider().check(urn(BUCKET, "b"), BUCKET, None, {}, random_seed=SEED, autonaming=wish)

    assert result.inputs["bucket"] == name


def test_the_engine_may_forbid_automatic_names() -> None:
    wish = Autonaming(mode="disable")
    result = provider().check(urn(BUCKET, "b"), BUCKET, None, {}, random_seed=SEED, autonaming=wish)

    assert "bucket" not in result.inputs


def test_kubernetes_objects_are_named_in_their_metadata() -> None:
    kubernetes = provider("kubernetes")
    first = checked(kubernetes, DEPLOYMENT, "web", {"spec": {}} | _pods())
    kept = kubernetes.check(
        urn(DEPLOYMENT, "web"), DEPLOYMENT, first, _pods(), random_seed=b"other"
    ).inputs

    assert first["metadata"]["name"].startswith("web-")
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert first["metadata"]["namespace"] == "default"
    assert kept["metadata"] == first["metadata"]


def _pods() -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web"}]}}
    return {"spec": {"selector": {"matchLabels": labels}, "template": template}}


def test_aws_resources_take_over_region_and_tags_of_their_provider() -> None:
    world = World()
    aws = provider(world=world)
    aws.configure(
        "urn:north", {"region": "eu-north-1", "defaultTags": '{"tags":{"team":"a","tier":"x"}}'}
    )
    aws.configure("urn:south", {"region": "sa-east-1"})

    token = SECURITY_GROUP
    north = aws.check(urn(token, "n"), token, None, GROUP, random_seed=SEED, provider="urn:north")
    south = aws.check(urn(token, "s"), token, None, GROUP, random_seed=SEED, provider="urn:south")

    assert north.inputs["region"] == "eu-north-1"
    assert north.inputs["tags"] == {"team": "a", "tier": "front"}
    assert south.inputs["region"] == "sa-east-1"
    assert south.inputs["tags"] == {"tier": "front"}


def test_a_provider_configuration_is_checked_though_it_travels_as_json() -> None:
    aws = provider()
    good = {"region": "eu-north-1", "skipRegionValidation": "true", "allowedAccountIds": '["1"]'}
    bad = {**good, "regoin": "x", "defaultTags": '{"tgs":{}}'}

    assert aws.check_config("urn", None, {**good, "version": "7.0.0"}).failures == ()
    assert {failure.property for failure in aws.check_config("urn", None, bad).failures} == {
        "regoin",
        "defaultTags.tgs",
    }


def test_a_text_in_a_provider_configuration_stays_a_text_though_it_looks_like_json() -> None:
    kubernetes = SimulatedProvider("kubernetes", "", sdk(), World())

    assert kubernetes.check_config("urn", None, {"kubeconfig": Secret("{}")}).failures == ()


def test_another_cluster_replaces_a_kubernetes_provider_another_region_does_not_replace_aws() -> (
    None
):
    assert provider("kubernetes").diff_config("urn", {"context": "a"}, {"context": "b"}).replaces
    assert not provider().diff_config("urn", {"region": "a"}, {"region": "b"}).replaces


@pytest.mark.parametrize(
    ("package", "token", "old", "new", "replaces"),
    [
        ("aws", SECURITY_GROUP, GROUP, {**GROUP, "description": "app"}, ("description",)),
        ("aws", SECURITY_GROUP, GROUP, {**GROUP, "tags": {}}, ()),
        ("aws", SECURITY_GROUP, GROUP, {**GROUP, "vpcId": UNKNOWN}, ("vpcId",)),
        ("aws", VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}, ("cidrBlock",)),
        ("aws", "aws:sns/topic:Topic", {"name": "a"}, {"name": "b"}, ("name",)),
        ("docker", CONTAINER, {"image": "a"}, {"image": "b"}, ("image",)),
        ("docker", CONTAINER, {"image": "a"}, {"image": "a", "memory": 64}, ()),
        ("random", PASSWORD, {"length": 8}, {"length": 9}, ("length",)),
        (
            "kubernetes",
            DEPLOYMENT,
            {"spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}}},
            {"spec": {"replicas": 2, "selector": {"matchLabels": {"a": "c"}}}},
            ("spec.selector.matchLabels.a",),
        ),
        (
            "kubernetes",
            "kubernetes:core/v1:ConfigMap",
            {"immutable": True, "data": {"a": "1"}},
            {"immutable": True, "data": {"a": "2"}},
            ("data.a",),
        ),
    ],
)
def test_what_cannot_change_in_place_replaces(
    package: str, token: str, old: dict[str, Any], new: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    outcome = provider(package).diff(urn(token, "it"), token, "id", old_inputs=old, news=new)

    assert outcome.changes
    assert outcome.replaces == replaces


def test_nothing_changed_is_no_difference() -> None:
    outcome = provider().diff("urn", SECURITY_GROUP, "id", old_inputs=GROUP, news=dict(GROUP))

    assert not outcome.changes


@pytest.mark.parametrize(
    ("name", "first"), [("mine", True), ("web-0123abc", False), ("web-0123abcd", True)]
)
def test_a_fixed_name_is_freed_before_its_replacement_an_automatic_one_need_not_be(
    name: str, first: bool
) -> None:
    old = {"image": "a", "name": name}

    outcome = provider("docker").diff(
        urn(CONTAINER, "web"), CONTAINER, "id", old_inputs=old, news={**old, "image": "b"}
    )

    assert outcome.delete_before_replace is first


def test_a_preview_knows_the_inputs_and_nothing_that_is_computed() -> None:
    aws, world = provider(), World()
    inputs = checked(aws, DATABASE, "orders", {"instanceClass": "c", "password": Secret("hunter2")})

    planned = provider(world=world).create(urn(DATABASE, "orders"), DATABASE, inputs, preview=True)
    made = aws.create(urn(DATABASE, "orders"), DATABASE, inputs)

    assert planned.id == ""
    assert len(world) == 0
    assert planned.outputs.keys() == made.outputs.keys()
    assert {name: planned.outputs[name] for name in inputs} == inputs
    assert {name for name, value in planned.outputs.items() if value is UNKNOWN} == (
        planned.outputs.keys() - inputs.keys()
    )


def test_a_field_that_the_provider_adds_to_an_input_is_unknown_in_a_preview() -> None:
    aws, token = provider(), "aws:eks/cluster:Cluster"
    inputs = checked(aws, token, "main", {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}})

    planned = aws.create(urn(token, "main"), token, inputs, preview=True).outputs["vpcConfig"]
    made = aws.create(urn(token, "main"), token, inputs).outputs["vpcConfig"]

    assert planned["vpcId"] is UNKNOWN
    assert planned["subnetIds"] == ["s"]
    assert made["vpcId"].startswith("vpc-0")


def test_every_computed_output_has_its_declared_type() -> None:
    made = created(provider(), DATABASE, "orders", {"instanceClass": "db.t4g.medium"})

    kinds = {name: type(value) for name, value in made.outputs.items()}
    assert kinds["port"] is int
    assert kinds["multiAz"] is bool
    assert kinds["vpcSecurityGroupIds"] is list
    assert kinds["tagsAll"] is dict
    assert kinds["endpoint"] is str


def test_two_worlds_agree_on_the_same_object_and_objects_differ() -> None:
    first = created(provider(), VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    same = created(provider(), VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    other = created(provider(), VPC, "edge", {"cidrBlock": "10.0.0.0/16"})

    assert first == same
    assert first.id != other.id


def test_a_replacement_beside_the_old_object_gets_another_id() -> None:
    aws = provider()
    inputs = checked(aws, VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    ids = {aws.create(urn(VPC, "core"), VPC, inputs).id for _ in range(3)}

    assert len(ids) == 3


def test_secret_inputs_and_declared_secret_outputs_stay_marked() -> None:
    made = created(
        provider(), DATABASE, "orders", {"instanceClass": "c", "password": Secret("hunter2")}
    )
    unmarked = created(provider(), DATABASE, "b", {"instanceClass": "c", "password": "hunter2"})

    assert made.outputs["password"] == Secret("hunter2")
    assert unmarked.outputs["password"] == Secret("hunter2")


def test_unknown_inputs_are_refused_outside_a_preview() -> None:
    with pytest.raises(ProviderError, match="vpcId has no known value outside a preview"):
        created(provider(), SECURITY_GROUP, "web", {"vpcId": UNKNOWN})


def test_a_name_that_is_taken_is_refused() -> None:
    world = World()
    created(provider(world=world), BUCKET, "a", {"bucket": "logs"})

    with pytest.raises(ProviderError, match=r"AlreadyExists: a aws:s3/bucket:Bucket named 'logs"):
        created(provider(world=world), BUCKET, "b", {"bucket": "logs"})


def test_names_that_may_repeat_do() -> None:
    world = World()
    created(provider(world=world), SECURITY_GROUP, "a", {"name": "web"})
    created(provider(world=world), SECURITY_GROUP, "b", {"name": "web"})

    assert len(world) == 2


def test_an_update_keeps_what_was_computed_and_shows_what_changed() -> None:
    before, after = change(provider(), SECURITY_GROUP, GROUP, {**GROUP, "tags": {"tier": "back"}})

    assert after == {**before, "tags": {"tier": "back"}, "tagsAll": {"tier": "back"}}


def test_an_update_drops_an_input_that_was_taken_away() -> None:
    old = {"instanceClass": "c", "identifier": "orders", "domain": "d-1"}
    before, after = change(provider(), DATABASE, old, {**old, "domain": None})

    assert before["domain"] == "d-1"
    assert "domain" not in after


def test_previewing_an_update_knows_what_stays_and_not_what_follows_from_the_change() -> None:
    old = {"instanceClass": "c", "identifier": "orders"}
    new = {**old, "manageMasterUserPassword": True, "dbSubnetGroupName": UNKNOWN}
    before, planned = change(provider(), DATABASE, old, new, preview=True)

    assert planned["endpoint"] == before["endpoint"]
    assert planned["masterUserSecrets"] is UNKNOWN
    assert planned["dbSubnetGroupName"] is UNKNOWN


def test_previewing_an_update_changes_nothing() -> None:
    world = World()
    before, _ = change(
        provider(world=world), SECURITY_GROUP, GROUP, {**GROUP, "tags": {}}, preview=True
    )

    assert [found.outputs for found in world.objects()] == [before]


def test_updating_what_is_gone_says_to_refresh() -> None:
    with pytest.raises(ProviderError, match=r"does not exist any more\. Run a refresh"):
        provider().update(
            urn(VPC, "core"), VPC, "vpc-1", old_inputs={}, old_outputs={}, news={}, preview=False
        )


def test_reading_needs_only_the_id_and_finds_what_exists() -> None:
    aws = provider()
    made = created(aws, VPC, "core", {"cidrBlock": "10.0.0.0/16"})

    found = aws.read("urn:other", VPC, made.id)
    missing = aws.read("urn:other", VPC, "vpc-none")

    assert (found.id, found.outputs) == (made.id, made.outputs)
    assert found.inputs["cidrBlock"] == "10.0.0.0/16"
    assert missing.id == ""


def test_what_is_deleted_cannot_be_read() -> None:
    aws = provider()
    made = created(aws, VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    aws.delete(urn(VPC, "core"), VPC, made.id)

    assert aws.read("", VPC, made.id).id == ""


def test_a_create_that_nobody_learned_of_is_recovered() -> None:
    world = World(faults=[Fault(at=2, moment="after")])
    aws = provider(world=world)
    known = created(aws, VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    with pytest.raises(ProviderError):
        created(aws, VPC, "core", {"cidrBlock": "10.1.0.0/16"})

    found = aws.recover(urn(VPC, "core"), VPC, known_ids={known.id})

    assert found is not None
    assert found.inputs["cidrBlock"] == "10.1.0.0/16"
    assert aws.recover(urn(VPC, "core"), VPC, known_ids={known.id, found.id}) is None


def test_a_create_that_never_happened_leaves_nothing_to_recover() -> None:
    aws = provider(world=World(faults=[Fault(at=1)]))
    with pytest.raises(ProviderError):
        created(aws, VPC, "core", {"cidrBlock": "10.0.0.0/16"})

    assert aws.recover(urn(VPC, "core"), VPC) is None


def test_functions_answer_with_the_types_their_sdk_declares() -> None:
    aws = provider(region="eu-north-1", allowedAccountIds='["210987654321"]')

    identity = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}).outputs
    zones = aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {}).outputs
    vpc = aws.invoke("aws:ec2/getVpc:getVpc", {"cidrBlock": "10.0.0.0/16"}).outputs

    assert identity["accountId"] == "210987654321"
    assert zones["names"] == ["eu-north-1a", "eu-north-1b", "eu-north-1c"]
    assert zones["zoneIds"] == ["eun1-az1", "eun1-az2", "eun1-az3"]
    assert vpc["cidrBlock"] == "10.0.0.0/16"
    assert isinstance(vpc["enableDnsSupport"], bool)


def test_a_policy_document_is_written_as_iam_writes_it() -> None:
    statement = {
        "actions": ["s3:GetObject"],
        "resources": ["a", "b"],
        "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
        "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}],
    }

    outputs = (
        provider()
        .invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
        .outputs
    )

    assert outputs["minifiedJson"] == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",'
        '"Resource":["a","b"],"Principal":{"Service":["ec2.amazonaws.com"]},'
        '"Condition":{"Bool":{"aws:SecureTransport":["true"]}}}]}'
    )


def test_a_function_with_an_unknown_argument_answers_nothing_known() -> None:
    outputs = provider().invoke("aws:ec2/getVpc:getVpc", {"id": UNKNOWN}, preview=True).outputs

    assert set(map(str, outputs.values())) == {str(UNKNOWN)}


def test_a_wrong_argument_of_a_function_is_refused_and_an_unknown_function_too() -> None:
    aws = provider()

    (failure,) = aws.invoke("aws:ec2/getVpc:getVpc", {"cidrBlok": "x"}).failures
    assert failure.property == "cidrBlok"
    assert "did you mean 'cidrBlock'?" in failure.reason
    with pytest.raises(ProviderError, match="have no function 'aws:ec2/getNothing:getNothing'"):
        aws.invoke("aws:ec2/getNothing:getNothing", {})


def test_many_threads_may_share_a_provider() -> None:
    world = World()
    aws = provider(world=world)

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda n: created(aws, SECURITY_GROUP, f"g{n}", GROUP).id, range(100)))

    assert len(ids) == len(world) == 100

"""A name that is taken is refused in a preview already, and only where `up` would meet it too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest

from rehearsal.errors import ProviderError
from rehearsal.events import Op, Summary
from rehearsal.values import UNKNOWN
from rehearsal.world import World, WorldObject
from tests.rehearsal.cloud_samples import ROLE_ARN
from tests.rehearsal.simulation import BUCKET, checked, created, provider, urn
from tests.rehearsal.stage import Stage

Program = Callable[[], Any]
NODES = "gcp:container/nodePool:NodePool"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def bucket(name: str, physical: str | None, **options: Any) -> aws.s3.Bucket:
    return aws.s3.Bucket(name, bucket=physical, opts=pulumi.ResourceOptions(**options))


def group(
    name: str, physical: pulumi.Input[str], *, retention: int = 7, **given: Any
) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(name, name=physical, retention_in_days=retention, **given)


def queue(name: str, physical: str, *, fifo: bool = False, **options: Any) -> aws.sqs.Queue:
    return aws.sqs.Queue(
        name, name=physical, fifo_queue=fifo, opts=pulumi.ResourceOptions(**options)
    )


def stack_urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{token}::{name}"


def both(stage: Stage, program: Program) -> tuple[Summary, Summary]:
    """What the preview says and what the update says after it."""
    return stage.preview(program), stage.up(program)


def test_two_resources_with_one_name_are_refused_in_a_preview_with_both_urns(stage: Stage) -> None:
    def program() -> None:
        bucket("assets", "shop-assets")
        bucket("uploads", "shop-assets")

    previewed = stage.preview(program)

    (failure,) = stage.failures()
    assert not previewed.ok
    assert failure.step.name in {"assets", "uploads"}
    assert f"there can be only one {BUCKET} named 'shop-assets'" in previewed.message
    assert stack_urn(BUCKET, "assets") in previewed.message
    assert stack_urn(BUCKET, "uploads") in previewed.message
    assert "Give one of them another name" in previewed.message
    assert len(stage.world) == 0


def test_an_update_that_skips_the_preview_names_both_urns_too(stage: Stage) -> None:
    def program() -> None:
        first = bucket("assets", "shop-assets")
        bucket("uploads", "shop-assets", depends_on=[first])

    message = stage.up(program).message

    assert f"AlreadyExists: a {BUCKET} named 'shop-assets' exists already" in message
    assert stack_urn(BUCKET, "assets") in message
    assert stack_urn(BUCKET, "uploads") in message


def one_vault_per_region() -> None:
    aws.backup.Vault("home", name="shop")
    aws.backup.Vault("away", name="shop", region="eu-west-1")


def one_account_per_project() -> None:
    gcp.serviceaccount.Account("a", account_id="shop-nodes", project="shop-dev")
    gcp.serviceaccount.Account("b", account_id="shop-nodes", project="shop-prod")


def one_pool_per_cluster() -> None:
    for cluster in ("blue", "green"):
        gcp.container.NodePool(cluster, name="system", cluster=cluster, location="europe-west4")


def one_record_per_kind() -> None:
    for kind in ("A", "AAAA"):
        gcp.dns.RecordSet(kind, managed_zone="shop", name="www.shop.example.com.", type=kind)


def names_that_may_repeat() -> None:
    for name in ("a", "b"):
        aws.ec2.SecurityGroup(name, name="web")
        aws.route53.Zone(name, name="shop.example.com")


def names_made_by_the_provider() -> None:
    bucket("a", None)
    bucket("b", None)


@pytest.mark.parametrize(
    "program",
    [
        one_vault_per_region,
        one_account_per_project,
        one_pool_per_cluster,
        one_record_per_kind,
        names_that_may_repeat,
        names_made_by_the_provider,
    ],
)
def test_equal_names_where_the_cloud_allows_them_are_fine(stage: Stage, program: Program) -> None:
    previewed, done = both(stage, program)

    assert (previewed.message, done.message) == ("", "")
    assert both(stage, program)[1].counts.keys() == {Op.SAME}


def two_buckets_in_two_regions() -> None:
    bucket("a", "shop-assets")
    aws.s3.Bucket("b", bucket="shop-assets", region="eu-west-1")


def two_roles() -> None:
    for name in ("a", "b"):
        aws.iam.Role(name, name="shop-api", assume_role_policy="{}")


def two_google_buckets_in_two_projects() -> None:
    for project in ("shop-dev", "shop-prod"):
        gcp.storage.Bucket(project, name="shop-assets", location="EU", project=project)


def two_node_pools() -> None:
    for name in ("a", "b"):
        gcp.container.NodePool(name, name="system", cluster="shop", location="europe-west4")


def two_record_sets() -> None:
    for name in ("a", "b"):
        gcp.dns.RecordSet(name, managed_zone="shop", name="www.shop.example.com.", type="A")


def two_access_entries() -> None:
    for name in ("a", "b"):
        aws.eks.AccessEntry(name, cluster_name="shop", principal_arn=ROLE_ARN)


def two_associations() -> None:
    for name in ("a", "b"):
        aws.eks.PodIdentityAssociation(
            name, cluster_name="shop", namespace="shop", service_account="api", role_arn=ROLE_ARN
        )


def two_policies_of_a_bucket() -> None:
    for name in ("a", "b"):
        aws.s3.BucketPolicy(name, bucket="shop-assets", policy="{}")


@pytest.mark.parametrize(
    "program",
    [
        two_buckets_in_two_regions,
        two_roles,
        two_google_buckets_in_two_projects,
        two_node_pools,
        two_record_sets,
        two_access_entries,
        two_associations,
        two_policies_of_a_bucket,
    ],
)
def test_preview_and_update_refuse_the_same(stage: Stage, program: Program) -> None:
    previewed, done = both(stage, program)

    assert "AlreadyExists: " in previewed.message
    assert "AlreadyExists: " in done.message


def test_what_no_resource_of_the_stack_made_is_refused_in_a_preview(stage: Stage) -> None:
    elsewhere = "urn:pulumi:prod::other::aws:s3/bucket:Bucket::assets"
    stage.world.put(
        WorldObject(BUCKET, "shop-assets", elsewhere, {}, {}, physical_name="shop-assets")
    )

    previewed, done = both(stage, lambda: bucket("assets", "shop-assets"))

    for message in (previewed.message, done.message):
        assert f"a {BUCKET} named 'shop-assets' exists already" in message
        assert stack_urn(BUCKET, "assets") in message
        assert elsewhere in message
        assert "import it by its id 'shop-assets'" in message


def test_a_resource_renamed_in_the_program_needs_an_alias(stage: Stage) -> None:
    stage.up(lambda: bucket("old", "shop-assets"))

    refused = stage.preview(lambda: bucket("new", "shop-assets"))
    aliased = stage.preview(
        lambda: bucket("new", "shop-assets", aliases=[pulumi.Alias(name="old")])
    )

    assert "add the old one to the resource's `aliases`" in refused.message
    assert aliased.ok


def test_a_resource_that_stays_holds_its_name(stage: Stage) -> None:
    stage.up(lambda: group("api", "/shop/api"))

    def program() -> None:
        group("api", "/shop/api", retention=30)
        group("web", "/shop/api")

    previewed = stage.preview(program)

    assert [failure.step.name for failure in stage.failures()] == ["web"]
    assert stack_urn("aws:cloudwatch/logGroup:LogGroup", "api") in previewed.message


def test_the_replacement_of_a_named_resource_takes_its_name_over(stage: Stage) -> None:
    stage.up(lambda: queue("jobs", "jobs.fifo"))

    previewed = stage.preview(lambda: queue("jobs", "jobs.fifo", fifo=True))
    shown = stage.ops("jobs")
    done = stage.up(lambda: queue("jobs", "jobs.fifo", fifo=True))

    assert (previewed.message, done.message) == ("", "")
    assert shown[0] is stage.ops("jobs")[0] is Op.DELETE_REPLACED


def test_a_replacement_made_first_cannot_have_the_name_of_what_it_replaces(stage: Stage) -> None:
    stage.up(lambda: queue("jobs", "jobs.fifo"))

    previewed, done = both(
        stage, lambda: queue("jobs", "jobs.fifo", fifo=True, delete_before_replace=False)
    )

    for message in (previewed.message, done.message):
        assert "named 'jobs.fifo in us-east-1' exists already" in message
        assert "delete_before_replace" in message


def test_an_aliased_resource_may_be_replaced_under_its_name(stage: Stage) -> None:
    stage.up(lambda: queue("old", "jobs.fifo"))

    previewed, done = both(
        stage,
        lambda: queue("new", "jobs.fifo", fifo=True, aliases=[pulumi.Alias(name="old")]),
    )

    assert (previewed.message, done.message) == ("", "")
    assert len(stage.world) == 1


def test_a_name_that_a_replacement_gives_up_first_is_free(stage: Stage) -> None:
    stage.up(lambda: queue("jobs", "jobs"))

    def program() -> None:
        jobs = queue("jobs", "jobs-v2", delete_before_replace=True)
        queue("mails", "jobs", depends_on=[jobs])

    previewed, done = both(stage, program)

    assert (previewed.message, done.message) == ("", "")


def test_dependents_that_are_deleted_early_come_back_under_their_names(stage: Stage) -> None:
    def program(fifo: bool) -> None:
        jobs = queue("jobs", "jobs.fifo", fifo=fifo)
        aws.sqs.QueuePolicy("jobs", queue_url=jobs.url, policy="{}")

    stage.up(lambda: program(fifo=False))

    previewed, done = both(stage, lambda: program(fifo=True))

    assert (previewed.message, done.message) == ("", "")


def test_two_resources_that_swap_names_in_one_update_are_refused(stage: Stage) -> None:
    def program(first: str, second: str) -> None:
        one = aws.rds.Instance(
            "one", identifier=first, instance_class="c", skip_final_snapshot=True
        )
        aws.rds.Instance(
            "two",
            identifier=second,
            instance_class="c",
            skip_final_snapshot=True,
            opts=pulumi.ResourceOptions(depends_on=[one]),
        )

    stage.up(lambda: program("orders", "users"))

    swapped, _ = both(stage, lambda: program("users", "orders"))
    moved, done = both(stage, lambda: program("archive", "orders"))

    assert (
        "AlreadyExists: a aws:rds/instance:Instance named 'users in us-east-1'" in swapped.message
    )
    assert (moved.message, done.message) == ("", "")


def test_a_name_that_is_not_known_yet_is_not_judged(stage: Stage) -> None:
    def program() -> None:
        source = aws.ec2.Vpc("core", cidr_block="10.0.0.0/16")
        for name in ("a", "b"):
            group(name, source.id.apply(lambda id_, name=name: f"/{id_}/{name}"))

    previewed, done = both(stage, program)

    assert (previewed.message, done.message) == ("", "")


def test_a_provider_configured_anew_has_forgotten_what_was_planned() -> None:
    world = World()
    first = provider(world=world)
    inputs = checked(first, BUCKET, "a", {"bucket": "shop-assets"})
    owner = "urn:pulumi:dev::shop::pulumi:providers:aws::main"
    first.create(urn(BUCKET, "a"), BUCKET, inputs, preview=True, provider=owner)

    with pytest.raises(ProviderError, match="there can be only one"):
        first.create(urn(BUCKET, "b"), BUCKET, inputs, preview=True, provider=owner)
    first.configure(owner, {})

    assert first.create(urn(BUCKET, "b"), BUCKET, inputs, preview=True, provider=owner).id == ""


def test_an_engine_that_previews_no_deletion_may_still_replace_a_named_object() -> None:
    simulated = provider("gcp", project="shop-dev")
    given = {"name": "system", "cluster": "shop", "location": "europe-west4"}
    there = created(simulated, NODES, "system", given)
    news = checked(simulated, NODES, "system", {**given, "maxPodsPerNode": 64})

    with pytest.raises(ProviderError, match=r"made as .* before, and there cannot be two"):
        simulated.create(urn(NODES, "system"), NODES, news, preview=True)
    simulated.plan_deletion(urn(NODES, "system"), NODES, there.id)
    planned = simulated.create(urn(NODES, "system"), NODES, news, preview=True)

    assert planned.outputs["version"] is UNKNOWN

"""What a provider computes from a secret is one itself."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws

from rehearsal.values import Secret
from tests.rehearsal.simulation import DATABASE, VPC, created, provider
from tests.rehearsal.stage import Stage

QUEUE = "aws:sqs/queue:Queue"


def written(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_what_follows_from_a_secret_input_is_written_nowhere_in_clear(tmp_path: Path) -> None:
    stage = Stage(tmp_path, world_in_file=True)

    def program() -> None:
        aws.ec2.Vpc("core", cidr_block="10.0.0.0/16", tags={"x": pulumi.Output.secret("hiddentag")})
        name = pulumi.Output.secret("hiddenname")
        database = aws.rds.Instance("orders", identifier=name, instance_class="db.t4g.micro")
        pulumi.export("address", database.address)

    summary = stage.up(program)

    assert summary.ok, summary.message
    assert summary.outputs["address"].value.startswith("hiddenname.")
    assert b"hiddentag" not in written(tmp_path)
    assert b"hiddenname" not in written(tmp_path)


def test_all_tags_are_secret_where_the_tags_are() -> None:
    some = created(provider(), VPC, "it", {"tags": {"x": Secret("S"), "y": "open"}})
    whole = created(provider(), VPC, "it", {"tags": Secret({"x": "S"})})

    assert some.outputs["tagsAll"] == {"x": Secret("S"), "y": "open"}
    assert whole.outputs["tagsAll"] == Secret({"x": "S"})


def test_only_what_was_made_from_the_secret_is_marked() -> None:
    outputs = created(provider(), QUEUE, "it", {"name": Secret("S")}).outputs
    database = {"identifier": Secret("S"), "instanceClass": "db.t4g.micro"}
    endpoint = created(provider(), DATABASE, "it", database).outputs

    assert isinstance(outputs["arn"], Secret)
    assert not isinstance(outputs["sqsManagedSseEnabled"], Secret)
    # The endpoint is made of the address, which is made of the name.
    assert isinstance(endpoint["endpoint"], Secret)
    assert endpoint["port"] == 5432


def test_an_id_made_from_a_secret_is_no_secret_as_pulumi_knows_none() -> None:
    assert created(provider(), QUEUE, "it", {"name": Secret("S")}).id.endswith("/123456789012/S")


def test_secret_default_tags_of_a_provider_stay_secret_on_its_resources() -> None:
    tagged = provider(defaultTags=Secret('{"tags": {"x": "S"}}'))
    made = created(tagged, VPC, "it", {"tags": {"y": "open"}})

    assert made.outputs["tagsAll"] == {"x": Secret("S"), "y": "open"}

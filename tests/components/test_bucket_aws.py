"""S3: private, versioned, under its own key, and copied to a second region."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.bucket import AwsBucketRef, BucketSpec, create_bucket
from components.bucket.naming import bucket_name
from components.environment import Environment
from components.keys import DockerKeysRef
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, docker_host
from tests.components.variants_bucket import AWS_RECOVERY, aws_bucket, bucket_outputs

BUCKET = "aws:s3/bucket:Bucket"
BOTH = ("files", "files-copy")


@cache
def bucket(
    environment: Environment = Environment.PROD,
    access_log_bucket: str | None = None,
    *,
    preview: bool = True,
    **asked: Any,
) -> Recording:
    return record(
        lambda: bucket_outputs(
            aws_bucket(environment, access_log_bucket=access_log_bucket, **asked)
        ),
        preview=preview,
    )


def locked(mode: str) -> Recording:
    lock = {"mode": mode, "keep_days": 365}
    return record(lambda: bucket_outputs(aws_bucket(Environment.PROD, lock=lock)))


def part(name: str, kind: str, recording: Recording | None = None) -> dict[str, Any]:
    """A setting of a bucket, after a check that it is a setting of this one."""
    found = (recording or bucket()).named(name, f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}")
    assert [urn.rpartition("::")[2] for urn in found.property_dependencies["bucket"]] == [name]
    return dict(found.inputs)


def physical(name: str) -> str:
    return str(bucket().named(name, BUCKET).inputs["bucket"])


@pytest.mark.parametrize("name", BOTH)
def test_it_is_closed_to_the_public(name: str) -> None:
    block = part(name, "BucketPublicAccessBlock")
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

    assert all(block[flag] for flag in flags)
    assert part(name, "BucketOwnershipControls")["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }


@pytest.mark.parametrize("name", BOTH)
def test_it_is_reached_over_current_tls_only(name: str) -> None:
    body = json.loads(part(name, "BucketPolicy")["policy"])
    arn = f"arn:aws:s3:::{physical(name)}"

    assert [each["Condition"] for each in body["Statement"]] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    ]
    for each in body["Statement"]:
        assert (each["Effect"], each["Principal"]) == ("Deny", "*")
        assert each["Resource"] == [arn, f"{arn}/*"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("files", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/objects"),
        ("files-copy", f"arn:aws:kms:{AWS_RECOVERY}:{ACCOUNT}:key/backup"),
    ],
)
def test_it_is_encrypted_with_the_key_of_its_region(name: str, key: str) -> None:
    (rule,) = part(name, "BucketServerSideEncryptionConfiguration")["rules"]

    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": key,
    }
    assert rule["bucketKeyEnabled"]


@pytest.mark.parametrize("name", BOTH)
def test_deleted_objects_stay_for_a_month_and_broken_uploads_for_a_week(name: str) -> None:
    (rule,) = part(name, "BucketLifecycleConfiguration")["rules"]

    assert part(name, "BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["transitions"] == [{"days": 90, "storageClass": "GLACIER_IR"}]
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}


def test_objects_go_when_they_are_old_if_that_is_asked() -> None:
    recording = bucket(Environment.DEV, expire_after_days=60, archive_after_days=None)
    (rule,) = part("files", "BucketLifecycleConfiguration", recording)["rules"]

    assert rule["expiration"] == {"days": 60}
    assert "transitions" not in rule


@pytest.mark.parametrize(
    ("environment", "destroyed"),
    [(Environment.DEV, True), (Environment.STAGING, False), (Environment.PROD, False)],
)
def test_only_in_dev_the_objects_go_with_the_bucket(
    environment: Environment, *, destroyed: bool
) -> None:
    found = bucket(environment).of(BUCKET)

    assert {each.inputs["forceDestroy"] for each in found} == {destroyed}


@pytest.mark.parametrize("mode", ["governance", "compliance"])
@pytest.mark.parametrize("name", BOTH)
def test_a_lock_holds_in_both_regions(name: str, mode: str) -> None:
    lock = part(name, "BucketObjectLockConfiguration", locked(mode))

    assert lock["rule"] == {"defaultRetention": {"mode": mode.upper(), "days": 365}}


def test_without_one_nothing_is_locked() -> None:
    kind = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"

    assert bucket().of(kind) == []


def test_accesses_are_recorded_where_that_is_asked() -> None:
    logging = part("files", "BucketLogging", bucket(access_log_bucket="access-logs"))

    assert logging["targetBucket"] == "access-logs"
    assert logging["targetPrefix"] == f"{physical('files')}/"


def test_the_copy_and_all_of_its_settings_are_in_the_second_region() -> None:
    found = {
        (each.name, each.inputs.get("region"))
        for each in bucket().resources
        if each.type.startswith("aws:s3/")
    }

    assert found == {("files", None), ("files-copy", AWS_RECOVERY), ("files-replication", None)}


def replication() -> dict[str, Any]:
    found = bucket().only("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    return dict(found.inputs)


def test_everything_is_copied_deletions_and_encrypted_objects_too() -> None:
    (rule,) = replication()["rules"]

    assert rule["status"] == "Enabled"
    assert rule["filter"] == {"prefix": ""}
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    assert rule["destination"]["encryptionConfiguration"] == {
        "replicaKmsKeyId": f"arn:aws:kms:{AWS_RECOVERY}:{ACCOUNT}:key/backup"
    }


def test_copying_starts_once_both_buckets_keep_versions() -> None:
    config = bucket().only("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    waited = {urn.partition("$")[2].rpartition("$")[2] for urn in config.depends_on}

    for name in BOTH:
        assert f"aws:s3/bucketVersioning:BucketVersioning::{name}" in waited


def permissions() -> dict[str, dict[str, Any]]:
    policy = bucket().only("aws:iam/rolePolicy:RolePolicy")
    return {each["Sid"]: each for each in json.loads(policy.inputs["policy"])["Statement"]}


def test_the_role_that_copies_reads_the_one_bucket_and_writes_the_other() -> None:
    source, copy = (f"arn:aws:s3:::{physical(name)}" for name in BOTH)
    found = permissions()

    assert found["ReadWhatToCopy"]["Resource"] == [source]
    assert found["ReadVersions"]["Resource"] == [f"{source}/*"]
    assert found["WriteCopies"]["Resource"] == [f"{copy}/*"]
    assert not any("*" in action for each in found.values() for action in each["Action"])


@pytest.mark.parametrize(
    ("sid", "name", "region", "actions"),
    [
        ("DecryptVersions", "files", "eu-west-1", ["kms:Decrypt"]),
        ("EncryptCopies", "files-copy", AWS_RECOVERY, ["kms:Encrypt", "kms:GenerateDataKey"]),
    ],
)
def test_the_role_that_copies_uses_keys_for_its_buckets_alone(
    sid: str, name: str, region: str, actions: list[str]
) -> None:
    statement = permissions()[sid]

    assert statement["Action"] == actions
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{physical(name)}*"},
    }


def test_without_a_second_region_a_copy_is_refused_with_what_to_do() -> None:
    with pytest.raises(pulumi.RunError, match=r"ground\.recovery_region is not set: name a region"):
        record(lambda: bucket_outputs(aws_bucket(Environment.PROD, None)))


def test_where_no_copy_is_asked_none_is_made() -> None:
    assert [each.name for each in bucket(Environment.STAGING).of(BUCKET)] == ["files"]


def test_objects_bear_the_class_of_their_data() -> None:
    tags = bucket(data_class="restricted").named("files", BUCKET).inputs["tags"]

    assert tags["DataClass"] == "restricted"


def test_names_are_known_in_a_preview_and_differ_by_bucket() -> None:
    names = [physical(name) for name in BOTH]

    assert len(set(names)) == len(names)
    assert all(name.startswith("files") for name in names)


def used() -> Recording:
    """A bucket and something that is put into it."""

    def program() -> dict[str, Any]:
        ref = aws_bucket(Environment.STAGING).ref
        assert isinstance(ref, AwsBucketRef)
        aws.s3.BucketObjectv2("note", bucket=ref.bucket, key="note", content="a note")
        return {"name": ref.bucket_name, "bucket": ref.bucket, "key": ref.key_arn}

    return record(program)


def test_whoever_uses_the_bucket_waits_until_it_is_closed() -> None:
    waited = used().named("note").property_dependencies["bucket"]
    kinds = {urn.rpartition("::")[0].rpartition(":")[2] for urn in waited}

    assert {"BucketPublicAccessBlock", "BucketPolicy"} < kinds
    assert "BucketServerSideEncryptionConfiguration" in kinds


def test_its_name_in_advance_is_its_name() -> None:
    outputs = used().outputs

    assert outputs["bucket"] == outputs["name"]
    assert outputs["key"] == f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/objects"


def test_long_names_are_cut_and_still_differ() -> None:
    def program() -> dict[str, Any]:
        return {end: bucket_name(f"{'long-' * 20}{end}", ACCOUNT) for end in ("one", "two")}

    names = record(program).outputs

    assert {len(name) for name in names.values()} == {63}
    assert names["one"] != names["two"]


def test_docker_carries_no_bucket() -> None:
    spec = BucketSpec.resolve(Environment.DEV, {})

    def program() -> dict[str, Any]:
        made = create_bucket(docker_host(), "files", spec, keys=DockerKeysRef({}))
        return {"bucket": made.ref.bucket}

    with pytest.raises(pulumi.RunError, match="cannot carry a bucket: use one of aws, gcp"):
        record(program)

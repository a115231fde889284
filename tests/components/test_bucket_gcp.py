"""Cloud Storage: private, versioned, under its own key, and copied to a second region."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest

from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import PROJECT, PROJECT_NUMBER
from tests.components.variants_bucket import bucket_outputs, gcp_bucket
from tests.components.variants_keys import GCP_RECOVERY

BUCKET = "gcp:storage/bucket:Bucket"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
JOB = "gcp:storage/transferJob:TransferJob"
BOTH = ("files", "files-copy")
DAY_SECONDS = 86_400
LOCK = {"keep_days": 365}


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
            gcp_bucket(environment, access_log_bucket=access_log_bucket, **asked)
        ),
        preview=preview,
    )


def locked(mode: str = "governance") -> Recording:
    lock = {**LOCK, "mode": mode}
    return record(lambda: bucket_outputs(gcp_bucket(Environment.PROD, lock=lock)))


def inputs(name: str, recording: Recording | None = None) -> dict[str, Any]:
    return dict((recording or bucket()).named(name, BUCKET).inputs)


def rules(recording: Recording | None = None) -> dict[str, dict[str, Any]]:
    """The condition of each lifecycle rule, by what it does and to what."""
    return {
        f"{each['action']['type']} {each['condition']['withState']}": each["condition"]
        for each in inputs("files", recording)["lifecycleRules"]
    }


@pytest.mark.parametrize("name", BOTH)
def test_it_is_closed_to_the_public_and_has_no_acls(name: str) -> None:
    found = inputs(name)

    assert found["publicAccessPrevention"] == "enforced"
    assert found["uniformBucketLevelAccess"]


@pytest.mark.parametrize(
    ("name", "region", "key"),
    [("files", "europe-west1", "objects"), ("files-copy", GCP_RECOVERY, "backup")],
)
def test_it_is_encrypted_with_the_key_of_its_region(name: str, region: str, key: str) -> None:
    found = inputs(name)
    ring = f"projects/{PROJECT}/locations/{region}/keyRings/adopted"

    assert found["location"] == region.upper()
    assert found["encryption"] == {"defaultKmsKeyName": f"{ring}/cryptoKeys/{key}"}


@pytest.mark.parametrize("name", BOTH)
def test_former_versions_and_what_is_deleted_past_them_are_kept(name: str) -> None:
    found = inputs(name)

    assert found["versioning"] == {"enabled": True}
    assert found["softDeletePolicy"] == {"retentionDurationSeconds": 7 * DAY_SECONDS}


def test_objects_get_cheaper_and_former_versions_go_after_a_month() -> None:
    assert rules() == {
        "AbortIncompleteMultipartUpload ANY": {"age": 7, "withState": "ANY"},
        "SetStorageClass LIVE": {
            "age": 90,
            "withState": "LIVE",
            "matchesStorageClasses": ["STANDARD"],
        },
        "Delete ARCHIVED": {"daysSinceNoncurrentTime": 30, "withState": "ARCHIVED"},
    }


def test_objects_go_when_they_are_old_if_that_is_asked() -> None:
    found = rules(bucket(Environment.DEV, expire_after_days=60, archive_after_days=None))

    assert found["Delete LIVE"] == {"age": 60, "withState": "LIVE"}
    assert "SetStorageClass LIVE" not in found


@pytest.mark.parametrize(
    ("environment", "destroyed", "policy"),
    [
        (Environment.DEV, True, "DELETE"),
        (Environment.STAGING, False, "PREVENT"),
        (Environment.PROD, False, "PREVENT"),
    ],
)
def test_only_in_dev_the_bucket_can_be_deleted_and_its_objects_with_it(
    environment: Environment, *, destroyed: bool, policy: str
) -> None:
    found = inputs("files", bucket(environment))

    assert (found["forceDestroy"], found["deletionPolicy"]) == (destroyed, policy)


@pytest.mark.parametrize(("mode", "final"), [("governance", False), ("compliance", True)])
@pytest.mark.parametrize("name", BOTH)
def test_a_lock_holds_in_both_regions_and_for_compliance_for_good(
    name: str, mode: str, *, final: bool
) -> None:
    found = inputs(name, locked(mode))

    assert found["retentionPolicy"] == {
        "retentionPeriod": str(365 * DAY_SECONDS),
        "isLocked": final,
    }


def test_a_lock_takes_the_place_of_versions_and_says_so() -> None:
    def program() -> dict[str, Any]:
        made = gcp_bucket(Environment.PROD, lock=LOCK)
        return {**bucket_outputs(made), "unhonoured": list(made.unhonoured)}

    recording = record(program)

    assert inputs("files", recording)["versioning"] == {"enabled": False}
    assert inputs("files", recording)["softDeletePolicy"] == {
        "retentionDurationSeconds": 30 * DAY_SECONDS
    }
    assert "Delete ARCHIVED" not in rules(recording)
    (sentence,) = recording.outputs["unhonoured"]
    assert sentence.startswith("noncurrent_days: 30 are asked;")


def test_accesses_are_recorded_where_that_is_asked() -> None:
    found = inputs("files", bucket(access_log_bucket="access-logs"))

    assert found["logging"] == {"logBucket": "access-logs", "logObjectPrefix": found["name"]}


def test_what_is_new_changed_or_gone_is_so_in_the_copy_within_an_hour() -> None:
    job = bucket().only(JOB)
    spec = job.inputs["transferSpec"]

    assert job.inputs["schedule"]["repeatInterval"] == "3600s"
    assert spec["transferOptions"] == {
        "overwriteWhen": "DIFFERENT",
        "deleteObjectsUniqueInSink": True,
    }


def test_the_job_copies_from_the_bucket_to_the_copy() -> None:
    done = bucket(preview=False)
    spec = done.only(JOB).inputs["transferSpec"]

    assert spec["gcsDataSource"]["bucketName"] == inputs("files", done)["name"]
    assert spec["gcsDataSink"]["bucketName"] == inputs("files-copy", done)["name"]


def test_what_could_not_be_copied_is_on_record() -> None:
    assert bucket().only(JOB).inputs["loggingConfig"] == {
        "logActions": ["COPY", "DELETE"],
        "logActionStates": ["FAILED"],
    }


def test_the_service_that_copies_reads_the_one_bucket_and_writes_the_other() -> None:
    found = {
        (each.property_dependencies["bucket"][0].rpartition("::")[2], each.inputs["role"])
        for each in bucket().of(GRANT)
    }
    agent = f"project-{PROJECT_NUMBER}@storage-transfer-service.iam.gserviceaccount.com"

    assert found == {
        ("files", "roles/storage.legacyBucketReader"),
        ("files", "roles/storage.objectViewer"),
        ("files-copy", "roles/storage.legacyBucketWriter"),
        ("files-copy", "roles/storage.objectViewer"),
    }
    assert {each.inputs["member"] for each in bucket().of(GRANT)} == {f"serviceAccount:{agent}"}


def test_the_job_waits_for_what_it_may_do() -> None:
    waited = set(bucket().only(JOB).depends_on)

    assert {each.urn for each in bucket().of(GRANT)} <= waited


def test_without_a_second_region_a_copy_is_refused_with_what_to_do() -> None:
    with pytest.raises(pulumi.RunError, match=r"ground\.recovery_region is not set: name a region"):
        record(lambda: bucket_outputs(gcp_bucket(Environment.PROD, None)))


def test_where_no_copy_is_asked_none_is_made() -> None:
    recording = bucket(Environment.STAGING)

    assert [each.name for each in recording.of(BUCKET)] == ["files"]
    assert recording.of(JOB) == []


def test_objects_bear_the_class_of_their_data() -> None:
    assert inputs("files", bucket(data_class="restricted"))["labels"]["data-class"] == "restricted"

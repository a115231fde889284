"""What is done to an account or project is on record, and the record stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from components.audit import Audit, AuditSpec
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants_audit import aws_audit, gcp_audit

TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET = "aws:s3/bucket:Bucket"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
EACH = pytest.mark.parametrize("make", [aws_audit, gcp_audit])


def built(
    make: Callable[..., Audit], environment: Environment = Environment.PROD, **asked: Any
) -> Recording:
    return record(lambda: {"unhonoured": make(environment, **asked).unhonoured})


def test_the_trail_covers_every_region_and_shows_tampering() -> None:
    trail = built(aws_audit).only(TRAIL).inputs

    assert trail["isMultiRegionTrail"] is True
    assert trail["includeGlobalServiceEvents"] is True
    assert trail["enableLogFileValidation"] is True
    assert trail["enableLogging"] is True


def test_the_trail_is_encrypted_and_can_be_searched() -> None:
    trail = built(aws_audit).only(TRAIL).inputs

    assert trail["kmsKeyId"].endswith("key/logs")
    assert trail["cloudWatchLogsGroupArn"].endswith(":*")
    assert trail["cloudWatchLogsRoleArn"]


def test_cloudtrail_is_not_asked_for_an_account_that_it_does_not_name() -> None:
    role = built(aws_audit).named("audit-trail", "aws:iam/role:Role").inputs
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert "Condition" not in statement


def test_only_this_trail_is_delivered_to_its_bucket() -> None:
    recording = built(aws_audit)
    trail = recording.only(TRAIL).inputs["name"]
    policy = recording.named("audit-trail", "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    allowed = [each for each in json.loads(policy)["Statement"] if each["Effect"] == "Allow"]

    assert {each["Sid"] for each in allowed} == {"CheckBeforeDelivery", "DeliverTrail"}
    for each in allowed:
        source = each["Condition"]["StringEquals"]["aws:SourceArn"]
        assert source == f"arn:aws:cloudtrail:eu-west-1:123456789012:trail/{trail}"


@pytest.mark.parametrize(
    ("environment", "locked"),
    [(Environment.DEV, False), (Environment.STAGING, False), (Environment.PROD, True)],
)
def test_in_production_nobody_deletes_a_record_before_its_time(
    environment: Environment, locked: bool
) -> None:
    assert bool(built(aws_audit, environment).of(LOCK)) is locked
    assert built(gcp_audit, environment).only(LOG_BUCKET).inputs["locked"] is locked


def test_the_lock_lasts_as_long_as_the_record() -> None:
    lock = built(aws_audit, trail_days=545).only(LOCK).inputs["rule"]["defaultRetention"]

    assert lock == {"mode": "GOVERNANCE", "days": 545}


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 30), (Environment.STAGING, 90), (Environment.PROD, 365)],
)
def test_the_record_is_kept_as_long_as_the_environment_needs(
    environment: Environment, days: int
) -> None:
    group = built(aws_audit, environment).only("aws:cloudwatch/logGroup:LogGroup").inputs

    assert group["retentionInDays"] == days
    assert built(gcp_audit, environment).only(LOG_BUCKET).inputs["retentionDays"] == days


def test_a_shorter_record_than_the_environment_needs_is_refused() -> None:
    with pytest.raises(ValidationError, match="trail_days is 30, prod needs at least 365"):
        AuditSpec.resolve(Environment.PROD, {"trail_days": 30})


def test_each_access_to_the_trail_is_on_record_too() -> None:
    recording = built(aws_audit)
    access = recording.named("audit-access", BUCKET).inputs["bucket"]

    assert recording.only("aws:s3/bucketLogging:BucketLogging").inputs["targetBucket"] == access


def test_access_logs_come_from_this_accounts_buckets_alone() -> None:
    policy = built(aws_audit).named("audit-access", "aws:s3/bucketPolicy:BucketPolicy")
    (deliver,) = [
        each
        for each in json.loads(policy.inputs["policy"])["Statement"]
        if each["Sid"] == "DeliverAccessLogs"
    ]

    assert deliver["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert deliver["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_the_account_closes_buckets_and_encrypts_disks_by_default() -> None:
    recording = built(aws_audit)
    closed = recording.only("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock").inputs

    assert set(closed.values()) == {True}
    assert recording.only("aws:ebs/encryptionByDefault:EncryptionByDefault").inputs["enabled"]
    assert (
        recording.only("aws:ebs/defaultKmsKey:DefaultKmsKey")
        .inputs["keyArn"]
        .endswith("key/volumes")
    )


def test_threats_are_looked_for_where_they_are_asked_for() -> None:
    detector = "aws:guardduty/detector:Detector"

    assert built(aws_audit).only(detector).inputs["enable"] is True
    assert not built(aws_audit, threat_detection=False).of(detector)


def test_a_stack_that_shares_its_account_leaves_the_account_alone() -> None:
    shared = built(aws_audit, owns_account=False)
    once = ("aws:guardduty/", "aws:ebs/", "aws:accessanalyzer/", "aws:s3/account")

    assert shared.of(TRAIL)
    assert [each.type for each in shared.resources if each.type.startswith(once)] == []
    assert not built(gcp_audit, owns_account=False).of("gcp:projects/iAMAuditConfig:IAMAuditConfig")


@pytest.mark.parametrize("asked", [True, False])
def test_reads_of_data_are_recorded_where_they_are_asked_for(asked: bool) -> None:
    trail = built(aws_audit, data_access=asked).only(TRAIL).inputs
    project = (
        built(gcp_audit, data_access=asked)
        .only("gcp:projects/iAMAuditConfig:IAMAuditConfig")
        .inputs
    )

    assert len(trail["advancedEventSelectors"]) == 1 + asked
    kinds = {each["logType"] for each in project["auditLogConfigs"]}
    assert ("DATA_READ" in kinds) is asked
    assert "ADMIN_READ" in kinds


def test_all_audit_logs_of_the_project_go_to_their_own_bucket() -> None:
    recording = built(gcp_audit)
    sink = recording.only("gcp:logging/projectSink:ProjectSink").inputs
    bucket = recording.only(LOG_BUCKET).inputs

    assert sink["destination"].startswith("logging.googleapis.com/projects/plinth-tests/locations/")
    assert sink["filter"].count("cloudaudit.googleapis.com") == 4
    assert bucket["cmekSettings"]["kmsKeyName"].endswith("/cryptoKeys/logs")


def test_google_says_that_it_cannot_switch_threat_detection_on() -> None:
    assert built(gcp_audit).outputs["unhonoured"][0].startswith("threat_detection:")
    assert built(gcp_audit, threat_detection=False).outputs["unhonoured"] == []

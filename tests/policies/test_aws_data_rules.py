"""What the rules of AWS data say across resources: buckets, secrets, log groups."""

from __future__ import annotations

from typing import Any

import pytest

from policies.examples import example
from policies.judge import judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules.aws_logs import RETENTION_KMS
from policies.rules.aws_s3_logging import ACCESS_LOGGING
from policies.rules.aws_secrets import ROTATION
from policies.subject import Resource
from policies.view import UNKNOWN_STRING

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
TRAIL = "aws:cloudtrail/trail:Trail"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"


def verdict_of(rule: Rule, *resources: Resource, **configured: Any) -> Verdict:
    """The verdict on the first of ``resources`` among all of them."""
    verdicts = {found.urn: found.verdict for found in judge_stack(rule, resources, configured)}
    return verdicts.get(resources[0].urn, Verdict.NOT_APPLICABLE)


def secret(**props: Any) -> Resource:
    return example(SECRET, "orders", {"id": UNKNOWN_STRING, **props})


def rotation(of: Resource, **rules: Any) -> Resource:
    props = {"secretId": UNKNOWN_STRING, "rotationRules": rules}
    return example(SECRET_ROTATION, "orders", props, made_from={"secretId": [of]})


def test_the_time_between_rotations_can_be_configured() -> None:
    orders = secret()
    monthly = rotation(orders, automaticallyAfterDays=30)

    assert verdict_of(ROTATION, orders, monthly) is Verdict.PASS
    assert verdict_of(ROTATION, orders, monthly, most_days=29) is Verdict.FAIL
    assert verdict_of(ROTATION, orders, monthly, most_days=30) is Verdict.PASS


def test_of_two_rotations_one_in_time_is_enough() -> None:
    orders = secret()
    late = rotation(orders, automaticallyAfterDays=365)
    props = {"secretId": UNKNOWN_STRING, "rotationRules": {"automaticallyAfterDays": 7}}
    early = example(SECRET_ROTATION, "weekly", props, made_from={"secretId": [orders]})

    assert verdict_of(ROTATION, orders, late, early) is Verdict.PASS


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (KEY, Verdict.PASS),
        (None, Verdict.FAIL),
        ("", Verdict.FAIL),
        ("alias/aws/secretsmanager", Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_an_own_key_can_be_required_of_secrets(key: object, verdict: Verdict) -> None:
    orders = secret(kmsKeyId=key)
    monthly = rotation(orders, automaticallyAfterDays=30)

    assert verdict_of(ROTATION, orders, monthly) is Verdict.PASS
    assert verdict_of(ROTATION, orders, monthly, own_key_required=True) is verdict


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (KEY, Verdict.PASS),
        (None, Verdict.FAIL),
        ("", Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_an_own_key_can_be_required_of_log_groups(key: object, verdict: Verdict) -> None:
    group = example(LOG_GROUP, "x", {"retentionInDays": 30, "kmsKeyId": key})

    (by_default,) = judge(RETENTION_KMS, group)
    (found,) = judge(RETENTION_KMS, group, {"own_key_required": True})
    assert by_default.verdict is Verdict.PASS
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("days", "least", "verdict"),
    [
        (30, 30, Verdict.PASS),
        (30, 31, Verdict.FAIL),
        (1, 0, Verdict.PASS),
        (0, 0, Verdict.FAIL),
        (None, 0, Verdict.FAIL),
    ],
)
def test_log_groups_never_keep_records_for_ever_whatever_is_configured(
    days: int | None, least: int, verdict: Verdict
) -> None:
    group = example(LOG_GROUP, "x", {"retentionInDays": days})

    (found,) = judge(RETENTION_KMS, group, {"least_days": least})
    assert found.verdict is verdict


def bucket(name: str, **props: Any) -> Resource:
    return example(BUCKET, name, {"id": UNKNOWN_STRING, **props})


def test_which_buckets_hold_records_can_be_configured() -> None:
    tagged = bucket("reports", tags={"Secret": "yes"})
    called = bucket("audit")
    default = bucket("logs", tags={"DataClass": "restricted"})

    marks: dict[str, Any] = {"classified_tags": ["Secret=yes"], "name_words": ["audit"]}
    for each in (tagged, called):
        assert verdict_of(ACCESS_LOGGING, each) is Verdict.PASS
        assert verdict_of(ACCESS_LOGGING, each, **marks) is Verdict.FAIL
    assert verdict_of(ACCESS_LOGGING, default, **marks) is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("acme-trail", Verdict.FAIL),
        ("acme.Logs.eu", Verdict.FAIL),
        ("log1", Verdict.PASS),
        ("backlog", Verdict.PASS),
        ("logistics", Verdict.PASS),
    ],
)
def test_names_are_read_by_whole_words(name: str, verdict: Verdict) -> None:
    assert verdict_of(ACCESS_LOGGING, bucket(name)) is verdict
    assert verdict_of(ACCESS_LOGGING, bucket("x", bucket=name)) is verdict


def test_a_trail_names_its_bucket_by_name_too() -> None:
    records = bucket("records", bucket="records-0a1b")
    trail = example(TRAIL, "account", {"s3BucketName": "records-0a1b"})
    elsewhere = example(TRAIL, "account", {"s3BucketName": "others-0a1b"})

    assert verdict_of(ACCESS_LOGGING, records, trail) is Verdict.FAIL
    assert verdict_of(ACCESS_LOGGING, records, elsewhere) is Verdict.PASS


def test_a_bucket_that_takes_only_its_own_name_in_a_prefix_is_still_judged() -> None:
    logs = bucket("logs", bucket="logs-0a1b")
    other = bucket("reports", logging={"targetBucket": "access-0a1b", "targetPrefix": "logs-0a1b"})

    assert verdict_of(ACCESS_LOGGING, logs, other) is Verdict.FAIL


def test_an_empty_target_in_state_is_none() -> None:
    logs = bucket("logs", bucket="logs-0a1b")
    empty = example(BUCKET_LOGGING, "logs", {"bucket": "logs-0a1b", "targetBucket": ""})

    assert verdict_of(ACCESS_LOGGING, logs, empty) is Verdict.FAIL


def test_what_is_nested_was_made_from_what_its_whole_was_made_from() -> None:
    logs = bucket("logs")
    switch = {"logging": {"targetBucket": UNKNOWN_STRING}}
    reports = example(BUCKET, "reports", switch, made_from={"logging": [logs]})
    others = example(BUCKET, "reports", switch, made_from={"logging": [bucket("other")]})

    assert verdict_of(ACCESS_LOGGING, logs, reports) is Verdict.PASS
    assert verdict_of(ACCESS_LOGGING, logs, others, bucket("other")) is Verdict.FAIL

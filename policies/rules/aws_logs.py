"""AWS log groups: how long they keep what they take, and under whose key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.expected import not_below
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING

_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_KEY: Final = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"


def _kept(group: Subject) -> Iterator[Demand]:
    days = group.at("retentionInDays", absent=0)
    least: int = group.configured["least_days"]
    yield Demand(
        not_below(days, max(least, 1)), days, "keeps records for ever, or for too few days"
    )
    if group.configured["own_key_required"]:
        key = group.at("kmsKeyId")
        yield Demand(key.matches(bool), key, "leaves records to the key of AWS")


RETENTION_KMS: Final = Rule(
    id="aws-loggroup-retention-kms",
    title="Log groups say how long they keep records",
    reason="Records that are kept for ever cost more each month; those kept briefly are missed.",
    severity=Severity.LOW,
    theme=Theme.LOGGING,
    controls=(),
    fix="Set retention_in_days, and kms_key_id where keys of your own are required.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    settings=(
        Setting(
            name="least_days",
            description="The days for which records are kept at least.",
            default=7,
        ),
        Setting(
            name="own_key_required",
            description="Whether a log group that is encrypted with the key of AWS violates.",
            default=False,
        ),
    ),
    checks=(
        Check(
            type=_GROUP,
            demand="Records are kept for the configured number of days at least, and not for ever.",
            reads=("retentionInDays", "kmsKeyId"),
            absent=(
                "retentionInDays left out is 0, which is for ever, and violates. kmsKeyId left out "
                "violates if an own key is required."
            ),
            judge=_kept,
            good={
                "a week": {"retentionInDays": 7},
                "a year, under an own key": {"retentionInDays": 365, "kmsKeyId": _KEY},
                "a year, key not known": {"retentionInDays": 365, "kmsKeyId": UNKNOWN_STRING},
            },
            bad={
                "left out": {},
                "for ever": {"retentionInDays": 0, "kmsKeyId": _KEY},
                "six days": {"retentionInDays": 6},
            },
            undecided={"not known": {"retentionInDays": UNKNOWN_NUMBER}},
        ),
    ),
)

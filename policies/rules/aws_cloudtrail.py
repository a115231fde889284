"""The record of what is done on AWS."""

from __future__ import annotations

from typing import Final

from policies.controls import cis_aws, fsbp
from policies.expected import expects, given, on
from policies.rule import Rule, Severity
from policies.themes import Theme

_TRAIL: Final = "aws:cloudtrail/trail:Trail"

COMPLETE: Final = Rule(
    id="aws-cloudtrail-complete",
    title="A trail records every region, and shows if it was tampered with",
    reason="An intruder works in the region nobody watches and edits what was recorded of it.",
    severity=Severity.HIGH,
    theme=Theme.LOGGING,
    controls=(
        *cis_aws(v7=("4.1", "4.2"), v5=("3.1", "3.2")),
        *fsbp("CloudTrail.1", "CloudTrail.4"),
    ),
    fix=(
        "Set is_multi_region_trail=True and enable_log_file_validation=True; leave enable_logging "
        "and include_global_service_events on."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-1",
    checks=(
        expects(
            _TRAIL,
            "The trail is on, covers every region and global services, and signs what it writes.",
            on("isMultiRegionTrail", "misses what is done in other regions"),
            on("enableLogFileValidation", "does not show whether its files were changed"),
            on("enableLogging", "records nothing", left_out=True),
            on("includeGlobalServiceEvents", "misses IAM and other global services", left_out=True),
        ),
    ),
)

KMS: Final = Rule(
    id="aws-cloudtrail-kms",
    title="A trail is encrypted with a key of its owner and goes to a log group",
    reason="What a trail records tells an intruder where to go; alarms need it in a log group.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=(*cis_aws(v7=("4.5",), v5=("3.5",)), *fsbp("CloudTrail.2", "CloudTrail.5")),
    fix="Set kms_key_id to a key and cloud_watch_logs_group_arn to a log group.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-2",
    checks=(
        expects(
            _TRAIL,
            "A key and a log group are named.",
            given(
                "kmsKeyId",
                "is encrypted with no key of its owner",
                example="arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d",
            ),
            given(
                "cloudWatchLogsGroupArn",
                "goes to no log group",
                example="arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
            ),
        ),
    ),
)

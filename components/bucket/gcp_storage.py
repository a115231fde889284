"""A private Cloud Storage bucket: what every one here has, whatever it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.bucket.spec import BucketSpec, LockMode

DAY_SECONDS: Final = 86_400
LEFTOVER_DAYS: Final = 7  # of broken-off uploads
# What Cloud Storage keeps of what is deleted past versions: at least, and at most.
SHORTEST_GRACE_DAYS: Final = 7
LONGEST_GRACE_DAYS: Final = 90
# Cheaper by the month, as fast to read; billed for 90 days at least.
ARCHIVE_CLASS: Final = "COLDLINE"


def create_storage_bucket(
    parent: pulumi.Resource,
    role: str,
    spec: BucketSpec,
    *,
    physical_name: str,
    location: str,
    key_id: pulumi.Input[str],
    access_log_bucket: pulumi.Input[str] | None = None,
) -> gcp.storage.Bucket:
    """Create a bucket that is private, encrypted and gives back what was deleted.

    Args:
        parent: the component it belongs to.
        role: its name in Pulumi.
        spec: what is asked of it.
        physical_name: known in advance, for conditions of those who use it.
        location: the region it is in.
        key_id: encrypts its objects; Cloud Storage may use it already.
        access_log_bucket: name of a bucket that takes records of each access.
    """
    return gcp.storage.Bucket(
        role,
        name=physical_name,
        location=location.upper(),
        storage_class="STANDARD",
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=key_id),
        versioning=gcp.storage.BucketVersioningArgs(enabled=keeps_versions(spec)),
        soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
            retention_duration_seconds=grace_days(spec) * DAY_SECONDS
        ),
        retention_policy=_retention(spec),
        lifecycle_rules=list(_rules(spec)),
        logging=gcp.storage.BucketLoggingArgs(
            log_bucket=access_log_bucket, log_object_prefix=physical_name
        )
        if access_log_bucket is not None
        else None,
        force_destroy=not spec.protected,
        deletion_policy="PREVENT" if spec.protected else "DELETE",
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected),
    )


def keeps_versions(spec: BucketSpec) -> bool:
    """Whether former versions are kept: Cloud Storage does not combine them with a lock."""
    return spec.lock is None


def grace_days(spec: BucketSpec) -> int:
    """How long what is deleted for good can still be called back, days."""
    if keeps_versions(spec):
        return SHORTEST_GRACE_DAYS
    return min(spec.noncurrent_days, LONGEST_GRACE_DAYS)


def unhonoured(spec: BucketSpec) -> Iterator[str]:
    """What ``spec`` asks and Cloud Storage cannot give."""
    if not keeps_versions(spec):
        yield (
            f"noncurrent_days: {spec.noncurrent_days} are asked; with a lock nothing is replaced,"
            f" and what is deleted after it can be restored for {grace_days(spec)} days"
        )


def _retention(spec: BucketSpec) -> gcp.storage.BucketRetentionPolicyArgs | None:
    if spec.lock is None:
        return None
    return gcp.storage.BucketRetentionPolicyArgs(
        retention_period=str(spec.lock.keep_days * DAY_SECONDS),
        is_locked=spec.lock.mode is LockMode.COMPLIANCE,
    )


def _rules(spec: BucketSpec) -> Iterator[gcp.storage.BucketLifecycleRuleArgs]:
    yield _rule(
        gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
        gcp.storage.BucketLifecycleRuleConditionArgs(age=LEFTOVER_DAYS, with_state="ANY"),
    )
    delete = gcp.storage.BucketLifecycleRuleActionArgs(type="Delete")
    if spec.archive_after_days is not None:
        yield _rule(
            gcp.storage.BucketLifecycleRuleActionArgs(
                type="SetStorageClass", storage_class=ARCHIVE_CLASS
            ),
            gcp.storage.BucketLifecycleRuleConditionArgs(
                age=spec.archive_after_days,
                with_state="LIVE",
                matches_storage_classes=["STANDARD"],
            ),
        )
    if spec.expire_after_days is not None:
        yield _rule(
            delete,
            gcp.storage.BucketLifecycleRuleConditionArgs(
                age=spec.expire_after_days, with_state="LIVE"
            ),
        )
    if keeps_versions(spec):
        yield _rule(
            delete,
            gcp.storage.BucketLifecycleRuleConditionArgs(
                days_since_noncurrent_time=spec.noncurrent_days, with_state="ARCHIVED"
            ),
        )


def _rule(
    action: gcp.storage.BucketLifecycleRuleActionArgs,
    condition: gcp.storage.BucketLifecycleRuleConditionArgs,
) -> gcp.storage.BucketLifecycleRuleArgs:
    return gcp.storage.BucketLifecycleRuleArgs(action=action, condition=condition)

"""A private S3 bucket: what every bucket here has, whatever it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.iam import EVERYONE, Statement, document

LEFTOVER_DAYS: Final = 7  # of broken-off uploads
OLDEST_TLS: Final = "1.2"
# Cheaper by the month, as fast to read; billed for 90 days at least.
ARCHIVE_CLASS: Final = "GLACIER_IR"


@dataclass(frozen=True)
class Lifecycle:
    """What becomes of objects with time, days; what is None never happens.

    ``noncurrent_days`` is how long a version is kept after it was replaced or deleted.
    """

    noncurrent_days: int
    archive_after_days: int | None = None
    expire_after_days: int | None = None


@dataclass(frozen=True)
class ObjectLock:
    """Nobody deletes a version before it is ``days`` old; in compliance mode not even root."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int


@dataclass(frozen=True)
class PrivateBucket:
    """A bucket and the parts of it that others have to wait for.

    ``name`` is known once strangers and plain connections are locked out and objects encrypted.
    """

    bucket: aws.s3.Bucket
    versioning: aws.s3.BucketVersioning
    policy: aws.s3.BucketPolicy
    arn: str
    name: pulumi.Output[str]


def create_private_bucket(
    parent: pulumi.Resource,
    role: str,
    *,
    physical_name: str,
    cloud: AwsCloud,
    kms_key_arn: pulumi.Input[str] | None,
    lifecycle: Lifecycle,
    protected: bool,
    statements: Sequence[Statement] = (),
    region: str | None = None,
    access_log_bucket: pulumi.Input[str] | None = None,
    lock: ObjectLock | None = None,
) -> PrivateBucket:
    """Create a bucket that is private, versioned, encrypted and reached over TLS only.

    Args:
        parent: the component it belongs to.
        role: name of the bucket and of each of its settings in Pulumi.
        physical_name: known in advance, so that a preview shows the bucket's policy.
        cloud: where it is.
        kms_key_arn: encrypts its objects; None uses S3's own keys, as access logs need it.
        lifecycle: what becomes of its objects with time.
        protected: Pulumi refuses to delete it; if not, its objects go with it.
        statements: who may use it beside the account's own identities.
        region: where it is, if not in the region of ``cloud``.
        access_log_bucket: name of a bucket of the same region that takes records of each access.
        lock: keeps every version for a time.
    """
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        role,
        bucket=physical_name,
        region=region,
        force_destroy=not protected,
        opts=pulumi.ResourceOptions(parent=parent, protect=protected),
    )
    closed = aws.s3.BucketPublicAccessBlock(
        role,
        bucket=bucket.id,
        region=region,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        # Closed to the public for as long as it exists.
        skip_destroy=True,
        opts=child,
    )
    aws.s3.BucketOwnershipControls(
        role,
        bucket=bucket.id,
        region=region,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    encryption = _encrypt(parent, role, bucket, region, kms_key_arn)
    versioning = _keep(parent, role, bucket, region, lifecycle, lock)
    if access_log_bucket is not None:
        aws.s3.BucketLogging(
            role,
            bucket=bucket.id,
            region=region,
            target_bucket=access_log_bucket,
            target_prefix=f"{physical_name}/",
            opts=child,
        )
    arn = f"arn:{cloud.partition}:s3:::{physical_name}"
    policy = aws.s3.BucketPolicy(
        role,
        bucket=bucket.id,
        region=region,
        policy=document(*tls_only(arn), *statements),
        # S3 refuses two changes of a bucket's access at once.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed]),
    )
    ready = pulumi.Output.all(bucket.id, closed.id, encryption.id, policy.id)
    return PrivateBucket(bucket, versioning, policy, arn, ready.apply(lambda ids: str(ids[0])))


def tls_only(arn: str) -> tuple[Statement, ...]:
    """Nobody reaches the bucket without TLS, or with a version of it that is broken."""
    conditions = {
        "RefuseWithoutTls": {"Bool": {"aws:SecureTransport": "false"}},
        "RefuseOldTls": {"NumericLessThan": {"s3:TlsVersion": OLDEST_TLS}},
    }
    return tuple(
        Statement(
            sid=sid,
            effect="Deny",
            actions=("s3:*",),
            resources=(arn, f"{arn}/*"),
            principal=EVERYONE,
            conditions=condition,
        )
        for sid, condition in conditions.items()
    )


def _encrypt(
    parent: pulumi.Resource,
    role: str,
    bucket: aws.s3.Bucket,
    region: str | None,
    kms_key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfiguration:
    return aws.s3.BucketServerSideEncryptionConfiguration(
        role,
        bucket=bucket.id,
        region=region,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256" if kms_key_arn is None else "aws:kms",
                        kms_master_key_id=kms_key_arn,
                    )
                ),
                bucket_key_enabled=kms_key_arn is not None,
            )
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _keep(
    parent: pulumi.Resource,
    role: str,
    bucket: aws.s3.Bucket,
    region: str | None,
    lifecycle: Lifecycle,
    lock: ObjectLock | None,
) -> aws.s3.BucketVersioning:
    versioning = aws.s3.BucketVersioning(
        role,
        bucket=bucket.id,
        region=region,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
            status="Enabled"
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    # Rules for old versions, and locks of versions, are refused before versioning is on.
    versioned = pulumi.ResourceOptions(parent=parent, depends_on=[versioning])
    aws.s3.BucketLifecycleConfiguration(
        role, bucket=bucket.id, region=region, rules=[_rule(lifecycle)], opts=versioned
    )
    if lock is not None:
        aws.s3.BucketObjectLockConfiguration(
            role,
            bucket=bucket.id,
            region=region,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode=lock.mode, days=lock.days
                )
            ),
            opts=versioned,
        )
    return versioning


def _rule(lifecycle: Lifecycle) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    expire, archive = lifecycle.expire_after_days, lifecycle.archive_after_days
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=[
            aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                days=archive, storage_class=ARCHIVE_CLASS
            )
        ]
        if archive is not None
        else None,
        # What stays for good still leaves a marker behind when somebody deletes it.
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expire)
        if expire is not None
        else aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
            expired_object_delete_marker=True
        ),
        noncurrent_version_expiration=(
            aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=lifecycle.noncurrent_days
            )
        ),
        abort_incomplete_multipart_upload=(
            aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=LEFTOVER_DAYS
            )
        ),
    )

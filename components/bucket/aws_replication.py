"""The copy of an S3 bucket in another region, kept up to date by S3."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.iam import Statement, document, trust
from components.s3 import PrivateBucket


@dataclass(frozen=True)
class Copy:
    """The bucket that takes the copies, where it is and the key that encrypts them."""

    bucket: PrivateBucket
    region: str
    key_arn: pulumi.Output[str]


def replicate(
    parent: pulumi.Resource, name: str, cloud: AwsCloud, source: PrivateBucket, copy: Copy
) -> None:
    """Copy every object that is written from now on, and every deletion, through a role of its own.

    A deletion hides an object and leaves its versions, in the copy too.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-replication",
        description=f"Copies the bucket {name} to {copy.region}",
        assume_role_policy=replication_trust(),
        opts=child,
    )
    permission = aws.iam.RolePolicy(
        f"{name}-replication",
        role=role.id,
        policy=replication_policy(cloud, source.arn, copy.bucket.arn, copy.region),
        opts=child,
    )
    aws.s3.BucketReplicationConfig(
        f"{name}-replication",
        bucket=source.bucket.id,
        role=role.arn,
        rules=[
            aws.s3.BucketReplicationConfigRuleArgs(
                id="copy",
                status="Enabled",
                filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
                delete_marker_replication=(
                    aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Enabled")
                ),
                source_selection_criteria=_encrypted_too(),
                destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
                    bucket=copy.bucket.bucket.arn,
                    encryption_configuration=(
                        aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                            replica_kms_key_id=copy.key_arn
                        )
                    ),
                    metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                        status="Enabled"
                    ),
                ),
            )
        ],
        # S3 refuses to replicate between buckets without versions.
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[permission, source.versioning, copy.bucket.versioning, copy.bucket.policy],
        ),
    )


def replication_trust() -> str:
    """A trust policy for S3, in JSON.

    It names no account: S3 does not say for which one it replicates. A stranger cannot give the
    role to a bucket, because it has to be passed. Source: "Setting up permissions for live
    replication" in the S3 user guide, checked 2026-11-21.
    """
    return trust("s3.amazonaws.com")


def replication_policy(cloud: AwsCloud, source: str, copy: str, region: str) -> str:
    """May read the bucket ``source`` and write what it reads to ``copy``, in JSON.

    Both are ARNs; the keys are named by what S3 may use them for.
    """
    return document(
        Statement(
            sid="ReadWhatToCopy",
            actions=("s3:GetReplicationConfiguration", "s3:ListBucket"),
            resources=(source,),
        ),
        Statement(
            sid="ReadVersions",
            actions=(
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ),
            resources=(f"{source}/*",),
        ),
        Statement(
            sid="WriteCopies",
            actions=("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
            resources=(f"{copy}/*",),
        ),
        _through_s3("DecryptVersions", ("kms:Decrypt",), cloud, cloud.region, source),
        _through_s3("EncryptCopies", ("kms:Encrypt", "kms:GenerateDataKey"), cloud, region, copy),
    )


def _through_s3(
    sid: str, actions: tuple[str, ...], cloud: AwsCloud, region: str, bucket: str
) -> Statement:
    return Statement(
        sid=sid,
        actions=actions,
        resources=(f"arn:{cloud.partition}:kms:{region}:{cloud.account_id}:key/*",),
        conditions={
            "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
            # The bucket itself, where it has a bucket key, or one of its objects.
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{bucket}*"},
        },
    )


def _encrypted_too() -> aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs:
    return aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
        sse_kms_encrypted_objects=(
            aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        )
    )

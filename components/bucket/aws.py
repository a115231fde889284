"""A bucket on Amazon S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import pulumi

from components.bucket.aws_replication import Copy, replicate
from components.bucket.interface import AwsBucketRef, Bucket
from components.bucket.naming import bucket_name
from components.bucket.recovery import recovery_region
from components.bucket.spec import BucketSpec, LockMode, LockSpec
from components.ground import AwsCloud
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.s3 import Lifecycle, ObjectLock, create_private_bucket

MODE: Final[Mapping[LockMode, Literal["GOVERNANCE", "COMPLIANCE"]]] = {
    LockMode.GOVERNANCE: "GOVERNANCE",
    LockMode.COMPLIANCE: "COMPLIANCE",
}


class AwsBucket(Bucket):
    """A private, versioned S3 bucket under a key of its own, reached over TLS only.

    Its copy in the recovery region is the same, and follows within minutes.
    """

    TOKEN: ClassVar[str] = "plinth:bucket:AwsBucket"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: BucketSpec,
        cloud: AwsCloud,
        keys: AwsKeysRef,
        access_log_bucket: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the bucket and, where it is asked for, the copy."""
        super().__init__(name, cloud, opts, spec.data_class)
        elsewhere = recovery_region(name, spec, cloud)
        lifecycle = Lifecycle(
            noncurrent_days=spec.noncurrent_days,
            archive_after_days=spec.archive_after_days,
            expire_after_days=spec.expire_after_days,
        )
        lock = object_lock(spec.lock)

        physical_name = bucket_name(name, cloud.account_id, cloud.region)
        bucket = create_private_bucket(
            self,
            name,
            physical_name=physical_name,
            cloud=cloud,
            kms_key_arn=keys.arns[Purpose.OBJECTS],
            lifecycle=lifecycle,
            protected=spec.protected,
            access_log_bucket=access_log_bucket,
            lock=lock,
        )
        if elsewhere is not None:
            copy = create_private_bucket(
                self,
                f"{name}-copy",
                physical_name=bucket_name(f"{name}-copy", cloud.account_id, elsewhere),
                cloud=cloud,
                region=elsewhere,
                kms_key_arn=keys.arns[Purpose.BACKUP],
                lifecycle=lifecycle,
                protected=spec.protected,
                lock=lock,
            )
            replicate(self, name, cloud, bucket, Copy(copy, elsewhere, keys.arns[Purpose.BACKUP]))

        self.publish(
            ref=AwsBucketRef(
                cloud=cloud,
                bucket_name=physical_name,
                bucket=bucket.name,
                key_arn=keys.arns[Purpose.OBJECTS],
            ),
            url=pulumi.Output.format("s3://{0}", bucket.name),
        )


def object_lock(spec: LockSpec | None) -> ObjectLock | None:
    """``spec`` in the words of S3."""
    return ObjectLock(MODE[spec.mode], spec.keep_days) if spec is not None else None

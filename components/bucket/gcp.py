"""A bucket on Google Cloud Storage."""

from __future__ import annotations

from typing import ClassVar

import pulumi

from components.bucket.gcp_storage import create_storage_bucket, unhonoured
from components.bucket.gcp_transfer import transfer
from components.bucket.interface import Bucket, GcpBucketRef
from components.bucket.naming import bucket_name
from components.bucket.recovery import recovery_region
from components.bucket.spec import BucketSpec
from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose


class GcpBucket(Bucket):
    """A private, versioned Cloud Storage bucket under a key of its own.

    Its copy in the recovery region is the same, and follows once an hour.
    """

    TOKEN: ClassVar[str] = "plinth:bucket:GcpBucket"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: BucketSpec,
        cloud: GcpCloud,
        keys: GcpKeysRef,
        access_log_bucket: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the bucket and, where it is asked for, the copy."""
        super().__init__(name, cloud, opts, spec.data_class)
        elsewhere = recovery_region(name, spec, cloud)

        physical_name = bucket_name(name, cloud.project, cloud.region)
        bucket = create_storage_bucket(
            self,
            name,
            spec,
            physical_name=physical_name,
            location=cloud.region,
            key_id=keys.ids[Purpose.OBJECTS],
            access_log_bucket=access_log_bucket,
        )
        if elsewhere is not None:
            copy = create_storage_bucket(
                self,
                f"{name}-copy",
                spec,
                physical_name=bucket_name(f"{name}-copy", cloud.project, elsewhere),
                location=elsewhere,
                key_id=keys.ids[Purpose.BACKUP],
            )
            transfer(self, name, cloud, bucket, copy)

        self.publish(
            ref=GcpBucketRef(cloud=cloud, bucket_name=physical_name, bucket=bucket.name),
            url=pulumi.Output.format("gs://{0}", bucket.name),
            unhonoured=tuple(unhonoured(spec)),
        )

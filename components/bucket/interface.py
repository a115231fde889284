"""What every variant of the bucket publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.ground import AwsCloud, GcpCloud


@dataclass(frozen=True)
class AwsBucketRef:
    """An S3 bucket and the key that encrypts what is in it.

    ``bucket_name`` is plain, for policies that a preview shows; ``bucket`` is the same, known
    once the bucket is closed to strangers.
    """

    cloud: AwsCloud
    bucket_name: str
    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]


@dataclass(frozen=True)
class GcpBucketRef:
    """A Cloud Storage bucket, which asks no key of those who use it.

    ``bucket_name`` is plain, for conditions that a preview shows; ``bucket`` is the same, known
    once the bucket is there.
    """

    cloud: GcpCloud
    bucket_name: str
    bucket: pulumi.Output[str]


BucketRef = AwsBucketRef | GcpBucketRef


class Bucket(Component):
    """A private, versioned and encrypted bucket.

    ``url`` is what tools call it, such as ``s3://orders-0a1b2c3d``. ``unhonoured`` says what the
    spec asks and the ground cannot give, one sentence each.
    """

    ref: BucketRef
    url: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self, *, ref: BucketRef, url: pulumi.Input[str], unhonoured: Sequence[str] = ()
    ) -> None:
        """Set and register the outputs."""
        self.ref = ref
        self.url = pulumi.Output.from_input(url)
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {"bucket": ref.bucket, "url": self.url, "unhonoured": list(unhonoured)}
        )

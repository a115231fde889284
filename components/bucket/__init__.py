"""A place for objects."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.bucket.interface import AwsBucketRef, Bucket, BucketRef, GcpBucketRef
from components.bucket.spec import GROUNDS, BucketSpec, LockMode, LockSpec
from components.ground import (
    AwsCloud,
    DockerHost,
    GcpCloud,
    Ground,
    KubernetesContext,
    neighbour,
    refuse,
)
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef

__all__ = [
    "GROUNDS",
    "AwsBucketRef",
    "Bucket",
    "BucketRef",
    "BucketSpec",
    "GcpBucketRef",
    "LockMode",
    "LockSpec",
    "create_bucket",
]


def create_bucket(
    ground: Ground,
    name: str,
    spec: BucketSpec,
    *,
    keys: KeysRef,
    access_log_bucket: pulumi.Input[str] | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> Bucket:
    """Create the bucket that belongs on ``ground``.

    Args:
        ground: where it stands.
        name: what it is called in the stack.
        spec: what is asked of it.
        keys: encrypt its objects.
        access_log_bucket: name of a bucket of the same region that takes records of every access.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``ground`` carries no bucket, or has no second region for the copy.
    """
    match ground:
        case AwsCloud():
            from components.bucket.aws import AwsBucket

            aws_keys = neighbour(keys, AwsKeysRef)
            return AwsBucket(name, spec, ground, aws_keys, access_log_bucket, opts)
        case GcpCloud():
            from components.bucket.gcp import GcpBucket

            gcp_keys = neighbour(keys, GcpKeysRef)
            return GcpBucket(name, spec, ground, gcp_keys, access_log_bucket, opts)
        case DockerHost() | KubernetesContext():
            raise refuse("bucket", ground, GROUNDS)
        case _:
            assert_never(ground)

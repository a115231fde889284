"""Where the copy of a bucket is."""

from __future__ import annotations

import pulumi

from components.bucket.spec import BucketSpec
from components.ground import AwsCloud, GcpCloud


def recovery_region(name: str, spec: BucketSpec, cloud: AwsCloud | GcpCloud) -> str | None:
    """The region that keeps the copy of the bucket ``name``; None if none is asked for.

    Raises:
        pulumi.RunError: one is asked for, and the ground has no second region.
    """
    if spec.recoverable_elsewhere and cloud.recovery_region is None:
        raise pulumi.RunError(
            f"{name}.recoverable_elsewhere is true, but ground.recovery_region is not set:"
            f" name a region other than {cloud.region} there, or set {name}.recoverable_elsewhere"
            " to false"
        )
    return cloud.recovery_region if spec.recoverable_elsewhere else None

"""The buckets, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.bucket import Bucket, BucketSpec, create_bucket
from components.environment import Environment
from tests.components.variants import (
    AWS_PROVIDERS,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    aws_cloud,
    gcp_cloud,
)
from tests.components.variants_keys import GCP_PROVIDERS, GCP_RECOVERY

AWS_RECOVERY = "eu-central-1"


def aws_bucket(
    environment: Environment,
    recovery_region: str | None = AWS_RECOVERY,
    access_log_bucket: str | None = None,
    **asked: Any,
) -> Bucket:
    """A bucket on AWS and what it stands on."""
    cloud = aws_cloud(environment, recovery_region=recovery_region)
    spec = BucketSpec.resolve(environment, asked)
    keys = adopted_aws_keys(cloud)
    return create_bucket(cloud, "files", spec, keys=keys, access_log_bucket=access_log_bucket)


def gcp_bucket(
    environment: Environment,
    recovery_region: str | None = GCP_RECOVERY,
    access_log_bucket: str | None = None,
    **asked: Any,
) -> Bucket:
    """A bucket on Google Cloud and what it stands on."""
    cloud = gcp_cloud(environment, recovery_region=recovery_region)
    spec = BucketSpec.resolve(environment, asked)
    keys = adopted_gcp_keys(cloud)
    return create_bucket(cloud, "files", spec, keys=keys, access_log_bucket=access_log_bucket)


def bucket_outputs(bucket: Bucket) -> Mapping[str, Any]:
    """What the contract asserts on."""
    return {"bucket": bucket.ref.bucket, "url": bucket.url}


VARIANTS = [
    Variant(
        capability="bucket",
        ground="aws",
        token="plinth:bucket:AwsBucket",
        name="files",
        program=lambda environment: bucket_outputs(aws_bucket(environment)),
        outputs=frozenset({"bucket", "url"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:s3/bucket:Bucket"}),
    ),
    Variant(
        capability="bucket",
        ground="gcp",
        token="plinth:bucket:GcpBucket",
        name="files",
        program=lambda environment: bucket_outputs(gcp_bucket(environment)),
        outputs=frozenset({"bucket", "url"}),
        secrets=frozenset(),
        providers=GCP_PROVIDERS,
        protected=frozenset({"gcp:storage/bucket:Bucket"}),
    ),
]

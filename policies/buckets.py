"""AWS buckets and what stands beside them: policies, blocks, versions, encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policies.examples import example
from policies.subject import Resource, Subject, names
from policies.view import UNKNOWN, UNKNOWN_STRING, Truth, View

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_V2: Final = "aws:s3/bucketV2:BucketV2"
BUCKETS: Final = (BUCKET, BUCKET_V2)
ABSENT_COMPANION: Final = (
    "No companion for the bucket violates. The name of the bucket or, while it is unknown, the "
    "dependencies of the property bucket tell which bucket is meant."
)


def companions_of(bucket: Subject, companions: Sequence[Resource]) -> Iterator[tuple[View, Truth]]:
    """Each companion, and whether it is one of ``bucket``."""
    for companion in companions:
        yield View(companion.props), _is_of(bucket, companion)


def _is_of(bucket: Subject, companion: Resource) -> Truth:
    """Whether a companion names ``bucket``, whose name is its id and may be known before it is."""
    name, named = bucket.at("bucket"), View(companion.props).at("bucket")
    if named.is_known and name.is_known and named.raw == name.raw:
        return Truth.YES
    found = names(companion, "bucket", bucket.resource, rivals=BUCKETS)
    made_from = companion.property_dependencies.get("bucket", ())
    if named.is_known and name.raw is UNKNOWN and not made_from:
        return Truth.UNKNOWN
    return found


def bucket_example(type_: str, name: str = "reports", **props: Any) -> Resource:
    """A bucket that is yet to be created."""
    return example(type_, name, {"id": UNKNOWN_STRING, **props})


def companion_example(
    type_: str, props: Mapping[str, Any], bucket: Resource | None, *, name: str = "reports"
) -> Resource:
    """A companion, made from ``bucket`` if there is one."""
    made_from = {"bucket": [bucket]} if bucket else None
    return example(type_, name, {"bucket": UNKNOWN_STRING, **props}, made_from=made_from)

"""Which bucket a companion is beside, by name and by what its property was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from policies.buckets import BUCKET, companions_of
from policies.examples import example
from policies.subject import Resource, Stack, Subject
from policies.view import UNKNOWN_STRING, Truth

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.UNKNOWN
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OTHER = example(BUCKET, "other", {"id": UNKNOWN_STRING})
PET = example("random:index/randomPet:RandomPet", "pet")


def of_bucket(bucket: Resource, block: Resource) -> Truth:
    found = [*companions_of(Subject(bucket, {}), Stack([bucket, block]), BLOCK)]
    return found[0][1] if found else NO


@pytest.mark.parametrize(
    ("name", "named", "made_from", "answer"),
    [
        ("reports", "reports", (), YES),
        ("reports", "reports", (OTHER,), YES),
        ("reports", "drafts", (), NO),
        ("reports", UNKNOWN_STRING, (OTHER,), NO),
        ("reports", UNKNOWN_STRING, (), MAYBE),
        (None, None, (), NO),
        (UNKNOWN_STRING, UNKNOWN_STRING, (), MAYBE),
        (UNKNOWN_STRING, "reports", (), MAYBE),
        (UNKNOWN_STRING, "reports", (OTHER,), NO),
        (UNKNOWN_STRING, "reports", (PET,), NO),
        (None, "reports", (), NO),
        (UNKNOWN_STRING, None, (), NO),
    ],
)
def test_a_companion_is_of_the_bucket_it_names(
    name: Any, named: Any, made_from: Sequence[Resource], answer: Truth
) -> None:
    bucket = example(BUCKET, "reports", {"id": UNKNOWN_STRING, "bucket": name})
    block = example(BLOCK, "reports", {"bucket": named}, made_from={"bucket": made_from})

    is_its = of_bucket(bucket, block)

    assert is_its is answer


def test_a_companion_made_from_the_bucket_is_of_it() -> None:
    bucket = example(BUCKET, "reports", {"id": UNKNOWN_STRING})
    block = example(
        BLOCK, "reports", {"bucket": UNKNOWN_STRING}, made_from={"bucket": [bucket, PET]}
    )

    is_its = of_bucket(bucket, block)

    assert is_its is YES

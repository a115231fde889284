"""AWS buckets: what their data is encrypted with, and what outlives a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.buckets import (
    ABSENT_COMPANION,
    BUCKET,
    bucket_example,
    companion_example,
    companions_of,
)
from policies.controls import fsbp
from policies.expected import expects, off
from policies.rule import PROD, Demand, Rule, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, some

_VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
_ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
_CLASSIFIED: Final = ("confidential", "restricted")


def _versioned(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    beside = [
        is_its & companion.at("versioningConfiguration", "status").is_one_of("Enabled")
        for companion, is_its in companions_of(bucket, stack, _VERSIONING)
    ]
    inline = bucket.at("versioning").elements()
    kept = some(beside) | some(each.at("enabled").is_true() for each in inline)
    yield Demand(kept, bucket, "keeps no former versions of its objects")


def _with_own_key(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    classified = bucket.at("tags", "DataClass").is_one_of(*_CLASSIFIED)
    encrypted = [
        is_its
        & some(
            each.at("applyServerSideEncryptionByDefault", "sseAlgorithm").is_one_of(
                "aws:kms", "aws:kms:dsse"
            )
            for each in companion.at("rules").elements()
        )
        for companion, is_its in companions_of(bucket, stack, _ENCRYPTION)
    ]
    yield Demand(~classified | some(encrypted), bucket, "holds classified data under no key of KMS")


def _versioning_check() -> StackCheck:
    mine, other = bucket_example(), bucket_example("other")
    enabled = {"versioningConfiguration": {"status": "Enabled"}}
    return StackCheck(
        type=BUCKET,
        demand="Every bucket keeps former versions.",
        reads={
            BUCKET: ("bucket", "versioning.enabled"),
            _VERSIONING: ("bucket", "versioningConfiguration.status"),
        },
        absent=f"{ABSENT_COMPANION} The bucket's own switch counts too.",
        judge=_versioned,
        good={
            "versioned": (mine, companion_example(_VERSIONING, enabled, mine)),
            "versioned by its own switch": (bucket_example(versioning={"enabled": True}),),
        },
        bad={
            "nothing said": (mine,),
            "suspended": (
                mine,
                companion_example(
                    _VERSIONING, {"versioningConfiguration": {"status": "Suspended"}}, mine
                ),
            ),
            "status left out": (mine, companion_example(_VERSIONING, {}, mine)),
            "another bucket versioned": (
                mine,
                other,
                companion_example(_VERSIONING, enabled, other),
            ),
        },
        undecided={
            "status not known": (
                mine,
                companion_example(
                    _VERSIONING, {"versioningConfiguration": {"status": UNKNOWN_STRING}}, mine
                ),
            ),
            "own switch not known": (bucket_example(versioning=UNKNOWN_STRING),),
            "bucket not known": (mine, companion_example(_VERSIONING, enabled, None)),
        },
    )


def _encryption_check() -> StackCheck:
    classified = bucket_example(tags={"DataClass": "confidential"})
    plain = bucket_example(tags={"DataClass": "internal"})

    def algorithm(text: str) -> dict[str, Any]:
        return {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": text}}]}

    path = "rules.applyServerSideEncryptionByDefault.sseAlgorithm"
    return StackCheck(
        type=BUCKET,
        demand="A bucket tagged as classified is encrypted with a key of KMS.",
        reads={BUCKET: ("bucket", "tags"), _ENCRYPTION: ("bucket", path)},
        absent=f"No tag DataClass satisfies: the bucket is not classified. {ABSENT_COMPANION}",
        judge=_with_own_key,
        good={
            "not classified": (plain,),
            "no tags": (bucket_example(),),
            "encrypted with KMS": (
                classified,
                companion_example(_ENCRYPTION, algorithm("aws:kms"), classified),
            ),
            "encrypted twice": (
                classified,
                companion_example(_ENCRYPTION, algorithm("aws:kms:dsse"), classified),
            ),
        },
        bad={
            "no encryption said": (classified,),
            "a key of S3": (
                classified,
                companion_example(_ENCRYPTION, algorithm("AES256"), classified),
            ),
            "no rules": (classified, companion_example(_ENCRYPTION, {}, classified)),
        },
        undecided={
            "bucket not known": (
                classified,
                companion_example(_ENCRYPTION, algorithm("aws:kms"), None),
            ),
            "tags not known": (bucket_example(tags=UNKNOWN_STRING),),
            "algorithm not known": (
                classified,
                companion_example(_ENCRYPTION, algorithm(UNKNOWN_STRING), classified),
            ),
        },
    )


ENCRYPTION_KMS: Final = Rule(
    id="aws-s3-encryption-kms",
    title="Buckets of classified data are encrypted with a key of KMS",
    reason="Only a key of KMS can be cut off, and only its trail shows who decrypted what.",
    severity=Severity.MEDIUM,
    theme=Theme.ENCRYPTION,
    controls=fsbp("S3.17"),
    fix=(
        "Create an aws.s3.BucketServerSideEncryptionConfiguration for the bucket with "
        'sse_algorithm="aws:kms" and kms_master_key_id.'
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
    stack_checks=(_encryption_check(),),
)

VERSIONED: Final = Rule(
    id="aws-s3-versioned",
    title="Buckets keep former versions, and in production are not deleted with their objects",
    reason="Objects that were overwritten or deleted by mistake come back from versions only.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=fsbp("S3.14"),
    fix=(
        'Create an aws.s3.BucketVersioning for the bucket with status="Enabled"; in production '
        "leave force_destroy out."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-14",
    checks=(
        expects(
            BUCKET,
            "The bucket is not deleted while it holds objects.",
            off("forceDestroy", "lets the objects be deleted with the bucket"),
            environments=PROD,
        ),
    ),
    stack_checks=(_versioning_check(),),
)

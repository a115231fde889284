"""AWS buckets: what their data is encrypted with, and what outlives a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.buckets import (
    ABSENT_COMPANION,
    BUCKET,
    BUCKETS,
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

_VERSIONING: Final = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
_ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_CLASSIFIED: Final = ("confidential", "restricted")


def _versioned(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    beside = [
        is_its & companion.at("versioningConfiguration", "status").is_one_of("Enabled")
        for companion, is_its in companions_of(bucket, stack.of(*_VERSIONING))
    ]
    inline = (*bucket.at("versioning").elements(), *bucket.at("versionings").elements())
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
        for companion, is_its in companions_of(bucket, stack.of(*_ENCRYPTION))
    ]
    yield Demand(~classified | some(encrypted), bucket, "holds classified data under no key of KMS")


def _versioning_check(type_: str) -> StackCheck:
    mine, other = bucket_example(type_), bucket_example(type_, "other")
    beside, beside_v2 = _VERSIONING
    enabled = {"versioningConfiguration": {"status": "Enabled"}}
    inline: dict[str, Any] = (
        {"versioning": {"enabled": True}}
        if type_ == BUCKET
        else {"versionings": [{"enabled": True}]}
    )
    own = "versioning.enabled" if type_ == BUCKET else "versionings.enabled"
    reads = dict.fromkeys(_VERSIONING, ("bucket", "versioningConfiguration.status"))
    return StackCheck(
        type=type_,
        demand="Every bucket keeps former versions.",
        reads={type_: ("bucket", own), **reads},
        absent=f"{ABSENT_COMPANION} The bucket's own switch counts too.",
        judge=_versioned,
        good={
            "versioned": (mine, companion_example(beside, enabled, mine)),
            "versioned by the older companion": (mine, companion_example(beside_v2, enabled, mine)),
            "versioned by its own switch": (bucket_example(type_, **inline),),
        },
        bad={
            "nothing said": (mine,),
            "suspended": (
                mine,
                companion_example(
                    beside, {"versioningConfiguration": {"status": "Suspended"}}, mine
                ),
            ),
            "status left out": (mine, companion_example(beside, {}, mine)),
            "another bucket versioned": (mine, other, companion_example(beside, enabled, other)),
        },
        undecided={
            "status not known": (
                mine,
                companion_example(
                    beside, {"versioningConfiguration": {"status": UNKNOWN_STRING}}, mine
                ),
            ),
            "own switch not known": (
                bucket_example(type_, **dict.fromkeys(inline, UNKNOWN_STRING)),
            ),
        },
    )


def _encryption_check(type_: str) -> StackCheck:
    classified = bucket_example(type_, tags={"DataClass": "confidential"})
    plain = bucket_example(type_, tags={"DataClass": "internal"})
    beside, beside_v2 = _ENCRYPTION

    def algorithm(text: str) -> dict[str, Any]:
        return {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": text}}]}

    path = "rules.applyServerSideEncryptionByDefault.sseAlgorithm"
    return StackCheck(
        type=type_,
        demand="A bucket tagged as classified is encrypted with a key of KMS.",
        reads={type_: ("bucket", "tags"), **dict.fromkeys(_ENCRYPTION, ("bucket", path))},
        absent=f"No tag DataClass satisfies: the bucket is not classified. {ABSENT_COMPANION}",
        judge=_with_own_key,
        good={
            "not classified": (plain,),
            "no tags": (bucket_example(type_),),
            "encrypted with KMS": (
                classified,
                companion_example(beside, algorithm("aws:kms"), classified),
            ),
            "encrypted twice, by the older companion": (
                classified,
                companion_example(beside_v2, algorithm("aws:kms:dsse"), classified),
            ),
        },
        bad={
            "no encryption said": (classified,),
            "a key of S3": (classified, companion_example(beside, algorithm("AES256"), classified)),
            "no rules": (classified, companion_example(beside, {}, classified)),
        },
        undecided={
            "tags not known": (bucket_example(type_, tags=UNKNOWN_STRING),),
            "algorithm not known": (
                classified,
                companion_example(beside, algorithm(UNKNOWN_STRING), classified),
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
    stack_checks=tuple(map(_encryption_check, BUCKETS)),
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
    checks=tuple(
        expects(
            type_,
            "The bucket is not deleted while it holds objects.",
            off("forceDestroy", "lets the objects be deleted with the bucket"),
            environments=PROD,
        )
        for type_ in BUCKETS
    ),
    stack_checks=tuple(map(_versioning_check, BUCKETS)),
)

"""AWS buckets: the record of who reads them, and who owns what is written to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.buckets import BUCKET
from policies.companions import companions, declared
from policies.controls import cis_aws, fsbp
from policies.examples import example
from policies.expected import expects, one_of
from policies.rule import Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.tags import has_tag
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, some, truth

_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
_OWNERSHIP: Final = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
_TRAIL: Final = "aws:cloudtrail/trail:Trail"
_WORD: Final = re.compile(r"[a-z0-9]+")


def _logged(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    beside = some(
        is_its & _names_target(companion.at("targetBucket"))
        for companion, is_its in _naming(bucket, stack, _LOGGING, "bucket")
    )
    inline = _names_target(declared(bucket.resource, "logging", "targetBucket"))
    yield Demand(
        ~_is_watched(bucket, stack) | beside | inline | _takes_access_logs(bucket, stack),
        bucket,
        "holds records or classified data and keeps no record of who reads them",
    )


def _names_target(target: View) -> Truth:
    # Where there is none, state shows an empty text.
    return target.is_given() & truth(target.raw != "")


def _is_watched(bucket: Subject, stack: Stack) -> Truth:
    trails = some(is_its for _, is_its in _naming(bucket, stack, _TRAIL, "s3BucketName"))
    return trails | has_tag(bucket, bucket.configured["classified_tags"]) | _is_called(bucket)


def _is_called(bucket: Subject) -> Truth:
    """Whether a word in the name of the bucket says that it holds records."""
    words = frozenset[str](bucket.configured["name_words"])

    def tells(name: str) -> bool:
        return not words.isdisjoint(_WORD.findall(name.lower()))

    return truth(tells(bucket.resource.name)) | bucket.at("bucket").matches(tells)


def _takes_access_logs(bucket: Subject, stack: Stack) -> Truth:
    """Whether access logs of others go to the bucket; its own would be records of records."""
    sources = (
        *_naming(bucket, stack, _LOGGING, "targetBucket"),
        *_naming(bucket, stack, BUCKET, "logging.targetBucket"),
    )
    return some(is_it for _, is_it in sources)


def _naming(bucket: Subject, stack: Stack, type_: str, path: str) -> Iterator[tuple[View, Truth]]:
    return companions(stack, type_, path, BUCKET).of(bucket.resource, name="bucket")


def _bucket(name: str, data_class: str | None = None, **props: Any) -> Resource:
    tags = {"tags": {"DataClass": data_class}} if data_class else {}
    return example(BUCKET, name, {"id": UNKNOWN_STRING, **tags, **props})


def _logging(bucket: Resource | None, target: Resource | None = None, /, **props: Any) -> Resource:
    made_from = {"bucket": [bucket]} if bucket else {}
    if target:
        made_from["targetBucket"] = [target]
    return example(
        _LOGGING,
        "logging",
        {"bucket": UNKNOWN_STRING, "targetBucket": UNKNOWN_STRING, **props},
        made_from=made_from,
    )


def _trail(bucket: Resource) -> Resource:
    return example(
        _TRAIL, "account", {"s3BucketName": UNKNOWN_STRING}, made_from={"s3BucketName": [bucket]}
    )


_SECRET: Final = _bucket("reports", "confidential")
_PLAIN: Final = _bucket("reports", "internal")
_OTHER: Final = _bucket("exports", "confidential")
_ACCESS: Final = _bucket("access-logs", "internal")

ACCESS_LOGGING: Final = Rule(
    id="aws-s3-access-logging",
    title="Buckets of records and of classified data keep a record of each access",
    reason="Who read or removed what can be told only from a record that was kept at the time.",
    severity=Severity.LOW,
    theme=Theme.LOGGING,
    controls=(*cis_aws(v7=("4.4",), v5=("3.4",)), *fsbp("S3.9")),
    fix="Create an aws.s3.BucketLogging for the bucket whose target_bucket takes access logs.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-9",
    settings=(
        Setting(
            name="classified_tags",
            description="Tags, as key=value, of buckets that hold classified data.",
            default=("DataClass=confidential", "DataClass=restricted"),
        ),
        Setting(
            name="name_words",
            description="Words in the names of buckets that hold records.",
            default=("trail", "log", "logs"),
        ),
    ),
    stack_checks=(
        StackCheck(
            type=BUCKET,
            demand=(
                "A bucket that a trail writes to, that is tagged as classified or called after "
                "records logs access to another bucket, unless it takes access logs itself."
            ),
            reads={
                BUCKET: ("bucket", "tags", "logging.targetBucket"),
                _LOGGING: ("bucket", "targetBucket"),
                _TRAIL: ("s3BucketName",),
            },
            absent=(
                "No logging for such a bucket violates, and so does one without targetBucket. A "
                "bucket without such a tag, name or trail satisfies. Names or, while they are "
                "unknown, the dependencies of properties tell which bucket is meant."
            ),
            judge=_logged,
            good={
                "neither records nor classified": (_PLAIN,),
                "no tags": (_bucket("reports"),),
                "a name that only contains the word": (_bucket("catalogue"),),
                "classified, logged": (_SECRET, _logging(_SECRET, _ACCESS), _ACCESS),
                "logged, by name": (
                    _bucket("reports", "restricted", bucket="reports-0a1b"),
                    _logging(None, bucket="reports-0a1b", targetBucket="access-0a1b"),
                ),
                "logged by its own switch": (
                    _bucket("trail", logging={"targetBucket": UNKNOWN_STRING}),
                ),
                "takes the logs of another": (_ACCESS, _SECRET, _logging(_SECRET, _ACCESS)),
                "takes the logs of another, by its own switch": (
                    _bucket("access-logs", bucket="access-logs-0a1b"),
                    _bucket("reports", logging={"targetBucket": "access-logs-0a1b"}),
                ),
            },
            bad={
                "confidential": (_SECRET,),
                "restricted": (_bucket("reports", "restricted"),),
                "classified by a default tag": (
                    _bucket("reports", tagsAll={"DataClass": "confidential"}),
                ),
                "called after a trail": (_bucket("Account-Trail"),),
                "called after a log": (_bucket("flow-log"),),
                "called after logs by its own name": (_bucket("records", bucket="acme.logs.eu"),),
                "written to by a trail": (_PLAIN, _trail(_PLAIN)),
                "another bucket logged": (_SECRET, _OTHER, _logging(_OTHER, _ACCESS), _ACCESS),
                "target left out": (_SECRET, _logging(_SECRET, targetBucket=None)),
                "own switch empty, as state shows it": (
                    _bucket("trail", logging={"targetBucket": ""}),
                ),
                "own switch left out, as a preview shows it": (
                    _bucket("trail", logging=UNKNOWN_STRING),
                ),
                "own switch without target": (_bucket("trail", logging={"targetPrefix": "x/"}),),
            },
            undecided={
                "tags not known": (_bucket("reports", tags=UNKNOWN_STRING),),
                "default tags not known": (_bucket("reports", tagsAll=UNKNOWN_STRING),),
                "name not known": (_bucket("reports", bucket=UNKNOWN_STRING),),
                "own switch not known": (
                    example(
                        BUCKET,
                        "trail",
                        {"id": UNKNOWN_STRING, "logging": UNKNOWN_STRING},
                        made_from={"logging": [_PLAIN]},
                    ),
                    _PLAIN,
                ),
                "the bucket of the logging not known": (_SECRET, _logging(None, _ACCESS), _ACCESS),
            },
        ),
    ),
)

OWNER_ENFORCED: Final = Rule(
    id="aws-s3-owner-enforced",
    title="The owner of a bucket owns every object in it",
    reason="With ACLs, whoever may write an object may also keep its owner from reading it.",
    severity=Severity.LOW,
    theme=Theme.PRIVILEGE,
    controls=fsbp("S3.12"),
    fix='Set object_ownership="BucketOwnerEnforced", or leave the ownership controls out.',
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-12",
    checks=(
        expects(
            _OWNERSHIP,
            "ACLs are off, so that the owner of the bucket owns its objects.",
            one_of(
                "rule.objectOwnership",
                "lets others own objects in the bucket",
                "BucketOwnerEnforced",
                bad=("BucketOwnerPreferred", "ObjectWriter"),
            ),
        ),
    ),
)

"""Google Cloud buckets: who reads them, and what outlives a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_gcp
from policies.expected import expects, not_below, off, on, one_of
from policies.members import private_members, private_policy, settled_members
from policies.rule import PROD, Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING

_BUCKET: Final = "gcp:storage/bucket:Bucket"
_GRANTS: Final = (
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    "gcp:storage/bucketIAMBinding:BucketIAMBinding",
)
_ACL: Final = "gcp:storage/bucketACL:BucketACL"
_EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
_WEEK_SECONDS: Final = 604_800


def _named_entities(acl: Subject) -> Iterator[Demand]:
    for entity in acl.at("roleEntities").elements():
        public = entity.matches(lambda text: text.partition(":")[2] in _EVERYBODY)
        yield Demand(~public, entity, "grants something to everybody")


def _recoverable(bucket: Subject) -> Iterator[Demand]:
    versioned = bucket.at("versioning", "enabled", absent=False)
    kept = bucket.at("softDeletePolicy", "retentionDurationSeconds", absent=_WEEK_SECONDS)
    yield Demand(
        versioned.is_true() | not_below(kept, 1), versioned, "keeps nothing of what is deleted"
    )


PRIVATE: Final = Rule(
    id="gcp-gcs-private",
    title="Buckets are closed to everybody, whatever is granted",
    reason="What everybody may read is found by scanners within hours, whatever it is called.",
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("5.1",), v4=("5.1",)),
    fix='Set public_access_prevention="enforced" and name the members that need the bucket.',
    source="https://cloud.google.com/storage/docs/public-access-prevention",
    checks=(
        expects(
            _BUCKET,
            "Public access is prevented.",
            one_of(
                "publicAccessPrevention",
                "may be opened to everybody",
                "enforced",
                bad=("inherited",),
                left_out="inherited",
            ),
        ),
        *map(private_members, _GRANTS),
        private_policy("gcp:storage/bucketIAMPolicy:BucketIAMPolicy"),
        expects(
            _ACL,
            "The predefined ACL is not public.",
            one_of(
                "predefinedAcl",
                "grants something to everybody",
                "private",
                "projectPrivate",
                "bucketOwnerRead",
                "bucketOwnerFullControl",
                bad=("publicRead", "publicReadWrite", "authenticatedRead"),
                left_out="private",
            ),
        ),
        Check(
            type=_ACL,
            demand="No entity of the ACL is everybody.",
            reads=("roleEntities",),
            absent="roleEntities left out is nobody and satisfies.",
            judge=_named_entities,
            good={"one group": {"roleEntities": ["READER:group-a@example.com"]}, "left out": {}},
            bad={
                each: {"roleEntities": ["OWNER:project-owners-1", f"READER:{each}"]}
                for each in _EVERYBODY
            },
            undecided={"not known": {"roleEntities": [UNKNOWN_STRING]}},
        ),
    ),
    stack_checks=tuple(map(settled_members, _GRANTS)),
)

UNIFORM_ACCESS: Final = Rule(
    id="gcp-gcs-uniform-access",
    title="Access to a bucket is granted in one place",
    reason="ACLs on single objects grant what no policy of the bucket shows.",
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=cis_gcp(v5=("5.2",), v4=("5.2",)),
    fix="Set uniform_bucket_level_access=True.",
    source="https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    checks=(
        expects(
            _BUCKET,
            "Objects have no ACLs of their own.",
            on("uniformBucketLevelAccess", "lets single objects be granted"),
        ),
    ),
)

DURABLE: Final = Rule(
    id="gcp-gcs-durable",
    title="Production buckets keep what is deleted for a while",
    reason="Objects that were overwritten or deleted by mistake come back from versions only.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=cis_gcp(v5=("2.4",), v4=("2.3",), relation=Relation.RELATED),
    fix="Set versioning.enabled=True or leave soft_delete_policy on, and leave force_destroy out.",
    source="https://cloud.google.com/storage/docs/object-versioning",
    checks=(
        Check(
            type=_BUCKET,
            demand="Versions or deleted objects are kept.",
            reads=("versioning.enabled", "softDeletePolicy.retentionDurationSeconds"),
            absent=(
                "versioning left out is off. retentionDurationSeconds left out is a week and "
                "satisfies; 0 switches it off and violates without versioning."
            ),
            judge=_recoverable,
            environments=PROD,
            good={
                "left out": {},
                "versioned": {
                    "versioning": {"enabled": True},
                    "softDeletePolicy": {"retentionDurationSeconds": 0},
                },
                "kept for a month": {"softDeletePolicy": {"retentionDurationSeconds": 2_592_000}},
                "duration left out": {"versioning": {}, "softDeletePolicy": {}},
            },
            bad={
                "nothing kept": {"softDeletePolicy": {"retentionDurationSeconds": 0}},
                "neither": {
                    "versioning": {"enabled": False},
                    "softDeletePolicy": {"retentionDurationSeconds": 0},
                },
            },
            undecided={
                "versions not known": {
                    "versioning": {"enabled": UNKNOWN_BOOLEAN},
                    "softDeletePolicy": {"retentionDurationSeconds": 0},
                },
                "duration not known": {
                    "softDeletePolicy": {"retentionDurationSeconds": UNKNOWN_NUMBER}
                },
            },
        ),
        expects(
            _BUCKET,
            "The bucket is not deleted while it holds objects.",
            off("forceDestroy", "lets the objects be deleted with the bucket"),
            environments=PROD,
        ),
    ),
)

"""AWS buckets: who reads them, and over what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.buckets import (
    ABSENT_COMPANION,
    BUCKET,
    bucket_example,
    companion_example,
    companions_of,
)
from policies.controls import cis_aws, fsbp
from policies.documents import is_public, requires_tls
from policies.examples import example
from policies.expected import expects, on
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, some

_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
_ACL: Final = "aws:s3/bucketAcl:BucketAcl"

_PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read")
_EVERYBODY: Final = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)


def _blocked(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    blocks = [is_its for _, is_its in companions_of(bucket, stack, _BLOCK)]
    yield Demand(some(blocks), bucket, "has no block of public access")


def _over_tls(bucket: Subject, stack: Stack) -> Iterator[Demand]:
    denied = [
        is_its & requires_tls(policy.at("policy"))
        for policy, is_its in companions_of(bucket, stack, _POLICY)
    ]
    holds = some(denied) | requires_tls(bucket.at("policy"))
    yield Demand(holds, bucket, "has no policy that denies what does not come over TLS")


def _granted_by_acl(bucket: Subject) -> Iterator[Demand]:
    acl = bucket.at("acl", absent="private")
    yield Demand(~acl.is_one_of(*_PUBLIC_ACLS), acl, "grants access to everybody by its ACL")


def _bucket_private(bucket: Subject) -> Iterator[Demand]:
    yield from _granted_by_acl(bucket)
    policy = bucket.at("policy")
    yield Demand(~is_public(policy), policy, "grants access to everybody by its policy")
    for grant in bucket.at("grants").elements():
        uri = grant.at("uri")
        yield Demand(~uri.is_one_of(*_EVERYBODY), uri, "grants access to everybody by a grant")


def _acl_private(acl: Subject) -> Iterator[Demand]:
    yield from _granted_by_acl(acl)
    for grant in acl.at("accessControlPolicy", "grants").elements():
        uri = grant.at("grantee", "uri")
        yield Demand(~uri.is_one_of(*_EVERYBODY), uri, "grants access to everybody by a grant")


def _policy_private(policy: Subject) -> Iterator[Demand]:
    document = policy.at("policy")
    yield Demand(~is_public(document), document, "grants access to everybody by its policy")


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_TO_A_ROLE: Final = _document(
    Effect="Allow",
    Principal={"AWS": "arn:aws:iam::111122223333:role/reader"},
    Action="s3:GetObject",
    Resource="arn:aws:s3:::reports/*",
)
_TO_EVERYBODY: Final = _document(
    Effect="Allow", Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::reports/*"
)
_TO_AN_ORGANISATION: Final = _document(
    Effect="Allow",
    Principal={"AWS": ["*"]},
    Action="s3:GetObject",
    Resource="arn:aws:s3:::reports/*",
    Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
)
_TLS: Final = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_ONLY_TLS: Final = _document(**_TLS)


def _block_check() -> StackCheck:
    mine, other = bucket_example(), bucket_example("other")
    return StackCheck(
        type=BUCKET,
        demand="Every bucket has an aws.s3.BucketPublicAccessBlock in the stack.",
        reads={BUCKET: ("bucket",), _BLOCK: ("bucket",)},
        absent=ABSENT_COMPANION,
        judge=_blocked,
        good={
            "blocked, ids not known yet": (mine, companion_example(_BLOCK, {}, mine)),
            "blocked, by name": (
                bucket_example(bucket="reports-0a1b"),
                example(_BLOCK, "reports", {"bucket": "reports-0a1b"}),
            ),
        },
        bad={
            "no block": (mine,),
            "the block of another bucket": (mine, other, companion_example(_BLOCK, {}, other)),
            "a block without bucket": (mine, example(_BLOCK, "reports")),
        },
        undecided={"a block of a bucket not known": (mine, companion_example(_BLOCK, {}, None))},
    )


def _tls_check() -> StackCheck:
    mine, other = bucket_example(), bucket_example("other")
    narrowed = {**_TLS, "Condition": {"Bool": {"aws:SecureTransport": "false", "x": "true"}}}
    documents = {
        "a policy that denies nothing": _TO_A_ROLE,
        "denied to one role only": _document(**{**_TLS, "Principal": {"AWS": "arn:aws:iam::1:x"}}),
        "denied for one action only": _document(**{**_TLS, "Action": "s3:PutObject"}),
        "denied under a second condition": _document(**narrowed),
        "denied over TLS": _document(
            **{**_TLS, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
        ),
    }
    return StackCheck(
        type=BUCKET,
        demand="The policy of every bucket denies everybody what does not come over TLS.",
        reads={BUCKET: ("bucket", "policy"), _POLICY: ("bucket", "policy")},
        absent=f"{ABSENT_COMPANION} The bucket's own policy counts too.",
        judge=_over_tls,
        good={
            "denied without TLS": (mine, companion_example(_POLICY, {"policy": _ONLY_TLS}, mine)),
            "denied by its own policy": (bucket_example(policy=_ONLY_TLS),),
            "denied by a policy that is an object": (
                mine,
                companion_example(_POLICY, {"policy": {"Statement": _TLS}}, mine),
            ),
        },
        bad={
            "no policy": (mine,),
            "the policy of another bucket": (
                mine,
                other,
                companion_example(_POLICY, {"policy": _ONLY_TLS}, other),
            ),
            **{
                name: (mine, companion_example(_POLICY, {"policy": text}, mine))
                for name, text in documents.items()
            },
        },
        undecided={
            "policy not known": (
                mine,
                companion_example(_POLICY, {"policy": UNKNOWN_STRING}, mine),
            ),
            "policy unreadable": (mine, companion_example(_POLICY, {"policy": "{"}, mine)),
            "bucket of the policy not known": (
                mine,
                companion_example(_POLICY, {"policy": _ONLY_TLS}, None),
            ),
        },
    )


def _acl_check() -> Check:
    def grant(uri: str) -> dict[str, Any]:
        return {"accessControlPolicy": {"grants": [{"grantee": {"uri": uri}}]}}

    return Check(
        type=_ACL,
        demand="Neither the ACL nor a grant of it is for everybody.",
        reads=("acl", "accessControlPolicy.grants.grantee.uri"),
        absent="acl left out is private and satisfies, and so do no grants and a grantee by id.",
        judge=_acl_private,
        good={
            "private": {"acl": "private"},
            "left out": {},
            "granted to an account": {
                "accessControlPolicy": {"grants": [{"grantee": {"id": UNKNOWN_STRING}}]}
            },
        },
        bad={
            **{each: {"acl": each} for each in _PUBLIC_ACLS},
            **{f"granted to {each.rpartition('/')[2]}": grant(each) for each in _EVERYBODY},
        },
        undecided={
            "ACL not known": {"acl": UNKNOWN_STRING},
            "grantee not known": grant(UNKNOWN_STRING),
        },
    )


def _bucket_check() -> Check:
    return Check(
        type=BUCKET,
        demand="Neither the ACL, a grant nor the policy of the bucket is for everybody.",
        reads=("acl", "policy", "grants.uri"),
        absent="acl left out is private and satisfies, and so do no policy and no grants.",
        judge=_bucket_private,
        good={
            "private": {"acl": "private", "policy": _TO_A_ROLE},
            "left out": {},
            "granted to an account": {"grants": [{"id": "0a1b", "type": "CanonicalUser"}]},
            "policy with a condition": {"policy": _TO_AN_ORGANISATION},
        },
        bad={
            **{each: {"acl": each} for each in _PUBLIC_ACLS},
            **{
                f"granted to {each.rpartition('/')[2]}": {"grants": [{"uri": each}]}
                for each in _EVERYBODY
            },
            "policy for everybody": {"policy": _TO_EVERYBODY},
        },
        undecided={
            "ACL not known": {"acl": UNKNOWN_STRING},
            "grants not known": {"grants": UNKNOWN_ARRAY},
            "policy not known": {"policy": UNKNOWN_STRING},
        },
    )


BLOCK_PUBLIC_ACCESS: Final = Rule(
    id="aws-s3-block-public-access",
    title="Every bucket blocks public access, in all four ways",
    reason=(
        "One ACL or one statement too many makes a bucket public; the block holds whatever is "
        "written later."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=(*cis_aws(v7=("3.1.4",), v5=("2.1.4",)), *fsbp("S3.8")),
    fix="Create an aws.s3.BucketPublicAccessBlock for the bucket with all four flags True.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
    checks=(
        expects(
            _BLOCK,
            "All four flags are on.",
            on("blockPublicAcls", "lets public ACLs be written"),
            on("blockPublicPolicy", "lets public policies be written"),
            on("ignorePublicAcls", "lets public ACLs count"),
            on("restrictPublicBuckets", "lets public policies count"),
        ),
    ),
    stack_checks=(_block_check(),),
)

NO_PUBLIC_GRANT: Final = Rule(
    id="aws-s3-no-public-grant",
    title="No bucket grants anything to everybody",
    reason="What everybody may read is found by scanners within hours, whatever it is called.",
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(*cis_aws(v7=("2.21",)), *fsbp("S3.2", "S3.3")),
    fix="Name the principals that need the bucket, or give the statement a condition; drop the ACL.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-2",
    checks=(
        _bucket_check(),
        _acl_check(),
        Check(
            type=_POLICY,
            demand="No statement is for everybody without a condition.",
            reads=("policy",),
            absent="No policy grants nothing and satisfies.",
            judge=_policy_private,
            good={
                "for one role": {"policy": _TO_A_ROLE},
                "for everybody under a condition": {"policy": _TO_AN_ORGANISATION},
                "everybody denied": {"policy": _ONLY_TLS},
                "left out": {},
            },
            bad={
                "for everybody": {"policy": _TO_EVERYBODY},
                "for everybody, as an object": {"policy": json.loads(_TO_EVERYBODY)},
                "for everybody but one": {
                    "policy": _document(
                        Effect="Allow", NotPrincipal={"AWS": "x"}, Action="s3:*", Resource="*"
                    )
                },
            },
            undecided={
                "not known": {"policy": UNKNOWN_STRING},
                "not readable": {"policy": "no document"},
            },
        ),
    ),
)

TLS_ONLY: Final = Rule(
    id="aws-s3-tls-only",
    title="Buckets refuse what does not come over TLS",
    reason="Without TLS whoever is on the way reads objects and the signatures of requests.",
    severity=Severity.MEDIUM,
    theme=Theme.TRANSIT,
    controls=(*cis_aws(v7=("3.1.1",), v5=("2.1.1",)), *fsbp("S3.5")),
    fix=(
        "Create an aws.s3.BucketPolicy that denies s3:* to everybody where aws:SecureTransport is "
        "false."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
    stack_checks=(_tls_check(),),
)

"""AWS keys: how long one lives, who may use it, and how soon it is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_aws, fsbp
from policies.documents import is_public
from policies.expected import at_least, expects, on
from policies.rule import PROD, Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth

_KEY: Final = "aws:kms/key:Key"
_KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"


def _rotates(key: Subject) -> Truth:
    """Whether the key is of the only kind that KMS rotates itself."""
    symmetric = key.at("customerMasterKeySpec", absent="SYMMETRIC_DEFAULT")
    use = key.at("keyUsage", absent="ENCRYPT_DECRYPT")
    return symmetric.is_one_of("SYMMETRIC_DEFAULT") & use.is_one_of("ENCRYPT_DECRYPT")


def _scoped(key: Subject) -> Iterator[Demand]:
    policy = key.at("policy")
    yield Demand(~is_public(policy), policy, "lets everybody use the key")
    bypass = key.at("bypassPolicyLockoutSafetyCheck", absent=False)
    yield Demand(~bypass.is_true(), bypass, "accepts a policy that locks its owner out")


def _document(principal: object, **more: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "kms:*",
        "Resource": "*",
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


_OWNER: Final = _document({"AWS": "arn:aws:iam::111122223333:root"})
_EVERYBODY: Final = _document("*")
_IN_ACCOUNT: Final = _document(
    {"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}
)


def _policy_check(type_: str) -> Check:
    return Check(
        type=type_,
        demand="No statement is for everybody without a condition, and the owner keeps access.",
        reads=("policy", "bypassPolicyLockoutSafetyCheck"),
        absent=(
            "policy left out is the default, which is for the account, and satisfies. "
            "bypassPolicyLockoutSafetyCheck left out is off and satisfies."
        ),
        judge=_scoped,
        good={
            "for its account": {"policy": _OWNER},
            "for everybody in the account": {"policy": _IN_ACCOUNT},
            "left out": {},
        },
        bad={
            "for everybody": {"policy": _EVERYBODY},
            "for everybody, in a list": {"policy": _document({"AWS": ["*"]})},
            "lockout not checked": {"policy": _OWNER, "bypassPolicyLockoutSafetyCheck": True},
        },
        undecided={
            "policy not known": {"policy": UNKNOWN_STRING},
            "lockout check not known": {"bypassPolicyLockoutSafetyCheck": UNKNOWN_BOOLEAN},
        },
    )


ROTATION: Final = Rule(
    id="aws-kms-rotation",
    title="Keys for data rotate",
    reason="The more data one key has encrypted, the more its loss costs.",
    severity=Severity.MEDIUM,
    theme=Theme.SECRETS,
    controls=(*cis_aws(v7=("4.6",), v5=("3.6",)), *fsbp("KMS.4")),
    fix="Set enable_key_rotation=True; what was encrypted before stays readable.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    checks=(
        expects(
            _KEY,
            "A symmetric key for encryption rotates.",
            on("enableKeyRotation", "never rotates"),
            applies=_rotates,
            applies_reads=("customerMasterKeySpec", "keyUsage"),
            foreign={
                "asymmetric": {"customerMasterKeySpec": "RSA_4096"},
                "for signatures": {
                    "customerMasterKeySpec": "HMAC_256",
                    "keyUsage": "GENERATE_VERIFY_MAC",
                },
            },
        ),
    ),
)

DELETION_WINDOW: Final = Rule(
    id="aws-kms-deletion-window",
    title="Keys wait two weeks before they are deleted in staging, thirty days in production",
    reason="With a key everything it encrypted is gone; the wait is the time to notice.",
    severity=Severity.LOW,
    theme=Theme.SECRETS,
    controls=fsbp("KMS.3", relation=Relation.RELATED),
    fix="Set deletion_window_in_days=30.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    checks=(
        expects(
            _KEY,
            "Deletion takes at least 14 days.",
            at_least("deletionWindowInDays", "leaves too little time to notice", 14, left_out=30),
            environments=frozenset({"staging"}),
        ),
        expects(
            _KEY,
            "Deletion takes 30 days.",
            at_least("deletionWindowInDays", "leaves too little time to notice", 30, left_out=30),
            environments=PROD,
        ),
    ),
)

POLICY_SCOPED: Final = Rule(
    id="aws-kms-policy-scoped",
    title="The policy of a key names who may use it",
    reason="A key for everybody encrypts nothing: whoever holds the data can have it decrypted.",
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=(*cis_aws(v7=("2.21",)), *fsbp("KMS.5")),
    fix=(
        "Name the principals in the policy, or give the statement a condition; leave "
        "bypass_policy_lockout_safety_check out."
    ),
    source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    checks=(_policy_check(_KEY), _policy_check(_KEY_POLICY)),
)

"""What AWS keeps for others: secrets and log groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_aws
from policies.documents import is_public
from policies.expected import at_least, expects
from policies.rule import PROD, Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING

_SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
_SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105 - a type


def _private(secret: Subject) -> Iterator[Demand]:
    document = secret.at("policy")
    yield Demand(~is_public(document), document, "lets everybody at the secret")


def _document(principal: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    return json.dumps({"Statement": [statement]})


RECOVERABLE: Final = Rule(
    id="aws-secret-recoverable",
    title="Production secrets can be brought back for a week after deletion",
    reason="A secret that is deleted by mistake stops everything that signs in with it.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=(),
    fix="Set recovery_window_in_days to 7 or more, or leave it out.",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    checks=(
        expects(
            _SECRET,
            "A deleted secret can be restored for seven days at least.",
            at_least("recoveryWindowInDays", "is gone too soon", 7, left_out=30),
            environments=PROD,
        ),
    ),
)

POLICY_PRIVATE: Final = Rule(
    id="aws-secret-policy-private",
    title="No secret is for everybody",
    reason="A secret whose policy names everybody is none.",
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=cis_aws(v7=("2.21",)),
    fix="Name the principals that read the secret, and set block_public_policy=True.",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    checks=tuple(
        Check(
            type=type_,
            demand="No statement is for everybody without a condition.",
            reads=("policy",),
            absent="No policy grants nothing and satisfies.",
            judge=_private,
            good={
                "for one role": {"policy": _document({"AWS": "arn:aws:iam::111122223333:role/r"})},
                "left out": {},
            },
            bad={"for everybody": {"policy": _document("*")}},
            undecided={"not known": {"policy": UNKNOWN_STRING}},
        )
        for type_ in (_SECRET_POLICY, _SECRET)
    ),
)

"""AWS secrets: who reads them, how often they change, what brings them back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.companions import companions
from policies.controls import Relation, cis_aws, fsbp
from policies.documents import is_public
from policies.examples import example
from policies.expected import at_least, expects
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity, StackCheck
from policies.schedules import longest_gap_days
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, some, truth

_SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
_SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105 - a type
_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"


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


def _rotated(secret: Subject, stack: Stack) -> Iterator[Demand]:
    most: int = secret.configured["most_days"]
    rotations = companions(stack, _ROTATION, "secretId", _SECRET).of(secret.resource)
    rotated = some(
        is_its & _comes_within(rotation.at("rotationRules"), most) for rotation, is_its in rotations
    )
    yield Demand(rotated, secret, "is not rotated often enough")
    if secret.configured["own_key_required"]:
        key = secret.at("kmsKeyId")
        own = key.matches(lambda text: bool(text) and not text.endswith(_AWS_KEY))
        yield Demand(own, key, "leaves the secret to the key that AWS manages")


def _comes_within(rules: View, most_days: int) -> Truth:
    days = rules.at("automaticallyAfterDays")
    number = days.number()
    # State shows zero days where an expression says when.
    by_number = truth(number is not None and 0 < number <= most_days)
    if number is None and days.is_present:
        by_number = Truth.UNKNOWN
    return by_number | _turns_within(rules.at("scheduleExpression"), most_days)


def _turns_within(expression: View, most_days: int) -> Truth:
    text = expression.raw
    if not isinstance(text, str) or not text:
        return expression.matches(bool)
    gap = longest_gap_days(text)
    return Truth.UNKNOWN if gap is None else truth(0 < gap <= most_days)


def _rotation(secret: Resource | None, **rules: Any) -> Resource:
    return example(
        _ROTATION,
        "orders",
        {"secretId": UNKNOWN_STRING, "rotationRules": rules},
        made_from={"secretId": [secret]} if secret else None,
    )


_AWS_KEY: Final = "alias/aws/secretsmanager"
_ORDERS: Final = example(_SECRET, "orders", {"id": UNKNOWN_STRING})
_OTHER: Final = example(_SECRET, "users", {"id": UNKNOWN_STRING})
_OFTEN: Final = ("rate(90 days)", "rate(1 day)", "rate(2160 hours)", "cron(0 8 1 * ? *)")
_SELDOM: Final = ("rate(91 days)", "rate(2161 hours)", "cron(0 8 1 1,4,7,10 ? *)", "rate(0 days)")
_UNREADABLE: Final = ("cron(0 8 ? * 2#1 *)", "cron(0 8 1 * ? 2030)", "monthly")

ROTATION: Final = Rule(
    id="aws-secret-rotation",
    title="Secrets are rotated every 90 days",
    reason="A secret that leaked unnoticed is of use for as long as it stays what it is.",
    severity=Severity.MEDIUM,
    theme=Theme.SECRETS,
    controls=(
        *fsbp("SecretsManager.1"),
        *fsbp("SecretsManager.4", relation=Relation.RELATED),
    ),
    fix=(
        "Create an aws.secretsmanager.SecretRotation for the secret with "
        "automatically_after_days of 90 or fewer; set kms_key_id where own keys are required."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html#secretsmanager-1",
    settings=(
        Setting(
            name="most_days",
            description="The days after which a secret is rotated at the latest.",
            default=90,
        ),
        Setting(
            name="own_key_required",
            description="Whether the key AWS manages for Secrets Manager counts as a violation.",
            default=False,
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_SECRET,
            demand="Every secret has a rotation in the stack, which comes round in time.",
            reads={
                _SECRET: ("name", "kmsKeyId"),
                _ROTATION: (
                    "secretId",
                    "rotationRules.automaticallyAfterDays",
                    "rotationRules.scheduleExpression",
                ),
            },
            absent=(
                "No rotation for the secret violates, and so does one without rules. The id or "
                "name of the secret or, while ids are unknown, the dependencies of secretId tell "
                "which secret is meant. kmsKeyId left out is the key AWS manages and violates if "
                "an own key is required."
            ),
            judge=_rotated,
            good={
                "every 90 days": (_ORDERS, _rotation(_ORDERS, automaticallyAfterDays=90)),
                "every day": (_ORDERS, _rotation(_ORDERS, automaticallyAfterDays=1)),
                **{text: (_ORDERS, _rotation(_ORDERS, scheduleExpression=text)) for text in _OFTEN},
                "by an expression, as state shows it": (
                    _ORDERS,
                    _rotation(_ORDERS, automaticallyAfterDays=0, scheduleExpression=_OFTEN[0]),
                ),
                "by number, as state shows it": (
                    _ORDERS,
                    _rotation(_ORDERS, automaticallyAfterDays=30, scheduleExpression=""),
                ),
                "named": (
                    example(_SECRET, "orders", {"id": UNKNOWN_STRING, "name": "orders-0a1b"}),
                    example(
                        _ROTATION,
                        "orders",
                        {
                            "secretId": "orders-0a1b",
                            "rotationRules": {"automaticallyAfterDays": 30},
                        },
                    ),
                ),
            },
            bad={
                "no rotation": (_ORDERS,),
                "the rotation of another secret": (
                    _ORDERS,
                    _OTHER,
                    _rotation(_OTHER, automaticallyAfterDays=30),
                ),
                "every 91 days": (_ORDERS, _rotation(_ORDERS, automaticallyAfterDays=91)),
                "after zero days": (_ORDERS, _rotation(_ORDERS, automaticallyAfterDays=0)),
                "no rules": (_ORDERS, _rotation(_ORDERS)),
                **{
                    text: (_ORDERS, _rotation(_ORDERS, scheduleExpression=text)) for text in _SELDOM
                },
            },
            undecided={
                "days not known": (
                    _ORDERS,
                    _rotation(_ORDERS, automaticallyAfterDays=UNKNOWN_NUMBER),
                ),
                "expression not known": (
                    _ORDERS,
                    _rotation(_ORDERS, scheduleExpression=UNKNOWN_STRING),
                ),
                "the secret not known": (_ORDERS, _rotation(None, automaticallyAfterDays=30)),
                **{
                    f"expression {text}": (_ORDERS, _rotation(_ORDERS, scheduleExpression=text))
                    for text in _UNREADABLE
                },
            },
        ),
    ),
)

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

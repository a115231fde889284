"""Who may become somebody mightier on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.escalation import escalates
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, View

_ROLE: Final = "aws:iam/role:Role"
_HOLDERS: Final = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    _ROLE,
)


def _documents(subject: Subject) -> Iterator[View]:
    if subject.resource.type == _ROLE:
        for each in subject.at("inlinePolicies").elements():
            yield each.at("policy")
    else:
        yield subject.at("policy")


def _no_way_up(subject: Subject) -> Iterator[Demand]:
    for document in _documents(subject):
        yield Demand(~escalates(document), document, "lets its holder become somebody mightier")


def _allow(action: Any, resource: Any = "*", **more: Any) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


_PASS: Final = "iam:PassRole"  # noqa: S105 - an action, not a password
_FUNCTION_ROLE: Final = "arn:aws:iam::111122223333:role/shop-function"
_ALL_FUNCTIONS: Final = "arn:aws:lambda:eu-west-1:111122223333:function:shop-*"
_TO_LAMBDA: Final = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
_BOUNDARY: Final = {
    "StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/limits"}
}

_MIGHTY: Final = (
    *("cloudformation", "ecs", "glue", "iam"),
    *("lambda", "sagemaker", "ssm", "sts"),
)

_GOOD: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "read": (_allow(["s3:GetObject", "iam:Get*", "ec2:Describe*"]),),
    "pass one role": (_allow(_PASS, _FUNCTION_ROLE), _allow("lambda:CreateFunction")),
    "pass roles to one service": (
        _allow(_PASS, Condition=_TO_LAMBDA),
        _allow("lambda:CreateFunction"),
    ),
    "pass roles, start nothing": (_allow([_PASS, "s3:*"]),),
    "start with a role that somebody else passed": (_allow(["lambda:CreateFunction", "ec2:*"]),),
    "assume one role": (_allow("sts:AssumeRole", _FUNCTION_ROLE),),
    "within a boundary": (
        _allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"], Condition=_BOUNDARY),
    ),
    "denied again": (
        _allow("iam:*"),
        {"Effect": "Deny", "Action": ["iam:*"], "Resource": "*"},
    ),
    "only denied": ({"Effect": "Deny", "Action": "*", "Resource": "*"},),
    "everything but the services that escalate": (
        {"Effect": "Allow", "NotAction": [f"{each}:*" for each in _MIGHTY], "Resource": "*"},
    ),
}
_BAD: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "rewrite policies": (_allow("iam:CreatePolicyVersion"),),
    "rewrite policies, in other letters": (_allow(["s3:GetObject", "IAM:createpolicyversion"]),),
    "rewrite policies, by a pattern": (_allow("iam:Create*Version"),),
    "assume every role": (_allow("sts:AssumeRole"),),
    "assume every role of the account": (
        _allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/*"),
    ),
    "pass every role and start a function": (_allow([_PASS, "lambda:CreateFunction"]),),
    "pass every role and start a function, apart": (
        _allow(_PASS, ["*"]),
        _allow("lambda:Create*", _ALL_FUNCTIONS),
    ),
    "everything": (_allow("*"),),
    "everything but a few actions": (
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
    ),
    "everything but a few resources": (
        {"Effect": "Allow", "Action": "iam:PutUserPolicy", "NotResource": _FUNCTION_ROLE},
    ),
    "denied again, under a condition": (
        _allow("iam:PutUserPolicy"),
        {
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        },
    ),
    "under a condition that names nobody": (
        _allow("iam:PutUserPolicy", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ),
}
_UNDECIDED: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "action not known": (_allow([UNKNOWN_STRING]),),
    "resource not known": (_allow("sts:AssumeRole", UNKNOWN_STRING),),
    "effect not known": ({"Effect": UNKNOWN_STRING, "Action": "sts:AssumeRole", "Resource": "*"},),
    "condition not known": (_allow("sts:AssumeRole", Condition=UNKNOWN_STRING),),
}


def _props(type_: str, document: Any) -> Mapping[str, Any]:
    return {"inlinePolicies": [{"policy": document}]} if type_ == _ROLE else {"policy": document}


def _of(type_: str, found: tuple[Mapping[str, Any], ...], *, as_text: bool) -> Mapping[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(found)}
    return _props(type_, json.dumps(document) if as_text else document)


def _check(type_: str) -> Check:
    is_role = type_ == _ROLE
    undecided = {
        **{name: _of(type_, found, as_text=False) for name, found in _UNDECIDED.items()},
        "not known": _props(type_, UNKNOWN_STRING),
        "not readable": _props(type_, "no document"),
    }
    good = {name: _of(type_, found, as_text=True) for name, found in _GOOD.items()}
    if is_role:
        undecided["policies not known"] = {"inlinePolicies": UNKNOWN_ARRAY}
        good["no policies"] = {}
    return Check(
        type=type_,
        demand="No known way to become mightier is open to every resource.",
        reads=("inlinePolicies.policy",) if is_role else ("policy",),
        absent="No policy grants nothing and satisfies.",
        judge=_no_way_up,
        good={**good, "left out": {"inlinePolicies": [{}]} if is_role else {}},
        bad={name: _of(type_, found, as_text=True) for name, found in _BAD.items()},
        undecided=undecided,
    )


NO_ESCALATION: Final = Rule(
    id="aws-iam-no-escalation",
    title="No policy lets its holder become somebody mightier",
    reason=(
        "Who may write policies, pass any role to code of his own or take over any principal has "
        "every permission of the account, whatever else the policy seems to say."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=(),
    fix=(
        "Name the roles, policies and principals as resources, or limit the statement by "
        "iam:PassedToService, iam:PolicyARN or iam:PermissionsBoundary."
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    checks=tuple(map(_check, _HOLDERS)),
)

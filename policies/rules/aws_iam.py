"""Who may do what on AWS: policies, the trust in roles, and users."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.controls import cis_aws, fsbp
from policies.documents import (
    allows,
    compared,
    holds_text,
    is_everybody,
    is_on_everything,
    statements,
)
from policies.examples import example
from policies.expected import forbids
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, every, some, truth

_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/policy:Policy"
_HOLDERS: Final = (
    _POLICY,
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_SHARED_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
_ONLY_ATTACHMENTS: Final = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
_BY_TOKEN_ACTION: Final = "sts:assumerolewithwebidentity"  # noqa: S105 - an action

_Documents = Callable[[Subject], Iterator[View]]


def _own(subject: Subject) -> Iterator[View]:
    yield subject.at("policy")


def _inline(role: Subject) -> Iterator[View]:
    for each in role.at("inlinePolicies").elements():
        yield each.at("policy")


def _refusing(
    documents: _Documents, refused: Callable[[View], Truth], problem: str
) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        for document in documents(subject):
            granted = some(refused(each) & allows(each) for each in statements(document))
            yield Demand(~granted, document, problem)

    return judge


def _everything(statement: View) -> Truth:
    every_action = holds_text(statement.at("Action"), _is_every_action)
    all_but = statement.at("NotAction").is_given()
    return is_on_everything(statement) & (every_action | all_but)


def _whole_service(statement: View) -> Truth:
    return is_on_everything(statement) & holds_text(statement.at("Action"), _is_whole_service)


def _is_every_action(text: str) -> bool:
    return "*" in text and not text.strip("*?:")


def _is_whole_service(text: str) -> bool:
    # Without a colon a pattern runs on through the actions of what it begins: `iam*`.
    rest = text.partition(":")[2]
    return text.endswith("*") and not rest.strip("*") and not _is_every_action(text)


def _trusted(role: Subject) -> Iterator[Demand]:
    document = role.at("assumeRolePolicy")
    for statement in statements(document):
        granted = allows(statement)
        yield Demand(~(granted & is_everybody(statement)), document, "trusts everybody")
        by_token = holds_text(
            statement.at("Action"), lambda text: fnmatchcase(_BY_TOKEN_ACTION, text.lower())
        )
        federated = (by_token | statement.at("NotAction").is_given()) & statement.at(
            "Principal", "Federated"
        ).is_given()
        for claim, problem in (
            (":aud", "trusts tokens that were made for somebody else"),
            (":sub", "trusts every subject of an identity provider"),
        ):
            pinned = _pinned(statement, claim)
            yield Demand(~(granted & federated) | pinned, document, problem)


def _pinned(statement: View, claim: str) -> Truth:
    """Whether a claim is compared with whole texts only."""
    values = list(compared(statement, claim))
    whole = every(each.matches(lambda text: not set(text) & set("*?")) for each in values)
    return truth(bool(values)) & whole


def _administers(text: str) -> bool:
    return text.endswith((":policy/AdministratorAccess", ":policy/IAMFullAccess"))


def _attached(attachment: Subject) -> Iterator[Demand]:
    arn = attachment.at("policyArn")
    yield Demand(~arn.matches(_administers), arn, "makes the role an administrator")


def _attached_to_roles(attachment: Subject) -> Iterator[Demand]:
    to_roles = ~attachment.at("roles").is_empty()
    for demand in _attached(attachment):
        yield demand._replace(holds=demand.holds | ~to_roles)


def _managed(role: Subject) -> Iterator[Demand]:
    yield from _all_managed(role, "managedPolicyArns")


def _only_managed(attachments: Subject) -> Iterator[Demand]:
    yield from _all_managed(attachments, "policyArns")


def _all_managed(subject: Subject, key: str) -> Iterator[Demand]:
    for arn in subject.at(key).elements():
        yield Demand(~arn.matches(_administers), arn, "makes the role an administrator")


def _made_here(attachment: Subject, stack: Stack) -> Iterator[Demand]:
    arn = attachment.at("policyArn")
    behind = {each.type for each in stack.behind(attachment.resource, "policyArn")}
    settled = truth(arn.is_known or not arn.is_present or behind == {_POLICY})
    yield Demand(settled | Truth.UNKNOWN, arn, "attaches a policy from elsewhere")


def _document(*, effect: str = "Allow", **statement: Any) -> str:
    body = {"Effect": effect, **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [body]})


_READ: Final = _document(Action=["s3:GetObject"], Resource=["arn:aws:s3:::reports/*"])
_ADMIN: Final = _document(Action="*", Resource="*")
_ADMINISTRATORS: Final = {
    "everything": _ADMIN,
    "everything, in lists": _document(Action=["s3:GetObject", "*:*"], Resource=["*"]),
    "everything but a few actions": _document(NotAction=["iam:*"], Resource="*"),
    "everything but a few resources": _document(Action="*", NotResource="arn:aws:s3:::x"),
    "everything, with more wildcards": _document(Action="?*", Resource="arn:aws:*:*:*:*"),
}
_HARMLESS: Final = {
    "read one bucket": _READ,
    "everything of one bucket": _document(Action="*", Resource="arn:aws:s3:::reports"),
    "everything denied": _document(effect="Deny", Action="*", Resource="*"),
}
_SERVICES: Final = {
    "a whole service": _document(Action="ec2:*", Resource="*"),
    "a whole service beside an action": _document(Action=["s3:GetObject", "iam:*"], Resource="*"),
    "whole services by what they begin with": _document(Action="iam*", Resource="*"),
    "a whole service, with more wildcards": _document(Action="iam:**", Resource="**"),
}
_LIMITED: Final = {
    "read one bucket": _READ,
    "a whole service, on one resource": _document(Action="s3:*", Resource="arn:aws:s3:::reports"),
    "some actions on everything": _document(Action="ec2:Describe*", Resource="*"),
}


def _props_of(type_: str, document: Any) -> Mapping[str, Any]:
    return {"inlinePolicies": [{"policy": document}]} if type_ == _ROLE else {"policy": document}


def _star_checks(type_: str) -> Iterator[Check]:
    documents = _inline if type_ == _ROLE else _own
    reads = ("inlinePolicies.policy",) if type_ == _ROLE else ("policy",)
    nothing: Mapping[str, Any] = {"inlinePolicies": [{}]} if type_ == _ROLE else {}
    undecided = {
        "not known": _props_of(type_, UNKNOWN_STRING),
        "not readable": _props_of(type_, "no document"),
        "as an object, resource not known": _props_of(
            type_, {"Statement": {"Effect": "Allow", "Action": "*", "Resource": UNKNOWN_STRING}}
        ),
    }
    yield Check(
        type=type_,
        demand="No statement allows everything on everything.",
        reads=reads,
        absent="No policy grants nothing and satisfies.",
        judge=_refusing(documents, _everything, "allows everything on everything"),
        good={
            **{name: _props_of(type_, text) for name, text in _HARMLESS.items()},
            "left out": nothing,
        },
        bad={name: _props_of(type_, text) for name, text in _ADMINISTRATORS.items()},
        undecided=undecided,
    )
    yield Check(
        type=type_,
        demand="No statement allows every action of a service on everything.",
        reads=reads,
        absent="No policy grants nothing and satisfies.",
        judge=_refusing(documents, _whole_service, "allows a whole service on everything"),
        environments=frozenset({"staging", "prod"}),
        good={
            **{name: _props_of(type_, text) for name, text in _LIMITED.items()},
            "left out": nothing,
        },
        bad={name: _props_of(type_, text) for name, text in _SERVICES.items()},
        undecided={name: undecided[name] for name in ("not known", "not readable")},
    )


NO_STAR_ADMIN: Final = Rule(
    id="aws-iam-no-star-admin",
    title="No policy allows everything, outside dev not even everything of a service",
    reason="Whoever takes over the one who holds such a policy holds the account.",
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=(*cis_aws(v7=("2.14",), v5=("1.15",)), *fsbp("IAM.1", "IAM.21")),
    fix="Name the actions that are needed and the resources they are needed on.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-1",
    checks=tuple(check for type_ in (*_HOLDERS, _ROLE) for check in _star_checks(type_)),
)

_ISSUER: Final = "token.actions.githubusercontent.com"
_PROVIDER: Final = f"arn:aws:iam::111122223333:oidc-provider/{_ISSUER}"
_AUD: Final = {f"{_ISSUER}:aud": "sts.amazonaws.com"}
_SUB: Final = {f"{_ISSUER}:sub": "repo:example/shop:environment:prod"}


def _trust(principal: Any, **condition: Mapping[str, Any]) -> str:
    federated = isinstance(principal, dict) and "Federated" in principal
    action = "sts:AssumeRoleWithWebIdentity" if federated else "sts:AssumeRole"
    return _document(Principal=principal, Action=action, Condition=condition)


_BY_TOKEN: Final = {"Federated": _PROVIDER}

TRUST_SCOPED: Final = Rule(
    id="aws-iam-trust-scoped",
    title="A role trusts named principals, and of an identity provider one subject",
    reason=(
        "A role that everybody, or every repository of a public service, may assume belongs to "
        "everybody."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=(),
    fix=(
        "Name the principals in assume_role_policy; for an identity provider compare aud and sub "
        "with StringEquals and without wildcards."
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
    checks=(
        Check(
            type=_ROLE,
            demand="Trust is in named principals; a token must name its audience and its subject.",
            reads=("assumeRolePolicy",),
            absent="No trust at all satisfies; AWS refuses such a role.",
            judge=_trusted,
            good={
                "a service": {"assumeRolePolicy": _trust({"Service": "ec2.amazonaws.com"})},
                "a subject of an identity provider": {
                    "assumeRolePolicy": _trust(_BY_TOKEN, StringEquals={**_AUD, **_SUB})
                },
                "a subject, pattern without wildcard": {
                    "assumeRolePolicy": _trust(_BY_TOKEN, StringEquals=_AUD, StringLike=_SUB)
                },
                "everybody denied": {
                    "assumeRolePolicy": _document(
                        effect="Deny", Principal="*", Action="sts:AssumeRole"
                    )
                },
                "left out": {},
            },
            bad={
                "everybody": {"assumeRolePolicy": _trust("*")},
                "everybody under a condition": {
                    "assumeRolePolicy": _trust({"AWS": ["*"]}, StringEquals={"a": "b"})
                },
                "a provider without conditions": {"assumeRolePolicy": _trust(_BY_TOKEN)},
                "a provider without conditions, by a pattern of actions": {
                    "assumeRolePolicy": _document(Principal=_BY_TOKEN, Action="sts:Assume*")
                },
                "a provider without conditions, for all but an action": {
                    "assumeRolePolicy": _document(Principal=_BY_TOKEN, NotAction="sts:TagSession")
                },
                "any subject": {"assumeRolePolicy": _trust(_BY_TOKEN, StringEquals=_AUD)},
                "any audience": {"assumeRolePolicy": _trust(_BY_TOKEN, StringEquals=_SUB)},
                "subjects by a pattern": {
                    "assumeRolePolicy": _trust(
                        _BY_TOKEN,
                        StringEquals=_AUD,
                        StringLike={f"{_ISSUER}:sub": "repo:example/*"},
                    )
                },
                "subjects other than one": {
                    "assumeRolePolicy": _trust(_BY_TOKEN, StringEquals=_AUD, StringNotEquals=_SUB)
                },
            },
            undecided={
                "not known": {"assumeRolePolicy": UNKNOWN_STRING},
                "not readable": {"assumeRolePolicy": "no document"},
                "as an object, subject not known": {
                    "assumeRolePolicy": {
                        "Statement": {
                            "Effect": "Allow",
                            "Principal": _BY_TOKEN,
                            "Action": "sts:AssumeRoleWithWebIdentity",
                            "Condition": {
                                "StringEquals": {**_AUD, f"{_ISSUER}:sub": UNKNOWN_STRING}
                            },
                        }
                    }
                },
            },
        ),
    ),
)

_ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_WORKER: Final = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"


_OWN: Final = example(_POLICY, "reader", {"policy": _READ})
_PARAMETER: Final = example("aws:ssm/parameter:Parameter", "arn", {"type": "String"})


def _attachment(*made_from: Resource, arn: str = UNKNOWN_STRING) -> Resource:
    return example(
        _ATTACHMENT,
        "reader",
        {"policyArn": arn},
        made_from={"policyArn": made_from} if made_from else None,
    )


_ATTACHMENT_SETTLED: Final = StackCheck(
    type=_ATTACHMENT,
    demand="A policy that is not known yet is one of the stack, which is judged itself.",
    reads={_ATTACHMENT: ("policyArn",)},
    absent="Nothing is read: a policy that is left out is judged on its own.",
    judge=_made_here,
    settles=True,
    good={
        "a policy of the stack": (_OWN, _attachment(_OWN)),
        "known": (_attachment(arn=_WORKER),),
        "left out": (example(_ATTACHMENT, "reader"),),
    },
    bad={},
    undecided={
        "from elsewhere": (_OWN, _PARAMETER, _attachment(_OWN, _PARAMETER)),
        "from nothing known": (_attachment(),),
    },
)

NO_ADMIN_MANAGED: Final = Rule(
    id="aws-iam-no-admin-managed",
    title="No role is given the policies of an administrator",
    reason="Who can write IAM policies can give itself everything else.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_aws(v7=("2.14",), v5=("1.15",)),
    fix="Attach a policy that names the actions and resources the role needs.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    checks=(
        Check(
            type=_ATTACHMENT,
            demand="The policy is not one that makes an administrator.",
            reads=("policyArn",),
            absent="policyArn left out satisfies; the provider refuses it.",
            judge=_attached,
            good={"a policy for nodes": {"policyArn": _WORKER}, "left out": {}},
            bad={
                "administrator": {"policyArn": _ADMINISTRATOR},
                "all of IAM": {"policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"},
            },
            undecided={"not known": {"policyArn": UNKNOWN_STRING}},
        ),
        Check(
            type=_ROLE,
            demand="None of the policies is one that makes an administrator.",
            reads=("managedPolicyArns",),
            absent="managedPolicyArns left out is none and satisfies.",
            judge=_managed,
            good={"a policy for nodes": {"managedPolicyArns": [_WORKER]}, "left out": {}},
            bad={"administrator": {"managedPolicyArns": [_WORKER, _ADMINISTRATOR]}},
            undecided={
                "not known": {"managedPolicyArns": UNKNOWN_STRING},
                "one not known": {"managedPolicyArns": [_WORKER, UNKNOWN_STRING]},
            },
        ),
        Check(
            type=_SHARED_ATTACHMENT,
            demand="What roles are given is not a policy that makes an administrator.",
            reads=("policyArn", "roles"),
            absent="policyArn or roles left out gives roles nothing and satisfies.",
            judge=_attached_to_roles,
            good={
                "a policy for nodes": {"policyArn": _WORKER, "roles": ["node"]},
                "administrator, of no roles": {"policyArn": _ADMINISTRATOR, "groups": ["admins"]},
                "left out": {},
            },
            bad={"administrator": {"policyArn": _ADMINISTRATOR, "roles": [UNKNOWN_STRING]}},
            undecided={
                "policy not known": {"policyArn": UNKNOWN_STRING, "roles": ["node"]},
                "roles not known": {"policyArn": _ADMINISTRATOR, "roles": UNKNOWN_STRING},
            },
        ),
        Check(
            type=_ONLY_ATTACHMENTS,
            demand="None of the policies is one that makes an administrator.",
            reads=("policyArns",),
            absent="policyArns left out is none and satisfies.",
            judge=_only_managed,
            good={"a policy for nodes": {"policyArns": [_WORKER]}, "left out": {}},
            bad={"administrator": {"policyArns": [_WORKER, _ADMINISTRATOR]}},
            undecided={"one not known": {"policyArns": [_WORKER, UNKNOWN_STRING]}},
        ),
    ),
    stack_checks=(_ATTACHMENT_SETTLED,),
)

NO_USER_GRANTS: Final = Rule(
    id="aws-iam-no-user-grants",
    title="Users are granted nothing directly, and hold no access keys",
    reason=(
        "A key that never expires is found where it was once pasted, and a grant to one user is "
        "seen by nobody who looks at roles and groups."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=(*cis_aws(v7=("2.13",), v5=("1.14",)), *fsbp("IAM.2")),
    fix="Give people and machines a role that they assume with short-lived credentials.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2",
    checks=(
        forbids(
            "aws:iam/accessKey:AccessKey",
            "There are no access keys.",
            "is a credential that does not expire",
            {"user": "builder"},
        ),
        forbids(
            "aws:iam/userPolicy:UserPolicy",
            "No policy belongs to a user.",
            "grants something to a user directly",
            {"user": "builder", "policy": UNKNOWN_STRING},
        ),
        forbids(
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
            "No policy is attached to a user.",
            "grants something to a user directly",
            {"user": "builder", "policyArn": UNKNOWN_STRING},
        ),
    ),
)

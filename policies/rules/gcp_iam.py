"""Who may do what in a Google Cloud project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.controls import cis_gcp
from policies.expected import forbids
from policies.members import private_members, settled_members
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING

_MEMBER: Final = "gcp:projects/iAMMember:IAMMember"
_BINDING: Final = "gcp:projects/iAMBinding:IAMBinding"
_GRANTS: Final = (_MEMBER, _BINDING)
_PRIMITIVE: Final = ("roles/owner", "roles/editor")
_IMPERSONATION: Final = ("roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator")
_ROBOT: Final = "serviceAccount:builder@example.iam.gserviceaccount.com"
_PERSON: Final = "group:operations@example.com"
_READER: Final = "roles/storage.objectViewer"
_ADMIN: Final = "roles/storage.admin"
_ONE_RESOURCE: Final = re.compile(r'resource\.name == "[^"]+"')
_ONE: Final = 'resource.name == "projects/example/locations/europe-west1/clusters/core"'


def _limited(grant: Subject) -> Iterator[Demand]:
    role = grant.at("role")
    yield Demand(~role.is_one_of(*_PRIMITIVE), role, "grants the whole project")


def _not_administering(grant: Subject) -> Iterator[Demand]:
    yield from _limited(grant)
    role = grant.at("role")
    robot = grant.at("member").matches(lambda text: text.startswith("serviceAccount:"))
    of_project = ~grant.at("condition", "expression").matches(_names_one_resource)
    yield Demand(
        ~(robot & role.matches(lambda text: text.endswith(".admin")) & of_project),
        role,
        "makes a service account an administrator of the project",
    )


def _names_one_resource(expression: str) -> bool:
    return _ONE_RESOURCE.fullmatch(expression) is not None


def _not_impersonating(grant: Subject) -> Iterator[Demand]:
    role = grant.at("role")
    yield Demand(
        ~role.is_one_of(*_IMPERSONATION), role, "lets every service account be impersonated"
    )


NO_PRIMITIVE: Final = Rule(
    id="gcp-iam-no-primitive",
    title="Nobody is granted a whole project, and no service account administers",
    reason="Whoever takes over the one who holds such a role holds the project.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_gcp(v5=("1.6",), v4=("1.5",)),
    fix="Grant a role that names what is needed, on the resource it is needed on.",
    source="https://cloud.google.com/iam/docs/roles-overview",
    checks=(
        Check(
            type=_MEMBER,
            demand=(
                "The role is neither owner nor editor, nor for a machine that of an administrator "
                "of more than one resource."
            ),
            reads=("role", "member", "condition.expression"),
            absent=(
                "role or member left out satisfies; the provider refuses it. A grant without "
                "condition is for every resource of the project."
            ),
            judge=_not_administering,
            good={
                "a narrow role": {"role": _READER, "member": _ROBOT},
                "a narrow role, member not known": {"role": _READER, "member": UNKNOWN_STRING},
                "an administrator who is a person": {"role": _ADMIN, "member": _PERSON},
                "a machine that administers one resource": {
                    "role": _ADMIN,
                    "member": _ROBOT,
                    "condition": {"title": "one", "expression": _ONE},
                },
                "left out": {},
            },
            bad={
                "owner of one resource": {
                    "role": "roles/owner",
                    "member": _PERSON,
                    "condition": {"expression": _ONE},
                },
                "a condition that names no resource": {
                    "role": _ADMIN,
                    "member": _ROBOT,
                    "condition": {"expression": f"{_ONE} || true"},
                },
                "a condition without expression": {
                    "role": _ADMIN,
                    "member": _ROBOT,
                    "condition": {"title": "one"},
                },
                "owner": {"role": "roles/owner", "member": _PERSON},
                "editor, member not known": {"role": "roles/editor", "member": UNKNOWN_STRING},
                "an administrator who is a machine": {"role": _ADMIN, "member": _ROBOT},
            },
            undecided={
                "role not known": {"role": UNKNOWN_STRING, "member": _PERSON},
                "who administers not known": {"role": _ADMIN, "member": UNKNOWN_STRING},
                "condition not known": {
                    "role": _ADMIN,
                    "member": _ROBOT,
                    "condition": {"expression": UNKNOWN_STRING},
                },
            },
        ),
        Check(
            type=_BINDING,
            demand="The role is neither owner nor editor.",
            reads=("role",),
            absent="role left out satisfies; the provider refuses it.",
            judge=_limited,
            good={"a narrow role": {"role": _READER}, "left out": {}},
            bad={each: {"role": each} for each in _PRIMITIVE},
            undecided={"not known": {"role": UNKNOWN_STRING}},
        ),
    ),
)


def _impersonation_check(type_: str) -> Check:
    return Check(
        type=type_,
        demand="The role does not let every service account of the project be used.",
        reads=("role",),
        absent="role left out satisfies; the provider refuses it.",
        judge=_not_impersonating,
        good={"a narrow role": {"role": _READER}, "left out": {}},
        bad={each: {"role": each} for each in _IMPERSONATION},
        undecided={"not known": {"role": UNKNOWN_STRING}},
    )


NO_PROJECT_IMPERSONATION: Final = Rule(
    id="gcp-iam-no-project-impersonation",
    title="Nobody may act as every service account, and nothing is granted to everybody",
    reason="Whoever may act as every service account has what all of them were given together.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_gcp(v5=("1.7",), v4=("1.6",)),
    fix="Grant the role on the one service account that is meant, to a member that is named.",
    source="https://cloud.google.com/iam/docs/service-account-permissions",
    checks=(*map(_impersonation_check, _GRANTS), *map(private_members, _GRANTS)),
    stack_checks=tuple(map(settled_members, _GRANTS)),
)

NO_SA_KEYS: Final = Rule(
    id="gcp-iam-no-sa-keys",
    title="Service accounts have no keys",
    reason="A key that never expires is found where it was once pasted.",
    severity=Severity.HIGH,
    theme=Theme.SECRETS,
    controls=cis_gcp(v5=("1.5",), v4=("1.4",)),
    fix="Use workload identity, or federation with the provider of the caller's identity.",
    source="https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys",
    checks=(
        forbids(
            "gcp:serviceaccount/key:Key",
            "There are no keys of service accounts.",
            "is a credential that does not expire",
            {"serviceAccountId": "builder"},
        ),
    ),
)

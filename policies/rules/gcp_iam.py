"""Who may do what in a Google Cloud project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_gcp
from policies.expected import forbids
from policies.members import private_members, private_policy, settled_members
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, some

_MEMBERS: Final = (
    "gcp:projects/iAMMember:IAMMember",
    "gcp:folder/iAMMember:IAMMember",
    "gcp:organizations/iAMMember:IAMMember",
)
_BINDINGS: Final = (
    "gcp:projects/iAMBinding:IAMBinding",
    "gcp:folder/iAMBinding:IAMBinding",
    "gcp:organizations/iAMBinding:IAMBinding",
)
_POLICIES: Final = (
    "gcp:projects/iAMPolicy:IAMPolicy",
    "gcp:folder/iAMPolicy:IAMPolicy",
    "gcp:organizations/iAMPolicy:IAMPolicy",
)
_GRANTS: Final = (*_MEMBERS, *_BINDINGS)
_PRIMITIVE: Final = ("roles/owner", "roles/editor")
_IMPERSONATION: Final = (
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.workloadIdentityUser",
)
# Who grants roles can grant itself every other one.
_GRANTING: Final = ("IamAdmin", ".organizationAdmin", ".securityAdmin", ".serviceAccountAdmin")
_ROBOT: Final = "serviceAccount:builder@example.iam.gserviceaccount.com"
_PERSON: Final = "group:operations@example.com"
_READER: Final = "roles/storage.objectViewer"
_ADMIN: Final = "roles/storage.admin"
_ONE_RESOURCE: Final = re.compile(r'resource\.name == "[^"]+"')
_ONE: Final = 'resource.name == "projects/example/locations/europe-west1/clusters/core"'


def _member_key(type_: str) -> str:
    return "members" if type_ in _BINDINGS else "member"


def _not_administering(grant: Subject) -> Iterator[Demand]:
    role = grant.at("role")
    yield Demand(~role.is_one_of(*_PRIMITIVE), role, "grants the whole project")
    robot = some(
        member.matches(lambda text: text.startswith("serviceAccount:"))
        for member in grant.at(_member_key(grant.resource.type)).elements()
    )
    of_project = ~grant.at("condition", "expression").matches(_names_one_resource)
    yield Demand(
        ~(robot & role.matches(_administers) & of_project),
        role,
        "makes a service account an administrator of the project",
    )


def _administers(role: str) -> bool:
    return role.endswith((".admin", *_GRANTING))


def _names_one_resource(expression: str) -> bool:
    return _ONE_RESOURCE.fullmatch(expression) is not None


def _not_impersonating(grant: Subject) -> Iterator[Demand]:
    role = grant.at("role")
    yield Demand(
        ~role.is_one_of(*_IMPERSONATION), role, "lets every service account be impersonated"
    )


def _primitive_check(type_: str) -> Check:
    key = _member_key(type_)

    def grant(role: str, member: str, **condition: str) -> dict[str, Any]:
        limited = {"condition": condition} if condition else {}
        return {"role": role, key: [_PERSON, member] if key == "members" else member, **limited}

    return Check(
        type=type_,
        demand=(
            "The role is neither owner nor editor, nor for a machine that of an administrator "
            "of more than one resource."
        ),
        reads=("role", key, "condition.expression"),
        absent=(
            f"role or {key} left out satisfies; the provider refuses it. A grant without "
            "condition is for every resource."
        ),
        judge=_not_administering,
        good={
            "a narrow role": grant(_READER, _ROBOT),
            "a narrow role, member not known": grant(_READER, UNKNOWN_STRING),
            "an administrator who is a person": grant(_ADMIN, _PERSON),
            "a machine that administers one resource": grant(
                _ADMIN, _ROBOT, title="one", expression=_ONE
            ),
            "left out": {},
        },
        bad={
            "owner of one resource": grant("roles/owner", _PERSON, expression=_ONE),
            "a condition that names no resource": grant(
                _ADMIN, _ROBOT, expression=f"{_ONE} || true"
            ),
            "a condition without expression": grant(_ADMIN, _ROBOT, title="one"),
            "owner": grant("roles/owner", _PERSON),
            "editor, member not known": grant("roles/editor", UNKNOWN_STRING),
            "an administrator who is a machine": grant(_ADMIN, _ROBOT),
            **{
                f"a machine that grants roles as {role}": grant(f"roles/{role}", _ROBOT)
                for role in (
                    "resourcemanager.projectIamAdmin",
                    "resourcemanager.organizationAdmin",
                    "iam.securityAdmin",
                    "iam.serviceAccountAdmin",
                )
            },
        },
        undecided={
            "role not known": grant(UNKNOWN_STRING, _PERSON),
            "who administers not known": grant(_ADMIN, UNKNOWN_STRING),
            "condition not known": grant(_ADMIN, _ROBOT, expression=UNKNOWN_STRING),
        },
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
    checks=tuple(map(_primitive_check, _GRANTS)),
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
    checks=(
        *map(_impersonation_check, _GRANTS),
        *map(private_members, _GRANTS),
        *map(private_policy, _POLICIES),
    ),
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

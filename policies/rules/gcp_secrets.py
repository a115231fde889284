"""Google Cloud secrets: how long a version lives, who reads it, and where else it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.expected import Expected, expects
from policies.members import private_members, private_policy, settled_members
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_OBJECT, UNKNOWN_STRING, View, truth

_SECRET: Final = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type
_REGIONAL: Final = "gcp:secretmanager/regionalSecret:RegionalSecret"
_VERSIONS: Final = (
    "gcp:secretmanager/secretVersion:SecretVersion",
    "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
)
_POLICIES: Final = (
    "gcp:secretmanager/secretIamPolicy:SecretIamPolicy",
    "gcp:secretmanager/regionalSecretIamPolicy:RegionalSecretIamPolicy",
)
_GRANTS: Final = (
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    "gcp:secretmanager/secretIamBinding:SecretIamBinding",
    "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember",
    "gcp:secretmanager/regionalSecretIamBinding:RegionalSecretIamBinding",
)
_DURATION: Final = re.compile(r"0*[1-9]\d*(\.\d+)?s")
_KEY: Final = "projects/example/locations/europe-west1/keyRings/core/cryptoKeys/secrets"


def _lasts(path: str, problem: str, usual: str) -> Expected:
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: view.matches(lambda text: bool(_DURATION.fullmatch(text))),
        good=(usual, "3600.5s"),
        bad=("0s", "", "30d"),
    )


def _rotation() -> Expected:
    return _lasts("rotation.rotationPeriod", "is never replaced", "7776000s")


def _destruction() -> Expected:
    return _lasts("versionDestroyTtl", "is destroyed at once", "604800s")


def _own_keys(secret: Subject) -> Iterator[Demand]:
    replication = secret.at("replication")
    yield from _own(secret, replication.at("auto"))
    for replica in replication.at("userManaged", "replicas").elements():
        yield from _own(secret, replica)


def _own_key(secret: Subject) -> Iterator[Demand]:
    yield from _own(secret, secret)


def _own(secret: Subject, holder: View) -> Iterator[Demand]:
    if holder.is_present:
        key = holder.at("customerManagedEncryption", "kmsKeyName")
        # A key that is named must be one, whether or not one is required.
        named = key.is_given() & truth(key.raw != "")
        required = secret.configured["own_key_required"] or key.is_present
        if required:
            yield Demand(named, key, "leaves the secret to a key of Google")


def _not_written_down(version: Subject) -> Iterator[Demand]:
    data = version.at("secretData")
    yield Demand(~data.is_given(), data, "is kept in the state, too")


def _encrypted(name: Any) -> dict[str, Any]:
    return {"customerManagedEncryption": {"kmsKeyName": name}}


def _replicated(*replicas: dict[str, Any]) -> dict[str, Any]:
    return {"replication": {"userManaged": {"replicas": list(replicas)}}}


_ENCRYPTION: Final = "customerManagedEncryption.kmsKeyName"

MANAGED: Final = Rule(
    id="gcp-secret-managed",
    title="Secrets are replaced in time, are nobody else's, and are written down once",
    reason=(
        "A secret that never changes is good for ever to whoever saw it once; a copy in the state "
        "is one more place to see it."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.SECRETS,
    controls=(),
    fix=(
        "Set rotation.rotation_period (with a topic) and version_destroy_ttl, name the members "
        "that read the secret, and give its data as secret_data_wo."
    ),
    source="https://cloud.google.com/secret-manager/docs/best-practices",
    settings=(
        Setting(
            name="own_key_required",
            description="Whether a secret encrypted with a key of Google counts as a violation.",
            default=False,
        ),
    ),
    checks=(
        *(
            expects(type_, "The secret is replaced after a while.", _rotation())
            for type_ in (_SECRET, _REGIONAL)
        ),
        *(
            expects(type_, "A version is destroyed with delay.", _destruction(), environments=PROD)
            for type_ in (_SECRET, _REGIONAL)
        ),
        Check(
            type=_SECRET,
            demand="A key that is named is one; where own keys are required, each copy has one.",
            reads=(
                f"replication.auto.{_ENCRYPTION}",
                f"replication.userManaged.replicas.{_ENCRYPTION}",
            ),
            absent="kmsKeyName left out is a key of Google and satisfies, unless one is required.",
            judge=_own_keys,
            good={
                "left out": {"replication": {"auto": {"customerManagedEncryption": {}}}},
                "a key": {"replication": {"auto": _encrypted(_KEY)}},
                "a key for each copy": _replicated(_encrypted(_KEY), _encrypted(UNKNOWN_STRING)),
                "no key of a copy": _replicated({"customerManagedEncryption": {}}),
                "nothing said": {},
            },
            bad={
                "empty": {"replication": {"auto": _encrypted("")}},
                "empty for one copy": _replicated(_encrypted(_KEY), _encrypted("")),
            },
            undecided={
                "encryption not known": {
                    "replication": {"auto": {"customerManagedEncryption": UNKNOWN_OBJECT}}
                },
                "copies not known": {"replication": {"userManaged": {"replicas": UNKNOWN_ARRAY}}},
            },
        ),
        Check(
            type=_REGIONAL,
            demand="A key that is named is one; where own keys are required, there is one.",
            reads=(_ENCRYPTION,),
            absent="kmsKeyName left out is a key of Google and satisfies, unless one is required.",
            judge=_own_key,
            good={
                "left out": {"customerManagedEncryption": {}},
                "nothing said": {},
                "a key": _encrypted(_KEY),
                "a key that is not known yet": _encrypted(UNKNOWN_STRING),
            },
            bad={"empty": _encrypted("")},
            undecided={"not known": {"customerManagedEncryption": UNKNOWN_OBJECT}},
        ),
        *map(private_members, _GRANTS),
        *map(private_policy, _POLICIES),
        *(
            Check(
                type=type_,
                demand="The data of the version is not kept in the state.",
                reads=("secretData",),
                absent="secretData left out satisfies; secretDataWo is written and not kept.",
                judge=_not_written_down,
                good={"written only": {"secretDataWo": "s3cret"}, "left out": {}},
                bad={
                    "kept": {"secretData": "s3cret"},
                    "kept, not known": {"secretData": UNKNOWN_STRING},
                },
                undecided={},
            )
            for type_ in _VERSIONS
        ),
    ),
    stack_checks=tuple(map(settled_members, _GRANTS)),
)

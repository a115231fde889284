"""Google Cloud keys: how long a version lives, and who may use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from policies.controls import cis_gcp
from policies.expected import Expected, expects
from policies.members import private_members, private_policy, settled_members
from policies.rule import Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import Truth, View

_KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
_POLICIES: Final = (
    "gcp:kms/cryptoKeyIAMPolicy:CryptoKeyIAMPolicy",
    "gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy",
)
_GRANTS: Final = (
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
    "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
    "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding",
)
_ROTATION_SECONDS: Final = 7_776_000
_WEEK_SECONDS: Final = 604_800
_SECONDS: Final = re.compile(r"(\d{1,12})(?:\.\d+)?s")


def _lasts(predicate: Callable[[int], bool]) -> Callable[[View], Truth]:
    """Whether a duration, such as ``7776000s``, is as long as it must be."""

    def is_it(text: str) -> bool:
        match = _SECONDS.fullmatch(text)
        return bool(match) and predicate(int(match.group(1)))

    return lambda view: view.matches(is_it)


def _rotates(key: Subject) -> Truth:
    """Whether the key is of the only kind that rotates itself."""
    return key.at("purpose", absent="ENCRYPT_DECRYPT").is_one_of("ENCRYPT_DECRYPT")


def _keys() -> Iterator[Expected]:
    yield Expected(
        path="rotationPeriod",
        problem="rotates too seldom or never",
        holds=_lasts(lambda seconds: 0 < seconds <= _ROTATION_SECONDS),
        good=("7776000s", "2592000s"),
        bad=("7776001s", "90d"),
    )
    yield Expected(
        path="destroyScheduledDuration",
        problem="leaves too little time to notice its destruction",
        holds=_lasts(lambda seconds: seconds >= _WEEK_SECONDS),
        left_out="2592000s",
        good=("604800s", "2592000s"),
        bad=("86400s",),
    )


ROTATION: Final = Rule(
    id="gcp-kms-rotation",
    title="Keys for data rotate within ninety days, and are destroyed slowly",
    reason="The more data one version has encrypted, the more its loss costs.",
    severity=Severity.MEDIUM,
    theme=Theme.SECRETS,
    controls=cis_gcp(v5=("1.11",), v4=("1.10",)),
    fix=(
        'Set rotation_period="7776000s"; leave destroy_scheduled_duration out or set it to a week '
        "or more when the key is created."
    ),
    source="https://cloud.google.com/kms/docs/key-rotation",
    checks=(
        expects(
            _KEY,
            "A key for encryption rotates, and its versions can be brought back for a week.",
            *_keys(),
            applies=_rotates,
            applies_reads=("purpose",),
            foreign={"for signatures": {"purpose": "ASYMMETRIC_SIGN"}},
        ),
    ),
)

PRIVATE: Final = Rule(
    id="gcp-kms-private",
    title="No key is granted to everybody",
    reason="A key for everybody encrypts nothing: whoever holds the data can have it decrypted.",
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=cis_gcp(v5=("1.10",), v4=("1.9",)),
    fix="Name the members that use the key.",
    source="https://cloud.google.com/kms/docs/iam",
    checks=(*map(private_members, _GRANTS), *map(private_policy, _POLICIES)),
    stack_checks=tuple(map(settled_members, _GRANTS)),
)

"""AWS caches: what they encrypt, whom they let in, what they survive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import fsbp
from policies.expected import at_least, expects, on
from policies.rule import PROD, Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING, truth

_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"


def _encrypted(group: Subject) -> Iterator[Demand]:
    at_rest = group.at("atRestEncryptionEnabled")
    # ElastiCache encrypts Valkey unless told otherwise, and Redis only if told.
    by_default = group.at("engine", absent="redis").is_one_of("valkey")
    yield Demand(
        at_rest.is_true() | (by_default & ~truth(at_rest.is_present)),
        at_rest if at_rest.is_present else group.at("engine"),
        "leaves what is stored unencrypted",
    )
    in_transit = group.at("transitEncryptionEnabled", absent=False)
    yield Demand(in_transit.is_true(), in_transit, "sends what is stored in clear")
    mode = group.at("transitEncryptionMode")
    yield Demand(~mode.is_one_of("preferred"), mode, "still accepts clients without TLS")


def _authenticated(group: Subject) -> Iterator[Demand]:
    token = group.at("authToken")
    users = group.at("userGroupIds")
    yield Demand(token.is_given() | ~users.is_empty(), group, "lets in whoever reaches it")


_BOTH: Final = {"atRestEncryptionEnabled": True, "transitEncryptionEnabled": True}

ENCRYPTED: Final = Rule(
    id="aws-elasticache-encrypted",
    title="Caches are encrypted, stored and on the way",
    reason="A cache holds copies of what the database behind it protects: sessions, answers, keys.",
    severity=Severity.HIGH,
    theme=Theme.ENCRYPTION,
    controls=fsbp("ElastiCache.4", "ElastiCache.5"),
    fix=(
        "Set at_rest_encryption_enabled=True and transit_encryption_enabled=True, with "
        'transit_encryption_mode="required".'
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-4",
    checks=(
        Check(
            type=_GROUP,
            demand="What is stored is encrypted, and clients must use TLS.",
            reads=(
                "atRestEncryptionEnabled",
                "engine",
                "transitEncryptionEnabled",
                "transitEncryptionMode",
            ),
            absent=(
                "atRestEncryptionEnabled left out is on for engine valkey and satisfies; for "
                "redis, which is the engine if left out, it is off and violates. "
                "transitEncryptionEnabled left out is off and violates. transitEncryptionMode "
                "left out is required and satisfies."
            ),
            judge=_encrypted,
            good={
                "both": _BOTH,
                "both, mode required": {**_BOTH, "transitEncryptionMode": "required"},
                "both, engine not known yet": {**_BOTH, "engine": UNKNOWN_STRING},
                "Valkey, left out": {"engine": "valkey", "transitEncryptionEnabled": True},
            },
            bad={
                "left out": {},
                "Redis, left out": {"engine": "redis", "transitEncryptionEnabled": True},
                "Valkey, switched off": {
                    **_BOTH,
                    "engine": "valkey",
                    "atRestEncryptionEnabled": False,
                },
                "sent in clear": {**_BOTH, "transitEncryptionEnabled": False},
                "TLS left out": {"atRestEncryptionEnabled": True},
                "clients without TLS": {**_BOTH, "transitEncryptionMode": "preferred"},
            },
            undecided={
                "stored not known": {**_BOTH, "atRestEncryptionEnabled": UNKNOWN_BOOLEAN},
                "engine not known": {"engine": UNKNOWN_STRING, "transitEncryptionEnabled": True},
                "TLS not known": {**_BOTH, "transitEncryptionEnabled": UNKNOWN_BOOLEAN},
                "mode not known": {**_BOTH, "transitEncryptionMode": UNKNOWN_STRING},
            },
        ),
    ),
)

AUTH: Final = Rule(
    id="aws-elasticache-auth",
    title="Caches ask who is there",
    reason="Without it whatever reaches the port of a cache reads and writes everything in it.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=fsbp("ElastiCache.6"),
    fix="Set user_group_ids to a group whose users sign in with IAM, or set an auth_token.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-6",
    checks=(
        Check(
            type=_GROUP,
            demand="There is a group of users, or a token.",
            reads=("authToken", "userGroupIds"),
            absent="Both left out violates.",
            judge=_authenticated,
            good={
                "a group of users": {"userGroupIds": ["readers"]},
                "a group not known yet": {"userGroupIds": [UNKNOWN_STRING]},
                "a token": {"authToken": UNKNOWN_STRING},
            },
            bad={"left out": {}, "no group": {"userGroupIds": []}},
            undecided={"groups not known": {"userGroupIds": UNKNOWN_ARRAY}},
        ),
    ),
)

RESILIENT: Final = Rule(
    id="aws-elasticache-resilient",
    title="Production caches fail over to another zone, and are patched and backed up",
    reason="A cache that is lost sends its whole load to the database at once.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=fsbp("ElastiCache.1", "ElastiCache.2", "ElastiCache.3"),
    fix=(
        "Set automatic_failover_enabled=True, multi_az_enabled=True and snapshot_retention_limit; "
        "leave auto_minor_version_upgrade on."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-3",
    checks=(
        expects(
            _GROUP,
            "The cache survives the loss of a zone, and there are snapshots.",
            on("automaticFailoverEnabled", "waits for a person when its primary is lost"),
            on("multiAzEnabled", "keeps all nodes in one zone"),
            at_least("snapshotRetentionLimit", "keeps no snapshots", 1, left_out=0),
            environments=PROD,
        ),
        expects(
            _GROUP,
            "Minor versions are installed.",
            on("autoMinorVersionUpgrade", "stays on a version with known flaws", left_out=True),
        ),
    ),
)

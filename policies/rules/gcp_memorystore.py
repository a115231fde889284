"""Google Cloud caches: what they encrypt, and whom they let in."""

from __future__ import annotations

from typing import Final

from policies.expected import expects, one_of
from policies.rule import Rule, Severity
from policies.themes import Theme

_INSTANCE: Final = "gcp:memorystore/instance:Instance"

TLS: Final = Rule(
    id="gcp-memorystore-tls",
    title="Caches let nobody in without TLS",
    reason="A cache holds copies of what the database behind it protects: sessions, answers, keys.",
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    controls=(),
    fix='Set transit_encryption_mode="SERVER_AUTHENTICATION"; a change replaces the cache.',
    source="https://cloud.google.com/memorystore/docs/valkey/about-in-transit-encryption",
    checks=(
        expects(
            _INSTANCE,
            "Clients must use TLS.",
            one_of(
                "transitEncryptionMode",
                "sends what is stored in clear",
                "SERVER_AUTHENTICATION",
                bad=("TRANSIT_ENCRYPTION_DISABLED",),
                left_out="TRANSIT_ENCRYPTION_DISABLED",
            ),
        ),
    ),
)

AUTH: Final = Rule(
    id="gcp-memorystore-auth",
    title="Caches ask who is there",
    reason="Without it whatever reaches the port of a cache reads and writes everything in it.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=(),
    fix='Set authorization_mode="IAM_AUTH"; a change replaces the cache.',
    source="https://cloud.google.com/memorystore/docs/valkey/about-iam-auth",
    checks=(
        expects(
            _INSTANCE,
            "Clients sign in with IAM.",
            one_of(
                "authorizationMode",
                "lets in whoever reaches it",
                "IAM_AUTH",
                bad=("AUTH_DISABLED",),
                left_out="AUTH_DISABLED",
            ),
        ),
    ),
)

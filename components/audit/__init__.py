"""The record of what is done to an account or project."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.audit.interface import Audit, AuditRef, AwsAuditRef, GcpAuditRef
from components.audit.spec import GROUNDS, AuditSpec
from components.ground import (
    AwsCloud,
    DockerHost,
    GcpCloud,
    Ground,
    KubernetesContext,
    neighbour,
    refuse,
)
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef

__all__ = [
    "GROUNDS",
    "Audit",
    "AuditRef",
    "AuditSpec",
    "AwsAuditRef",
    "GcpAuditRef",
    "create_audit",
]


def create_audit(
    ground: Ground,
    name: str,
    spec: AuditSpec,
    *,
    keys: KeysRef,
    opts: pulumi.ResourceOptions | None = None,
) -> Audit:
    """Put on record what is done on ``ground``; ``keys`` encrypt the record.

    Raises:
        pulumi.RunError: nothing records what is done on ``ground``.
    """
    match ground:
        case AwsCloud():
            from components.audit.aws import AwsAudit

            return AwsAudit(name, spec, ground, neighbour(keys, AwsKeysRef), opts)
        case GcpCloud():
            from components.audit.gcp import GcpAudit

            return GcpAudit(name, spec, ground, neighbour(keys, GcpKeysRef), opts)
        case DockerHost() | KubernetesContext():
            raise refuse("audit", ground, GROUNDS)
        case _:
            assert_never(ground)

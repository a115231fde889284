"""Encryption keys, one per purpose."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.ground import AwsCloud, DockerHost, GcpCloud, Ground, KubernetesContext, refuse
from components.keys.interface import AwsKeysRef, DockerKeysRef, GcpKeysRef, Keys, KeysRef
from components.keys.spec import GROUNDS, KeysSpec, Purpose

__all__ = [
    "GROUNDS",
    "AwsKeysRef",
    "DockerKeysRef",
    "GcpKeysRef",
    "Keys",
    "KeysRef",
    "KeysSpec",
    "Purpose",
    "create_keys",
]


def create_keys(
    ground: Ground, name: str, spec: KeysSpec, opts: pulumi.ResourceOptions | None = None
) -> Keys:
    """Create the keys that belong on ``ground``.

    Raises:
        pulumi.RunError: ``ground`` carries no keys.
    """
    match ground:
        case AwsCloud():
            from components.keys.aws import AwsKeys

            return AwsKeys(name, spec, ground, opts)
        case DockerHost():
            from components.keys.docker import DockerKeys

            return DockerKeys(name, spec, ground, opts)
        case GcpCloud():
            from components.keys.gcp import GcpKeys

            return GcpKeys(name, spec, ground, opts)
        case KubernetesContext():
            raise refuse("keys", ground, GROUNDS)
        case _:
            assert_never(ground)

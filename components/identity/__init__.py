"""Who somebody is to the cloud, and what they may do there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import pulumi

from components.cluster.interface import KubernetesRef
from components.ground import AwsCloud, DockerHost, GcpCloud, Ground, KubernetesContext, refuse
from components.identity.grant import Grant, RepositoryRef, refuse_other_grants, resolve_grants
from components.identity.interface import Identity
from components.identity.spec import (
    GROUNDS,
    Action,
    GrantSpec,
    IdentitySpec,
    ServiceAccountSubjectSpec,
    Thing,
    shared_providers,
)

__all__ = [
    "GROUNDS",
    "Action",
    "Grant",
    "GrantSpec",
    "Identity",
    "IdentitySpec",
    "RepositoryRef",
    "Thing",
    "create_identity",
    "resolve_grants",
    "shared_providers",
]


def create_identity(
    ground: Ground | KubernetesRef,
    name: str,
    spec: IdentitySpec,
    *,
    grants: Sequence[Grant],
    opts: pulumi.ResourceOptions | None = None,
) -> Identity:
    """Create the identity that belongs on ``ground``.

    Args:
        ground: the cluster of a service account, the cloud of any other subject.
        name: the Pulumi name.
        spec: who is trusted, and with what.
        grants: those of ``spec`` with their things found, as ``resolve_grants`` gives them.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``ground`` has no such subject or carries no identities, or ``grants``
            are other ones, or too many.
    """
    cluster = ground if isinstance(ground, KubernetesRef) else None
    cloud = ground.cloud if isinstance(ground, KubernetesRef) else ground
    is_pod = isinstance(spec.subject, ServiceAccountSubjectSpec)
    if isinstance(cloud, AwsCloud | GcpCloud) and is_pod != bool(cluster):
        needed = (
            "a cluster, which has service accounts" if is_pod else "the ground, not on a cluster"
        )
        raise pulumi.RunError(
            f"identity {name}: subject.kind is {spec.subject.kind}, which stands on {needed};"
            f" create it on that, or choose another kind"
        )
    refuse_other_grants(name, spec, grants)
    match cloud:
        case AwsCloud():
            from components.identity.aws import AwsIdentity

            return AwsIdentity(name, spec, cloud, cluster, grants, opts)
        case GcpCloud():
            from components.identity.gcp import GcpIdentity

            return GcpIdentity(name, spec, cloud, cluster, grants, opts)
        case KubernetesContext() | DockerHost():
            raise refuse("identity", cloud, GROUNDS)
        case _:
            assert_never(cloud)

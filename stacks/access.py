"""Who reaches what of a stack: the wiring between its chapters."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.audit import Audit, AwsAuditRef
from components.cluster import Cluster, KubernetesRef
from components.ground import Ground
from components.identity import (
    Identity,
    IdentitySpec,
    RepositoryRef,
    Thing,
    create_identity,
    resolve_grants,
)
from components.identity.spec import ServiceAccountSubjectSpec
from components.registry import AwsRegistryRef, GcpRegistryRef, Registry

NODES = "nodes"


def clients(cluster: Cluster | None) -> Mapping[str, pulumi.Output[str]]:
    """The security groups that may connect to databases and caches: that of the nodes, if any."""
    firewall = cluster.ref.nodes_firewall_id if cluster else None
    return {NODES: firewall} if firewall else {}


def access_log(audit: Audit | None) -> pulumi.Output[str] | None:
    """The bucket that takes records of each access to other buckets, where there is one."""
    match audit.ref if audit else None:
        case AwsAuditRef(access_log_bucket=bucket):
            return bucket
        case _:
            return None


def repositories(registry: Registry) -> Mapping[str, object]:
    """What can be granted of ``registry``, by name; nothing, where it has its own credentials."""
    match registry.ref:
        case AwsRegistryRef() | GcpRegistryRef() as ref:
            return {name: RepositoryRef(ref, name) for name in ref.repositories}
        case _:
            return {}


def create_identities(
    ground: Ground,
    cluster: Cluster | None,
    asked: Mapping[str, IdentitySpec],
    things: Mapping[Thing, Mapping[str, object]],
) -> Mapping[str, Identity]:
    """The identities that are asked for, each on the cluster or the cloud that knows its subject.

    Args:
        ground: knows pipelines.
        cluster: knows service accounts.
        asked: what is asked of each, by name.
        things: what can be granted, by kind and name.
    """

    def stands_on(spec: IdentitySpec) -> Ground | KubernetesRef:
        is_pod = isinstance(spec.subject, ServiceAccountSubjectSpec)
        return cluster.ref if is_pod and cluster else ground

    return {
        name: create_identity(stands_on(spec), name, spec, grants=resolve_grants(spec, things))
        for name, spec in asked.items()
    }

"""What observability needs of the other chapters of a stack: the wiring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.bucket import AwsBucketRef, Bucket, BucketRef, BucketSpec, create_bucket
from components.cache import Cache, DockerCacheRef
from components.cluster import Cluster, KubernetesRef
from components.database import Database, DockerDatabaseRef
from components.ground import AwsCloud, GcpCloud, Ground
from components.identity import (
    Action,
    IdentitySpec,
    Thing,
    create_identity,
    resolve_grants,
)
from components.keys import KeysRef
from components.namespace import Level, Namespace, NamespaceRef, NamespaceSpec, create_namespace
from components.network import DockerNetworkRef, NetworkRef
from components.observability import (
    LogStore,
    Observability,
    Server,
    StateDatabase,
    Surroundings,
    create_observability,
)
from components.observability.loki.workload import identities
from components.observability.site import AGENTS_NAMESPACE, NAMESPACE, Site
from components.observability.spec import ObservabilitySpec
from stacks.credentials import secret_names
from stacks.settings import CLUSTER, EYES, EYES_LOGS, Settings

POSTGRES_PORT: Final = 5432
VALKEY_PORT: Final = 6379
SPARE_DAYS: Final = 30
"""How much longer than Loki the bucket keeps: what Loki failed to delete goes then."""


def watch(
    settings: Settings,
    spec: ObservabilitySpec,
    *,
    ground: Ground,
    network: NetworkRef,
    keys: KeysRef,
    cluster: Cluster | None,
    namespaces: Mapping[str, Namespace],
    databases: Mapping[str, Database],
    caches: Mapping[str, Cache],
    access_log_bucket: pulumi.Input[str] | None,
) -> Observability:
    """Declare observability and what it stands on: a Docker network, or a cluster and a bucket."""
    if isinstance(network, DockerNetworkRef):
        return create_observability(
            network,
            EYES,
            spec,
            surroundings=Surroundings(
                cluster=settings.environment,
                environment=settings.environment,
                postgres={
                    name: Server(
                        name=name,
                        port_key="postgres",
                        port=POSTGRES_PORT,
                        username=database.username,
                        password=database.secret,
                        database=settings.databases[name].database,
                    )
                    for name, database in databases.items()
                    # A cloud keeps the passwords of its servers to itself.
                    if isinstance(database.ref, DockerDatabaseRef)
                },
                valkey={
                    name: Server(
                        name=name,
                        port_key="valkey",
                        port=VALKEY_PORT,
                        username=cache.username,
                        password=cache.secret,
                    )
                    for name, cache in caches.items()
                    if isinstance(cache.ref, DockerCacheRef)
                },
                config_secrets=_config_secrets(spec),
            ),
        )
    if cluster is None or not isinstance(ground, AwsCloud | GcpCloud):
        raise pulumi.RunError(
            "observability stands on a Docker host or a cluster, and the stack has neither:"
            " add the chapter cluster"
        )
    bucket = create_bucket(
        ground,
        EYES_LOGS,
        _log_bucket(settings, spec),
        keys=keys,
        access_log_bucket=access_log_bucket,
    )
    identities = _trust(cluster.ref, spec, bucket)
    namespace, agents = _namespaces(settings, cluster.ref)
    return create_observability(
        namespace,
        EYES,
        spec,
        agents=agents,
        surroundings=Surroundings(
            cluster=f"{settings.environment}-{CLUSTER}",
            environment=settings.environment,
            log_store=_log_store(bucket.ref),
            state_database=_state_database(spec, databases, settings),
            namespaces=tuple(each.ref.resource for each in namespaces.values()),
            identities=identities,
            config_secrets=_config_secrets(spec),
        ),
    )


def _log_bucket(settings: Settings, spec: ObservabilitySpec) -> BucketSpec:
    asked = {
        "archive_after_days": None,
        "expire_after_days": spec.logs.retention_days + SPARE_DAYS,
        "recoverable_elsewhere": False,
    }
    return BucketSpec.resolve(settings.environment, asked)


def _log_store(ref: BucketRef) -> LogStore:
    if isinstance(ref, AwsBucketRef):
        return LogStore(kind="s3", bucket=ref.bucket_name, region=ref.cloud.region)
    return LogStore(kind="gcs", bucket=ref.bucket_name)


def _trust(
    cluster: KubernetesRef, spec: ObservabilitySpec, bucket: Bucket
) -> tuple[pulumi.Resource, ...]:
    """Let each service account of Loki use the bucket; the trust names it, and it alone."""
    made: list[pulumi.Resource] = []
    actions = [Action.READ, Action.LIST, Action.WRITE, Action.DELETE]
    for account in identities(
        Site(name=EYES, cluster="", environment="", kubernetes=True), spec.logs
    ):
        identity = IdentitySpec.model_validate(
            {
                "subject": {
                    "kind": "service_account",
                    "namespace": NAMESPACE,
                    "service_account": account,
                },
                "grants": [{"actions": actions, "target": {"bucket": EYES_LOGS}}],
            }
        )
        grants = resolve_grants(identity, {Thing.BUCKET: {EYES_LOGS: bucket.ref}})
        made.append(create_identity(cluster, account, identity, grants=grants))
    return tuple(made)


def _namespaces(settings: Settings, cluster: KubernetesRef) -> tuple[NamespaceRef, NamespaceRef]:
    inside = create_namespace(cluster, NAMESPACE, NamespaceSpec.resolve(settings.environment, {}))
    agents = create_namespace(
        cluster,
        AGENTS_NAMESPACE,
        NamespaceSpec.resolve(
            settings.environment,
            {
                "level": Level.PRIVILEGED,
                "host_access_because": "Agents measure the machines and read their logs.",
            },
        ),
    )
    return inside.ref, agents.ref


def _state_database(
    spec: ObservabilitySpec, databases: Mapping[str, Database], settings: Settings
) -> StateDatabase | None:
    if spec.dashboards.database is None:
        return None
    database = databases[spec.dashboards.database.database]
    return StateDatabase(
        host=database.host,
        port=database.port,
        database=database.database,
        cidr=str(settings.network.cidr),
    )


def _config_secrets(spec: ObservabilitySpec) -> Mapping[str, pulumi.Output[str]]:
    config = pulumi.Config("plinth")
    found = {name: config.get_secret(name) for name in secret_names(spec)}
    return {name: value for name, value in found.items() if value is not None}

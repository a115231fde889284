"""The variants of the identity, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.bucket.interface import AwsBucketRef, GcpBucketRef
from components.cache.interface import AwsCacheRef, GcpCacheRef
from components.cluster.interface import KubernetesRef
from components.database.interface import AwsDatabaseRef, GcpDatabaseRef
from components.environment import Environment
from components.ground import AwsCloud, GcpCloud
from components.identity import (
    Identity,
    IdentitySpec,
    RepositoryRef,
    Thing,
    create_identity,
    resolve_grants,
)
from components.registry import AwsRegistryRef, GcpRegistryRef
from tests.components.variants import ACCOUNT, PROJECT, Variant, aws_cloud, gcp_cloud

POD: Final = {"kind": "service_account", "namespace": "shop", "service_account": "orders"}
GITHUB: Final = {
    "kind": "github",
    "repository": "acme/shop",
    "owner_id": "4001",
    "repository_id": "7002",
    "environment": "production",
}
GITLAB: Final = {
    "kind": "gitlab",
    "project_path": "acme/web/shop",
    "project_id": "5003",
    "ref": "main",
}
EVERYTHING: Final = (
    {"actions": ["read", "list", "write"], "target": {"bucket": "uploads"}},
    {"actions": ["connect"], "target": {"database": "orders"}},
    {"actions": ["connect"], "target": {"cache": "sessions"}},
)
IMAGES: Final = ({"actions": ["pull", "push"], "target": {"repository": "web/front"}},)


def known(text: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(text)


def aws_things(cloud: AwsCloud) -> dict[Thing, dict[str, Any]]:
    """One of everything on AWS, adopted."""
    arn = f"arn:aws:elasticache:eu-west-1:{ACCOUNT}"
    key = known(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/objects")
    ecr = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/images"
    registry = AwsRegistryRef(cloud, known("registry"), {}, {"web/front": f"{ecr}/web/front"})
    return {
        Thing.BUCKET: {"uploads": AwsBucketRef(cloud, "uploads-1a", known("uploads-1a"), key)},
        Thing.DATABASE: {
            "orders": AwsDatabaseRef(
                cloud, known("db-ABC"), "owner", known("arn:aws:secretsmanager"), known("sg-1")
            )
        },
        Thing.CACHE: {
            "sessions": AwsCacheRef(
                cloud,
                known(f"{arn}:replicationgroup:sessions"),
                known(f"{arn}:user:sessions-user"),
                "sessions-user",
                known("sg-2"),
            )
        },
        Thing.REPOSITORY: {"web/front": RepositoryRef(registry, "web/front")},
    }


def gcp_things(cloud: GcpCloud) -> dict[Thing, dict[str, Any]]:
    """One of everything on Google Cloud, adopted."""
    place = f"projects/{PROJECT}/locations/europe-west1"
    ids = {"web/front": known(f"{place}/repositories/images-web-front")}
    registry = GcpRegistryRef(cloud, known("registry"), {}, ids)
    return {
        Thing.BUCKET: {"uploads": GcpBucketRef(cloud, "uploads-1a", known("uploads-1a"))},
        Thing.DATABASE: {"orders": GcpDatabaseRef(cloud, known("orders-5f"), known("owner@x"))},
        Thing.CACHE: {"sessions": GcpCacheRef(cloud, known(f"{place}/instances/sessions-7c"))},
        Thing.REPOSITORY: {"web/front": RepositoryRef(registry, "web/front")},
    }


def adopted_cluster(cloud: AwsCloud | GcpCloud) -> KubernetesRef:
    """A cluster that exists already."""
    provider = kubernetes.Provider("adopted", kubeconfig="{}")
    return KubernetesRef(
        cloud=cloud,
        provider=provider,
        cluster_name=known("core-cluster"),
        nodes_firewall_id=None,
        storage_class=known("core-volumes"),
        api_server_cidrs=("10.20.0.0/16",),
        node_cidrs=("10.20.0.0/16",),
        resource=None,
    )


def identity_spec(
    subject: Mapping[str, Any], *grants: Mapping[str, Any], environment: Environment
) -> IdentitySpec:
    return IdentitySpec.resolve(environment, {"subject": subject, "grants": grants})


def aws_identity(
    subject: Mapping[str, Any],
    *grants: Mapping[str, Any],
    environment: Environment = Environment.PROD,
) -> Identity:
    """The identity ``orders-api`` on AWS and what it stands on."""
    cloud = aws_cloud(environment)
    spec = identity_spec(subject, *grants, environment=environment)
    ground = adopted_cluster(cloud) if spec.subject.kind == "service_account" else cloud
    granted = resolve_grants(spec, aws_things(cloud))
    return create_identity(ground, "orders-api", spec, grants=granted)


def gcp_identity(
    subject: Mapping[str, Any],
    *grants: Mapping[str, Any],
    environment: Environment = Environment.PROD,
) -> Identity:
    """The identity ``orders-api`` on Google Cloud and what it stands on."""
    cloud = gcp_cloud(environment)
    spec = identity_spec(subject, *grants, environment=environment)
    ground = adopted_cluster(cloud) if spec.subject.kind == "service_account" else cloud
    granted = resolve_grants(spec, gcp_things(cloud))
    return create_identity(ground, "orders-api", spec, grants=granted)


def identity_outputs(identity: Identity) -> Mapping[str, Any]:
    """What the contract asserts on: what is there of it."""
    outputs = {
        "principal": identity.principal,
        "annotations": identity.annotations,
        "login": identity.login,
        "database_user": identity.database_user,
    }
    return {name: value for name, value in outputs.items() if value}


def _variant(
    ground: str,
    token: str,
    create: Any,
    subject: Mapping[str, Any],
    grants: tuple[Mapping[str, Any], ...],
    outputs: set[str],
) -> Variant:
    return Variant(
        capability="identity",
        ground=ground,
        token=token,
        name="orders-api",
        program=lambda environment: identity_outputs(
            create(subject, *grants, environment=environment)
        ),
        outputs=frozenset(outputs),
        secrets=frozenset(),
        providers=frozenset({f"pulumi:providers:{ground[:3]}"}),
        protected=frozenset(),
    )


_AWS: Final = "plinth:identity:AwsIdentity"
_GCP: Final = "plinth:identity:GcpIdentity"
VARIANTS = [
    _variant("aws", _AWS, aws_identity, POD, EVERYTHING, {"principal", "database_user"}),
    _variant("aws-github", _AWS, aws_identity, GITHUB, IMAGES, {"principal", "login"}),
    _variant(
        "gcp", _GCP, gcp_identity, POD, EVERYTHING, {"principal", "annotations", "database_user"}
    ),
    _variant("gcp-github", _GCP, gcp_identity, GITHUB, IMAGES, {"principal", "login"}),
]

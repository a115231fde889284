"""What each grant means in the roles of Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.bucket.interface import GcpBucketRef
from components.cache.interface import GcpCacheRef
from components.database.interface import GcpDatabaseRef
from components.ground import GcpCloud
from components.identity.grant import Grant, RepositoryRef
from components.identity.spec import Action, Thing
from components.registry.interface import GcpRegistryRef

# Source: "IAM roles for Cloud Storage", "Access control with IAM" of Artifact Registry, "Cloud SQL
# roles and permissions", "Access control" of Memorystore for Valkey.
BUCKET_ROLES: Final[Mapping[Action, str]] = {
    Action.READ: "roles/storage.legacyObjectReader",  # get; objectViewer lists as well
    Action.LIST: "roles/storage.legacyBucketReader",  # list
    Action.WRITE: "roles/storage.objectCreator",  # create
    Action.DELETE: "roles/storage.legacyBucketWriter",  # create, delete, list
}
IMAGE_ROLES: Final[Mapping[Action, str]] = {
    Action.PULL: "roles/artifactregistry.reader",
    Action.PUSH: "roles/artifactregistry.writer",  # pull as well
}
# Who may connect, and who may log in; neither is enough alone.
DATABASE_ROLES: Final[Mapping[str, str]] = {
    "client": "roles/cloudsql.client",
    "login": "roles/cloudsql.instanceUser",
}
CACHE_ROLES: Final[Mapping[str, str]] = {"login": "roles/memorystore.dbConnectionUser"}
# They know users and service accounts alone, and no principal of a pool.
OWN_ACCOUNT: Final = frozenset({Thing.DATABASE, Thing.CACHE})


@dataclass(frozen=True)
class Grantee:
    """Who is granted: ``member`` in bindings, ``email`` of the service account, if it is one."""

    name: str
    member: str
    email: str | None

    @property
    def database_user(self) -> str | None:
        """The same in PostgreSQL, which has no room for the end of the address."""
        return self.email.removesuffix(".gserviceaccount.com") if self.email else None


def create_bindings(
    grantee: Grantee, grant: Grant, opts: pulumi.ResourceOptions
) -> list[pulumi.Output[str]]:
    """Declare what ``grantee`` needs for ``grant``; ids that are known once it is in place.

    Raises:
        TypeError: the thing is not on Google Cloud.
    """
    role = f"{grantee.name}-{grant.key}"
    match grant.on:
        case GcpBucketRef() as bucket:
            return [
                gcp.storage.BucketIAMMember(
                    f"{role}-{action}",
                    bucket=bucket.bucket,
                    role=BUCKET_ROLES[action],
                    member=grantee.member,
                    opts=opts,
                ).id
                for action in sorted(grant.actions)
            ]
        case RepositoryRef(registry=GcpRegistryRef() as registry, repository=repository):
            return [
                gcp.artifactregistry.RepositoryIamMember(
                    f"{role}-{action}",
                    project=registry.cloud.project,
                    location=registry.cloud.region,
                    repository=registry.repository_ids[repository],
                    role=IMAGE_ROLES[action],
                    member=grantee.member,
                    opts=opts,
                ).id
                for action in sorted(grant.actions)
            ]
        case GcpDatabaseRef() as database:
            user = gcp.sql.User(
                role,
                instance=database.instance_name,
                name=grantee.database_user,
                type="CLOUD_IAM_SERVICE_ACCOUNT",
                # PostgreSQL refuses to drop who owns something; the user goes with its server.
                deletion_policy="ABANDON",
                opts=opts,
            )
            only = pulumi.Output.format(
                "resource.service == 'sqladmin.googleapis.com'"
                " && resource.name == 'projects/{0}/instances/{1}'",
                database.cloud.project,
                database.instance_name,
            )
            members = _conditional(grantee, grant, database.cloud, DATABASE_ROLES, only, opts)
            return [user.id, *members]
        case GcpCacheRef() as cache:
            only = pulumi.Output.format("resource.name == '{0}'", cache.instance_name)
            return _conditional(grantee, grant, cache.cloud, CACHE_ROLES, only, opts)
        case _:
            raise TypeError(f"{grant.key} is not on Google Cloud: {type(grant.on).__name__}")


def unhonoured(grants: Sequence[Grant]) -> Iterator[str]:
    """What grants ask and the roles of Google Cloud cannot say."""
    for grant in grants:
        if grant.thing is Thing.BUCKET:
            if Action.WRITE in grant.actions and Action.DELETE not in grant.actions:
                yield (
                    f"grants: write on bucket {grant.name} adds objects and replaces none;"
                    " to replace is to delete on Cloud Storage"
                )
            if Action.DELETE in grant.actions:
                yield (
                    f"grants: delete on bucket {grant.name} may add and list objects too;"
                    " Cloud Storage has no narrower role"
                )
        if Action.PUSH in grant.actions and Action.PULL not in grant.actions:
            yield (
                f"grants: push to repository {grant.name} may pull too;"
                " Artifact Registry has no narrower role"
            )


def _conditional(
    grantee: Grantee,
    grant: Grant,
    cloud: GcpCloud,
    roles: Mapping[str, str],
    only: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Output[str]]:
    """Bindings in the project, whose condition is the one thing: it has no bindings of its own."""
    return [
        gcp.projects.IAMMember(
            f"{grantee.name}-{grant.key}-{key}",
            project=cloud.project,
            role=role,
            member=grantee.member,
            condition=gcp.projects.IAMMemberConditionArgs(
                title=grant.key,
                description=f"The {grant.thing} {grant.name} alone",
                expression=only,
            ),
            opts=opts,
        ).id
        for key, role in roles.items()
    ]

"""Who owns a database of Cloud SQL: a service account, which logs in with its IAM token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud, short_hash

# Who may connect, and who may log in; neither is enough alone.
ROLES: Final[Mapping[str, str]] = {
    "client": "roles/cloudsql.client",
    "login": "roles/cloudsql.instanceUser",
}
ACCOUNT_LIMIT: Final = 30
HASH_LENGTH: Final = 8


@dataclass(frozen=True)
class Owner:
    """``email`` of the service account, ``username`` of the same in PostgreSQL.

    Both are known once the owner can log in.
    """

    email: pulumi.Output[str]
    username: pulumi.Output[str]


def create_owner(
    parent: pulumi.Resource,
    name: str,
    cloud: GcpCloud,
    servers: Sequence[gcp.sql.DatabaseInstance],
) -> Owner:
    """Declare the owner of the database on the first of ``servers``, with access to all of them."""
    account_id = f"{name[: ACCOUNT_LIMIT - HASH_LENGTH - 1].rstrip('-')}-{short_hash(name)}"
    account = gcp.serviceaccount.Account(
        f"{name}-owner",
        account_id=account_id,
        display_name=f"Owner of the database {name}",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    # Known in advance, so that a preview can tell who is let in.
    email = f"{account_id}@{cloud.project}.iam.gserviceaccount.com"
    existing = pulumi.ResourceOptions(parent=parent, depends_on=[account])
    members = [
        gcp.projects.IAMMember(
            f"{name}-owner-{key}",
            project=cloud.project,
            role=role,
            member=f"serviceAccount:{email}",
            condition=gcp.projects.IAMMemberConditionArgs(
                title=f"database-{name}",
                description=f"The servers of the database {name} alone",
                expression=_only(cloud, servers),
            ),
            opts=existing,
        )
        for key, role in ROLES.items()
    ]
    user = gcp.sql.User(
        f"{name}-owner",
        instance=servers[0].name,
        # PostgreSQL has no room for the end of the address.
        name=email.removesuffix(".gserviceaccount.com"),
        type="CLOUD_IAM_SERVICE_ACCOUNT",
        # What owns the databases of a server of Cloud SQL.
        database_roles=["cloudsqlsuperuser"],
        # PostgreSQL refuses to drop who owns something; the user goes with its server.
        deletion_policy="ABANDON",
        opts=existing,
    )
    ready = [user.name, *[each.id for each in members]]
    return Owner(
        email=pulumi.Output.all(account.email, *ready).apply(lambda known: str(known[0])),
        username=pulumi.Output.all(*ready).apply(lambda known: str(known[0])),
    )


def _only(cloud: GcpCloud, servers: Sequence[gcp.sql.DatabaseInstance]) -> pulumi.Output[str]:
    """An IAM condition that holds for ``servers`` alone.

    Source: "Use IAM Conditions" for Cloud SQL for PostgreSQL.
    """

    def condition(names: Sequence[str]) -> str:
        one_of = " || ".join(
            f"resource.name == 'projects/{cloud.project}/instances/{each}'" for each in names
        )
        return f"resource.service == 'sqladmin.googleapis.com' && ({one_of})"

    return pulumi.Output.all(*[each.name for each in servers]).apply(condition)

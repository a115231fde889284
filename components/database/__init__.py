"""A PostgreSQL database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import pulumi

from components.database.interface import (
    AwsDatabaseRef,
    Database,
    DatabaseRef,
    DockerDatabaseRef,
    GcpDatabaseRef,
)
from components.database.spec import GROUNDS, DatabaseSpec, Size, refused_on
from components.ground import neighbour
from components.keys.interface import AwsKeysRef, GcpKeysRef, KeysRef
from components.network.interface import (
    AwsNetworkRef,
    DockerNetworkRef,
    GcpNetworkRef,
    NetworkRef,
)

__all__ = [
    "GROUNDS",
    "AwsDatabaseRef",
    "Database",
    "DatabaseRef",
    "DatabaseSpec",
    "DockerDatabaseRef",
    "GcpDatabaseRef",
    "Size",
    "create_database",
    "refused_on",
]


def create_database(
    network: NetworkRef,
    name: str,
    spec: DatabaseSpec,
    *,
    keys: KeysRef,
    clients: Mapping[str, pulumi.Input[str]] | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> Database:
    """Create the database that belongs on ``network``.

    Args:
        network: what the database stands on.
        name: the Pulumi name.
        spec: what is asked of it.
        keys: on AWS and Google Cloud, encrypt its disk, its backups and its credentials.
        clients: on AWS, ids of the security groups that may connect, by a name that never changes;
            without any, every address of the network may.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``clients`` are named where there are no security groups, or the ground
            cannot build what is asked.
    """
    match network:
        case AwsNetworkRef():
            from components.database.aws import AwsDatabase

            return AwsDatabase(
                name, spec, network, neighbour(keys, AwsKeysRef), clients or {}, opts
            )
        case GcpNetworkRef() | DockerNetworkRef() if clients:
            raise pulumi.RunError(
                f"database {name}: clients {', '.join(sorted(clients))} are security groups,"
                " which only AWS has; leave clients out"
            )
        case GcpNetworkRef():
            from components.database.gcp import GcpDatabase

            return GcpDatabase(name, spec, network, neighbour(keys, GcpKeysRef), opts)
        case DockerNetworkRef():
            from components.database.docker import DockerDatabase

            return DockerDatabase(name, spec, network, opts)
        case _:
            assert_never(network)

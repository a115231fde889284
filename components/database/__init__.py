"""A PostgreSQL database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import pulumi

from components.database.interface import Database
from components.database.spec import GROUNDS, DatabaseSpec, Size
from components.ground import neighbour
from components.keys.interface import AwsKeysRef, KeysRef
from components.network.interface import AwsNetworkRef, DockerNetworkRef, NetworkRef

__all__ = ["GROUNDS", "Database", "DatabaseSpec", "Size", "create_database"]


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
        keys: on AWS, encrypt its disk, its logs and its credentials.
        clients: on AWS, ids of the security groups that may connect, by a name that never changes;
            without any, every address of the network may.
        opts: options of the component.

    Raises:
        pulumi.RunError: ``clients`` are named where there are no security groups.
    """
    match network:
        case AwsNetworkRef():
            from components.database.aws import AwsDatabase

            return AwsDatabase(
                name, spec, network, neighbour(keys, AwsKeysRef), clients or {}, opts
            )
        case DockerNetworkRef():
            from components.database.docker import DockerDatabase

            if clients:
                raise pulumi.RunError(
                    f"database {name}: clients {', '.join(sorted(clients))} are security groups,"
                    " which Docker does not have; leave clients out"
                )
            return DockerDatabase(name, spec, network, opts)
        case _:
            assert_never(network)

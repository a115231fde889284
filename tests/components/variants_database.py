"""The variants of the database that are not in ``variants``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.database import Database, DatabaseSpec, create_database
from components.environment import Environment
from tests.components.variants import (
    AWS_PROVIDERS,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    adopted_gcp_network,
    adopted_network,
    aws_cloud,
    database_outputs,
    gcp_cloud,
)


def aurora_database(environment: Environment, **asked: Any) -> Database:
    """A database on Aurora, and keys and a network that exist already."""
    cloud = aws_cloud(environment)
    document = {"database": "orders", "aurora": True, "read_replicas": 1, **asked}
    spec = DatabaseSpec.resolve(environment, document)
    return create_database(adopted_network(cloud), "orders", spec, keys=adopted_aws_keys(cloud))


def gcp_database(
    environment: Environment, clients: Mapping[str, str] | None = None, **asked: Any
) -> Database:
    """A database on Google Cloud, and keys and a network that exist already."""
    cloud = gcp_cloud(environment)
    spec = DatabaseSpec.resolve(environment, {"database": "orders", "read_replicas": 1, **asked})
    network = adopted_gcp_network(cloud)
    return create_database(network, "orders", spec, keys=adopted_gcp_keys(cloud), clients=clients)


def replicated_outputs(database: Database) -> Mapping[str, Any]:
    """What the contract asserts on where there are read replicas."""
    return {**database_outputs(database), "reader_host": database.reader_host}


OUTPUTS = frozenset({"host", "reader_host", "port", "database", "username", "secret"})

VARIANTS = [
    Variant(
        capability="database",
        ground="aurora",
        token="plinth:database:AwsDatabase",
        name="orders",
        program=lambda environment: replicated_outputs(aurora_database(environment)),
        outputs=OUTPUTS,
        secrets=frozenset({"secret"}),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:rds/cluster:Cluster", "aws:backup/vault:Vault"}),
    ),
    Variant(
        capability="database",
        ground="gcp",
        token="plinth:database:GcpDatabase",
        name="orders",
        program=lambda environment: replicated_outputs(gcp_database(environment)),
        outputs=OUTPUTS,
        secrets=frozenset({"secret"}),
        providers=frozenset({"pulumi:providers:gcp"}),
        protected=frozenset({"gcp:sql/databaseInstance:DatabaseInstance"}),
    ),
]

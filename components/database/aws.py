"""PostgreSQL on Amazon RDS or Aurora."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pulumi

from components.database.aws_aurora import create_aurora
from components.database.aws_instance import create_instance
from components.database.aws_parts import OWNER, create_surroundings
from components.database.interface import AwsDatabaseRef, Database
from components.database.recovery import recovery_region
from components.database.spec import DatabaseSpec, refused_on
from components.ground import short_hash
from components.keys.interface import AwsKeysRef
from components.network.interface import AwsNetworkRef


class AwsDatabase(Database):
    """An encrypted server of RDS or Aurora, reachable only over TLS and from inside its VPC.

    Its owner's password is made, kept and rotated by RDS and never reaches the state.
    """

    TOKEN: ClassVar[str] = "plinth:database:AwsDatabase"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DatabaseSpec,
        network: AwsNetworkRef,
        keys: AwsKeysRef,
        clients: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the server and what it needs; without ``clients`` the whole VPC may connect.

        Raises:
            pulumi.RunError: RDS has no read replicas, or there is no region for copies.
        """
        cloud = network.cloud
        if reason := refused_on(cloud.KIND, spec):
            raise pulumi.RunError(f"database {name}: {reason}")
        copied_to = recovery_region(name, spec, cloud)
        super().__init__(name, cloud, opts, spec.data_class)
        # Known in advance, because the log groups are named after it.
        identifier = f"{name}-{short_hash(name, spec.generation)}"

        around = create_surroundings(self, name, network, clients)
        if spec.aurora:
            server = create_aurora(self, name, identifier, spec, around, keys, cloud, copied_to)
        else:
            server = create_instance(self, name, identifier, spec, around, keys, copied_to)

        self.publish(
            ref=AwsDatabaseRef(
                cloud, server.resource_id, OWNER, server.secret_arn, around.firewall.id
            ),
            host=server.host,
            reader_host=server.reader_host,
            port=server.port,
            database=spec.database,
            username=OWNER,
            secret=server.secret_arn,
            unhonoured=server.unhonoured,
        )

"""PostgreSQL on Cloud SQL."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.database.gcp_owner import create_owner
from components.database.gcp_settings import (
    primary_settings,
    replica_settings,
    unhonoured,
)
from components.database.interface import Database, GcpDatabaseRef
from components.database.recovery import recovery_region
from components.database.spec import DatabaseSpec
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.network.interface import GcpNetworkRef

PORT: Final = 5432


class GcpDatabase(Database):
    """An encrypted server of Cloud SQL, reachable only over TLS and from inside its network.

    There is no password: its owner is a service account that logs in with its IAM token.
    """

    TOKEN: ClassVar[str] = "plinth:database:GcpDatabase"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DatabaseSpec,
        network: GcpNetworkRef,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the server, its replicas, the database and the owner.

        Raises:
            pulumi.RunError: There is no region for copies.
        """
        cloud = network.cloud
        copied_to = recovery_region(name, spec, cloud)
        super().__init__(name, cloud, opts, spec.data_class)

        primary = gcp.sql.DatabaseInstance(
            name,
            # Named automatically: Google refuses a name for a week after its server is gone.
            region=cloud.region,
            database_version=f"POSTGRES_{spec.version}",
            encryption_key_name=keys.ids[Purpose.DATA],
            settings=primary_settings(spec, network, copied_to),
            deletion_protection=spec.protected,
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=spec.protected,
                # A disk that has grown by itself would be built anew to shrink it.
                ignore_changes=["settings.diskSize"],
            ),
        )
        replicas = [
            gcp.sql.DatabaseInstance(
                f"{name}-replica-{number}",
                region=cloud.region,
                database_version=f"POSTGRES_{spec.version}",
                # Encrypted with the key of the primary, which Google does not let one name again.
                master_instance_name=primary.name,
                settings=replica_settings(spec, network),
                deletion_protection=spec.protected,
                deletion_policy="PREVENT" if spec.protected else "DELETE",
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
            )
            for number in range(1, 1 + spec.read_replicas)
        ]
        database = gcp.sql.Database(
            f"{name}-database",
            instance=primary.name,
            name=spec.database,
            charset="UTF8",
            collation="en_US.UTF8",
            # It goes with its server, and is kept where another name is asked for.
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self),
        )
        owner = create_owner(self, name, cloud, [primary, *replicas])

        self.publish(
            ref=GcpDatabaseRef(cloud, primary.name, owner.email),
            host=primary.private_ip_address,
            reader_host=replicas[0].private_ip_address if replicas else None,
            port=PORT,
            database=database.name,
            username=owner.username,
            secret=owner.email,
            unhonoured=tuple(unhonoured(spec, cloud, copied_to)),
        )

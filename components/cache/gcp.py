"""Valkey on Google's Memorystore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.cache.interface import Cache, GcpCacheRef
from components.cache.machines import ENGINE_VERSION, NODE_TYPE
from components.cache.spec import CacheSpec
from components.ground import short_hash
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.network.interface import GcpNetworkRef

PORT: Final = 6379
# The token is the password, and everybody who has one bears this name.
USERNAME: Final = "default"
DAY_SECONDS: Final = 24 * 60 * 60
PRIMARY: Final = "CONNECTION_TYPE_PRIMARY"
READER: Final = "CONNECTION_TYPE_READER"
WEEKDAY: Final[Mapping[str, str]] = {
    "mon": "MONDAY",
    "tue": "TUESDAY",
    "wed": "WEDNESDAY",
    "thu": "THURSDAY",
    "fri": "FRIDAY",
    "sat": "SATURDAY",
    "sun": "SUNDAY",
}


class GcpCache(Cache):
    """An encrypted Memorystore instance, reachable only over TLS and from inside its network.

    There is no password: whoever IAM lets connect logs in with an IAM token.
    """

    TOKEN: ClassVar[str] = "plinth:cache:GcpCache"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: CacheSpec,
        network: GcpNetworkRef,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the instance."""
        cloud = network.cloud
        super().__init__(name, cloud, opts, spec.data_class)

        instance = gcp.memorystore.Instance(
            name,
            instance_id=f"{name}-{short_hash(name, spec.generation)}",
            location=cloud.region,
            engine_version=engine_version(spec),
            engine_configs={"maxmemory-policy": spec.eviction.value},
            mode="CLUSTER_DISABLED",
            shard_count=1,
            node_type=NODE_TYPE["gcp"][spec.size],
            replica_count=spec.replicas,
            zone_distribution_config=gcp.memorystore.InstanceZoneDistributionConfigArgs(
                mode="MULTI_ZONE" if spec.replicas else "SINGLE_ZONE",
                zone=None if spec.replicas else cloud.zones[0],
            ),
            kms_key=keys.ids[Purpose.DATA],
            authorization_mode="IAM_AUTH",
            transit_encryption_mode="SERVER_AUTHENTICATION",
            server_ca_mode="GOOGLE_MANAGED_PER_INSTANCE_CA",
            desired_auto_created_endpoints=[
                gcp.memorystore.InstanceDesiredAutoCreatedEndpointArgs(
                    network=network.connected_network_id, project_id=cloud.project
                )
            ],
            persistence_config=gcp.memorystore.InstancePersistenceConfigArgs(mode="DISABLED"),
            automated_backup_config=_backups(spec),
            maintenance_policy=_maintenance(spec.maintenance_window),
            deletion_protection_enabled=spec.protected,
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )

        self.publish(
            ref=GcpCacheRef(cloud, instance.name),
            host=instance.endpoints.apply(lambda found: address(found, PRIMARY)),
            reader_host=(
                instance.endpoints.apply(lambda found: address(found, READER))
                if spec.replicas
                else None
            ),
            port=PORT,
            username=USERNAME,
            secret=instance.name,
            unhonoured=tuple(_unhonoured(spec)),
        )


def address(endpoints: Sequence[gcp.memorystore.outputs.InstanceEndpoint], wanted: str) -> str:
    """The address of the connection of the type ``wanted``.

    Raises:
        pulumi.RunError: there is none.
    """
    connections = [
        connection.psc_auto_connection
        for endpoint in endpoints
        for connection in endpoint.connections or []
    ]
    for each in connections:
        if each and each.connection_type == wanted and each.ip_address:
            return each.ip_address
    raise pulumi.RunError(f"Memorystore names no connection of type {wanted}: {connections}")


def _backups(spec: CacheSpec) -> gcp.memorystore.InstanceAutomatedBackupConfigArgs:
    return gcp.memorystore.InstanceAutomatedBackupConfigArgs(
        retention=f"{spec.backup_days * DAY_SECONDS}s",
        fixed_frequency_schedule=(
            gcp.memorystore.InstanceAutomatedBackupConfigFixedFrequencyScheduleArgs(
                start_time=gcp.memorystore.InstanceAutomatedBackupConfigFixedFrequencyScheduleStartTimeArgs(
                    hours=int(spec.backup_window[:2])
                )
            )
        ),
    )


def _maintenance(window: str) -> gcp.memorystore.InstanceMaintenancePolicyArgs:
    day, hour, _ = window.partition("-")[0].split(":")
    return gcp.memorystore.InstanceMaintenancePolicyArgs(
        weekly_maintenance_windows=[
            gcp.memorystore.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
                day=WEEKDAY[day],
                start_time=gcp.memorystore.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(
                    hours=int(hour), minutes=0, seconds=0, nanos=0
                ),
            )
        ]
    )


def _unhonoured(spec: CacheSpec) -> Iterator[str]:
    for name in ("backup_window", "maintenance_window"):
        window: str = getattr(spec, name)
        opening = window.partition("-")[0]
        if not opening.endswith(":00"):
            yield (
                f"{name}: {window} is asked; Memorystore knows whole hours, it begins at"
                f" {opening[:-2]}00"
            )
    if spec.protected:
        yield "protected: deletion is refused; Memorystore takes no final snapshot"
    yield (
        f"log_days: {spec.log_days} are asked;"
        " the project's log bucket decides how long logs are kept"
    )


def engine_version(spec: CacheSpec) -> str:
    """The version as Memorystore writes it: ``VALKEY_9_0``."""
    version = ENGINE_VERSION["gcp"][spec.version]
    return f"VALKEY_{version.replace('.', '_')}"

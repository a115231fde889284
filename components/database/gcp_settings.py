"""How a server of Cloud SQL is set up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final

import pulumi_gcp as gcp

from components.database.machines import TIERS
from components.database.spec import DatabaseSpec
from components.ground import GcpCloud
from components.network.interface import GcpNetworkRef
from components.windows import DAYS

EDITION: Final = "ENTERPRISE"
LOG_DAYS_AT_MOST: Final = 7  # for restoring to any second, in this edition
LAST_BACKUP_DAYS: Final = 365  # the longest that Google keeps it
PASSWORD_LENGTH: Final = 16
PASSWORDS_REMEMBERED: Final = 5
PLANS_PER_MINUTE: Final = 5
STATEMENT_BYTES: Final = 1024

# RFC 1918: others have to be authorised, at a private address too. Source: "Authorize with
# authorized networks" for Cloud SQL for PostgreSQL, checked 2026-11-21.
ADMITTED: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))

# Names and meanings: "Configure database flags" for Cloud SQL for PostgreSQL.
# Statements are recorded by pgaudit, which leaves passwords out; slow ones would be with their data.
FLAGS: Final[Mapping[str, str]] = {
    "cloudsql.enable_pgaudit": "on",
    "cloudsql.iam_authentication": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_lock_waits": "on",
    "log_min_duration_statement": "-1",
    "pgaudit.log": "ddl,role",
}


def primary_settings(
    spec: DatabaseSpec, network: GcpNetworkRef, recovery_region: str | None
) -> gcp.sql.DatabaseInstanceSettingsArgs:
    """The server that writes; its backups are kept in ``recovery_region``, or near the server."""
    cloud = network.cloud
    day, hour = _opening(spec.maintenance_window)
    return gcp.sql.DatabaseInstanceSettingsArgs(
        edition=EDITION,
        tier=TIERS[spec.size],
        availability_type="REGIONAL" if spec.highly_available else "ZONAL",
        location_preference=gcp.sql.DatabaseInstanceSettingsLocationPreferenceArgs(
            zone=cloud.zones[0],
            secondary_zone=cloud.zones[1] if spec.highly_available else None,
        ),
        disk_type="PD_SSD",
        disk_size=spec.storage_gib,
        disk_autoresize=True,
        disk_autoresize_limit=spec.storage_limit_gib,
        ip_configuration=_ip_configuration(network),
        # Connectors alone would shut out every client that logs in by itself, Vault among them.
        connector_enforcement="NOT_REQUIRED",
        data_api_access="DISALLOW_DATA_API",
        backup_configuration=_backups(spec, recovery_region),
        retain_backups_on_delete=spec.protected,
        final_backup_config=gcp.sql.DatabaseInstanceSettingsFinalBackupConfigArgs(
            enabled=spec.protected, retention_days=LAST_BACKUP_DAYS if spec.protected else None
        ),
        database_flags=_flags(),
        insights_config=_insights(),
        password_validation_policy=gcp.sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs(
            enable_password_policy=True,
            complexity="COMPLEXITY_DEFAULT",
            disallow_username_substring=True,
            min_length=PASSWORD_LENGTH,
            reuse_interval=PASSWORDS_REMEMBERED,
        ),
        maintenance_window=gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
            day=day, hour=hour, update_track="stable" if spec.protected else "canary"
        ),
        deletion_protection_enabled=spec.protected,
        user_labels=cloud.ownership.labels(spec.data_class),
    )


def replica_settings(
    spec: DatabaseSpec, network: GcpNetworkRef
) -> gcp.sql.DatabaseInstanceSettingsArgs:
    """A server that answers reads: the primary's, without what only a primary has."""
    return gcp.sql.DatabaseInstanceSettingsArgs(
        edition=EDITION,
        tier=TIERS[spec.size],
        availability_type="ZONAL",
        disk_type="PD_SSD",
        disk_autoresize=True,
        disk_autoresize_limit=spec.storage_limit_gib,
        ip_configuration=_ip_configuration(network),
        connector_enforcement="NOT_REQUIRED",
        data_api_access="DISALLOW_DATA_API",
        database_flags=_flags(),
        insights_config=_insights(),
        deletion_protection_enabled=spec.protected,
        user_labels=network.cloud.ownership.labels(spec.data_class),
    )


def unhonoured(spec: DatabaseSpec, cloud: GcpCloud, recovery_region: str | None) -> Iterator[str]:
    """What Cloud SQL cannot give, one sentence each."""
    if spec.aurora:
        yield "aurora: Cloud SQL is built; Aurora is a service of AWS"
    if spec.read_replicas > 1:
        yield (
            f"read_replicas: {spec.read_replicas} run; reader_host is the first,"
            " because Cloud SQL spreads no connections"
        )
    if spec.backup_days > LOG_DAYS_AT_MOST:
        yield (
            f"backup_days: {spec.backup_days} daily backups are kept;"
            f" the log for restoring to any second is kept {LOG_DAYS_AT_MOST} days"
        )
    if recovery_region:
        yield (
            f"recoverable_elsewhere: backups are kept in {recovery_region},"
            f" the key that opens them is in {cloud.region}"
        )
    if not spec.maintenance_window.partition("-")[0].endswith(":00"):
        day, hour = _opening(spec.maintenance_window)
        yield (
            f"maintenance_window: {spec.maintenance_window} is asked; Cloud SQL knows whole hours,"
            f" it begins at {DAYS[day - 1]}:{hour:02}:00"
        )
    yield (
        f"log_days: {spec.log_days} are asked;"
        " the project's log bucket decides how long logs are kept"
    )


def _opening(window: str) -> tuple[int, int]:
    """The day, from 1 for Monday, and the hour in which a weekly window opens."""
    day, hour, _ = window.partition("-")[0].split(":")
    return DAYS.index(day) + 1, int(hour)


def _ip_configuration(
    network: GcpNetworkRef,
) -> gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs:
    return gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
        ipv4_enabled=False,
        private_network=network.peered_network_id,
        authorized_networks=_admitted(network.pods_cidr),
        ssl_mode="ENCRYPTED_ONLY",
        # The one whose certificates Google renews by itself.
        server_ca_mode="GOOGLE_MANAGED_CAS_CA",
        server_certificate_rotation_mode="AUTOMATIC_ROTATION_DURING_MAINTENANCE",
    )


def _admitted(
    pods: str | None,
) -> list[gcp.sql.DatabaseInstanceSettingsIpConfigurationAuthorizedNetworkArgs]:
    if pods is None or any(IPv4Network(pods).subnet_of(each) for each in ADMITTED):
        return []
    entry = gcp.sql.DatabaseInstanceSettingsIpConfigurationAuthorizedNetworkArgs
    return [entry(name="pods", value=pods)]


def _backups(
    spec: DatabaseSpec, recovery_region: str | None
) -> gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs:
    return gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
        enabled=True,
        start_time=spec.backup_window.partition("-")[0],
        location=recovery_region,
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=min(spec.backup_days, LOG_DAYS_AT_MOST),
        backup_retention_settings=(
            gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                retained_backups=spec.backup_days, retention_unit="COUNT"
            )
        ),
    )


def _flags() -> list[gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs]:
    return [
        gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=name, value=value)
        for name, value in FLAGS.items()
    ]


def _insights() -> gcp.sql.DatabaseInstanceSettingsInsightsConfigArgs:
    return gcp.sql.DatabaseInstanceSettingsInsightsConfigArgs(
        query_insights_enabled=True,
        query_plans_per_minute=PLANS_PER_MINUTE,
        query_string_length=STATEMENT_BYTES,
        record_application_tags=True,
        record_client_address=True,
    )

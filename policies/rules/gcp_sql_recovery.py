"""Google Cloud relational databases: what is left after a mistake or the loss of a zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_gcp
from policies.expected import not_below
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth

_INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_DOCS: Final = "https://cloud.google.com/sql/docs/postgres"


def _is_replica(instance: Subject) -> bool:
    return instance.at("masterInstanceName").is_present


def _backed_up(instance: Subject) -> Iterator[Demand]:
    if _is_replica(instance):
        return
    backups = instance.at("settings", "backupConfiguration")
    enabled = backups.at("enabled", absent=False)
    yield Demand(enabled.is_true(), enabled, "takes no backups")
    kept = backups.at("backupRetentionSettings", "retainedBackups", absent=7)
    least: int = instance.configured["least_backups"]
    yield Demand(not_below(kept, max(least, 1)), kept, "keeps too few backups")


def _to_the_minute(instance: Subject) -> Iterator[Demand]:
    if _is_replica(instance):
        return
    backups = instance.at("settings", "backupConfiguration")
    mysql = instance.at("databaseVersion").matches(lambda text: text.startswith("MYSQL"))
    log = backups.at("binaryLogEnabled", absent=False)
    by_log = backups.at("pointInTimeRecoveryEnabled", absent=False)
    yield Demand(
        (mysql & log.is_true()) | (~mysql & by_log.is_true()),
        log if mysql is Truth.YES else by_log,
        "loses everything since the last backup",
    )


def _survives(instance: Subject) -> Iterator[Demand]:
    if _is_replica(instance):
        return
    kind = instance.at("settings", "availabilityType", absent="ZONAL")
    yield Demand(kind.is_one_of("REGIONAL"), kind, "has no standby in another zone")
    by_service = instance.at("settings", "deletionProtectionEnabled", absent=False)
    yield Demand(by_service.is_true(), by_service, "lets the service delete the database")
    by_provider = instance.at("deletionProtection", absent=True)
    yield Demand(by_provider.is_true(), by_provider, "lets a plan delete the database")


def _backups(**settings: Any) -> dict[str, Any]:
    return {"settings": {"backupConfiguration": settings}}


BACKUPS: Final = Rule(
    id="gcp-sql-backups",
    title="Databases are backed up, in production to the minute",
    reason="Most damage to data is noticed days later; what is older than the backups is gone.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=cis_gcp(v5=("6.8",), v4=("6.7",)),
    fix=(
        "Set backup_configuration with enabled=True and retained_backups of 7 or more, and "
        "point_in_time_recovery_enabled=True (binary_log_enabled=True for MySQL)."
    ),
    source=f"{_DOCS}/backup-recovery/backups",
    settings=(
        Setting(
            name="least_backups",
            description="The number of backups that are kept at least.",
            default=7,
        ),
    ),
    checks=(
        Check(
            type=_INSTANCE,
            demand="Backups are taken, and enough of them are kept.",
            reads=(
                "settings.backupConfiguration.enabled",
                "settings.backupConfiguration.backupRetentionSettings.retainedBackups",
                "masterInstanceName",
            ),
            absent=(
                "enabled left out is off and violates. retainedBackups left out is 7 and "
                "satisfies. masterInstanceName left out is no replica; a replica takes no backups."
            ),
            judge=_backed_up,
            good={
                "backed up": _backups(
                    enabled=True,
                    pointInTimeRecoveryEnabled=True,
                    backupRetentionSettings={"retainedBackups": 35},
                ),
                "number left out": _backups(
                    enabled=True, pointInTimeRecoveryEnabled=True, backupRetentionSettings={}
                ),
                "a replica": {"masterInstanceName": UNKNOWN_STRING},
            },
            bad={
                "left out": {},
                "nothing said": _backups(),
                "off": _backups(enabled=False),
                "too few": _backups(enabled=True, backupRetentionSettings={"retainedBackups": 6}),
            },
            undecided={
                "not known": _backups(enabled=UNKNOWN_BOOLEAN),
                "number not known": _backups(
                    enabled=True, backupRetentionSettings={"retainedBackups": UNKNOWN_NUMBER}
                ),
            },
        ),
        Check(
            type=_INSTANCE,
            demand="Every minute can be restored.",
            reads=(
                "settings.backupConfiguration.pointInTimeRecoveryEnabled",
                "settings.backupConfiguration.binaryLogEnabled",
                "databaseVersion",
                "masterInstanceName",
            ),
            absent=(
                "pointInTimeRecoveryEnabled and, for MySQL, binaryLogEnabled left out are off and "
                "violate. databaseVersion left out is not MySQL. masterInstanceName left out is no "
                "replica; a replica has no logs of its own."
            ),
            judge=_to_the_minute,
            environments=PROD,
            good={
                "PostgreSQL": {
                    "databaseVersion": "POSTGRES_17",
                    **_backups(enabled=True, pointInTimeRecoveryEnabled=True),
                },
                "MySQL": {
                    "databaseVersion": "MYSQL_8_4",
                    **_backups(enabled=True, binaryLogEnabled=True),
                },
                "a replica": {"masterInstanceName": UNKNOWN_STRING},
            },
            bad={
                "left out": {},
                "PostgreSQL, left out": {
                    "databaseVersion": "POSTGRES_17",
                    **_backups(enabled=True, binaryLogEnabled=True),
                },
                "MySQL, left out": {
                    "databaseVersion": "MYSQL_8_4",
                    **_backups(enabled=True, pointInTimeRecoveryEnabled=True),
                },
                "off": _backups(enabled=True, pointInTimeRecoveryEnabled=False),
            },
            undecided={
                "not known": _backups(enabled=True, pointInTimeRecoveryEnabled=UNKNOWN_BOOLEAN),
                "log of MySQL not known": {
                    "databaseVersion": "MYSQL_8_4",
                    **_backups(enabled=True, binaryLogEnabled=UNKNOWN_BOOLEAN),
                },
                "engine not known": {
                    "databaseVersion": UNKNOWN_STRING,
                    **_backups(enabled=True, pointInTimeRecoveryEnabled=True),
                },
            },
        ),
    ),
)

_GUARDED: Final = {"availabilityType": "REGIONAL", "deletionProtectionEnabled": True}

RESILIENT: Final = Rule(
    id="gcp-sql-resilient",
    title="Production databases have a standby and refuse deletion",
    reason="Neither the loss of a zone nor one wrong plan must be enough to lose the data.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=cis_gcp(v5=("6.9",)),
    fix=(
        'Set availability_type="REGIONAL" and deletion_protection_enabled=True in the settings, '
        "and leave deletion_protection on."
    ),
    source=f"{_DOCS}/high-availability",
    checks=(
        Check(
            type=_INSTANCE,
            demand="There is a standby in another zone, and both guards against deletion are on.",
            reads=(
                "settings.availabilityType",
                "settings.deletionProtectionEnabled",
                "deletionProtection",
                "masterInstanceName",
            ),
            absent=(
                "availabilityType left out is ZONAL and violates. deletionProtectionEnabled left "
                "out is off and violates. deletionProtection left out is on and satisfies. "
                "masterInstanceName left out is no replica; a replica has no data of its own to "
                "lose."
            ),
            judge=_survives,
            environments=PROD,
            good={
                "guarded": {"settings": _GUARDED},
                "guarded twice": {"settings": _GUARDED, "deletionProtection": True},
                "a replica": {"masterInstanceName": UNKNOWN_STRING, "deletionProtection": False},
            },
            bad={
                "left out": {},
                "in one zone": {"settings": {**_GUARDED, "availabilityType": "ZONAL"}},
                "zones left out": {"settings": {"deletionProtectionEnabled": True}},
                "guard of the service left out": {"settings": {"availabilityType": "REGIONAL"}},
                "guard of the provider off": {"settings": _GUARDED, "deletionProtection": False},
            },
            undecided={
                "zones not known": {"settings": {**_GUARDED, "availabilityType": UNKNOWN_STRING}},
                "guard of the service not known": {
                    "settings": {**_GUARDED, "deletionProtectionEnabled": UNKNOWN_BOOLEAN}
                },
                "guard of the provider not known": {
                    "settings": _GUARDED,
                    "deletionProtection": UNKNOWN_BOOLEAN,
                },
            },
        ),
    ),
)

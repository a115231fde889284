"""PostgreSQL, by postgres-exporter with its collectors and ``database_wraparound``."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="postgres"'
_SERVER: Final = 'job="postgres", instance="a"'
_DATABASE: Final = 'job="postgres", instance="a", datname="shop"'
_BY_SERVER: Final = "by (cluster, job, instance)"
_BY_DATABASE: Final = "by (cluster, job, instance, datname)"
_SIZE: Final = "instance:pg_database_size_bytes:sum"
_GIB: Final = 2**30


def _connections(used: int) -> dict[str, str]:
    return {
        f'pg_stat_activity_count{{{_DATABASE}, state="active"}}': f"{used // 2}x60",
        f'pg_stat_activity_count{{{_DATABASE}, state="idle"}}': f"{used - used // 2}x60",
        f"pg_settings_max_connections{{{_SERVER}}}": "103x60",
        f"pg_settings_superuser_reserved_connections{{{_SERVER}}}": "3x60",
    }


def _connections_alert(name: str, percent: int, for_minutes: int, severity: Severity) -> Alert:
    return Alert(
        name=name,
        expression=(
            f"sum {_BY_SERVER} (pg_stat_activity_count{{{_JOB}}})"
            f" / (max {_BY_SERVER} (pg_settings_max_connections{{{_JOB}}})"
            f" - max {_BY_SERVER} (pg_settings_superuser_reserved_connections{{{_JOB}}}) > 0)"
            f" > {percent / 100}"
        ),
        for_minutes=for_minutes,
        severity=severity,
        summary="{{ $value | humanizePercentage }} of the connections of {{ $labels.instance }} are taken",
        description=(
            "{{ $value | humanizePercentage }} of the connections that PostgreSQL "
            "{{ $labels.instance }} has for ordinary users are taken. When none is left, every "
            "client that connects is refused."
        ),
        remedy=(
            "Group `pg_stat_activity` by application and state. Many that are idle: a pool that is "
            "too large, or too many replicas of a service. Many that are active: a lock or a slow "
            "query they all wait for. A pooler helps; more connections cost memory."
        ),
        firing=(Case(series=_connections(percent + 1), after_minutes=for_minutes + 1, firing=1),),
        silent=(Case(series=_connections(percent), after_minutes=for_minutes + 20, firing=0),),
    )


def _wraparound(
    name: str, transactions: int, for_minutes: int, severity: Severity, urgency: str
) -> Alert:
    metric = "pg_database_wraparound_age_datfrozenxid_seconds"
    return Alert(
        name=name,
        expression=f"max {_BY_DATABASE} ({metric}{{{_JOB}}}) > {transactions}",
        for_minutes=for_minutes,
        severity=severity,
        summary="Database {{ $labels.datname }} of {{ $labels.instance }} must be frozen",
        description=(
            "The oldest row of database {{ $labels.datname }} on {{ $labels.instance }} is "
            "{{ $value | humanize }} transactions old. At about 2.1 thousand million PostgreSQL "
            f"refuses to write. {urgency}"
        ),
        remedy=(
            "End transactions, prepared transactions and replication slots that hold the oldest "
            "id, then let `VACUUM (FREEZE)` run on the tables with the highest "
            "`age(relfrozenxid)`. Autovacuum needs more workers or a higher cost limit afterwards."
        ),
        firing=(
            Case(
                series={f"{metric}{{{_DATABASE}}}": f"{transactions + 10**6}x60"},
                after_minutes=for_minutes + 1,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f"{metric}{{{_DATABASE}}}": f"{transactions - 10**6}x60"},
                after_minutes=for_minutes + 20,
                firing=0,
            ),
        ),
    )


_SERVER_RULES: Final = (
    gone(
        "PostgresExporterDown",
        job="postgres",
        consequence="Databases are not watched; they may well work.",
        remedy=(
            "Read the exporter's log: a password that was rotated, a certificate it does not trust, "
            "or no flow to port 5432."
        ),
        severity=Severity.WARNING,
    ),
    Alert(
        name="PostgresDown",
        expression=f"pg_up{{{_JOB}}} == 0",
        for_minutes=2,
        severity=Severity.CRITICAL,
        summary="PostgreSQL behind {{ $labels.instance }} does not answer",
        description=(
            "The exporter {{ $labels.instance }} has not been able to query its PostgreSQL server "
            "for 2 minutes."
        ),
        remedy=(
            "Ask the managed service, or the pod, whether the server runs: a failover takes a "
            "minute or two. If it runs, compare the exporter's credentials and its flow; then look "
            "at PostgresConnectionsExhausted and at the disk."
        ),
        firing=(Case(series={f"pg_up{{{_SERVER}}}": "1x5 0x20"}, after_minutes=9, firing=1),),
        silent=(
            Case(series={f"pg_up{{{_SERVER}}}": "1x5 0 1x20"}, after_minutes=8, firing=0),
            Case(series={f"pg_up{{{_SERVER}}}": "1x5 0x20"}, after_minutes=7, firing=0),
        ),
    ),
    _connections_alert("PostgresTooManyConnections", 80, 10, Severity.WARNING),
    _connections_alert("PostgresConnectionsExhausted", 95, 2, Severity.CRITICAL),
    Alert(
        name="PostgresReplicationLag",
        expression=(
            f"pg_replication_lag_seconds{{{_JOB}}} > 60"
            f" and on (cluster, job, instance) pg_replication_is_replica{{{_JOB}}} == 1"
        ),
        for_minutes=5,
        severity=Severity.WARNING,
        summary="Replica {{ $labels.instance }} is {{ $value | humanizeDuration }} behind",
        description=(
            "Replica {{ $labels.instance }} has been {{ $value | humanizeDuration }} behind its "
            "primary. Reads from it are old, and a failover to it loses or waits for as much."
        ),
        remedy=(
            "A long query on the replica holds the replay back, a bulk load on the primary outruns "
            "it: see `pg_stat_activity` on both. Otherwise compare the sizes and disks of the two."
        ),
        firing=(
            Case(
                series={
                    f"pg_replication_lag_seconds{{{_SERVER}}}": "61x20",
                    f"pg_replication_is_replica{{{_SERVER}}}": "1x20",
                },
                after_minutes=6,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"pg_replication_lag_seconds{{{_SERVER}}}": "59x20",
                    f"pg_replication_is_replica{{{_SERVER}}}": "1x20",
                },
                after_minutes=10,
                firing=0,
            ),
            Case(
                series={
                    f"pg_replication_lag_seconds{{{_SERVER}}}": "900x20",
                    f"pg_replication_is_replica{{{_SERVER}}}": "0x20",
                },
                after_minutes=10,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PostgresArchiveFailing",
        expression=(
            f"increase(pg_stat_archiver_failed_count{{{_JOB}}}[15m]) > 0"
            f" and pg_stat_archiver_last_archive_age{{{_JOB}}} > 900"
        ),
        for_minutes=15,
        severity=Severity.CRITICAL,
        summary="PostgreSQL {{ $labels.instance }} cannot archive its log",
        description=(
            "{{ $value | humanize }} attempts to archive the write-ahead log of "
            "{{ $labels.instance }} failed in 15 minutes, and none succeeded. Restores to a point "
            "in time end there, and the log fills the disk."
        ),
        remedy=(
            "The server's log shows the archive command's error: the bucket, its key or the "
            "credentials. Watch the disk meanwhile; take a base backup when it works again."
        ),
        firing=(
            Case(
                series={
                    f"pg_stat_archiver_failed_count{{{_SERVER}}}": "0+1x60",
                    f"pg_stat_archiver_last_archive_age{{{_SERVER}}}": "0+60x60",
                },
                after_minutes=35,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"pg_stat_archiver_failed_count{{{_SERVER}}}": "0+1x60",
                    f"pg_stat_archiver_last_archive_age{{{_SERVER}}}": "890x60",
                },
                after_minutes=50,
                firing=0,
            ),
            Case(
                series={
                    f"pg_stat_archiver_failed_count{{{_SERVER}}}": "7x60",
                    f"pg_stat_archiver_last_archive_age{{{_SERVER}}}": "0+60x60",
                },
                after_minutes=50,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PostgresUnusedReplicationSlot",
        expression=f"pg_replication_slots_slot_is_active{{{_JOB}}} == 0",
        for_minutes=30,
        severity=Severity.WARNING,
        summary="Nobody reads replication slot {{ $labels.slot_name }} of {{ $labels.instance }}",
        description=(
            "Replication slot {{ $labels.slot_name }} of {{ $labels.instance }} has had no reader "
            "for half an hour. The server keeps the log for it until the disk is full."
        ),
        remedy=(
            "Bring its reader back, or drop the slot with `pg_drop_replication_slot` once it is "
            "certain that nobody needs it: the reader must start afresh then."
        ),
        firing=(
            Case(
                series={
                    f'pg_replication_slots_slot_is_active{{{_SERVER}, slot_name="cdc"}}': "1x3 0x50"
                },
                after_minutes=36,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'pg_replication_slots_slot_is_active{{{_SERVER}, slot_name="cdc"}}': (
                        "1x3 0x25 1x30"
                    )
                },
                after_minutes=36,
                firing=0,
            ),
        ),
    ),
)

_DATABASE_RULES: Final = (
    Alert(
        name="PostgresLongTransaction",
        expression=(
            f"max {_BY_DATABASE} (pg_stat_activity_max_tx_duration"
            f'{{{_JOB}, state=~"active|idle in transaction.*"}}) > 3600'
        ),
        for_minutes=5,
        severity=Severity.WARNING,
        summary="A transaction in {{ $labels.datname }} runs for {{ $value | humanizeDuration }}",
        description=(
            "The oldest transaction in {{ $labels.datname }} of {{ $labels.instance }} is "
            "{{ $value | humanizeDuration }} old. It keeps vacuum from cleaning, and its locks."
        ),
        remedy=(
            "`pg_stat_activity` by `xact_start` names it. «idle in transaction» is a client that "
            "forgot to commit: end it, and set `idle_in_transaction_session_timeout`."
        ),
        firing=(
            Case(
                series={
                    f'pg_stat_activity_max_tx_duration{{{_DATABASE}, state="idle in transaction"}}': (
                        "3300+60x30"
                    )
                },
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'pg_stat_activity_max_tx_duration{{{_DATABASE}, state="active"}}': "3500x30"
                },
                after_minutes=12,
                firing=0,
            ),
            Case(
                series={
                    f'pg_stat_activity_max_tx_duration{{{_DATABASE}, state="idle"}}': "9000x30"
                },
                after_minutes=12,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PostgresDeadlockRate",
        expression=(
            f"sum {_BY_DATABASE} (increase(pg_stat_database_deadlocks{{{_JOB}}}[15m])) > 5"
        ),
        for_minutes=5,
        severity=Severity.WARNING,
        summary="Transactions in {{ $labels.datname }} lock each other out",
        description=(
            "{{ $value | humanize }} deadlocks in {{ $labels.datname }} of {{ $labels.instance }} "
            "in 15 minutes. Each ends one transaction with an error."
        ),
        remedy=(
            "The server's log names both statements of each. Let all code take the rows in one "
            "order, keep transactions short, and retry what was ended."
        ),
        firing=(
            Case(
                series={f"pg_stat_database_deadlocks{{{_DATABASE}}}": "0+0.53x40"},
                after_minutes=25,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f"pg_stat_database_deadlocks{{{_DATABASE}}}": "0+0.3x40"},
                after_minutes=35,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="PostgresCacheHitLow",
        expression=(
            f"sum {_BY_DATABASE} (rate(pg_stat_database_blks_hit{{{_JOB}}}[15m]))"
            f" / (sum {_BY_DATABASE} (rate(pg_stat_database_blks_hit{{{_JOB}}}[15m]))"
            f" + sum {_BY_DATABASE} (rate(pg_stat_database_blks_read{{{_JOB}}}[15m])) > 100)"
            " < 0.9"
        ),
        for_minutes=30,
        severity=Severity.INFO,
        summary="Database {{ $labels.datname }} reads much from the disk",
        description=(
            "Only {{ $value | humanizePercentage }} of the blocks that {{ $labels.datname }} of "
            "{{ $labels.instance }} asked for were in its cache, for half an hour."
        ),
        remedy=(
            "Look for a query that scans a large table (`pg_stat_statements` by `shared_blks_read`) "
            "before giving the server more memory."
        ),
        firing=(
            Case(
                series={
                    f"pg_stat_database_blks_hit{{{_DATABASE}}}": "0+8900x80",
                    f"pg_stat_database_blks_read{{{_DATABASE}}}": "0+1100x80",
                },
                after_minutes=40,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"pg_stat_database_blks_hit{{{_DATABASE}}}": "0+9100x80",
                    f"pg_stat_database_blks_read{{{_DATABASE}}}": "0+900x80",
                },
                after_minutes=60,
                firing=0,
            ),
            Case(
                series={
                    f"pg_stat_database_blks_hit{{{_DATABASE}}}": "0+600x80",
                    f"pg_stat_database_blks_read{{{_DATABASE}}}": "0+3000x80",
                },
                after_minutes=60,
                firing=0,
            ),
        ),
    ),
    _wraparound("PostgresXidAge", 10**9, 30, Severity.WARNING, "Autovacuum does not keep up."),
    _wraparound(
        "PostgresXidWraparoundNear", 18 * 10**8, 5, Severity.CRITICAL, "That is days away."
    ),
)


def groups(*, volume_gib: int | None = None) -> tuple[Group, ...]:
    """The rules over PostgreSQL's metrics.

    Args:
        volume_gib: Size of the server's volume, where it does not grow by itself; None: the
            service grows it, and nothing is predicted.
    """
    disk = () if volume_gib is None else _disk(volume_gib)
    return (Group(name="postgres", rules=(*_SERVER_RULES, *_DATABASE_RULES, *disk)),)


def _disk(volume_gib: int) -> tuple[Recording, Alert]:
    whole = volume_gib * _GIB
    size = f"pg_database_size_bytes{{{_DATABASE}}}"
    start, step = whole * 75 // 100, whole // 20_000
    return (
        Recording(record=_SIZE, expression=f"sum {_BY_SERVER} (pg_database_size_bytes{{{_JOB}}})"),
        Alert(
            name="PostgresDiskPredict",
            expression=(
                f"predict_linear({_SIZE}[6h], 4 * 86400) > {whole} and {_SIZE} > 0.7 * {whole}"
            ),
            for_minutes=60,
            severity=Severity.WARNING,
            summary="The databases of {{ $labels.instance }} outgrow their volume within four days",
            description=(
                "At the pace of the last 6 hours the databases of {{ $labels.instance }} take "
                f"{{{{ $value | humanize1024 }}}}B in four days; the volume has {volume_gib} GiB, "
                "and the log needs some of it."
            ),
            remedy=(
                "Find the table that grows (`pg_total_relation_size`) and whether it should. Grow "
                "the volume in the stack's settings; a server whose disk is full stops."
            ),
            firing=(Case(series={size: f"{start}+{step}x400"}, after_minutes=100, firing=1),),
            silent=(
                Case(series={size: f"{start}+{step // 2}x400"}, after_minutes=200, firing=0),
                Case(
                    series={size: f"{whole // 2}+{5 * step // 2}x400"}, after_minutes=200, firing=0
                ),
            ),
        ),
    )

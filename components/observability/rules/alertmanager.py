"""Alertmanager: its configuration, its cluster and what it fails to deliver."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_BY: Final = "sum by (cluster, job, instance, integration)"
_FAILED_RATIO: Final = (
    f'{_BY} (rate(alertmanager_notifications_failed_total{{job="alertmanager"}}[5m]))'
    f' / ({_BY} (rate(alertmanager_notifications_total{{job="alertmanager"}}[5m])) > 0)'
)


# Start times that are new in two of three minutes, and in one of three.
_OFTEN: Final = " ".join(f"{60 * start}x{start % 2}" for start in range(27))
_SELDOM: Final = " ".join(f"{60 * start}x2" for start in range(14))


def _on(metric: str, instance: str, integration: str = "") -> str:
    more = f', integration="{integration}"' if integration else ""
    return f'{metric}{{job="alertmanager", instance="{instance}"{more}}}'


def _notifications(instance: str, sent: str, failed: str) -> dict[str, str]:
    return {
        _on("alertmanager_notifications_total", instance, "slack"): sent,
        _on("alertmanager_notifications_failed_total", instance, "slack"): failed,
    }


_ALWAYS: Final = (
    gone(
        "AlertmanagerDown",
        job="alertmanager",
        consequence="Prometheus finds trouble, and nobody hears of it except by this alert's path.",
        remedy=(
            "Look at the pods or containers of Alertmanager: a configuration it refuses stops it "
            "at start. `amtool check-config` on the generated file tells why. Deliver by hand until "
            "it is back: Prometheus' page of alerts shows what fires."
        ),
        for_minutes=5,
    ),
    Alert(
        name="AlertmanagerFailedReload",
        expression=(
            'max_over_time(alertmanager_config_last_reload_successful{job="alertmanager"}[5m]) == 0'
        ),
        for_minutes=10,
        severity=Severity.CRITICAL,
        summary="Alertmanager {{ $labels.instance }} refuses its configuration",
        description=(
            "Alertmanager {{ $labels.instance }} has not been able to load its configuration for "
            "10 minutes. It routes by the old one, and will not start again after a restart."
        ),
        remedy=(
            "Its log names the line. Run `amtool check-config` on the generated file and check that "
            "each credential file it names is mounted; roll the last change back."
        ),
        firing=(
            Case(
                series={_on("alertmanager_config_last_reload_successful", "a"): "1x5 0x40"},
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={_on("alertmanager_config_last_reload_successful", "a"): "1x5 0x40"},
                after_minutes=18,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="AlertmanagerFailedToSendAlerts",
        expression=f"{_FAILED_RATIO} > 0.01",
        for_minutes=5,
        severity=Severity.WARNING,
        summary="Alertmanager {{ $labels.instance }} fails to notify {{ $labels.integration }}",
        description=(
            "{{ $value | humanizePercentage }} of the notifications of {{ $labels.instance }} to "
            "{{ $labels.integration }} failed in 5 minutes. Another member may have sent them."
        ),
        remedy=(
            "Read the member's log: 401 and 403 mean a credential that expired, a timeout a missing "
            "flow to the receiver, 400 a template that yields something the receiver refuses."
        ),
        firing=(
            Case(
                series={
                    **_notifications("a", "0+50x30", "0+1x30"),
                    **_notifications("b", "0+50x30", "0x30"),
                },
                after_minutes=10,
                firing=1,
            ),
        ),
        silent=(
            Case(series=_notifications("a", "0+110x30", "0+1x30"), after_minutes=15, firing=0),
        ),
    ),
    Alert(
        name="AlertmanagerClusterFailedToSendAlerts",
        expression=f"min by (cluster, job, integration) ({_FAILED_RATIO}) > 0.01",
        for_minutes=5,
        severity=Severity.CRITICAL,
        summary="No Alertmanager can notify {{ $labels.integration }} reliably",
        description=(
            "Every member fails with at least {{ $value | humanizePercentage }} of its "
            "notifications to {{ $labels.integration }}: alerts are lost."
        ),
        remedy=(
            "Check the receiver's own status page first, then the credential they share and the "
            "flow out of the namespace. Route critical alerts to another receiver meanwhile."
        ),
        firing=(
            Case(
                series={
                    **_notifications("a", "0+50x30", "0+1x30"),
                    **_notifications("b", "0+50x30", "0+25x30"),
                },
                after_minutes=10,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    **_notifications("a", "0+50x30", "0+50x30"),
                    **_notifications("b", "0+110x30", "0+1x30"),
                },
                after_minutes=15,
                firing=0,
            ),
        ),
    ),
)


def groups(*, members: int) -> tuple[Group, ...]:
    """The rules over Alertmanager's metrics.

    Args:
        members: Members the cluster should have; one member has no cluster to watch.
    """
    cluster = _cluster(members) if members > 1 else ()
    return (Group(name="alertmanager", rules=(*_ALWAYS, *cluster)),)


def _each(metric: str, values: tuple[str, ...]) -> dict[str, str]:
    return {_on(metric, str(number)): value for number, value in enumerate(values)}


def _cluster(members: int) -> tuple[Alert, ...]:
    half = (members + 1) // 2
    return (
        Alert(
            name="AlertmanagerMembersInconsistent",
            expression=(
                f'max_over_time(alertmanager_cluster_members{{job="alertmanager"}}[5m]) < {members}'
            ),
            for_minutes=15,
            severity=Severity.CRITICAL,
            summary="Alertmanager {{ $labels.instance }} sees {{ $value }} of its cluster's members",
            description=(
                f"Alertmanager {{{{ $labels.instance }}}} sees {{{{ $value }}}} members instead of "
                f"{members} for 15 minutes. Members that do not see each other notify twice and "
                "do not share silences."
            ),
            remedy=(
                "Check that the flow between members allows port 9094 on TCP and on UDP, that the "
                "peers' names resolve, and that all have the same `--cluster.label`."
            ),
            firing=(
                Case(
                    series=_each(
                        "alertmanager_cluster_members",
                        (f"{members - 1}x40", *[f"{members}x40"] * (members - 1)),
                    ),
                    after_minutes=20,
                    firing=1,
                ),
            ),
            silent=(
                Case(
                    series=_each(
                        "alertmanager_cluster_members",
                        (f"{members}x3 {members - 1}x3 {members}x40",),
                    ),
                    after_minutes=30,
                    firing=0,
                ),
                Case(
                    series=_each("alertmanager_cluster_members", (f"{members - 1}x40",)),
                    after_minutes=14,
                    firing=0,
                ),
            ),
        ),
        Alert(
            name="AlertmanagerConfigInconsistent",
            expression=(
                "count by (cluster, job) (count_values by (cluster, job)"
                ' ("config_hash", alertmanager_config_hash{job="alertmanager"})) > 1'
            ),
            for_minutes=20,
            severity=Severity.WARNING,
            summary="Alertmanagers run {{ $value }} different configurations",
            description=(
                "The members have loaded {{ $value }} different configurations for 20 minutes. "
                "Who hears of an alert depends on the member that sends it."
            ),
            remedy=(
                "A roll-out that stopped half-way, or a member that refuses the new file: see "
                "AlertmanagerFailedReload and the status of the roll-out."
            ),
            firing=(
                Case(
                    series=_each("alertmanager_config_hash", ("7x40", *["9x40"] * (members - 1))),
                    after_minutes=25,
                    firing=1,
                ),
            ),
            silent=(
                Case(
                    series=_each(
                        "alertmanager_config_hash", ("7x10 9x30", *["9x40"] * (members - 1))
                    ),
                    after_minutes=25,
                    firing=0,
                ),
                Case(
                    series=_each("alertmanager_config_hash", ("7x40", "9x40")),
                    after_minutes=19,
                    firing=0,
                ),
            ),
        ),
        Alert(
            name="AlertmanagerClusterDown",
            expression=(
                'count by (cluster, job) (avg_over_time(up{job="alertmanager"}[5m]) < 0.5)'
                ' / (count by (cluster, job) (up{job="alertmanager"}) > 0) >= 0.5'
            ),
            for_minutes=5,
            severity=Severity.CRITICAL,
            summary="{{ $value | humanizePercentage }} of the Alertmanagers are down",
            description=(
                "{{ $value | humanizePercentage }} of the members have been down for most of the "
                "last 5 minutes. The rest still notifies; the next failure ends it."
            ),
            remedy=(
                "Look at the pods that are down: their events, their last log. A node that went "
                "with more than one of them points at the spread; a crash at the configuration."
            ),
            firing=(
                Case(
                    series=_each("up", (*["0x40"] * half, *["1x40"] * (members - half))),
                    after_minutes=8,
                    firing=1,
                ),
            ),
            silent=(
                Case(
                    series=_each("up", ("0x40", *["1x40"] * members)),
                    after_minutes=20,
                    firing=0,
                ),
                Case(series=_each("up", ("0x40", "1x40")), after_minutes=4, firing=0),
            ),
        ),
        Alert(
            name="AlertmanagerClusterCrashlooping",
            expression=(
                "count by (cluster, job)"
                ' (changes(process_start_time_seconds{job="alertmanager"}[10m]) > 4)'
                ' / (count by (cluster, job) (up{job="alertmanager"}) > 0) >= 0.5'
            ),
            for_minutes=5,
            severity=Severity.CRITICAL,
            summary="{{ $value | humanizePercentage }} of the Alertmanagers restart again and again",
            description=(
                "{{ $value | humanizePercentage }} of the members have started at least five times "
                "in 10 minutes. Notifications are late, doubled or lost."
            ),
            remedy=(
                "Read the log of the last start: a configuration that is refused, a volume that is "
                "full or too little memory. Roll the last change back."
            ),
            firing=(
                Case(
                    series={
                        **_each("process_start_time_seconds", (_OFTEN,) * half),
                        **_each("up", ("1x40",) * members),
                    },
                    after_minutes=15,
                    firing=1,
                ),
            ),
            silent=(
                Case(
                    series={
                        **_each("process_start_time_seconds", (_SELDOM,) * members),
                        **_each("up", ("1x40",) * members),
                    },
                    after_minutes=15,
                    firing=0,
                ),
            ),
        ),
        Alert(
            name="AlertmanagerClusterFailedPeers",
            expression='alertmanager_cluster_failed_peers{job="alertmanager"} > 0',
            for_minutes=15,
            severity=Severity.INFO,
            summary="Alertmanager {{ $labels.instance }} has lost {{ $value }} peers",
            description=(
                "Alertmanager {{ $labels.instance }} counts {{ $value }} peers as failed for 15 "
                "minutes. Roll-outs do that, because the old addresses are gone for good."
            ),
            remedy=(
                "Nothing after a roll-out: the peers are forgotten after the reconnection timeout. "
                "Otherwise see AlertmanagerMembersInconsistent."
            ),
            firing=(
                Case(
                    series={_on("alertmanager_cluster_failed_peers", "a"): "1x40"},
                    after_minutes=16,
                    firing=1,
                ),
            ),
            silent=(
                Case(
                    series={_on("alertmanager_cluster_failed_peers", "a"): "1x10 0x3 1x40"},
                    after_minutes=20,
                    firing=0,
                ),
            ),
        ),
    )

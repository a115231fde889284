"""Alerts about alerting: the dead man's switch, the inhibitor, targets that do not answer."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity

GROUPS: Final = (
    Group(
        name="meta",
        rules=(
            Alert(
                name="Watchdog",
                expression='max by (cluster) (up{job="prometheus"}) == 1',
                for_minutes=0,
                severity=Severity.NONE,
                summary="Alerting works from Prometheus to the receiver",
                description=(
                    "This alert fires always, as long as Prometheus scrapes and evaluates. Whoever "
                    "receives it raises the alarm when it stops: then nothing else can be heard either."
                ),
                remedy=(
                    "Nothing to do while it fires. When the dead man's switch reports it missing: see "
                    "whether Prometheus runs and is ready, whether it reaches an Alertmanager "
                    "(`prometheus_notifications_alertmanagers_discovered`), and whether Alertmanager "
                    "reaches the switch (`alertmanager_notifications_failed_total`)."
                ),
                firing=(
                    Case(
                        series={'up{job="prometheus", instance="a"}': "1x5"},
                        after_minutes=1,
                        firing=1,
                    ),
                    Case(
                        series={
                            'up{job="prometheus", instance="a"}': "0x5",
                            'up{job="prometheus", instance="b"}': "1x5",
                        },
                        after_minutes=3,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={'up{job="prometheus", instance="a"}': "1x2 0x5"},
                        after_minutes=5,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="InfoInhibitor",
                expression=(
                    'count by (cluster, namespace) (ALERTS{severity="info", alertstate="firing"})'
                    " unless on (cluster, namespace)"
                    ' ALERTS{severity=~"warning|critical", alertstate="firing"}'
                ),
                for_minutes=0,
                severity=Severity.NONE,
                summary="Informational alerts of namespace {{ $labels.namespace }} stand alone",
                description=(
                    "Alerts of severity info fire and nothing worse does in the same namespace. "
                    "Alertmanager holds them back as long as this alert fires: they are context for "
                    "other alerts, not news by themselves."
                ),
                remedy=(
                    "Nothing to do. It must go to a receiver that drops it, and one inhibition rule of "
                    "Alertmanager must name it as the source for severity info in the same namespace."
                ),
                firing=(
                    Case(
                        series={
                            'ALERTS{alertname="A", alertstate="firing", severity="info", namespace="x"}': (
                                "1x10"
                            ),
                            'ALERTS{alertname="B", alertstate="firing", severity="warning", namespace="y"}': (
                                "1x10"
                            ),
                        },
                        after_minutes=3,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            'ALERTS{alertname="A", alertstate="firing", severity="info", namespace="x"}': (
                                "1x10"
                            ),
                            'ALERTS{alertname="B", alertstate="firing", severity="warning", namespace="x"}': (
                                "1x10"
                            ),
                        },
                        after_minutes=3,
                        firing=0,
                    ),
                    Case(
                        series={
                            'ALERTS{alertname="A", alertstate="pending", severity="info", namespace="x"}': (
                                "1x10"
                            ),
                        },
                        after_minutes=3,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="TargetDown",
                expression=(
                    "count by (cluster, namespace, job) (up == 0)"
                    " / (count by (cluster, namespace, job) (up) > 0) > 0.1"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="{{ $value | humanizePercentage }} of the targets of job {{ $labels.job }} are down",
                description=(
                    "More than a tenth of the targets of job {{ $labels.job }} have not answered "
                    "Prometheus for 10 minutes. What they do is not seen, and their alerts are blind."
                ),
                remedy=(
                    "Open Prometheus' page of targets and read the error: refused means that the "
                    "process is not there, a timeout points at the network policy or at a slow "
                    "exporter, 401 and 403 at credentials. Compare with recent roll-outs of the job."
                ),
                firing=(
                    Case(
                        series={
                            'up{job="api", instance="a"}': "0x20",
                            **{f'up{{job="api", instance="b{n}"}}': "1x20" for n in range(8)},
                            'up{job="web", instance="a"}': "1x20",
                        },
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            'up{job="api", instance="a"}': "0x20",
                            **{f'up{{job="api", instance="b{n}"}}': "1x20" for n in range(9)},
                        },
                        after_minutes=15,
                        firing=0,
                    ),
                    Case(
                        series={'up{job="api", instance="a"}': "1x5 0x20"},
                        after_minutes=14,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)

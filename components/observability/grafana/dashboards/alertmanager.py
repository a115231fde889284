"""Alertmanager: what it takes in and whom it tells."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import Dashboard, Panel, Query, Row, Threshold, View

_SELF: Final = 'job="alertmanager"'

ALERTMANAGER: Final = Dashboard(
    uid="alertmanager",
    title="Alertmanager",
    tags=("alerts",),
    rows=(
        Row(
            title="Agreement",
            panels=(
                Panel(
                    title="Members each of them sees",
                    view=View.STAT,
                    width=6,
                    queries=(
                        Query(
                            expression=f"alertmanager_cluster_members{{{_SELF}}}",
                            legend="{{pod}}",
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title="Configuration loaded",
                    view=View.STAT,
                    width=6,
                    queries=(
                        Query(
                            expression=f"min(alertmanager_config_last_reload_successful{{{_SELF}}})",
                            instant=True,
                        ),
                    ),
                    thresholds=(Threshold(value=1, colour="green"),),
                ),
                Panel(
                    title="Alerts held, by state",
                    width=12,
                    queries=(
                        Query(
                            expression=f"max by (state) (alertmanager_alerts{{{_SELF}}})",
                            legend="{{state}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Notifications",
            panels=(
                Panel(
                    title="Sent, by integration",
                    unit="ops",
                    queries=(
                        Query(
                            expression=(
                                "sum by (integration) (rate(alertmanager_notifications_total"
                                f"{{{_SELF}}}[$__rate_interval]))"
                            ),
                            legend="{{integration}}",
                        ),
                    ),
                ),
                Panel(
                    title="Failed, by integration",
                    unit="ops",
                    queries=(
                        Query(
                            expression=(
                                "sum by (integration) (rate(alertmanager_notifications_failed_total"
                                f"{{{_SELF}}}[$__rate_interval]))"
                            ),
                            legend="{{integration}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (ALERTMANAGER,)

"""Grafana itself."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import Dashboard, Panel, Query, Row

_SELF: Final = 'job="grafana"'

GRAFANA: Final = Dashboard(
    uid="grafana",
    title="Grafana",
    tags=("dashboards",),
    rows=(
        Row(
            title="Requests",
            panels=(
                Panel(
                    title="Requests by status",
                    unit="reqps",
                    queries=(
                        Query(
                            expression=(
                                "sum by (status_code) (rate("
                                f"grafana_http_request_duration_seconds_count{{{_SELF}}}"
                                "[$__rate_interval]))"
                            ),
                            legend="{{status_code}}",
                        ),
                    ),
                ),
                Panel(
                    title="99th percentile of the time to answer",
                    unit="s",
                    queries=(
                        Query(
                            expression=(
                                "histogram_quantile(0.99, sum by (le) (rate("
                                f"grafana_http_request_duration_seconds_bucket{{{_SELF}}}"
                                "[$__rate_interval])))"
                            ),
                            legend="p99",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (GRAFANA,)

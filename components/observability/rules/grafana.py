"""Grafana: whether it answers, and what its datasources answer."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="grafana"'
_PAGE: Final = 'job="grafana", instance="a", handler="/api/dashboards/uid/:uid", method="GET"'
_SOURCE: Final = 'job="grafana", instance="a", datasource="Loki", method="GET"'


def _requests(good: str, bad: str) -> dict[str, str]:
    return {
        f'grafana_http_request_duration_seconds_count{{{_PAGE}, status_code="200"}}': good,
        f'grafana_http_request_duration_seconds_count{{{_PAGE}, status_code="500"}}': bad,
    }


def _answers(good: str, bad: str) -> dict[str, str]:
    return {
        f'grafana_datasource_request_total{{{_SOURCE}, code="200"}}': good,
        f'grafana_datasource_request_total{{{_SOURCE}, code="502"}}': bad,
    }


GROUPS: Final = (
    Group(
        name="grafana",
        rules=(
            gone(
                "GrafanaDown",
                job="grafana",
                consequence="Nobody sees dashboards; alerts are not affected.",
                remedy=(
                    "Look at its pods or containers. Its database is asked first at every start: check "
                    "that it is there and that the password file is current. A datasource whose uid "
                    "changed stops the start too."
                ),
                severity=Severity.WARNING,
            ),
            Alert(
                name="GrafanaRequestErrors",
                expression=(
                    "sum by (cluster, job) (rate(grafana_http_request_duration_seconds_count"
                    f'{{{_JOB}, status_code=~"5.."}}[5m]))'
                    " / (sum by (cluster, job)"
                    f" (rate(grafana_http_request_duration_seconds_count{{{_JOB}}}[5m])) > 0) > 0.05"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Grafana answers {{ $value | humanizePercentage }} of its requests with errors",
                description=(
                    "{{ $value | humanizePercentage }} of the requests to Grafana were answered with an "
                    "error of the server for 10 minutes."
                ),
                remedy=(
                    "Its log at level error names the handler. Mostly its database (connections, disk) "
                    "or one datasource: see GrafanaDatasourceErrors."
                ),
                firing=(Case(series=_requests("0+94x40", "0+6x40"), after_minutes=15, firing=1),),
                silent=(
                    Case(series=_requests("0+96x40", "0+4x40"), after_minutes=30, firing=0),
                    Case(series=_requests("0+50x40", "0+50x8 400x30"), after_minutes=9, firing=0),
                ),
            ),
            Alert(
                name="GrafanaDatasourceErrors",
                expression=(
                    "sum by (cluster, job, datasource)"
                    f' (rate(grafana_datasource_request_total{{{_JOB}, code=~"5.."}}[5m]))'
                    " / (sum by (cluster, job, datasource)"
                    f" (rate(grafana_datasource_request_total{{{_JOB}}}[5m])) > 0) > 0.2"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Datasource {{ $labels.datasource }} fails in Grafana",
                description=(
                    "{{ $value | humanizePercentage }} of Grafana's questions to datasource "
                    "{{ $labels.datasource }} failed for 10 minutes: its panels are empty."
                ),
                remedy=(
                    "Test the datasource in Grafana. A refused connection or a timeout is the flow from "
                    "Grafana to it or the datasource itself: see its own alerts."
                ),
                firing=(Case(series=_answers("0+7x40", "0+3x40"), after_minutes=15, firing=1),),
                silent=(Case(series=_answers("0+82x40", "0+18x40"), after_minutes=30, firing=0),),
            ),
        ),
    ),
)

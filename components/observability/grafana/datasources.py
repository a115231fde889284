"""Datasources with fixed uids, and how one leads to the other."""

from __future__ import annotations

from collections.abc import Iterable

from components.observability.dashboard import Source
from components.observability.grafana.provisioning import Datasource, Datasources


def datasources(urls: Iterable[tuple[Source, str]], scrape_seconds: int) -> Datasources:
    """One datasource for each pair of source and address.

    The uid of a source never changes: Grafana does not start where a provisioned source has got
    another.
    """
    known = dict(urls)
    return Datasources(
        datasources=tuple(
            _datasource(source, url, known, scrape_seconds) for source, url in known.items()
        )
    )


def _datasource(
    source: Source, url: str, known: dict[Source, str], scrape_seconds: int
) -> Datasource:
    match source:
        case Source.METRICS:
            data: dict[str, object] = {
                "httpMethod": "POST",
                "prometheusType": "Prometheus",
                "timeInterval": f"{scrape_seconds}s",
            }
            if Source.TRACES in known:
                data["exemplarTraceIdDestinations"] = [
                    {"name": "trace_id", "datasourceUid": Source.TRACES.value}
                ]
            return Datasource(
                uid=source,
                name="Metrics",
                type="prometheus",
                url=url,
                is_default=True,
                json_data=data,
            )
        case Source.LOGS:
            data = {"maxLines": 1000}
            if Source.TRACES in known:
                data["derivedFields"] = [
                    {
                        "name": "trace",
                        "matcherType": "label",
                        "matcherRegex": "trace_id",
                        "url": "${__value.raw}",
                        "datasourceUid": Source.TRACES.value,
                    }
                ]
            return Datasource(uid=source, name="Logs", type="loki", url=url, json_data=data)
        case Source.TRACES:
            data = {"nodeGraph": {"enabled": True}}
            if Source.LOGS in known:
                data["tracesToLogsV2"] = {
                    "datasourceUid": Source.LOGS.value,
                    "spanStartTimeShift": "-5m",
                    "spanEndTimeShift": "5m",
                    "filterByTraceID": True,
                    "tags": [{"key": "service.name", "value": "service_name"}],
                }
            if Source.METRICS in known:
                data["tracesToMetrics"] = {"datasourceUid": Source.METRICS.value}
            return Datasource(uid=source, name="Traces", type="jaeger", url=url, json_data=data)
        case Source.ALERTS:
            return Datasource(
                uid=source,
                name="Alerts",
                type="alertmanager",
                url=url,
                json_data={"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
            )

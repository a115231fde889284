"""Dashboards as Grafana reads them: the classic JSON model, schema version 42.

Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
and the types of grafana-foundation-sdk 0.0.21, checked 2026-11-21.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pulumi

from components.observability.dashboard import Dashboard, Panel, Query, Row, Source, View

SCHEMA_VERSION: Final = 42
COLUMNS: Final = 24
LIMIT_BYTES: Final = 480 * 1024
"""Largest dashboard: below what every runtime delivers as a file."""

TYPES: Final = {
    Source.METRICS: "prometheus",
    Source.LOGS: "loki",
    Source.TRACES: "jaeger",
    Source.ALERTS: "alertmanager",
}

_FORMATS: Final = {View.TABLE: "table", View.HEATMAP: "heatmap"}


def dashboard_json(dashboard: Dashboard) -> str:
    """The file of ``dashboard``.

    Raises:
        pulumi.RunError: It is larger than what every runtime delivers.
    """
    text = json.dumps(_document(dashboard), indent=1, ensure_ascii=False) + "\n"
    if (size := len(text.encode())) > LIMIT_BYTES:
        raise pulumi.RunError(
            f"the dashboard {dashboard.uid} has {size} bytes, at most {LIMIT_BYTES} are delivered:"
            " divide it"
        )
    return text


def _document(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["plinth", *dashboard.tags],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "utc",
        "refresh": f"{dashboard.refresh_seconds}s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": each.name,
                    "label": each.label,
                    "type": "query",
                    "datasource": _datasource(Source.METRICS),
                    "query": {
                        "query": f"label_values({each.metric}, {each.label})",
                        "refId": f"variable-{each.name}",
                    },
                    "refresh": 2,
                    "includeAll": True,
                    "allValue": ".*",
                    "multi": True,
                    "current": {"text": ["All"], "value": ["$__all"]},
                    "sort": 1,
                }
                for each in dashboard.variables
            ]
        },
        "panels": list(_panels(dashboard.rows)),
    }


def _panels(rows: tuple[Row, ...]) -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1},
            "panels": [],
        }
        top += 1
        left, tallest = 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            yield _panel(panel, number, left, top)
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _panel(panel: Panel, number: int, left: int, top: int) -> dict[str, Any]:
    steps = list(_steps(panel))
    document: dict[str, Any] = {
        "id": number,
        "type": panel.view.value,
        "title": panel.title,
        "description": panel.description,
        "datasource": _datasource(panel.queries[0].source),
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
        "targets": [_target(query, index, panel.view) for index, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _defaults(panel, steps), "overrides": []},
        "options": _options(panel),
    }
    return document


def _steps(panel: Panel) -> Iterator[dict[str, Any]]:
    """The thresholds, from the colour below them: red where they end in green, green elsewhere."""
    if panel.thresholds:
        lowest = "red" if panel.thresholds[-1].colour == "green" else "green"
        yield {"color": lowest, "value": None}
    for each in panel.thresholds:
        yield {"color": each.colour, "value": each.value}


def _defaults(panel: Panel, steps: list[dict[str, Any]]) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit}
    if steps:
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    if panel.view is View.TIME_SERIES:
        defaults["custom"] = {
            "fillOpacity": 8,
            "lineWidth": 1,
            "showPoints": "never",
            "thresholdsStyle": {"mode": "line" if steps else "off"},
        }
    return defaults


def _options(panel: Panel) -> dict[str, Any]:
    match panel.view:
        case View.TIME_SERIES:
            legend = {
                "displayMode": "table",
                "placement": "bottom",
                "calcs": ["lastNotNull", "max"],
            }
            return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
        case View.STAT | View.GAUGE | View.BAR_GAUGE:
            return {"reduceOptions": {"calcs": ["lastNotNull"], "values": False}}
        case View.LOGS:
            return {"showTime": True, "wrapLogMessage": True, "sortOrder": "Descending"}
        case View.TABLE | View.HEATMAP:
            return {}


def _target(query: Query, index: int, view: View) -> dict[str, Any]:
    document: dict[str, Any] = {
        "refId": chr(ord("A") + index),
        "datasource": _datasource(query.source),
        "expr": query.expression,
        "legendFormat": query.legend or "__auto",
    }
    if query.source is Source.METRICS:
        document |= {"instant": query.instant, "range": not query.instant}
        # In the format table all series are one frame, of which other views show one value.
        document["format"] = _FORMATS.get(view, "time_series")
    return document


def _datasource(source: Source) -> dict[str, str]:
    return {"type": TYPES[source], "uid": source.value}

"""Every group of rules, with the settings of a production stack: for documents and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.observability.alert import Alert, Group
from components.observability.rules import (
    alertmanager,
    collector,
    control_plane,
    grafana,
    jaeger,
    loki,
    nodes,
    postgres,
    probes,
    prometheus,
    redis,
    resources,
    volumes,
    workloads,
)

GROUPS: Final[tuple[Group, ...]] = (
    *prometheus.groups(replicas=2, series_budget=1_000_000, remote_write=True),
    *alertmanager.groups(members=3),
    *workloads.GROUPS,
    *resources.GROUPS,
    *control_plane.GROUPS,
    *nodes.GROUPS,
    *volumes.GROUPS,
    *postgres.groups(volume_gib=100),
    *redis.GROUPS,
    *loki.GROUPS,
    *jaeger.GROUPS,
    *collector.GROUPS,
    *collector.ON_KUBERNETES,
    *grafana.GROUPS,
    *probes.GROUPS,
)

ALERTS: Final[tuple[Alert, ...]] = tuple(alert for group in GROUPS for alert in group.alerts)

PRESENCE: Final[Mapping[str, str]] = {
    "prometheus": "Watchdog",
    "prometheus-remote-write": "Watchdog",
    "filesystems": "NodeExporterDown",
    "volumes": "KubeletDown",
}
"""Who speaks when the series of a group's critical alerts are gone, where the group has no alert
with ``absent()`` of its own. ``TargetDown`` speaks for targets that are known and do not answer;
``Watchdog`` is missed by the dead man's switch outside when Prometheus itself is gone."""

"""Pods, their controllers, jobs and autoscalers, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Group
from components.observability.rules import controllers, jobs, pods, scaling
from components.observability.rules.presence import gone

GROUPS: Final = (
    Group(
        name="workloads",
        rules=(
            gone(
                "KubeStateMetricsDown",
                job="kube-state-metrics",
                consequence="Every alert about pods, roll-outs, quotas and node conditions is blind.",
                remedy=(
                    "Look at its pod: a memory limit that the number of objects outgrew, or rights that "
                    "are missing for a kind it should list (the log says «forbidden»)."
                ),
            ),
            *pods.ALERTS,
            *controllers.ALERTS,
            *jobs.ALERTS,
            *scaling.ALERTS,
        ),
    ),
)

"""What of the cluster's own metrics is not kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from components.observability.prometheus.config import Relabel

Profile = Literal["full", "standard", "lean"]

_NAME: Final = ("__name__",)

# Families that nothing of ours reads and that grow with pods, tasks and requests.
_DROPPED: Final[Mapping[str, tuple[str, ...]]] = {
    "cadvisor": (
        "container_(tasks_state|memory_failures_total|blkio_device_usage_total)",
        "container_(file_descriptors|sockets|threads|threads_max|ulimits_soft)",
        "container_(last_seen|start_time_seconds)",
        "container_network_(tcp|tcp6|udp|udp6|advance_tcp_stats)_?.*",
        "container_spec_(cpu_shares|memory_reservation_limit_bytes|memory_swap_limit_bytes)",
    ),
    "kubelet": (
        "kubelet_(runtime_operations|http_requests)_duration_seconds_bucket",
        "storage_operation_duration_seconds_bucket",
        "rest_client_((request|response)_size_bytes|rate_limiter_duration_seconds)_bucket",
        "csi_operations_seconds.*",
        "kubernetes_feature_enabled",
        "go_.*",
    ),
    "apiserver": (
        "etcd_request_duration_seconds_bucket",
        "apiserver_(response_sizes|watch_events_sizes|watch_list_duration_seconds)_bucket",
        "apiserver_(flowcontrol_.*|admission_.*_duration_seconds)_bucket",
        "workqueue_.*_duration_seconds_bucket",
        "kubernetes_feature_enabled",
        "apiserver_envelope_encryption_.*",
    ),
}
# Series of a family by what else they carry.
_THINNED: Final[Mapping[str, tuple[Relabel, ...]]] = {
    "apiserver": (
        Relabel(
            source_labels=("__name__", "le"),
            regex=(
                r"apiserver_request(_sli)?_duration_seconds_bucket;"
                r"(0\.(005|025|15|25|3|35|4|45|6|7|8|9)|1\.(25|5|75)"
                r"|2|3|3\.5|4|4\.5|6|7|8|9|15|20|40|45|50)(\.0)?"
            ),
            action="drop",
        ),
    ),
    "node-exporter": (
        Relabel(
            source_labels=("__name__", "state"),
            regex="node_systemd_unit_state;(active|activating|deactivating|inactive)",
            action="drop",
        ),
    ),
}


def drops(job: str, profile: Profile, needed: Iterable[str]) -> tuple[Relabel, ...]:
    """Relabelling of the samples of ``job``.

    Args:
        job: The scrape job.
        profile: How much is kept.
        needed: Metrics that rules and dashboards read; no family that one of them belongs to is
            dropped by name.
    """
    if profile == "full":
        return ()
    families = _DROPPED.get(job, ())
    thinned = _THINNED.get(job, ())
    read = sorted(set(needed))
    if profile == "lean" and families and read:
        return (Relabel(source_labels=_NAME, regex="|".join(read), action="keep"), *thinned)
    return (
        *(
            Relabel(source_labels=_NAME, regex=family, action="drop")
            for family in families
            if not any(re.fullmatch(family, name) for name in read)
        ),
        *thinned,
    )

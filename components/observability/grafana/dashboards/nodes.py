"""Machines: utilisation, saturation, errors."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    Variable,
)

_HERE: Final = 'job="node-exporter", node=~"$node"'
_DISKS: Final = f'{_HERE}, fstype!~"tmpfs|overlay|squashfs|ramfs", mountpoint!=""'

NODES: Final = Dashboard(
    uid="nodes",
    title="Nodes",
    tags=("machines",),
    variables=(Variable(name="node", metric="node_uname_info", label="node"),),
    rows=(
        Row(
            title="Processor and memory",
            panels=(
                Panel(
                    title="CPU busy",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                "1 - avg by (node) (rate(node_cpu_seconds_total"
                                f'{{{_HERE}, mode="idle"}}[$__rate_interval]))'
                            ),
                            legend="{{node}}",
                        ),
                    ),
                ),
                Panel(
                    title="Load per core",
                    queries=(
                        Query(
                            expression=(
                                f"sum by (node) (node_load5{{{_HERE}}}) / count by (node)"
                                f' (node_cpu_seconds_total{{{_HERE}, mode="idle"}})'
                            ),
                            legend="{{node}}",
                        ),
                    ),
                    thresholds=(Threshold(value=1, colour="orange"),),
                ),
                Panel(
                    title="Memory used",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                f"1 - node_memory_MemAvailable_bytes{{{_HERE}}}"
                                f" / node_memory_MemTotal_bytes{{{_HERE}}}"
                            ),
                            legend="{{node}}",
                        ),
                    ),
                    thresholds=(Threshold(value=0.9, colour="red"),),
                ),
                Panel(
                    title="Time lost waiting for memory",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                f"rate(node_pressure_memory_waiting_seconds_total{{{_HERE}}}"
                                "[$__rate_interval])"
                            ),
                            legend="{{node}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Disks",
            panels=(
                Panel(
                    title="How full",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                f"topk(20, 1 - node_filesystem_avail_bytes{{{_DISKS}}}"
                                f" / node_filesystem_size_bytes{{{_DISKS}}})"
                            ),
                            legend="{{node}} {{mountpoint}}",
                        ),
                    ),
                    thresholds=(Threshold(value=0.85, colour="red"),),
                ),
                Panel(
                    title="Busy",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                "topk(20, rate(node_disk_io_time_seconds_total"
                                f"{{{_HERE}}}[$__rate_interval]))"
                            ),
                            legend="{{node}} {{device}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Network",
            panels=(
                Panel(
                    title="Received and sent",
                    unit="Bps",
                    queries=(
                        Query(
                            expression=(
                                "sum by (node) (rate(node_network_receive_bytes_total"
                                f'{{{_HERE}, device!="lo"}}[$__rate_interval]))'
                            ),
                            legend="{{node}} in",
                        ),
                        Query(
                            expression=(
                                "sum by (node) (rate(node_network_transmit_bytes_total"
                                f'{{{_HERE}, device!="lo"}}[$__rate_interval]))'
                            ),
                            legend="{{node}} out",
                        ),
                    ),
                ),
                Panel(
                    title="Errors and drops",
                    unit="pps",
                    queries=(
                        Query(
                            expression=(
                                "sum by (node) (rate(node_network_receive_errs_total"
                                f"{{{_HERE}}}[$__rate_interval])"
                                " + rate(node_network_transmit_errs_total"
                                f"{{{_HERE}}}[$__rate_interval]))"
                            ),
                            legend="{{node}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (NODES,)

"""Machines, by node-exporter: clock, memory, load, RAID, limits of the kernel, network.

Their file systems are a group of their own, see ``filesystems``.
"""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules import filesystems
from components.observability.rules.presence import gone

_JOB: Final = 'job="node-exporter"'
_NODE: Final = 'job="node-exporter", instance="a"'


def _ratio(name: str, *, part: str, whole: str, above: int, what: str, remedy: str) -> Alert:
    """A warning when one gauge nears another, the limit, for 15 minutes."""
    return Alert(
        name=name,
        expression=f"{part}{{{_JOB}}} / ({whole}{{{_JOB}}} > 0) > {above / 100}",
        for_minutes=15,
        severity=Severity.WARNING,
        summary=f"{{{{ $value | humanizePercentage }}}} of the {what} of {{{{ $labels.instance }}}} are used",
        description=(
            f"{{{{ $value | humanizePercentage }}}} of the {what} that the kernel of "
            "{{ $labels.instance }} allows are in use for 15 minutes. Past the limit, connections "
            "or files are refused to every process of the node."
        ),
        remedy=remedy,
        firing=(
            Case(
                series={
                    f"{part}{{{_NODE}}}": f"{above + 1}x40",
                    f"{whole}{{{_NODE}}}": "100x40",
                },
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f"{part}{{{_NODE}}}": f"{above}x40", f"{whole}{{{_NODE}}}": "100x40"},
                after_minutes=30,
                firing=0,
            ),
            Case(
                series={f"{part}{{{_NODE}}}": "0x40", f"{whole}{{{_NODE}}}": "0x40"},
                after_minutes=30,
                firing=0,
            ),
        ),
    )


def _network_errors(name: str, direction: str) -> Alert:
    errors = f"node_network_{direction}_errs_total"
    packets = f"node_network_{direction}_packets_total"
    device = f'{{{_NODE}, device="eth0"}}'
    return Alert(
        name=name,
        expression=(f"rate({errors}{{{_JOB}}}[5m]) / (rate({packets}{{{_JOB}}}[5m]) > 0) > 0.01"),
        for_minutes=60,
        severity=Severity.WARNING,
        summary=f"{{{{ $labels.instance }}}} has errors on {{{{ $labels.device }}}} ({direction})",
        description=(
            f"{{{{ $value | humanizePercentage }}}} of the packets ({direction}) of device "
            "{{ $labels.device }} on {{ $labels.instance }} were errors for an hour."
        ),
        remedy=(
            "On real machines: cable, port, duplex, firmware. On virtual ones: replace the node, "
            "and report it to the provider when it comes back."
        ),
        firing=(
            Case(
                series={errors + device: "0+2x90", packets + device: "0+100x90"},
                after_minutes=66,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={errors + device: "0+1x90", packets + device: "0+100x90"},
                after_minutes=80,
                firing=0,
            ),
            Case(
                series={errors + device: "0+2x50 100x40", packets + device: "0+100x90"},
                after_minutes=64,
                firing=0,
            ),
        ),
    )


_CLOCK: Final = (
    Alert(
        name="NodeClockSkewDetected",
        expression=f"abs(node_timex_offset_seconds{{{_JOB}}}) > 0.05",
        for_minutes=10,
        severity=Severity.WARNING,
        summary="The clock of {{ $labels.instance }} is off by {{ $value | humanizeDuration }}",
        description=(
            "The clock of {{ $labels.instance }} differs from its time source by "
            "{{ $value | humanizeDuration }} for 10 minutes. Certificates, tokens and the order of "
            "log lines depend on it."
        ),
        remedy=(
            "Check the time service on the node (`chronyc tracking`) and that it may reach its "
            "source: UDP 123, or the cloud's link-local time service."
        ),
        firing=(
            Case(
                series={f"node_timex_offset_seconds{{{_NODE}}}": "-0.06x40"},
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f"node_timex_offset_seconds{{{_NODE}}}": "0.049x40"},
                after_minutes=20,
                firing=0,
            ),
            Case(
                series={f"node_timex_offset_seconds{{{_NODE}}}": "0.06x8 0.01x30"},
                after_minutes=11,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="NodeClockNotSynchronising",
        expression=(
            f"min_over_time(node_timex_sync_status{{{_JOB}}}[5m]) == 0"
            f" and node_timex_maxerror_seconds{{{_JOB}}} >= 16"
        ),
        for_minutes=10,
        severity=Severity.WARNING,
        summary="The clock of {{ $labels.instance }} follows no time source",
        description=(
            "The kernel of {{ $labels.instance }} has counted its clock as unsynchronised for 10 "
            "minutes; it drifts from now on."
        ),
        remedy="Start the time service of the node; then see NodeClockSkewDetected.",
        firing=(
            Case(
                series={
                    f"node_timex_sync_status{{{_NODE}}}": "0x40",
                    f"node_timex_maxerror_seconds{{{_NODE}}}": "16x40",
                },
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"node_timex_sync_status{{{_NODE}}}": "0x40",
                    f"node_timex_maxerror_seconds{{{_NODE}}}": "15x40",
                },
                after_minutes=20,
                firing=0,
            ),
        ),
    ),
)

_LOAD: Final = (
    Alert(
        name="NodeMemoryHighUtilization",
        expression=(
            f"1 - node_memory_MemAvailable_bytes{{{_JOB}}}"
            f" / (node_memory_MemTotal_bytes{{{_JOB}}} > 0) > 0.9"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is used",
        description=(
            "{{ $labels.instance }} has used {{ $value | humanizePercentage }} of its memory for 15 "
            "minutes. The kubelet evicts pods, or the kernel kills processes, soon after."
        ),
        remedy=(
            "Sort the containers of the node by working set against their request: those far above "
            "are evicted first. Raise their requests so that the scheduler spreads them."
        ),
        firing=(
            Case(
                series={
                    f"node_memory_MemAvailable_bytes{{{_NODE}}}": "9x40",
                    f"node_memory_MemTotal_bytes{{{_NODE}}}": "100x40",
                },
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"node_memory_MemAvailable_bytes{{{_NODE}}}": "11x40",
                    f"node_memory_MemTotal_bytes{{{_NODE}}}": "100x40",
                },
                after_minutes=30,
                firing=0,
            ),
            Case(
                series={
                    f"node_memory_MemAvailable_bytes{{{_NODE}}}": "5x40",
                    f"node_memory_MemTotal_bytes{{{_NODE}}}": "100x40",
                },
                after_minutes=14,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="NodeSystemSaturation",
        expression=(
            f"max by (cluster, job, instance) (node_load1{{{_JOB}}})"
            " / (count by (cluster, job, instance)"
            f' (node_cpu_seconds_total{{{_JOB}, mode="idle"}}) > 0) > 2'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.instance }} has {{ $value | humanize }} tasks waiting per core",
        description=(
            "The load of {{ $labels.instance }} has been {{ $value | humanize }} per core for 15 "
            "minutes: tasks wait for CPU or for the disk."
        ),
        remedy=(
            "If CPU is idle meanwhile, tasks wait for the disk: see NodeDiskIOSaturation. Otherwise "
            "find the pods that use more CPU than they request, and move or limit them."
        ),
        firing=(
            Case(
                series={
                    f"node_load1{{{_NODE}}}": "4.5x40",
                    f'node_cpu_seconds_total{{{_NODE}, cpu="0", mode="idle"}}': "0+30x40",
                    f'node_cpu_seconds_total{{{_NODE}, cpu="1", mode="idle"}}': "0+30x40",
                    f'node_cpu_seconds_total{{{_NODE}, cpu="1", mode="user"}}': "0+30x40",
                },
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"node_load1{{{_NODE}}}": "3.9x40",
                    f'node_cpu_seconds_total{{{_NODE}, cpu="0", mode="idle"}}': "0+30x40",
                    f'node_cpu_seconds_total{{{_NODE}, cpu="1", mode="idle"}}': "0+30x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="NodeDiskIOSaturation",
        expression=f"rate(node_disk_io_time_weighted_seconds_total{{{_JOB}}}[5m]) > 10",
        for_minutes=30,
        severity=Severity.WARNING,
        summary="Disk {{ $labels.device }} of {{ $labels.instance }} has a long queue",
        description=(
            "{{ $value | humanize }} operations have waited at disk {{ $labels.device }} of "
            "{{ $labels.instance }} on average, for 30 minutes."
        ),
        remedy=(
            "Compare the disk's throughput and operations with what its type allows; burst credits "
            "may be used up. Find the pod that reads or writes most on that node."
        ),
        firing=(
            Case(
                series={
                    f'node_disk_io_time_weighted_seconds_total{{{_NODE}, device="sda"}}': "0+660x60"
                },
                after_minutes=36,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'node_disk_io_time_weighted_seconds_total{{{_NODE}, device="sda"}}': "0+540x60"
                },
                after_minutes=50,
                firing=0,
            ),
        ),
    ),
)

_HARDWARE: Final = (
    Alert(
        name="NodeRAIDDegraded",
        expression=(
            f"node_md_disks_required{{{_JOB}}}"
            f' - ignoring (state) node_md_disks{{{_JOB}, state="active"}} > 0'
        ),
        for_minutes=15,
        severity=Severity.CRITICAL,
        summary="RAID array {{ $labels.device }} of {{ $labels.instance }} is degraded",
        description=(
            "Array {{ $labels.device }} of {{ $labels.instance }} lacks {{ $value }} disks and has "
            "no spare that steps in. The next failure may lose data."
        ),
        remedy=(
            "`mdadm --detail` names the disk. Drain the node, take a copy of what is only there, "
            "replace the disk and watch the rebuild in /proc/mdstat."
        ),
        firing=(
            Case(
                series={
                    f'node_md_disks_required{{{_NODE}, device="md0"}}': "2x40",
                    f'node_md_disks{{{_NODE}, device="md0", state="active"}}': "2x5 1x40",
                },
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'node_md_disks_required{{{_NODE}, device="md0"}}': "2x40",
                    f'node_md_disks{{{_NODE}, device="md0", state="active"}}': "2x5 1x12 2x30",
                },
                after_minutes=20,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="NodeRAIDDiskFailure",
        expression=f'node_md_disks{{{_JOB}, state="failed"}} > 0',
        for_minutes=5,
        severity=Severity.WARNING,
        summary="A disk of array {{ $labels.device }} on {{ $labels.instance }} failed",
        description=(
            "{{ $value }} disks of array {{ $labels.device }} on {{ $labels.instance }} are marked "
            "as failed. A spare may have stepped in."
        ),
        remedy="Replace the disk soon; `mdadm --detail` names it. See also NodeRAIDDegraded.",
        firing=(
            Case(
                series={f'node_md_disks{{{_NODE}, device="md0", state="failed"}}': "0x5 1x30"},
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'node_md_disks{{{_NODE}, device="md0", state="failed"}}': "0x30",
                    f'node_md_disks{{{_NODE}, device="md0", state="spare"}}': "1x30",
                },
                after_minutes=12,
                firing=0,
            ),
        ),
    ),
)

GROUPS: Final = (
    Group(
        name="nodes",
        rules=(
            gone(
                "NodeExporterDown",
                job="node-exporter",
                consequence="Disks, memory, clocks and networks of the machines are not watched.",
                remedy=(
                    "Check its daemon set or service. Since every node is concerned, look at what they "
                    "share: an admission policy of its namespace, the port 9100, the network policy."
                ),
            ),
            *_CLOCK,
            *_LOAD,
            *_HARDWARE,
            _ratio(
                "NodeConntrackNearLimit",
                part="node_nf_conntrack_entries",
                whole="node_nf_conntrack_entries_limit",
                above=75,
                what="tracked connections",
                remedy=(
                    "Find the pod with most connections on that node. Clients without keep-alive are "
                    "the usual cause; raise `nf_conntrack_max` only together with memory."
                ),
            ),
            _ratio(
                "NodeFileDescriptorLimit",
                part="node_filefd_allocated",
                whole="node_filefd_maximum",
                above=80,
                what="file descriptors",
                remedy=(
                    "Find the process with most entries in /proc/*/fd. A number that only grows is a "
                    "leak: restart it and report it. Raise `fs.file-max` if the use is legitimate."
                ),
            ),
            _network_errors("NodeNetworkReceiveErrors", "receive"),
            _network_errors("NodeNetworkTransmitErrors", "transmit"),
        ),
    ),
    *filesystems.GROUPS,
)

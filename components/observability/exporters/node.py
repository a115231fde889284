"""node-exporter: what every machine says of itself."""

from __future__ import annotations

from typing import Final

from components.observability.grafana.dashboards import nodes as dashboards
from components.observability.part import Part
from components.observability.rules import nodes
from components.observability.site import AGENTS_NAMESPACE, Site
from components.observability.target import Target
from components.versions import NODE_EXPORTER
from components.workload import (
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Port,
    Resources,
    TcpCheck,
    Workload,
)

ROLE: Final = "node-exporter"
PORT: Final = 9100
ROOT: Final = "/host/root"

# What no virtual machine has, or what grows with every container.
SWITCHED_OFF: Final = ("wifi", "hwmon", "btrfs", "infiniband", "nfs", "nfsd", "ipvs", "zfs")
VIRTUAL_DEVICES: Final = "^(veth.*|cali.*|lxc.*|gke.*|eni.*|cilium_.*|docker.*|br-.*)$"
UNITS: Final = r".+\.service"
CONTAINER_MOUNTS: Final = "^/(dev|proc|sys|run/credentials/.+|run/k3s/containerd/.+|var/lib/(docker|containerd|kubelet)/.+)($|/)"


def node_exporter_part(site: Site) -> Part:
    """One on every node; it sees the machine's files and processes and changes nothing."""
    workload = Workload(
        image=NODE_EXPORTER,
        kind=Kind.PER_NODE,
        description="What the machine says of itself, as metrics.",
        command=(
            f"--path.rootfs={ROOT}",
            f"--path.sysfs={ROOT}/sys",
            f"--path.udev.data={ROOT}/run/udev/data",
            f"--web.listen-address=:{PORT}",
            f"--collector.filesystem.mount-points-exclude={CONTAINER_MOUNTS}",
            f"--collector.netclass.ignored-devices={VIRTUAL_DEVICES}",
            f"--collector.netdev.device-exclude={VIRTUAL_DEVICES}",
            "--collector.systemd",
            f"--collector.systemd.unit-include={UNITS}",
            *(f"--no-collector.{each}" for each in SWITCHED_OFF),
        ),
        # systemd answers everybody on its bus, and tells what runs.
        environment={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={ROOT}/run/dbus/system_bus_socket"},
        ports={"metrics": Port(number=PORT)},
        health=Health(
            command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/"),
            ready=HttpCheck(path="/", port="metrics"),
            alive=TcpCheck(port="metrics"),
        ),
        resources=Resources(cpus=0.25, cpus_reserved=0.05, memory_mib=180),
        host_access=HostAccess(
            reason="Measures the disks, processes and network of the machine.",
            paths={"root": HostPath(path="/", mounted_at=ROOT)},
            network=True,
            processes=True,
        ),
        scratch_mib={},
    )
    target = Target(
        job=ROLE,
        metrics=("node-exporter",),
        workload=site.workload(ROLE),
        namespace=AGENTS_NAMESPACE if site.kubernetes else None,
        number=PORT if site.kubernetes else None,
        groups=nodes.GROUPS,
        dashboards=dashboards.DASHBOARDS,
    )
    return Part(workloads={ROLE: workload}, targets=(target,), agents=frozenset({ROLE}))

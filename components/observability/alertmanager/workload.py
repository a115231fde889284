"""Alertmanager as a workload: copies that agree who notifies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.network.plan import Tier
from components.observability.alerting_spec import (
    AlertingSpec,
    EmailReceiverSpec,
)
from components.observability.alertmanager.routing import (
    alertmanager_config,
    credential,
    credential_file,
)
from components.observability.grafana.dashboards import alertmanager as dashboards
from components.observability.part import Part
from components.observability.rules import alertmanager as rules
from components.observability.site import NAMESPACE, Site
from components.observability.target import Target
from components.versions import ALERTMANAGER
from components.workload import (
    HOST,
    Egress,
    Fact,
    Flow,
    Health,
    HttpCheck,
    Kind,
    Outside,
    Port,
    Resources,
    Volume,
    Workload,
)

ROLE: Final = "alertmanager"
PORT: Final = 9093
GOSSIP_PORT: Final = 9094
DATA: Final = "/alertmanager"
CONFIG_FILE: Final = "/etc/alertmanager/config/alertmanager.yml"
REPLICA: Final = "REPLICA"
RETENTION_HOURS: Final = 120
"""How long Alertmanager keeps what it said and silences that are over, by default."""
RESEND_SECONDS: Final = 60
"""Time after which Prometheus sends again what fires (``--rules.alert.resend-delay``)."""


def alertmanager_part(site: Site, spec: AlertingSpec) -> Part:
    """Alertmanagers; each notifies after those before it had their turn."""
    me = site.workload(ROLE)
    replicas = spec.replicas if site.kubernetes else 1
    several = replicas > 1
    workload = Workload(
        image=ALERTMANAGER,
        kind=Kind.STATEFUL,
        description="Tells people of alerts.",
        command=tuple(_command(site, spec, replicas)),
        facts={REPLICA: Fact.REPLICA},
        ports={
            "http": Port(number=PORT),
            **(
                {
                    "gossip-tcp": Port(number=GOSSIP_PORT),
                    "gossip-udp": Port(number=GOSSIP_PORT, protocol="UDP"),
                }
                if several
                else {}
            ),
        },
        files={CONFIG_FILE: alertmanager_config(spec).yaml()},
        secret_files={
            credential_file(name): site.secret(credential(receiver))
            for name, receiver in sorted(spec.receivers.items())
        },
        volumes={"data": Volume(path=DATA, size_gib=spec.volume_gib)},
        replicas=replicas,
        spread=several,
        max_unavailable=1 if several else None,
        stop_seconds=120,
        health=Health(
            command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/-/ready"),
            ready=HttpCheck(path="/-/ready", port="http"),
            alive=HttpCheck(path="/-/healthy", port="http"),
        ),
        resources=Resources(
            cpus=max(0.25, spec.cpus_reserved),
            cpus_reserved=spec.cpus_reserved,
            memory_mib=spec.memory_mib,
        ),
        egress=tuple(dict.fromkeys(_egress(spec))),
    )
    target = Target(
        job=ROLE,
        metrics=("alertmanager",),
        workload=me,
        port="http",
        groups=rules.groups(members=replicas),
        dashboards=dashboards.DASHBOARDS,
    )
    return Part(
        workloads={ROLE: workload}, flows=tuple(_flows(site, several=several)), targets=(target,)
    )


def addresses(site: Site, spec: AlertingSpec) -> tuple[str, ...]:
    """``host:port`` of every Alertmanager; each has to be told, they agree among themselves."""
    return tuple(f"{host}:{PORT}" for host in site.replica_hosts(ROLE, spec.replicas))


def _command(site: Site, spec: AlertingSpec, replicas: int) -> Iterator[str]:
    yield f"--config.file={CONFIG_FILE}"
    yield f"--storage.path={DATA}"
    # What was said has to be remembered until it is said again.
    yield f"--data.retention={max(RETENTION_HOURS, 2 * spec.longest_repeat_hours)}h"
    # After a start, Prometheus sends everything that fires again within a minute; a group that is
    # told of before that is half of one.
    yield f"--dispatch.start-delay={RESEND_SECONDS}s"
    if replicas == 1:
        # Empty: nobody to agree with.
        yield "--cluster.listen-address="
        return
    yield f"--cluster.listen-address=:{GOSSIP_PORT}"
    yield f"--cluster.peer-name=$({REPLICA})"
    # Without it, two clusters whose pods get each other's addresses would merge.
    yield f"--cluster.label={NAMESPACE}/{site.workload(ROLE)}"
    yield "--cluster.reconnect-timeout=5m"
    for host in site.replica_hosts(ROLE, replicas):
        yield f"--cluster.peer={host}:{GOSSIP_PORT}"


def _egress(spec: AlertingSpec) -> Iterator[Egress]:
    for receiver in spec.receivers.values():
        port = receiver.port_number if isinstance(receiver, EmailReceiverSpec) else 443
        yield Egress(to=Outside.INTERNET, port=port)


def _flows(site: Site, *, several: bool) -> Iterator[Flow]:
    me = site.workload(ROLE)
    if several:
        for port in ("gossip-tcp", "gossip-udp"):
            yield Flow(source=me, target=me, port=port, tier=Tier.PRIVATE)
    if not site.kubernetes:
        yield Flow(source=HOST, target=me, port="http", tier=Tier.PUBLIC, published_port=PORT)

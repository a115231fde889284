"""Loki as workloads: one, or three of which one compacts."""

from __future__ import annotations

from typing import Final, Literal

import pulumi

from components.network.plan import Tier
from components.observability.grafana.dashboards import logs as dashboards
from components.observability.logs_spec import LogsSpec, Storage
from components.observability.loki.settings import (
    DATA,
    GOSSIP_PORT,
    GRPC_PORT,
    HTTP_PORT,
    POD_ADDRESS,
    RULES,
    TENANT,
    Place,
    log_rules,
    loki_config,
)
from components.observability.loki.store import LogStore
from components.observability.part import Part
from components.observability.rules import loki as rules
from components.observability.site import Site
from components.observability.target import Target
from components.versions import LOKI
from components.workload import (
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

ROLE: Final = "loki"
WORKER: Final = "loki-worker"
ALERTMANAGER: Final = "alertmanager"
ALERTMANAGER_PORT: Final = 9093
CONFIG_FILE: Final = "/etc/loki/config.yaml"
WORKERS: Final = 2
_HEAP_SHARE: Final = 0.85

# A replica replays its write-ahead log before it is ready.
HEALTH: Final = Health(
    command=("/usr/bin/loki", "-health"),
    ready=HttpCheck(path="/ready", port="http"),
    alive=HttpCheck(path="/loki/api/v1/status/buildinfo", port="http"),
    start_seconds=300,
    retries=5,
)


def entry_role(site: Site, spec: LogsSpec) -> str:
    """The role that others call: it answers while any one replica is gone."""
    return WORKER if _several(site, spec) else ROLE


def identities(site: Site, spec: LogsSpec) -> tuple[str, ...]:
    """Service accounts that need the bucket, each named as its workload."""
    return tuple(site.workload(role) for role in _roles(site, spec))


def loki_part(
    site: Site,
    spec: LogsSpec,
    store: LogStore,
    *,
    runbooks_url: str,
    alertmanagers: int = 1,
) -> Part:
    """Loki, which keeps logs for as long as asked and then deletes them.

    Args:
        site: Where it runs.
        spec: How much it takes in and keeps.
        store: Where it keeps it.
        runbooks_url: Where alerts lead.
        alertmanagers: Replicas of Alertmanager, which alerts on logs are sent to.

    Raises:
        pulumi.RunError: A bucket is asked for and there is none, or the other way round.
    """
    if (spec.storage is Storage.BUCKET) != (store.kind != "filesystem"):
        raise pulumi.RunError(
            f"logs.storage is {spec.storage}, and there is"
            + (
                " no bucket here: set logs.storage to volume and logs.replicas to 1"
                if store.kind == "filesystem"
                else f" a bucket of {store.kind}: set logs.storage to bucket"
            )
        )
    roles = _roles(site, spec)
    return Part(
        workloads={
            role: _workload(site, spec, store, role, runbooks_url, alertmanagers) for role in roles
        },
        flows=_flows(site, spec),
        targets=tuple(_target(site, role) for role in roles),
        unhonoured=_unhonoured(site, spec),
    )


def _several(site: Site, spec: LogsSpec) -> bool:
    return site.kubernetes and spec.replicas > 1


def _roles(site: Site, spec: LogsSpec) -> tuple[str, ...]:
    return (ROLE, WORKER) if _several(site, spec) else (ROLE,)


def _workload(
    site: Site,
    spec: LogsSpec,
    store: LogStore,
    role: str,
    runbooks_url: str,
    alertmanagers: int,
) -> Workload:
    several = _several(site, spec)
    files = {CONFIG_FILE: _config_text(site, spec, store, role, alertmanagers)}
    if spec.alerts:
        files[f"{RULES}/{TENANT}/alerts.yaml"] = log_rules(spec, runbooks_url).yaml()
    ports = {"http": Port(number=HTTP_PORT)}
    if several:
        ports |= {"grpc": Port(number=GRPC_PORT), "gossip": Port(number=GOSSIP_PORT)}
    in_bucket = store.kind != "filesystem"
    copies = WORKERS if role == WORKER else 1
    return Workload(
        image=LOKI,
        kind=Kind.STATEFUL,
        description="Logs: takes them in, keeps them and answers questions.",
        command=(f"-config.file={CONFIG_FILE}", "-config.expand-env=true"),
        environment={"GOMEMLIMIT": f"{int(spec.memory_mib * _HEAP_SHARE)}MiB", "GOGC": "80"},
        facts={POD_ADDRESS: Fact.ADDRESS} if several else {},
        ports=ports,
        files=files,
        volumes={"data": Volume(path=DATA, size_gib=spec.volume_gib)},
        replicas=copies,
        single_because="Only one replica may compact." if copies == 1 else None,
        spread=several,
        max_unavailable=1 if copies > 1 else None,
        health=HEALTH,
        stop_seconds=120,
        resources=Resources(
            cpus=spec.cpus, cpus_reserved=spec.cpus_reserved, memory_mib=spec.memory_mib
        ),
        egress=(Egress(to=Outside.INTERNET, port=443),) if in_bucket else (),
        cloud_identity=in_bucket,
    )


def _config_text(
    site: Site, spec: LogsSpec, store: LogStore, role: str, alertmanagers: int
) -> pulumi.Input[str]:
    place = _place(site, spec, role, alertmanagers)

    def text(bucket: str) -> str:
        return loki_config(spec, place, kind=store.kind, bucket=bucket, region=store.region).yaml()

    if isinstance(store.bucket, str):
        return text(store.bucket)
    return pulumi.Output.from_input(store.bucket).apply(text)


def _place(site: Site, spec: LogsSpec, role: str, alertmanagers: int) -> Place:
    hosts = site.replica_hosts(ALERTMANAGER, alertmanagers)
    urls = tuple(f"http://{host}:{ALERTMANAGER_PORT}" for host in hosts)
    if not _several(site, spec):
        return Place(compactor="disabled", alertmanagers=urls)
    mode: Literal["main", "worker"] = "worker" if role == WORKER else "main"
    (main,) = site.replica_hosts(ROLE, 1)
    members = (main, *site.replica_hosts(WORKER, WORKERS))
    return Place(
        compactor=mode,
        members=tuple(f"{host}:{GOSSIP_PORT}" for host in members),
        main=f"{main}:{GRPC_PORT}",
        cluster_label=site.workload(ROLE),
        alertmanagers=urls,
    )


def _flows(site: Site, spec: LogsSpec) -> tuple[Flow, ...]:
    roles = _roles(site, spec)
    among = tuple(
        Flow(
            source=site.workload(caller),
            target=site.workload(called),
            port=port,
            tier=Tier.PRIVATE,
        )
        for caller in roles
        for called in roles
        # Nothing keeps a pod from calling itself, and the main one is alone.
        if (caller, called) != (ROLE, ROLE)
        for port in ("grpc", "gossip")
    )
    alerts = tuple(
        Flow(
            source=site.workload(role),
            target=site.workload(ALERTMANAGER),
            port="http",
            tier=Tier.PRIVATE,
        )
        for role in roles
        if spec.alerts
    )
    return (*(among if len(roles) > 1 else ()), *alerts)


def _target(site: Site, role: str) -> Target:
    main = role == ROLE
    return Target(
        job=role,
        metrics=("loki",),
        workload=site.workload(role),
        port="http",
        # Both are one Loki to whoever watches it.
        labels={} if main else {"job": ROLE},
        groups=rules.GROUPS if main else (),
        dashboards=dashboards.DASHBOARDS if main else (),
    )


def _unhonoured(site: Site, spec: LogsSpec) -> tuple[str, ...]:
    if spec.replicas == 1:
        return ()
    if not site.kubernetes:
        return (f"logs.replicas: {spec.replicas} are asked, 1 runs; several need Kubernetes",)
    deleting = (
        "logs.replicas: lines that someone asked Loki to delete are shown until the main replica has"
        " removed them, because the others do not know of the request"
    )
    return (deleting,)

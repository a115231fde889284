"""Prometheus as a workload: identical copies, each with everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pulumi

from components.network.plan import Tier
from components.observability.alert import Group
from components.observability.grafana.dashboards import prometheus as dashboards
from components.observability.metrics_spec import MetricsSpec
from components.observability.part import Part
from components.observability.prometheus.config import RemoteWrite
from components.observability.prometheus.reach import api_access, egress_to, flows_to
from components.observability.prometheus.rule_files import rule_file
from components.observability.prometheus.settings import REPLICA, RULES, prometheus_config
from components.observability.rules import prometheus as rules
from components.observability.site import Secret, Site
from components.observability.target import Target
from components.versions import PROMETHEUS
from components.workload import (
    HOST,
    Egress,
    Fact,
    Flow,
    Health,
    HttpCheck,
    Kind,
    Port,
    Resources,
    Volume,
    Workload,
)

ROLE: Final = "prometheus"
PORT: Final = 9090
DATA: Final = "/prometheus"
CONFIG_FILE: Final = "/etc/prometheus/config/prometheus.yml"
SECRETS: Final = "/etc/prometheus/secrets"


def prometheus_part(
    site: Site,
    spec: MetricsSpec,
    targets: Sequence[Target],
    *,
    groups: Iterable[Group],
    needed: Iterable[str],
    runbooks_url: str,
    alertmanagers: Sequence[str],
    ports: Mapping[str, Mapping[str, int]],
    remote_writes: Sequence[RemoteWrite] = (),
    secrets: Mapping[str, Secret] | None = None,
    egress: Sequence[Egress] = (),
) -> Part:
    """Prometheus, which scrapes ``targets`` and itself.

    Args:
        site: Where it runs.
        spec: How much it takes in and keeps.
        targets: What is scraped besides itself.
        groups: Rules to evaluate; none in agent mode.
        needed: Metrics that rules and dashboards read.
        runbooks_url: Where alerts lead.
        alertmanagers: Addresses, ``host:port``, of every Alertmanager.
        ports: Numbers of ports by key, by workload of the targets.
        remote_writes: Where samples are sent besides.
        secrets: Credentials by path, for the remote writes.
        egress: The way to them.

    Raises:
        pulumi.RunError: It is to keep nothing and to send to nobody.
    """
    if spec.mode == "agent" and not remote_writes:
        raise pulumi.RunError(
            "metrics.mode is agent, which keeps nothing, and no destination has the sender"
            " prometheus: name one in destinations, or set mode to server"
        )
    me = site.workload(ROLE)
    numbers = {me: {"http": PORT}, **ports}
    own = target(site, spec, remote_write=bool(remote_writes))
    every = (*targets, own)
    evaluates = spec.mode == "server"
    files = {
        CONFIG_FILE: prometheus_config(
            site,
            spec,
            every,
            needed=tuple(needed),
            alertmanagers=alertmanagers,
            ports=numbers,
            remote_writes=remote_writes,
        ).yaml()
    }
    if evaluates:
        files |= {f"{RULES}/{group.name}.yml": rule_file(group, runbooks_url) for group in groups}
    workload = Workload(
        image=PROMETHEUS,
        kind=Kind.STATEFUL,
        description="Metrics: scrapes, keeps and evaluates.",
        command=_command(spec),
        facts={REPLICA: Fact.REPLICA},
        ports={"http": Port(number=PORT)},
        files=files,
        secret_files=secrets or {},
        volumes={"data": Volume(path=DATA, size_gib=spec.volume_gib)},
        replicas=spec.replicas if site.kubernetes else 1,
        spread=spec.replicas > 1,
        max_unavailable=1 if spec.replicas > 1 and site.kubernetes else None,
        # Replaying the write-ahead log of a full head takes minutes, and so does closing it.
        health=Health(
            command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/-/ready"),
            ready=HttpCheck(path="/-/ready", port="http"),
            alive=HttpCheck(path="/-/healthy", port="http"),
            start_seconds=900,
            timeout_seconds=3,
            retries=6,
        ),
        stop_seconds=600,
        resources=Resources(
            cpus=spec.cpus, cpus_reserved=spec.cpus_reserved, memory_mib=spec.memory_mib
        ),
        api_access=api_access(every) if site.kubernetes else (),
        egress=(*egress_to(every), *egress),
        cloud_identity=any(each.sigv4 or each.google_iam for each in remote_writes),
    )
    people = Flow(source=HOST, target=me, port="http", tier=Tier.PUBLIC, published_port=PORT)
    # Each copy scrapes the others too.
    called = every if workload.replicas > 1 else targets
    return Part(
        workloads={ROLE: workload},
        flows=(*(() if site.kubernetes else (people,)), *flows_to(me, site, called)),
        targets=(own,),
    )


def target(site: Site, spec: MetricsSpec, *, remote_write: bool) -> Target:
    """Prometheus as it watches itself."""
    replicas = spec.replicas if site.kubernetes else 1
    return Target(
        job=ROLE,
        metrics=("prometheus",),
        workload=site.workload(ROLE),
        port="http",
        groups=rules.groups(
            replicas=replicas, series_budget=spec.series, remote_write=remote_write
        ),
        dashboards=dashboards.DASHBOARDS,
    )


def _command(spec: MetricsSpec) -> tuple[str, ...]:
    common = (
        f"--config.file={CONFIG_FILE}",
        "--web.enable-otlp-receiver",
        "--enable-feature=exemplar-storage",
    )
    if spec.mode == "agent":
        return (*common, "--agent", f"--storage.agent.path={DATA}")
    return (*common, f"--storage.tsdb.path={DATA}")

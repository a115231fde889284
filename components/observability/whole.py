"""All parts together, before anything exists: what runs, who calls whom, what is watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import pulumi

from components.observability.alert import Group
from components.observability.alertmanager.workload import addresses, alertmanager_part
from components.observability.applications_spec import ApplicationSpec
from components.observability.collector.agent import agent_part
from components.observability.collector.gateway import gateway_part
from components.observability.dashboard import Dashboard, Source
from components.observability.destinations_spec import PrometheusDestination
from components.observability.exporters.blackbox import blackbox_part
from components.observability.exporters.control_plane import cluster_targets
from components.observability.exporters.kube_state_metrics import kube_state_metrics_part
from components.observability.exporters.node import node_exporter_part
from components.observability.exporters.servers import Server, postgres_part, redis_part
from components.observability.grafana.dashboards.slo import slo_dashboards
from components.observability.grafana.workload import Asked, StateDatabase, grafana_part
from components.observability.grafana.workload import target as grafana_target
from components.observability.jaeger.workload import jaeger_part
from components.observability.loki.store import VOLUME, LogStore
from components.observability.loki.workload import entry_role, loki_part
from components.observability.part import Part
from components.observability.prometheus.config import (
    Authorization,
    BasicAuth,
    GoogleIam,
    RemoteWrite,
    SigV4,
)
from components.observability.prometheus.workload import PORT as PROMETHEUS_PORT
from components.observability.prometheus.workload import ROLE as PROMETHEUS
from components.observability.prometheus.workload import SECRETS, prometheus_part
from components.observability.prometheus.workload import target as prometheus_target
from components.observability.promql import for_dashboard, metrics_of
from components.observability.provenance import check_provenance
from components.observability.remote_write import (
    RemoteWriteDestination,
    prerequisites,
    remote_writes,
)
from components.observability.site import AGENTS_NAMESPACE, NAMESPACE, Secret, Site
from components.observability.slo import Slo, check_buckets
from components.observability.slo_rules import slo_groups
from components.observability.spec import ObservabilitySpec
from components.observability.target import Target
from components.workload import Flow, Workload, connect

NO_NODE_EXPORTER: Final = (
    "node-exporter: it does not run; to measure the disks of a Docker host it would have to see"
    " the directory that holds Docker's socket"
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What observability finds around it.

    Attributes:
        cluster: Value of the label ``cluster`` on everything that leaves the site.
        environment: Value of the label ``environment``.
        log_store: Where Loki keeps logs.
        state_database: Where Grafana keeps its state, if not in a volume.
        postgres: PostgreSQL servers that exporters can log in to, by name.
        valkey: Valkey servers that exporters can log in to, by name.
        namespaces: Namespaces whose pods are scraped besides, for whom to wait.
        identities: Identities of the workloads at a cloud, for whom to wait.
        config_secrets: Secrets of the stack's configuration by name.
    """

    cluster: str
    environment: str
    log_store: LogStore = VOLUME
    state_database: StateDatabase | None = None
    postgres: Mapping[str, Server] = field(default_factory=dict)
    valkey: Mapping[str, Server] = field(default_factory=dict)
    namespaces: tuple[pulumi.Resource, ...] = ()
    identities: tuple[pulumi.Resource, ...] = ()
    config_secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Everything that is to run.

    Attributes:
        workloads: What runs, by Pulumi name, with its flows.
        agents: Names of those that run in the namespace of agents.
        targets: What Prometheus scrapes.
        groups: Rules it evaluates.
        dashboards: Pages that Grafana shows.
        unhonoured: What was asked and cannot be given, one sentence each.
    """

    workloads: Mapping[str, Workload]
    agents: frozenset[str]
    targets: tuple[Target, ...]
    groups: tuple[Group, ...]
    dashboards: tuple[Dashboard, ...]
    unhonoured: tuple[str, ...]


def compose(
    site: Site,
    spec: ObservabilitySpec,
    around: Surroundings,
    admin_password: Secret | None = None,
    secret_key: Secret | None = None,
) -> Whole:
    """Put the parts together and check what they say of each other.

    Args:
        site: Where it runs.
        spec: What is asked.
        around: What it finds around it.
        admin_password: Password of Grafana's admin, where the spec names neither one nor sso.
        secret_key: What Grafana encrypts its state with, where that is in a volume.

    Raises:
        pulumi.RunError: A secret is missing; or rules, dashboards and SLOs read what nothing
            here exposes; every problem is listed.
    """
    parts = list(_parts(site, spec, around))
    slos = [Slo(name=name, spec=each) for name, each in sorted(spec.slos.items())]
    targets = (
        *(target for part in parts for target in part.targets),
        *(cluster_targets() if site.kubernetes else ()),
        *_applications(spec.applications),
        prometheus_target(site, spec.metrics, remote_write=_remote_writes(spec)),
        grafana_target(site),
    )
    groups = (
        *(group for target in targets for group in target.groups),
        *(group for slo in slos for group in slo_groups(slo)),
    )
    dashboards = (
        *(page for target in targets for page in target.dashboards),
        *slo_dashboards(slos),
    )
    problems = [
        *check_provenance(targets, (), (), slos),
        *check_buckets(slos, _boundaries(spec.applications)),
    ]
    if problems:
        lines = "\n".join(f"  {each}" for each in dict.fromkeys(problems))
        raise pulumi.RunError(f"observability does not fit together:\n{lines}")
    parts.append(_grafana(site, spec, around, dashboards, admin_password, secret_key))
    parts.append(_prometheus(site, spec, targets, groups, dashboards, parts))

    roles = {role: workload for part in parts for role, workload in part.workloads.items()}
    agents = frozenset(site.workload(role) for part in parts for role in part.agents)
    connected = _connected(
        {site.workload(role): workload for role, workload in roles.items()},
        [flow for part in parts for flow in part.flows],
        agents if site.kubernetes else frozenset(),
    )
    return Whole(
        workloads=connected,
        agents=agents,
        targets=targets,
        groups=groups,
        dashboards=dashboards,
        unhonoured=(
            *(each for part in parts for each in part.unhonoured),
            *prerequisites(spec.destinations, site),
        ),
    )


def _parts(site: Site, spec: ObservabilitySpec, around: Surroundings) -> Iterator[Part]:
    """Everything but Prometheus and Grafana, which have to know the others."""
    yield loki_part(
        site,
        spec.logs,
        around.log_store,
        runbooks_url=spec.runbooks_url,
        alertmanagers=spec.alerting.replicas,
    )
    yield jaeger_part(site, spec.traces)
    evaluates = spec.metrics.mode == "server"
    yield gateway_part(
        site,
        spec.traces,
        spec.logs,
        spec.destinations,
        prometheus_replicas=spec.metrics.replicas if evaluates else 0,
    )
    yield agent_part(site, spec.logs, spec.destinations)
    yield alertmanager_part(site, spec.alerting)
    if site.kubernetes:
        yield kube_state_metrics_part(site)
        yield node_exporter_part(site)
    else:
        yield Part(workloads={}, unhonoured=(NO_NODE_EXPORTER,))
    if spec.probes:
        yield blackbox_part(site, spec.probes)
    if around.postgres:
        yield postgres_part(site, around.postgres)
    if around.valkey:
        yield redis_part(site, around.valkey)


def _grafana(
    site: Site,
    spec: ObservabilitySpec,
    around: Surroundings,
    dashboards: tuple[Dashboard, ...],
    admin_password: Secret | None,
    secret_key: Secret | None,
) -> Part:
    state = spec.dashboards.database
    return grafana_part(
        site,
        spec.dashboards,
        dashboards,
        (
            Asked(source=Source.METRICS, role=PROMETHEUS, port="http", number=PROMETHEUS_PORT),
            Asked(source=Source.LOGS, role=entry_role(site, spec.logs), port="http", number=3100),
            Asked(source=Source.TRACES, role="jaeger", port="query", number=16686),
            Asked(source=Source.ALERTS, role="alertmanager", port="http", number=9093),
        ),
        scrape_seconds=spec.metrics.scrape_seconds,
        admin_password=admin_password,
        secret_key=site.secret(state.secret_key) if state else secret_key,
        database=around.state_database,
    )


def _prometheus(
    site: Site,
    spec: ObservabilitySpec,
    targets: tuple[Target, ...],
    groups: tuple[Group, ...],
    dashboards: tuple[Dashboard, ...],
    parts: Iterable[Part],
) -> Part:
    me = {site.workload(PROMETHEUS): {"http": PROMETHEUS_PORT}}
    ports = me | {
        site.workload(role): {key: port.number for key, port in workload.ports.items()}
        for part in parts
        for role, workload in part.workloads.items()
    }
    sent = remote_writes(site, spec.destinations, directory=SECRETS)
    return prometheus_part(
        site,
        spec.metrics,
        [target for target in targets if target.job != PROMETHEUS],
        groups=groups,
        needed=sorted(_needed(groups, dashboards)),
        runbooks_url=spec.runbooks_url,
        alertmanagers=addresses(site, spec.alerting),
        ports=ports,
        remote_writes=[_remote_write(each) for each in sent],
        secrets={path: secret for each in sent for path, secret in each.secret_files.items()},
        egress=tuple(way for each in sent for way in each.egress),
    )


def _remote_writes(spec: ObservabilitySpec) -> bool:
    return any(
        isinstance(each, PrometheusDestination) and each.sender == "prometheus"
        for each in spec.destinations.values()
    )


def _boundaries(asked: Mapping[str, ApplicationSpec]) -> dict[str, tuple[float, ...]]:
    return {
        histogram.name: histogram.buckets_seconds
        for spec in asked.values()
        for histogram in spec.histograms
    }


def _remote_write(to: RemoteWriteDestination) -> RemoteWrite:
    return RemoteWrite(
        name=to.name,
        url=to.url,
        basic_auth=BasicAuth(username=to.username, password_file=to.password_file)
        if to.username and to.password_file
        else None,
        authorization=Authorization(credentials_file=to.token_file) if to.token_file else None,
        sigv4=SigV4(region=to.sigv4_region) if to.sigv4_region else None,
        google_iam=GoogleIam() if to.google else None,
    )


def _needed(groups: Iterable[Group], dashboards: Iterable[Dashboard]) -> set[str]:
    """The metrics that rules and dashboards read."""
    read = {
        name for group in groups for rule in group.rules for name in metrics_of(rule.expression)
    }
    asked = (
        query.expression
        for page in dashboards
        for query in page.queries
        if query.source is Source.METRICS
    )
    return read | {name for each in asked for name in metrics_of(for_dashboard(each))}


def _applications(asked: Mapping[str, ApplicationSpec]) -> Iterator[Target]:
    for job, spec in sorted(asked.items()):
        yield Target(
            job=job,
            workload=spec.workload,
            namespace=spec.namespace,
            number=spec.port,
            path=spec.path,
            extra_metrics=frozenset(
                [
                    *spec.metrics,
                    *(
                        f"{histogram.name}_{part}"
                        for histogram in spec.histograms
                        for part in ("bucket", "sum", "count")
                    ),
                ]
            ),
        )


def _connected(
    workloads: Mapping[str, Workload], flows: Iterable[Flow], agents: frozenset[str]
) -> dict[str, Workload]:
    """The workloads with their flows; those to strangers are their callers' alone."""
    inside, outside = [], []
    for flow in flows:
        (inside if flow.target in workloads else outside).append(flow)
    places = {name: AGENTS_NAMESPACE if name in agents else NAMESPACE for name in workloads}
    connected = connect(workloads, inside, places if agents else None)
    return {
        name: replace(
            workload,
            flows=(*workload.flows, *(each for each in outside if each.source == name)),
        )
        for name, workload in connected.items()
    }

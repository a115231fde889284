"""Exporters of servers that speak no metrics themselves: PostgreSQL and Valkey."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components.network.plan import Tier
from components.observability.alert import Group
from components.observability.dashboard import Dashboard
from components.observability.grafana.dashboards import databases
from components.observability.part import Part
from components.observability.rules import postgres, redis
from components.observability.site import Site
from components.observability.target import Target
from components.versions import POSTGRES_EXPORTER, REDIS_EXPORTER
from components.workload import (
    Flow,
    Health,
    HttpCheck,
    Port,
    Resources,
    TcpCheck,
    Workload,
)

POSTGRES_PORT: Final = 9187
REDIS_PORT: Final = 9121
USER_FILE: Final = "/etc/postgres-exporter/user"
PASSWORD_FILE: Final = "/run/secrets/password"  # noqa: S105
PASSWORDS_FILE: Final = "/run/secrets/passwords.json"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL or Valkey server that an exporter can log in to.

    Attributes:
        name: Pulumi name of its workload, by which its neighbours call it.
        port: Number of its port.
        port_key: Key of that port among the ports of its workload, for the flow.
        username: Who logs in.
        password: The password of ``username``.
        database: Database to connect to, of PostgreSQL.
    """

    name: str
    port: int
    port_key: str
    username: pulumi.Input[str]
    password: pulumi.Output[str]
    database: str = ""


def postgres_part(site: Site, servers: Mapping[str, Server]) -> Part:
    """One exporter per PostgreSQL server."""
    workloads: dict[str, Workload] = {}
    for name, server in sorted(servers.items()):
        workloads[f"postgres-{name}"] = Workload(
            image=POSTGRES_EXPORTER,
            description=f"What the database {name} says of itself, as metrics.",
            command=(
                f"--web.listen-address=:{POSTGRES_PORT}",
                "--collector.long_running_transactions",
                "--collector.database_wraparound",
            ),
            environment={
                # A neighbour on the same host has no certificate.
                "DATA_SOURCE_URI": f"{server.name}:{server.port}/{server.database}?sslmode=disable",
                "DATA_SOURCE_USER_FILE": USER_FILE,
                "DATA_SOURCE_PASS_FILE": PASSWORD_FILE,
            },
            files={USER_FILE: server.username},
            secret_files={PASSWORD_FILE: server.password},
            ports={"metrics": Port(number=POSTGRES_PORT)},
            health=Health(
                command=("wget", "-q", "--spider", f"http://127.0.0.1:{POSTGRES_PORT}/"),
                ready=HttpCheck(path="/", port="metrics"),
                alive=TcpCheck(port="metrics"),
            ),
            resources=Resources(cpus=0.25, cpus_reserved=0.02, memory_mib=96),
            single_because="Two copies would count the same server twice.",
        )
    return _part(
        site,
        workloads,
        servers,
        job="postgres",
        metrics="postgres-exporter",
        groups=postgres.groups(),
        dashboards=databases.POSTGRES,
    )


def redis_part(site: Site, servers: Mapping[str, Server]) -> Part:
    """One exporter per Valkey server."""
    workloads = {
        f"redis-{name}": Workload(
            image=REDIS_EXPORTER,
            description=f"What the cache {name} says of itself, as metrics.",
            command=(
                f"--web.listen-address=:{REDIS_PORT}",
                f"--redis.addr={_address(server)}",
                f"--redis.password-file={PASSWORDS_FILE}",
                "--redis-only-metrics",
            ),
            secret_files={PASSWORDS_FILE: _passwords(server)},
            ports={"metrics": Port(number=REDIS_PORT)},
            # The image has no program to ask with.
            health=Health(
                ready=HttpCheck(path="/health", port="metrics"), alive=TcpCheck(port="metrics")
            ),
            resources=Resources(cpus=0.25, cpus_reserved=0.02, memory_mib=64),
            single_because="Two copies would count the same server twice.",
        )
        for name, server in sorted(servers.items())
    }
    return _part(
        site,
        workloads,
        servers,
        job="redis",
        metrics="redis-exporter",
        groups=redis.GROUPS,
        dashboards=databases.REDIS,
    )


def _address(server: Server) -> str:
    return f"redis://{server.name}:{server.port}"


def _passwords(server: Server) -> pulumi.Output[str]:
    return server.password.apply(lambda known: json.dumps({_address(server): known}))


def _part(
    site: Site,
    workloads: Mapping[str, Workload],
    servers: Mapping[str, Server],
    *,
    job: str,
    metrics: str,
    groups: tuple[Group, ...],
    dashboards: tuple[Dashboard, ...],
) -> Part:
    """Exporters, their calls, and one job each; rules and dashboards come with the first."""
    first = min(servers, default=None)
    return Part(
        workloads=workloads,
        flows=tuple(
            Flow(
                source=site.workload(f"{job}-{name}"),
                target=server.name,
                port=server.port_key,
                number=server.port,
                tier=Tier.DATA,
            )
            for name, server in sorted(servers.items())
        ),
        targets=tuple(
            Target(
                job=f"{job}-{name}",
                metrics=(metrics,),
                workload=site.workload(f"{job}-{name}"),
                # Rules and dashboards speak of all servers of a kind.
                labels={"job": job, "server": name},
                groups=groups if name == first else (),
                dashboards=dashboards if name == first else (),
            )
            for name in sorted(servers)
        ),
    )

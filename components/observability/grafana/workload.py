"""Grafana as a workload: copies that hold nothing, or one with a volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.network.plan import Tier
from components.observability.dashboard import Dashboard, Source
from components.observability.grafana.dashboard_json import dashboard_json
from components.observability.grafana.dashboards import grafana as dashboards_of_grafana
from components.observability.grafana.datasources import datasources
from components.observability.grafana.provisioning import Provider, ProviderOptions, Providers
from components.observability.grafana.settings import (
    ADMIN_FILE,
    DATABASE_FILE,
    KEY_FILE,
    PORT,
    PROVISIONING,
    SSO_FILE,
    grafana_ini,
)
from components.observability.grafana_spec import GrafanaSpec
from components.observability.outside import egress
from components.observability.part import Part
from components.observability.rules import grafana as rules
from components.observability.site import Secret, Site
from components.observability.target import Target
from components.versions import GRAFANA
from components.workload import (
    HOST,
    Egress,
    Flow,
    Health,
    HttpCheck,
    Kind,
    Port,
    Resources,
    TcpCheck,
    Volume,
    Workload,
)

ROLE: Final = "grafana"
CONFIG_FILE: Final = "/etc/grafana/config/grafana.ini"
BOARDS: Final = "/etc/grafana/boards"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A datasource: the role that answers, and its port.

    Attributes:
        source: What it answers about.
        role: Role of the workload in the site.
        port: Key of the port.
        number: Number of the port.
    """

    source: Source
    role: str
    port: str
    number: int


@dataclass(frozen=True, kw_only=True)
class StateDatabase:
    """The PostgreSQL server that holds Grafana's state.

    Attributes:
        host: DNS name or address.
        port: Number of its port.
        database: Name of the database.
        cidr: Range of addresses that it is in, for the way out.
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    database: pulumi.Input[str]
    cidr: str


def grafana_part(
    site: Site,
    spec: GrafanaSpec,
    dashboards: Sequence[Dashboard],
    asked: Sequence[Asked],
    *,
    scrape_seconds: int,
    admin_password: Secret | None = None,
    secret_key: Secret | None = None,
    database: StateDatabase | None = None,
) -> Part:
    """Grafana with every dashboard, asking every datasource.

    Args:
        site: Where it runs.
        spec: Who comes in.
        dashboards: Its pages, its own not among them.
        asked: Who answers its queries.
        scrape_seconds: Time between two samples.
        admin_password: Password of admin where the spec names none.
        secret_key: What Grafana encrypts its state with; None: the key that everybody knows.
        database: Where its state is, if not in a volume.
    """
    me = site.workload(ROLE)
    secrets = dict(_secrets(site, spec, admin_password, database))
    if secret_key is not None:
        secrets[KEY_FILE] = secret_key
    urls = [(each.source, f"http://{site.host(each.role)}:{each.number}") for each in asked]
    workload = Workload(
        image=GRAFANA,
        kind=Kind.REPLICATED if database else Kind.STATEFUL,
        description="Dashboards for people.",
        # The image sets both, and a variable wins over the file.
        environment={"GF_PATHS_CONFIG": CONFIG_FILE, "GF_PATHS_PROVISIONING": PROVISIONING},
        ports={"http": Port(number=PORT)},
        files={
            CONFIG_FILE: _file(spec, database, set(secrets)),
            f"{PROVISIONING}/datasources/datasources.yaml": datasources(
                urls, scrape_seconds
            ).yaml(),
            f"{PROVISIONING}/dashboards/providers.yaml": _PROVIDERS.yaml(),
            **{
                f"{BOARDS}/{each.uid}.json": dashboard_json(each)
                for each in sorted(dashboards, key=lambda each: each.uid)
            },
        },
        secret_files=secrets,
        volumes={"data": Volume(path="/var/lib/grafana", size_gib=5, kept=database is None)},
        scratch_mib={"/tmp": 64, "/var/lib/grafana-search": 64},  # noqa: S108
        replicas=spec.replicas if site.kubernetes else 1,
        spread=spec.replicas > 1,
        max_unavailable=1 if spec.replicas > 1 and site.kubernetes else None,
        # Its first start makes the tables.
        health=Health(
            command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/api/health"),
            ready=HttpCheck(path="/api/health", port="http"),
            alive=TcpCheck(port="http"),
            start_seconds=180,
        ),
        resources=Resources(
            cpus=max(1.0, spec.cpus_reserved),
            cpus_reserved=spec.cpus_reserved,
            memory_mib=spec.memory_mib,
        ),
        egress=tuple(_egress(spec, database)),
    )
    return Part(
        workloads={ROLE: workload},
        flows=(
            *(
                Flow(source=me, target=site.workload(each.role), port=each.port, tier=Tier.PRIVATE)
                for each in asked
            ),
            *(() if site.kubernetes else (_people(me),)),
        ),
        targets=(target(site),),
    )


def target(site: Site) -> Target:
    """Grafana as it is watched."""
    return Target(
        job=ROLE,
        metrics=("grafana",),
        workload=site.workload(ROLE),
        port="http",
        groups=rules.GROUPS,
        dashboards=dashboards_of_grafana.DASHBOARDS,
    )


_PROVIDERS: Final = Providers(
    providers=(
        Provider(
            name="plinth",
            folder="Platform",
            folder_uid="platform",
            options=ProviderOptions(path=BOARDS),
        ),
    )
)


def _people(name: str) -> Flow:
    return Flow(source=HOST, target=name, port="http", tier=Tier.PUBLIC, published_port=PORT)


def _secrets(
    site: Site, spec: GrafanaSpec, admin_password: Secret | None, database: StateDatabase | None
) -> Iterator[tuple[str, Secret]]:
    if spec.sso:
        yield SSO_FILE, site.secret(spec.sso.client_secret)
    elif spec.admin_password:
        yield ADMIN_FILE, site.secret(spec.admin_password)
    elif admin_password is not None:
        yield ADMIN_FILE, admin_password
    if spec.database and database:
        yield DATABASE_FILE, site.secret(spec.database.password)


def _egress(spec: GrafanaSpec, database: StateDatabase | None) -> Iterator[Egress]:
    if spec.sso:
        # The other address is for people's browsers.
        yield from egress((spec.sso.token_url, spec.sso.userinfo_url), None)
    if database:
        yield Egress(to=database.cidr, port=5432)


def _file(
    spec: GrafanaSpec, database: StateDatabase | None, secrets: set[str]
) -> pulumi.Input[str]:
    if database is None:
        return grafana_ini(spec, secrets).ini()
    return pulumi.Output.all(host=database.host, port=database.port, name=database.database).apply(
        lambda found: grafana_ini(spec, secrets, found).ini()
    )

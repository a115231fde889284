"""blackbox-exporter: asks addresses the way their users do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Final, Literal

from pydantic import Field

from components.observability.applications_spec import ProbeSpec
from components.observability.config import Config
from components.observability.grafana.dashboards import probes as dashboards
from components.observability.part import Part
from components.observability.rules import probes as rules
from components.observability.site import Site
from components.observability.target import Finding, Target
from components.versions import BLACKBOX_EXPORTER
from components.workload import (
    Egress,
    Health,
    HttpCheck,
    Outside,
    Port,
    Resources,
    TcpCheck,
    Workload,
)

ROLE: Final = "blackbox"
PORT: Final = 9115
HTTPS: Final = 443
CONFIG_FILE: Final = "/etc/blackbox_exporter/config/blackbox.yml"
PROBES: Final = "probe"

IpProtocol = Literal["ip4", "ip6"]


class TlsConfig(Config):
    """What is demanded of the other side's TLS."""

    min_version: Literal["TLS12", "TLS13"] = "TLS12"


class HttpProbe(Config):
    """What is asked over HTTP, and what has to come back."""

    method: Literal["GET", "HEAD"] = "GET"
    preferred_ip_protocol: IpProtocol = "ip4"
    follow_redirects: bool = True
    valid_http_versions: tuple[str, ...] = ("HTTP/1.1", "HTTP/2.0")
    tls_config: TlsConfig | None = TlsConfig()


class TcpProbe(Config):
    """A connection that has to be accepted."""

    preferred_ip_protocol: IpProtocol = "ip4"


class Module(Config):
    """One way to ask.

    Source: https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/CONFIGURATION.md
    """

    prober: Literal["http", "tcp"]
    timeout: Annotated[str, Field(pattern=r"^\d+s$")]
    http: HttpProbe | None = None
    tcp: TcpProbe | None = None


class BlackboxConfig(Config):
    """The whole file."""

    modules: Mapping[str, Module]


MODULES: Final = BlackboxConfig(
    modules={
        "http_2xx": Module(prober="http", timeout="8s", http=HttpProbe()),
        "tcp_connect": Module(prober="tcp", timeout="5s", tcp=TcpProbe()),
    }
)


def blackbox_part(site: Site, probes: Mapping[str, ProbeSpec]) -> Part:
    """The exporter, and a job for its own health; one job per way to ask, with all addresses."""
    name = site.workload(ROLE)
    workload = Workload(
        image=BLACKBOX_EXPORTER,
        description="Asks addresses the way their users do.",
        command=(f"--config.file={CONFIG_FILE}", f"--web.listen-address=:{PORT}"),
        ports={"http": Port(number=PORT)},
        files={CONFIG_FILE: MODULES.yaml()},
        health=Health(
            command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/-/healthy"),
            ready=HttpCheck(path="/-/healthy", port="http"),
            alive=TcpCheck(port="http"),
        ),
        resources=Resources(cpus=0.25, cpus_reserved=0.02, memory_mib=64),
        single_because="One observer is enough to see whether an address answers.",
        egress=tuple(dict.fromkeys(way for each in probes.values() for way in _egress(each))),
    )
    targets = [Target(job=ROLE, metrics=("blackbox",), workload=name, port="http")]
    by_module: dict[str, dict[str, ProbeSpec]] = {}
    for key, probe in sorted(probes.items()):
        by_module.setdefault(probe.module, {})[key] = probe
    targets += [
        Target(
            job=PROBES if module == "http_2xx" else f"{PROBES}-tcp",
            metrics=("blackbox",),
            workload=name,
            port="http",
            finding=Finding.PROBE,
            # However it is asked, whoever reads of it asks for probes.
            labels={"job": PROBES},
            parameters={"module": module},
            addresses=tuple(each.url for each in asked.values()),
            groups=rules.GROUPS if module == min(by_module) else (),
            dashboards=dashboards.DASHBOARDS if module == min(by_module) else (),
        )
        for module, asked in sorted(by_module.items())
    ]
    return Part(workloads={ROLE: workload}, targets=tuple(targets))


def _egress(probe: ProbeSpec) -> Iterator[Egress]:
    where: Outside | str = Outside.INTERNET if probe.internet else Outside.NODES
    with suppress(AddressValueError):
        where = f"{IPv4Address(probe.host)}/32"
    yield Egress(to=where, port=probe.port_number)
    if probe.url.startswith("http://"):
        # Where a redirect leads to.
        yield Egress(to=where, port=HTTPS)

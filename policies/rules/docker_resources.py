"""What a Docker container takes of its host: published ports, memory, processors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from policies.containers import CONTAINER, SERVICE
from policies.controls import cis_docker
from policies.expected import Expected, expects, not_below, off
from policies.rule import Check, Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_NUMBER,
    UNKNOWN_OBJECT,
    UNKNOWN_STRING,
    Truth,
    View,
    truth,
)

_FIRST_OPEN_PORT: Final = 1024
_USUAL_SHARES: Final = 1024


def _bound(container: Subject) -> Iterator[Demand]:
    for port in container.at("ports").elements():
        address = port.at("ip")
        yield Demand(
            address.matches(_is_of_one_interface),
            address,
            "publishes the port on every interface of the host",
        )
        yield _open_to_all_users(port.at("external", absent=_FIRST_OPEN_PORT))


def _bound_service(service: Subject) -> Iterator[Demand]:
    for port in service.at("endpointSpec", "ports").elements():
        yield _open_to_all_users(port.at("publishedPort", absent=_FIRST_OPEN_PORT))


def _open_to_all_users(port: View) -> Demand:
    number = port.number()
    # Docker chooses a high one for 0.
    holds = truth(number == 0) | not_below(port, _FIRST_OPEN_PORT)
    return Demand(holds, port, "takes a port that is root's on the host")


def _is_of_one_interface(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not address.is_unspecified


def _port(**port: Any) -> Props:
    return {"ports": [{"internal": 8080, "ip": "127.0.0.1", **port}]}


def _published(**port: Any) -> Props:
    return {"endpointSpec": {"ports": [{"targetPort": 8080, **port}]}}


PORTS_BOUND: Final = Rule(
    id="docker-ports-bound",
    title="Published ports are bound to one interface, and are nobody's privilege",
    reason=(
        "Docker opens a published port past the firewall of the host, on the interfaces nobody "
        "thought of, too."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    themes_inferred=True,
    controls=cis_docker("5.8", "5.14"),
    fix=(
        'Set ip of each port to the address of one interface, such as "127.0.0.1", and external '
        "to 1024 or above, and remove publish_all_ports."
    ),
    source="https://docs.docker.com/engine/network/port-publishing/",
    checks=(
        Check(
            type=CONTAINER,
            demand="Each published port names an interface, and none is below 1024.",
            reads=("ports.ip", "ports.external"),
            absent=(
                "No ports satisfy. ip left out is every interface and violates. external left out "
                "is a free port from 32768 on and satisfies."
            ),
            judge=_bound,
            good={
                "left out": {},
                "none": {"ports": []},
                "on the loopback interface": _port(external=8080),
                "on an interface of version 6": _port(ip="::1", external=1024),
                "any free port": _port(),
                "any free port by number": _port(external=0),
            },
            bad={
                "no interface": _port(ip=None, external=8080),
                "every interface": _port(ip="0.0.0.0", external=8080),  # noqa: S104 - an example
                "every interface of version 6": _port(ip="::"),
                "every interface, disguised": _port(ip="::ffff:0.0.0.0"),
                "an empty one": _port(ip=""),
                "a name Docker refuses": _port(ip="localhost"),
                "root's last port": _port(external=1023),
                "root's first port": _port(external=1),
                "one of two": {
                    "ports": [{"ip": "127.0.0.1", "internal": 8080}, {"internal": 8081}]
                },
                "one not known": _port(ip=UNKNOWN_STRING, external=443),
            },
            undecided={
                "ports not known": {"ports": UNKNOWN_ARRAY},
                "interface not known": _port(ip=UNKNOWN_STRING),
                "port not known": _port(external=UNKNOWN_NUMBER),
            },
        ),
        expects(
            CONTAINER,
            "Only the ports that are named are published.",
            off("publishAllPorts", "publishes every port of the image"),
        ),
        Check(
            type=SERVICE,
            demand="No published port is below 1024. A service cannot bind it to one interface.",
            reads=("endpointSpec.ports.publishedPort",),
            absent=(
                "No ports satisfy. publishedPort left out is a free port from 30000 on and "
                "satisfies."
            ),
            judge=_bound_service,
            good={
                "left out": {},
                "any free port": _published(),
                "a high one": _published(publishedPort=1024, publishMode="host"),
            },
            bad={"root's last port": _published(publishedPort=1023)},
            undecided={
                "ports not known": {"endpointSpec": {"ports": UNKNOWN_ARRAY}},
                "port not known": _published(publishedPort=UNKNOWN_NUMBER),
                "nothing known": {"endpointSpec": UNKNOWN_OBJECT},
            },
        ),
    ),
)


def _limited(container: Subject) -> Iterator[Demand]:
    memory = container.at("memory", absent=0)
    yield Demand(not_below(memory, 1), memory, "lets it take all the memory of the host")
    processors = container.at("cpus")
    quota = not_below(container.at("cpuQuota"), 1)
    limited = _is_some(processors) | quota | _is_weighed(container.at("cpuShares"))
    yield Demand(limited, processors, "lets it take all the processors of the host")


def _is_some(processors: View) -> Truth:
    """Whether a number of processors, which is a text such as ``0.5``, is a limit."""
    number = processors.number()
    return truth(number > 0) if number is not None else processors.matches(_is_positive)


def _is_positive(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return number > 0 and math.isfinite(number)


def _is_weighed(shares: View) -> Truth:
    """Whether a weight was chosen, rather than the one every container has."""
    number = shares.number()
    if number is None:
        return Truth.UNKNOWN if shares.is_present else Truth.NO
    return truth(number > 0 and number != _USUAL_SHARES)


def _limits(path: str, problem: str) -> Expected:
    return Expected(
        path=f"taskSpec.resources.limits.{path}",
        problem=problem,
        holds=lambda view: not_below(view, 1),
        good=(1,),
        bad=(0,),
    )


LIMITS: Final = Rule(
    id="docker-limits",
    title="Containers have limits of memory and processors",
    reason="Without limits one leak or one loop takes the whole host, and all that runs on it.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=cis_docker("5.11", "5.12"),
    fix=(
        "Set memory (in MB) and cpus (a text), for a service memory_bytes and nano_cpus in "
        "resources.limits."
    ),
    source="https://docs.docker.com/engine/containers/resource_constraints/",
    checks=(
        Check(
            type=CONTAINER,
            demand="Memory and processors are limited, or processors at least weighed.",
            reads=("memory", "cpus", "cpuQuota", "cpuShares"),
            absent=(
                "memory left out or 0 is no limit and violates. cpus, cpuQuota and cpuShares left "
                "out, all of them, violate; so do 0 and the usual 1024 shares."
            ),
            judge=_limited,
            good={
                "both": {"memory": 256, "cpus": "0.5"},
                "whole processors": {"memory": 1, "cpus": 2},
                "a quota": {"memory": 256, "cpuQuota": 1},
                "a weight": {"memory": 256, "cpuShares": 1},
                "a heavy weight": {"memory": 256, "cpuShares": 2048},
            },
            bad={
                "left out": {},
                "no memory": {"cpus": "0.5"},
                "all memory": {"memory": 0, "cpus": "0.5"},
                "no processors": {"memory": 256},
                "all processors": {"memory": 256, "cpus": "0"},
                "all processors, as a number": {"memory": 256, "cpus": 0},
                "all processors, with a fraction": {"memory": 256, "cpus": "0.0"},
                "endless processors": {"memory": 256, "cpus": "inf"},
                "what is no number": {"memory": 256, "cpus": "half"},
                "a quota that is none": {"memory": 256, "cpuQuota": 0},
                "the usual weight": {"memory": 256, "cpuShares": 1024},
                "no weight": {"memory": 256, "cpuShares": 0},
            },
            undecided={
                "memory not known": {"memory": UNKNOWN_NUMBER, "cpus": "0.5"},
                "processors not known": {"memory": 256, "cpus": UNKNOWN_STRING},
                "quota not known": {"memory": 256, "cpuQuota": UNKNOWN_NUMBER},
                "weight not known": {"memory": 256, "cpuShares": UNKNOWN_NUMBER},
            },
        ),
        expects(
            SERVICE,
            "Memory and processors of each task are limited.",
            _limits("memoryBytes", "lets a task take all the memory of its node"),
            _limits("nanoCpus", "lets a task take all the processors of its node"),
        ),
    ),
)

"""Workloads on a Docker host or a swarm, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.workload import Workload, create_workload
from rehearsal.plugin import Recording, record
from tests.components.docker_host import docker_network

CONTAINER = "docker:index/container:Container"
SERVICE = "docker:index/service:Service"


def running(workload: Workload, *, swarm: bool = False) -> Callable[[], dict[str, Any]]:
    """A program that runs ``workload`` as ``shop``, and what it publishes."""

    def program() -> dict[str, Any]:
        server = create_workload(docker_network(swarm=swarm), "shop", workload)
        return {
            "published": server.published,
            "flows": [dict(flow) for flow in server.flows],
            "unhonoured": list(server.unhonoured),
        }

    return program


def run(workload: Workload, *, swarm: bool = False) -> Recording:
    """What that program registers."""
    return record(running(workload, swarm=swarm))


def container(workload: Workload) -> dict[str, Any]:
    """Inputs of the container that runs ``workload``."""
    return dict(run(workload).named("shop", CONTAINER).inputs)


def service(workload: Workload) -> dict[str, Any]:
    """Inputs of the service that runs ``workload``."""
    return dict(run(workload, swarm=True).only(SERVICE).inputs)


def unhonoured(workload: Workload, *, swarm: bool = False) -> dict[str, str]:
    """What is said not to be given, sentences by what they are about."""
    sentences = run(workload, swarm=swarm).outputs["unhonoured"]
    said = {about: rest.strip() for about, _, rest in (each.partition(":") for each in sentences)}
    assert len(said) == len(sentences)
    return said

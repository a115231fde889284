"""A Docker host to stand on, and its networks, without anything on them."""

from __future__ import annotations

import pulumi
import pulumi_docker as docker
import pulumi_random as random

from components.ground import DockerHost
from components.network.interface import DockerNetworkRef, DockerTier
from components.network.plan import Tier


def docker_host(*, swarm: bool = False) -> DockerHost:
    return DockerHost(docker.Provider("docker"), random.Provider("random"), swarm)


def docker_network(*, swarm: bool = False) -> DockerNetworkRef:
    host = docker_host(swarm=swarm)
    on_host = pulumi.ResourceOptions(provider=host.provider)
    networks = {tier: docker.Network(f"core-{tier}", opts=on_host) for tier in Tier}
    return DockerNetworkRef(
        host, {tier: DockerTier(each.id, each.name) for tier, each in networks.items()}
    )

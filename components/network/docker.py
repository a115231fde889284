"""A network on a Docker host or swarm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pulumi
import pulumi_docker as docker

from components.ground import DockerHost
from components.network.interface import DockerNetworkRef, DockerTier, Network
from components.network.plan import LOCAL_ZONE, Tier, subnet_range
from components.network.spec import NetworkSpec

LOOPBACK_ONLY: Final = {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}
ENCRYPTED: Final = {"encrypted": "true"}


class DockerNetwork(Network):
    """A Docker network per tier; the one for data reaches nothing outside itself."""

    TOKEN: ClassVar[str] = "plinth:network:DockerNetwork"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: NetworkSpec,
        host: DockerHost,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the networks: bridges, or encrypted overlays on a swarm."""
        super().__init__(name, host, opts)

        networks = {
            tier: docker.Network(
                f"{name}-{tier}",
                driver="overlay" if host.swarm else "bridge",
                internal=tier is Tier.DATA,
                ipam_configs=[
                    docker.NetworkIpamConfigArgs(
                        subnet=str(subnet_range(spec.cidr, LOCAL_ZONE, tier))
                    )
                ],
                options=ENCRYPTED if host.swarm else LOOPBACK_ONLY,
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected or None),
            )
            for tier in Tier
        }

        self.publish(
            ref=DockerNetworkRef(
                host=host,
                tiers={tier: DockerTier(each.id, each.name) for tier, each in networks.items()},
            ),
            unhonoured=tuple(_unhonoured(spec)),
        )


def _unhonoured(spec: NetworkSpec) -> Iterator[str]:
    yield f"flow_log_days: {spec.flow_log_days} are asked; Docker records no traffic"
    yield f"nat: {spec.nat} is asked; the host's own address is the only way out"
    if spec.pods_cidr:
        yield f"pods_cidr: {spec.pods_cidr} is asked; Docker runs no pods"
    if spec.private_endpoints:
        yield "private_endpoints: there are no provider's services to reach"
    if spec.peers:
        yield f"peers: {', '.join(sorted(spec.peers))}; routes between hosts are not Docker's"

"""What every variant of the network publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import pulumi

from components.component import Component
from components.ground import AwsCloud, DockerHost
from components.network.plan import Tier

__all__ = ["AwsNetworkRef", "DockerNetworkRef", "DockerTier", "Network", "NetworkRef", "Tier"]


@dataclass(frozen=True)
class AwsNetworkRef:
    """A VPC and its subnets; each mapping goes from zone id to subnet id."""

    cloud: AwsCloud
    vpc_id: pulumi.Output[str]
    vpc_cidr: str
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    data_subnet_ids: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True)
class DockerTier:
    """The Docker network that is one tier."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]


@dataclass(frozen=True)
class DockerNetworkRef:
    """The tiers of a network on one Docker host or swarm."""

    host: DockerHost
    tiers: Mapping[Tier, DockerTier]


NetworkRef = AwsNetworkRef | DockerNetworkRef


class Network(Component):
    """A private network that other components stand on.

    ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: NetworkRef
    unhonoured: tuple[str, ...]

    def publish(self, *, ref: NetworkRef, unhonoured: Sequence[str] = ()) -> None:
        """Set and register the outputs."""
        self.ref = ref
        self.unhonoured = tuple(unhonoured)
        match ref:
            case AwsNetworkRef():
                self.register_outputs(
                    {
                        "vpc_id": ref.vpc_id,
                        "public_subnet_ids": dict(ref.public_subnet_ids),
                        "private_subnet_ids": dict(ref.private_subnet_ids),
                        "data_subnet_ids": dict(ref.data_subnet_ids),
                    }
                )
            case DockerNetworkRef():
                self.register_outputs(
                    {
                        "network_names": {str(tier): net.name for tier, net in ref.tiers.items()},
                        "unhonoured": list(unhonoured),
                    }
                )
            case _:
                assert_never(ref)

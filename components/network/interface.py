"""What every variant of the network publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import pulumi

from components.component import Component
from components.ground import AwsCloud, DockerHost, GcpCloud
from components.network.plan import Tier

__all__ = [
    "AwsNetworkRef",
    "DockerNetworkRef",
    "DockerTier",
    "GcpNetworkRef",
    "Network",
    "NetworkRef",
    "Tier",
]


@dataclass(frozen=True)
class AwsNetworkRef:
    """A VPC and its subnets; each mapping goes from zone id to subnet id.

    ``pod_subnet_ids`` is empty where pods take their addresses from the private subnets.
    ``services_cidr`` is the range of Kubernetes services, known to clusters alone.
    """

    cloud: AwsCloud
    vpc_id: pulumi.Output[str]
    vpc_cidr: str
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    data_subnet_ids: Mapping[str, pulumi.Output[str]]
    pod_subnet_ids: Mapping[str, pulumi.Output[str]]
    services_cidr: str


@dataclass(frozen=True)
class GcpNetworkRef:
    """A VPC network of one region and what stands in it.

    ``private_subnet_id`` holds nodes and, in the secondary ranges named by ``pods_range`` and
    ``services_range``, pods and services. ``peered_network_id`` is the id of the network, known
    once private services access (Cloud SQL) is in place; ``connected_network_id`` the same, known
    once the policy for service connections (Memorystore) is. ``pods_cidr`` is the range of the pods,
    which databases have to admit where it is none of RFC 1918. ``target_tags`` holds, by name, the
    ids of the tags that let what bears them be reached through Identity-Aware Proxy (``iap``) or by
    load balancers (``load-balanced``).
    """

    cloud: GcpCloud
    cidr: str
    network_id: pulumi.Output[str]
    private_subnet_id: pulumi.Output[str]
    data_subnet_id: pulumi.Output[str]
    pods_range: pulumi.Output[str]
    services_range: pulumi.Output[str]
    peered_network_id: pulumi.Output[str]
    connected_network_id: pulumi.Output[str]
    pods_cidr: str | None = None
    target_tags: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


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


NetworkRef = AwsNetworkRef | GcpNetworkRef | DockerNetworkRef


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
                        "pod_subnet_ids": dict(ref.pod_subnet_ids),
                        "unhonoured": list(unhonoured),
                    }
                )
            case GcpNetworkRef():
                self.register_outputs(
                    {
                        "network_id": ref.network_id,
                        "private_subnet_id": ref.private_subnet_id,
                        "data_subnet_id": ref.data_subnet_id,
                        "unhonoured": list(unhonoured),
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

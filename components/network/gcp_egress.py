"""Ways out of a network on Google Cloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud
from components.network.spec import Nat

WORLD: Final = "0.0.0.0/0"
# private.googleapis.com. Source: "Domain options" in the documentation of Private Google Access.
GOOGLE_APIS: Final = "199.36.153.8/30"
GATEWAY: Final = "default-internet-gateway"
# A node keeps at least 64 ports, and takes more as its pods open connections.
LEAST_PORTS: Final = 64
MOST_PORTS: Final = 8_192


def create_routes(
    parent: pulumi.Resource, name: str, network: gcp.compute.Network, *, outward: bool
) -> Sequence[gcp.compute.Route]:
    """Lead to Google's services, which traffic reaches inside Google, and ``outward`` to the internet."""
    destinations = {"google": GOOGLE_APIS, **({"internet": WORLD} if outward else {})}
    return [
        gcp.compute.Route(
            f"{name}-{role}",
            network=network.id,
            dest_range=destination,
            next_hop_gateway=GATEWAY,
            priority=1_000,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for role, destination in destinations.items()
    ]


def create_nat(
    parent: pulumi.Resource,
    name: str,
    cloud: GcpCloud,
    network: gcp.compute.Network,
    subnet: gcp.compute.Subnetwork,
    pods_range: str,
    nat: Nat,
) -> Sequence[gcp.compute.RouterNat]:
    """Let nodes and pods of ``subnet`` reach the internet.

    One gateway serves the region and outlives a zone, so it is the same for one and for one per
    zone.
    """
    if nat is Nat.NONE:
        return []
    child = pulumi.ResourceOptions(parent=parent)
    router = gcp.compute.Router(
        f"{name}-router", network=network.id, region=cloud.region, opts=child
    )
    gateway = gcp.compute.RouterNat(
        f"{name}-nat",
        router=router.name,
        region=cloud.region,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[
            gcp.compute.RouterNatSubnetworkArgs(
                name=subnet.id,
                source_ip_ranges_to_nats=["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"],
                secondary_ip_range_names=[pods_range],
            )
        ],
        enable_dynamic_port_allocation=True,
        enable_endpoint_independent_mapping=False,
        min_ports_per_vm=LEAST_PORTS,
        max_ports_per_vm=MOST_PORTS,
        log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
        opts=child,
    )
    return [gateway]

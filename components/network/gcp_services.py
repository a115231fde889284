"""Private ways from a network on Google Cloud to the services of Google, and its name queries."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud
from components.network.gcp_egress import GOOGLE_APIS
from components.network.spec import NetworkSpec

SERVICE_NETWORKING: Final = "servicenetworking.googleapis.com"
MEMORYSTORE: Final = "gcp-memorystore"
# What nodes, pods and operators of a cluster call. Source: "Domain options" in the documentation of
# Private Google Access.
GOOGLE_DOMAINS: Final = ("gcr.io", "googleapis.com", "pkg.dev")
TTL_SECONDS: Final = 300


def create_services_access(
    parent: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    network: gcp.compute.Network,
    access: IPv4Network,
) -> gcp.servicenetworking.Connection:
    """Lend ``access`` to Google's services, whose databases take their addresses from it."""
    role = f"{name}-services-access"
    reserved = gcp.compute.GlobalAddress(
        role,
        network=network.id,
        purpose="VPC_PEERING",
        address_type="INTERNAL",
        ip_version="IPV4",
        address=str(access.network_address),
        prefix_length=access.prefixlen,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return gcp.servicenetworking.Connection(
        role,
        network=network.id,
        service=SERVICE_NETWORKING,
        reserved_peering_ranges=[reserved.name],
        update_on_creation_fail=True,
        # Google holds on to a connection for days after the last database is gone.
        deletion_policy="PREVENT" if spec.protected else "REMOVE_PEERING",
        opts=pulumi.ResourceOptions(parent=parent, protect=spec.protected),
    )


def create_service_connections(
    parent: pulumi.Resource,
    name: str,
    cloud: GcpCloud,
    network: gcp.compute.Network,
    subnet: gcp.compute.Subnetwork,
) -> gcp.networkconnectivity.ServiceConnectionPolicy:
    """Let caches be reached at addresses of ``subnet``."""
    return gcp.networkconnectivity.ServiceConnectionPolicy(
        f"{name}-memorystore",
        location=cloud.region,
        network=network.id,
        service_class=MEMORYSTORE,
        description=f"Caches at addresses of the network {name}",
        psc_config=gcp.networkconnectivity.ServiceConnectionPolicyPscConfigArgs(
            subnetworks=[subnet.id]
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def create_query_log(parent: pulumi.Resource, name: str, network: gcp.compute.Network) -> None:
    """Record which names are asked for."""
    gcp.dns.Policy(
        f"{name}-dns",
        description=f"Records the name queries of the network {name}",
        enable_logging=True,
        enable_inbound_forwarding=False,
        networks=[gcp.dns.PolicyNetworkArgs(network_url=network.id)],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def create_google_names(parent: pulumi.Resource, name: str, network: gcp.compute.Network) -> None:
    """Let the public names of Google's services stand for their private addresses."""
    child = pulumi.ResourceOptions(parent=parent)
    for domain in GOOGLE_DOMAINS:
        role = f"{name}-{domain.replace('.', '-')}"
        zone = gcp.dns.ManagedZone(
            role,
            dns_name=f"{domain}.",
            description=f"{domain} at private addresses",
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[
                    gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=network.id)
                ]
            ),
            opts=child,
        )
        gcp.dns.RecordSet(
            f"{role}-addresses",
            managed_zone=zone.name,
            name=f"{domain}.",
            type="A",
            ttl=TTL_SECONDS,
            rrdatas=[str(address) for address in IPv4Network(GOOGLE_APIS)],
            opts=child,
        )
        gcp.dns.RecordSet(
            f"{role}-names",
            managed_zone=zone.name,
            name=f"*.{domain}.",
            type="CNAME",
            ttl=TTL_SECONDS,
            rrdatas=[f"{domain}."],
            opts=child,
        )

"""A network on Google Cloud's VPC."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.network.gcp_egress import create_nat, create_routes
from components.network.gcp_firewall import create_firewall
from components.network.gcp_flow_logs import create_flow_logs, kept_days
from components.network.gcp_services import (
    create_google_names,
    create_query_log,
    create_service_connections,
    create_services_access,
)
from components.network.interface import GcpNetworkRef, Network
from components.network.plan import RegionalPlan, Tier, first_within, regional_plan
from components.network.spec import FlowLogStore, Nat, NetworkSpec

PODS: Final = "pods"
SERVICES: Final = "services"
# Source: "IP address range limitations" of VPC-native clusters in the GKE documentation.
WIDEST_SERVICES: Final = 16
MTU_BYTES: Final = 1_460


class GcpNetwork(Network):
    """A VPC network with private, public and data subnets in one region.

    Nothing enters but what a rule admits, and what is refused is on record. Databases are reached
    over private services access, caches over connections in the data subnet.
    """

    TOKEN: ClassVar[str] = "plinth:network:GcpNetwork"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: NetworkSpec,
        cloud: GcpCloud,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the network, its subnets, its ways in and out and its records."""
        super().__init__(name, cloud, opts)
        self._prefix = name
        self._child = pulumi.ResourceOptions(parent=self)
        ranges = regional_plan(spec.cidr, spec.pods_cidr)

        network = gcp.compute.Network(
            name,
            auto_create_subnetworks=False,
            # Whether a network keeps the routes it was born with cannot be changed afterwards,
            # so it has none but those declared here, whatever becomes of NAT.
            delete_default_routes_on_create=True,
            routing_mode="GLOBAL",
            mtu=MTU_BYTES,
            # GKE writes its own rules in the classic firewall.
            network_firewall_policy_enforcement_order="AFTER_CLASSIC_FIREWALL",
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        private = self._create_private(network, ranges, spec, cloud)
        data = self._create_data(network, ranges, cloud)
        self._create_proxies(network, ranges, cloud)

        routes = create_routes(self, name, network, outward=spec.nat is not Nat.NONE)
        nat = create_nat(self, name, cloud, network, private, PODS, spec.nat)
        firewall, tags = create_firewall(self, name, cloud, network, ranges)
        create_query_log(self, name, network)
        if spec.private_endpoints or spec.nat is Nat.NONE:
            create_google_names(self, name, network)
        access = create_services_access(self, name, spec, network, ranges.services_access)
        connections = create_service_connections(self, name, cloud, network, data)
        create_flow_logs(self, name, spec, cloud, keys, [private, data])

        usable = known_after(private.id, firewall, *routes, *nat)
        self.publish(
            ref=GcpNetworkRef(
                cloud=cloud,
                cidr=str(spec.cidr),
                network_id=network.id,
                private_subnet_id=usable,
                data_subnet_id=data.id,
                pods_range=private.id.apply(lambda _: PODS),
                services_range=private.id.apply(lambda _: SERVICES),
                peered_network_id=known_after(network.id, access),
                connected_network_id=known_after(network.id, connections),
                pods_cidr=str(ranges.pods),
                target_tags=tags,
            ),
            unhonoured=tuple(_unhonoured(spec)),
        )

    def _create_private(
        self,
        network: gcp.compute.Network,
        ranges: RegionalPlan,
        spec: NetworkSpec,
        cloud: GcpCloud,
    ) -> gcp.compute.Subnetwork:
        secondary = {PODS: ranges.pods, SERVICES: services_of(spec)}
        return gcp.compute.Subnetwork(
            f"{self._prefix}-{Tier.PRIVATE}",
            network=network.id,
            region=cloud.region,
            ip_cidr_range=str(ranges.private),
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=key, ip_cidr_range=str(each))
                for key, each in secondary.items()
            ],
            private_ip_google_access=True,
            stack_type="IPV4_ONLY",
            log_config=_flow_log(),
            opts=self._child,
        )

    def _create_data(
        self, network: gcp.compute.Network, ranges: RegionalPlan, cloud: GcpCloud
    ) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            f"{self._prefix}-{Tier.DATA}",
            network=network.id,
            region=cloud.region,
            ip_cidr_range=str(ranges.data),
            private_ip_google_access=True,
            stack_type="IPV4_ONLY",
            log_config=_flow_log(),
            opts=self._child,
        )

    def _create_proxies(
        self, network: gcp.compute.Network, ranges: RegionalPlan, cloud: GcpCloud
    ) -> None:
        # The load balancers' own proxies stand here, so flow logs and Google access are refused.
        gcp.compute.Subnetwork(
            f"{self._prefix}-{Tier.PUBLIC}",
            network=network.id,
            region=cloud.region,
            ip_cidr_range=str(ranges.public),
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=self._child,
        )


def services_of(spec: NetworkSpec) -> IPv4Network:
    """The part of the services' range that a cluster on GKE can take."""
    return first_within(spec.services_cidr, WIDEST_SERVICES)


def known_after(value: pulumi.Output[str], *resources: pulumi.CustomResource) -> pulumi.Output[str]:
    """``value``, known once ``resources`` exist."""
    waited = pulumi.Output.all(value, *(each.id for each in resources))
    return waited.apply(lambda values: str(values[0]))


def _flow_log() -> gcp.compute.SubnetworkLogConfigArgs:
    return gcp.compute.SubnetworkLogConfigArgs(
        aggregation_interval="INTERVAL_5_SEC",
        flow_sampling=0.5,
        metadata="INCLUDE_ALL_METADATA",
    )


def _unhonoured(spec: NetworkSpec) -> Iterator[str]:
    if spec.flow_log_store is FlowLogStore.BUCKET:
        yield "flow_log_store: bucket is asked; records go to a log bucket, searchable at once"
    if kept_days(spec) < spec.flow_log_days:
        yield (
            f"flow_log_days: {spec.flow_log_days} are asked; a log bucket keeps {kept_days(spec)}"
        )
    if services_of(spec) != spec.services_cidr:
        yield (
            f"services_cidr: {spec.services_cidr} is asked; GKE takes /{WIDEST_SERVICES} at most,"
            f" so services have {services_of(spec)}"
        )

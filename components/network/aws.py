"""A network on Amazon VPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.keys.interface import AwsKeysRef
from components.network.aws_acl import WORLD, egress, ingress
from components.network.aws_defaults import empty_defaults
from components.network.aws_endpoints import create_gateway_endpoints, create_interface_endpoints
from components.network.aws_flow_logs import create_bucket_flow_log, create_log_group_flow_log
from components.network.aws_pods import create_pod_subnets, pods_of, unhonoured_pods
from components.network.interface import AwsNetworkRef, Network
from components.network.plan import Tier, plan
from components.network.spec import FlowLogStore, Nat, NetworkSpec

# How the load balancer controller and Karpenter of a cluster find the subnets they may use.
SUBNET_TAGS: Final[Mapping[Tier, Mapping[str, str]]] = {
    Tier.PUBLIC: {"kubernetes.io/role/elb": "1"},
    Tier.PRIVATE: {"kubernetes.io/role/internal-elb": "1"},
    Tier.DATA: {},
}
DISCOVERY_TAG: Final = "karpenter.sh/discovery"

Subnets = Mapping[str, aws.ec2.Subnet]


class AwsNetwork(Network):
    """A VPC with public, private and data subnets in every zone.

    What AWS adds to every VPC by itself, open to all, is adopted and emptied. Data subnets have
    no way to the internet. Every packet's header is on record.
    """

    TOKEN: ClassVar[str] = "plinth:network:AwsNetwork"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: NetworkSpec,
        cloud: AwsCloud,
        keys: AwsKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the VPC, its tiers, its ways in and out and its records."""
        super().__init__(name, cloud, opts)
        self._prefix = name
        self._child = pulumi.ResourceOptions(parent=self)

        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(spec.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        empty_defaults(self, name, vpc)

        public, private, data = self._create_subnets(vpc, spec, cloud).values()
        public_table = self._create_public_table(vpc, public)
        private_tables = self._create_private_tables(vpc, private)
        data_table = self._create_shared_table(vpc, Tier.DATA, data)
        pods = create_pod_subnets(self, name, spec, vpc, private_tables)
        self._create_nat(nat_zones(spec.nat, cloud.zones), public, private_tables)

        create_gateway_endpoints(
            self, name, cloud, vpc, [public_table, *private_tables.values(), data_table]
        )
        if spec.private_endpoints or spec.nat is Nat.NONE:
            create_interface_endpoints(
                self, name, cloud, vpc, endpoint_clients(spec), list(private.values())
            )
        match spec.flow_log_store:
            case FlowLogStore.LOG_GROUP:
                create_log_group_flow_log(self, name, spec, cloud, keys, vpc)
            case FlowLogStore.BUCKET:
                create_bucket_flow_log(self, name, spec, cloud, keys, vpc)

        self.publish(
            ref=AwsNetworkRef(
                cloud=cloud,
                vpc_id=vpc.id,
                vpc_cidr=str(spec.cidr),
                public_subnet_ids={zone: subnet.id for zone, subnet in public.items()},
                private_subnet_ids={zone: subnet.id for zone, subnet in private.items()},
                data_subnet_ids={zone: subnet.id for zone, subnet in data.items()},
                pod_subnet_ids={zone: subnet.id for zone, subnet in pods.items()},
                services_cidr=str(spec.services_cidr),
            ),
            unhonoured=tuple(unhonoured_pods(spec)),
        )

    def _create_subnets(
        self, vpc: aws.ec2.Vpc, spec: NetworkSpec, cloud: AwsCloud
    ) -> dict[Tier, Subnets]:
        ranges = plan(spec.cidr, cloud.zones)
        cidr, pods = str(spec.cidr), str(pods_of(spec) or "")
        tiers: dict[Tier, Subnets] = {}
        for tier in (Tier.PUBLIC, Tier.PRIVATE, Tier.DATA):
            tiers[tier] = {
                zone: self._create_subnet(vpc, tier, zone, str(ranges[tier, zone]))
                for zone in cloud.zones
            }
            aws.ec2.NetworkAcl(
                f"{self._prefix}-{tier}",
                vpc_id=vpc.id,
                subnet_ids=[subnet.id for subnet in tiers[tier].values()],
                ingress=ingress(tier, cidr, pods),
                egress=egress(tier, cidr, pods),
                tags={"Name": f"{self._prefix}-{tier}"},
                opts=self._child,
            )
        return tiers

    def _create_subnet(self, vpc: aws.ec2.Vpc, tier: Tier, zone: str, cidr: str) -> aws.ec2.Subnet:
        discovery = {DISCOVERY_TAG: self._prefix} if tier is Tier.PRIVATE else {}
        return aws.ec2.Subnet(
            f"{self._prefix}-{tier}-{zone}",
            vpc_id=vpc.id,
            cidr_block=cidr,
            availability_zone_id=zone,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._prefix}-{tier}-{zone}", **SUBNET_TAGS[tier], **discovery},
            opts=self._child,
        )

    def _create_public_table(self, vpc: aws.ec2.Vpc, subnets: Subnets) -> aws.ec2.RouteTable:
        gateway = aws.ec2.InternetGateway(
            f"{self._prefix}-internet", vpc_id=vpc.id, tags={"Name": self._prefix}, opts=self._child
        )
        table = self._create_shared_table(vpc, Tier.PUBLIC, subnets)
        aws.ec2.Route(
            f"{self._prefix}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=WORLD,
            gateway_id=gateway.id,
            opts=self._child,
        )
        return table

    def _create_private_tables(
        self, vpc: aws.ec2.Vpc, subnets: Subnets
    ) -> dict[str, aws.ec2.RouteTable]:
        return {
            zone: self._create_table(vpc, f"private-routes-{zone}", {f"private-{zone}": subnet})
            for zone, subnet in subnets.items()
        }

    def _create_shared_table(
        self, vpc: aws.ec2.Vpc, tier: Tier, subnets: Subnets
    ) -> aws.ec2.RouteTable:
        keyed = {f"{tier}-{zone}": subnet for zone, subnet in subnets.items()}
        return self._create_table(vpc, f"{tier}-routes", keyed)

    def _create_table(self, vpc: aws.ec2.Vpc, role: str, subnets: Subnets) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._prefix}-{role}",
            vpc_id=vpc.id,
            tags={"Name": f"{self._prefix}-{role}"},
            opts=self._child,
        )
        for key, subnet in subnets.items():
            aws.ec2.RouteTableAssociation(
                f"{self._prefix}-{key}",
                subnet_id=subnet.id,
                route_table_id=table.id,
                opts=self._child,
            )
        return table

    def _create_nat(
        self,
        zones: Mapping[str, str],
        public: Subnets,
        tables: Mapping[str, aws.ec2.RouteTable],
    ) -> None:
        gateways = {
            zone: self._create_nat_gateway(zone, public[zone])
            for zone in dict.fromkeys(zones.values())
        }
        for zone, gateway_zone in zones.items():
            aws.ec2.Route(
                f"{self._prefix}-private-internet-{zone}",
                route_table_id=tables[zone].id,
                destination_cidr_block=WORLD,
                nat_gateway_id=gateways[gateway_zone].id,
                opts=self._child,
            )

    def _create_nat_gateway(self, zone: str, subnet: aws.ec2.Subnet) -> aws.ec2.NatGateway:
        role = f"{self._prefix}-nat-{zone}"
        address = aws.ec2.Eip(role, domain="vpc", tags={"Name": role}, opts=self._child)
        return aws.ec2.NatGateway(
            role,
            subnet_id=subnet.id,
            allocation_id=address.allocation_id,
            connectivity_type="public",
            availability_mode="zonal",
            tags={"Name": role},
            opts=self._child,
        )


def nat_zones(nat: Nat, zones: tuple[str, ...]) -> dict[str, str]:
    """For each zone whose private subnet reaches the internet, the zone of its NAT gateway."""
    match nat:
        case Nat.NONE:
            return {}
        case Nat.SINGLE:
            return dict.fromkeys(zones, zones[0])
        case Nat.PER_ZONE:
            return {zone: zone for zone in zones}


def endpoint_clients(spec: NetworkSpec) -> dict[str, str]:
    """The ranges that call private endpoints, by what the rules for them are called."""
    pods = pods_of(spec)
    return {"https": str(spec.cidr), **({"https-pods": str(pods)} if pods else {})}

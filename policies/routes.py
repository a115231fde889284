"""Which subnets of Amazon VPC have a route to an internet gateway.

Source: the guide of Amazon VPC, chapters "Route tables" and "Subnet types". A subnet without a
route table of its own uses the main route table of its VPC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from weakref import WeakKeyDictionary

from policies.references import References, Targets, is_computed
from policies.subject import Resource, Stack, type_of
from policies.view import UNKNOWN, Truth, View, some, truth

VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
TABLE: Final = "aws:ec2/routeTable:RouteTable"
DEFAULT_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
ROUTE: Final = "aws:ec2/route:Route"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"

# The id of a gateway may also come from what attaches it to a VPC.
_INTERNET: Final = frozenset(
    {INTERNET_GATEWAY, "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"}
)
_VPN: Final = frozenset(
    {"aws:ec2/vpnGateway:VpnGateway", "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"}
)
_MAIN_IDS: Final = ("mainRouteTableId", "defaultRouteTableId")

READS: Final = {
    SUBNET: ("mapPublicIpOnLaunch", "vpcId"),
    DEFAULT_SUBNET: ("mapPublicIpOnLaunch",),
    ASSOCIATION: ("subnetId", "routeTableId"),
    MAIN_ASSOCIATION: ("vpcId", "routeTableId"),
    TABLE: ("routes.gatewayId",),
    DEFAULT_TABLE: ("defaultRouteTableId", "routes.gatewayId"),
    ROUTE: ("gatewayId", "routeTableId"),
}
"""The properties that decide, by type."""


class Network:
    """The subnets and routes of a stack."""

    def __init__(self, stack: Stack) -> None:
        """An index of the subnets, route tables and routes of ``stack``."""
        vpcs = stack.of(VPC)
        self.subnets = Targets(stack.of(SUBNET, DEFAULT_SUBNET))
        self._vpcs = Targets(vpcs)
        self._tables = Targets(stack.of(TABLE, DEFAULT_TABLE))
        self._main_tables = Targets(vpcs, _MAIN_IDS)
        self._associations = References(stack.of(ASSOCIATION), "subnetId", (SUBNET, DEFAULT_SUBNET))
        self._main_associations = References(stack.of(MAIN_ASSOCIATION), "vpcId", (VPC,))
        self._adopted = References(stack.of(DEFAULT_TABLE), "defaultRouteTableId", (VPC,))
        self._routes = References(stack.of(ROUTE), "routeTableId", (TABLE, DEFAULT_TABLE, VPC))
        self._private: dict[str, Truth] = {}
        self._open: dict[str, Truth] = {}
        self._stray: dict[int, Truth] = {}

    def is_private(self, subnet: Resource) -> Truth:
        """Whether nothing in ``subnet`` gets a public address or a route to an internet gateway."""
        if subnet.urn not in self._private:
            by_default = subnet.type == DEFAULT_SUBNET
            addressed = View(subnet.props).at("mapPublicIpOnLaunch", absent=by_default).is_true()
            self._private[subnet.urn] = ~(addressed | self._is_routed(subnet))
        return self._private[subnet.urn]

    def _is_routed(self, subnet: Resource) -> Truth:
        associations = self._associations.certain(subnet)
        if associations:
            return some(self._opens(each) for each in associations)
        vpcs, _ = self._vpcs.named_by(subnet, "vpcId")
        if not vpcs or self._associations.possible(subnet):
            return Truth.UNKNOWN
        return some(self._is_main_open(vpc) for vpc in vpcs)

    def _opens(self, association: Resource) -> Truth:
        """Whether the route table that an association names leads to the internet."""
        tables, _ = self._tables.named_by(association, "routeTableId")
        if tables:
            return some(self._is_open(table) for table in tables)
        vpcs, _ = self._main_tables.named_by(association, "routeTableId")
        return some(self._is_main_open(vpc) for vpc in vpcs) if vpcs else Truth.UNKNOWN

    def _is_open(self, table: Resource) -> Truth:
        found = self._has_way_out(table)
        if table.type == DEFAULT_TABLE:
            vpcs, _ = self._main_tables.named_by(table, "defaultRouteTableId")
            found |= some(self._has_way_out(vpc) for vpc in vpcs)
        return found

    def _is_main_open(self, vpc: Resource) -> Truth:
        associations = self._main_associations.certain(vpc)
        if associations:
            return some(self._opens(each) for each in associations)
        replaced = Truth.UNKNOWN if self._main_associations.possible(vpc) else Truth.NO
        adopted = some(self._has_way_out(each) for each in self._adopted.certain(vpc))
        return self._has_way_out(vpc) | adopted | replaced

    def _has_way_out(self, table: Resource) -> Truth:
        """Whether a table, or a VPC that stands for its main one, has a route to the internet."""
        if table.urn not in self._open:
            id_keys = _MAIN_IDS if table.type == VPC else ("id",)
            routes = self._routes.certain(table, id_keys)
            stray = self._routes.possible(table, id_keys)
            # They are the same for all tables with an id, and for all without: their number tells.
            if len(stray) not in self._stray:
                self._stray[len(stray)] = some(map(_leads_out, stray)) & Truth.UNKNOWN
            inline = some(
                _is_internet(route.at("gatewayId"), table, "routes") for route in _inline(table)
            )
            found = inline | some(map(_leads_out, routes)) | self._stray[len(stray)]
            self._open[table.urn] = found
        return self._open[table.urn]


_NETWORKS: Final[WeakKeyDictionary[Stack, Network]] = WeakKeyDictionary()


def network_of(stack: Stack) -> Network:
    """The subnets and routes of ``stack``, indexed once."""
    network = _NETWORKS.get(stack)
    if network is None:
        network = _NETWORKS[stack] = Network(stack)
    return network


def _inline(table: Resource) -> Iterable[View]:
    return () if is_computed(table, "routes") else View(table.props).at("routes").elements()


def _leads_out(route: Resource) -> Truth:
    return _is_internet(View(route.props).at("gatewayId"), route, "gatewayId")


def _is_internet(gateway: View, resource: Resource, key: str) -> Truth:
    """Whether ``gateway``, in the property ``key`` of ``resource``, is an internet gateway."""
    if gateway.raw is not UNKNOWN:
        return gateway.matches(lambda text: text.startswith("igw-"))
    made_from: Iterable[str] = resource.property_dependencies.get(key, ())
    types = {type_of(urn) for urn in made_from}
    if bool(types & _INTERNET) is bool(types & _VPN):
        return Truth.UNKNOWN
    return truth(bool(types & _INTERNET))

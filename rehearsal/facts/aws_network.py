"""AWS networks: ids, ARNs, replacements, defaults and computed outputs.

Source: the resource schemas of hashicorp/terraform-provider-aws 6 (ForceNew, RequiresReplace) and
``provider/resource_overrides.go`` of pulumi/pulumi-aws 7 (names), checked 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from rehearsal.facts.fact import Facts, Making, Recipe


def _ec2(
    prefix: str,
    kind: str,
    *replaces: str,
    **outputs: Recipe,
) -> Facts:
    """An EC2 type: ``prefix-0123…`` as id, an ARN that ends in ``kind/id``, names that repeat."""
    arn = f"arn:aws:ec2:{{region}}:{{account}}:{kind}/{{id}}"
    return Facts(
        id=prefix + "-0{hex16}",
        outputs={"arn": arn, "ownerId": "{account}", **outputs},
        replaces=("region", *replaces),
        unique=False,
    )


def _service_entries(making: Making) -> list[dict[str, str]]:
    if making.inputs.get("vpcEndpointType") != "Interface":
        return []
    service = str(making.inputs.get("serviceName", "")).rsplit(".", 1)[-1]
    name = making.text("{id}-{alpha8}", "dns")
    return [
        {
            "dnsName": making.text(f"{name}.{service}.{{region}}.vpce.amazonaws.com", "dns"),
            "hostedZoneId": making.text("Z{HEX20}", "zone"),
        }
    ]


def _route_id(making: Making) -> str:
    return making.text("r-{routeTableId}{digits10}", "id")


_VPC: Final[dict[str, Recipe]] = {
    "defaultNetworkAclId": "acl-0{hex16}",
    "defaultRouteTableId": "rtb-0{hex16}",
    "defaultSecurityGroupId": "sg-0{hex16}",
    "dhcpOptionsId": "dopt-0{hex16}",
    "mainRouteTableId": "{defaultRouteTableId}",
    "enableDnsHostnames": False,
    "enableDnsSupport": True,
    "enableNetworkAddressUsageMetrics": False,
    "instanceTenancy": "default",
    "ipv6AssociationId": "",
    "ipv6CidrBlock": "",
    "ipv6CidrBlockNetworkBorderGroup": "",
    "ipv6IpamPoolId": "",
}


_SUBNET: Final[dict[str, Recipe]] = {
    "availabilityZone": "{region}a",
    "availabilityZoneId": "use1-az1",
    "ipv6CidrBlock": "",
    "ipv6CidrBlockAssociationId": "",
    "privateDnsHostnameTypeOnLaunch": "ip-name",
}


_ADDRESS: Final[dict[str, Recipe]] = {
    "allocationId": "{id}",
    "associationId": "",
    "carrierIp": "",
    "customerOwnedIp": "",
    "domain": "vpc",
    "networkBorderGroup": "{region}",
    "publicIp": "52.{octet}.{octet}.{octet}",
    "publicDns": "ec2-{id}.{region}.compute.amazonaws.com",
    "publicIpv4Pool": "amazon",
    "ptrRecord": "",
}


NETWORK: Final = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc", "vpc", "cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "instanceTenancy", **_VPC
    ),
    "aws:ec2/defaultVpc:DefaultVpc": _ec2("vpc", "vpc", **{**_VPC, "cidrBlock": "172.31.0.0/16"}),
    "aws:ec2/subnet:Subnet": _ec2(
        "subnet",
        "subnet",
        "vpcId",
        "cidrBlock",
        "availabilityZone",
        "availabilityZoneId",
        "ipv6Native",
        "outpostArn",
        **_SUBNET,
    ),
    "aws:ec2/defaultSubnet:DefaultSubnet": _ec2("subnet", "subnet", "availabilityZone", **_SUBNET),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": _ec2(
        "eigw", "egress-only-internet-gateway", "vpcId"
    ),
    "aws:ec2/natGateway:NatGateway": _ec2(
        "nat",
        "natgateway",
        "allocationId",
        "availabilityMode",
        "connectivityType",
        "privateIp",
        "subnetId",
        "vpcId",
        associationId="eipassoc-0{hex16}",
        networkInterfaceId="eni-0{hex16}",
        privateIp="10.0.{octet}.{octet}",
        publicIp="52.{octet}.{octet}.{octet}",
    ),
    "aws:ec2/eip:Eip": _ec2(
        "eipalloc",
        "elastic-ip",
        "address",
        "customerOwnedIpv4Pool",
        "domain",
        "ipamPoolId",
        "networkBorderGroup",
        "publicIpv4Pool",
        **_ADDRESS,
    ),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", "vpcId"),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": Facts(
        id="{defaultRouteTableId}",
        outputs={
            "arn": "arn:aws:ec2:{region}:{account}:route-table/{id}",
            "ownerId": "{account}",
            "vpcId": "vpc-0{hex16}",
        },
        replaces=("defaultRouteTableId", "region"),
    ),
    "aws:ec2/route:Route": Facts(
        id=_route_id,
        outputs={
            "origin": "CreateRoute",
            "state": "active",
            "instanceId": "",
            "instanceOwnerId": "",
        },
        replaces=(
            "region",
            "routeTableId",
            "destinationCidrBlock",
            "destinationIpv6CidrBlock",
            "destinationPrefixListId",
        ),
        single=True,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Facts(
        id="rtbassoc-0{hex16}", replaces=("gatewayId", "region", "subnetId"), single=True
    ),
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": Facts(
        id="rtbassoc-0{hex16}",
        outputs={"originalRouteTableId": "rtb-0{hex16}"},
        replaces=("region", "vpcId"),
    ),
    "aws:ec2/networkAcl:NetworkAcl": _ec2("acl", "network-acl", "vpcId"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Facts(
        id="{defaultNetworkAclId}",
        outputs={
            "arn": "arn:aws:ec2:{region}:{account}:network-acl/{id}",
            "ownerId": "{account}",
            "vpcId": "vpc-0{hex16}",
        },
        replaces=("defaultNetworkAclId", "region"),
    ),
    "aws:ec2/networkAclRule:NetworkAclRule": Facts(id="nacl-{digits10}", replaces=("*",)),
    "aws:ec2/securityGroup:SecurityGroup": _ec2(
        "sg", "security-group", "description", "name", "namePrefix", "vpcId", ingress=[], egress=[]
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "sg",
        "security-group",
        "vpcId",
        name="default",
        description="default VPC security group",
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Facts(
        id="sgrule-{digits10}",
        outputs={"securityGroupRuleId": "sgr-0{hex16}"},
        replaces=("*",),
        keeps=("description",),
        single=True,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        "sgr", "security-group-rule", "securityGroupId", securityGroupRuleId="{id}"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2(
        "sgr", "security-group-rule", "securityGroupId", securityGroupRuleId="{id}"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "vpce",
        "vpc-endpoint",
        "resourceConfigurationArn",
        "serviceName",
        "serviceNetworkArn",
        "serviceRegion",
        "vpcEndpointType",
        "vpcId",
        cidrBlocks=[],
        dnsEntries=_service_entries,
        networkInterfaceIds=[],
        prefixListId="",
        requesterManaged=False,
        state="available",
    ),
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": Facts(
        id="dopt-0{hex16}",
        outputs={"arn": "arn:aws:ec2:{region}:{account}:dhcp-options/{id}", "ownerId": "{account}"},
        replaces=("*",),
        keeps=("tags",),
    ),
    "aws:ec2/flowLog:FlowLog": Facts(
        id="fl-0{hex16}",
        outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}"},
        replaces=("*",),
        keeps=("tags",),
    ),
}

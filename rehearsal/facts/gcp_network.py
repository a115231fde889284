"""Google Cloud networks and names: Compute Engine, private service access, Cloud DNS, certificates.

Source: the resource schemas of hashicorp/terraform-provider-google 7 (``ForceNew``, ``Default``,
ids), checked 2026-11-21; the shapes of computed values are those of the API documentation.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Final
from urllib.parse import quote_plus

from rehearsal.facts.fact import Facts, Making, Recipe
from rehearsal.facts.gcp_forms import below, compute, named

_PUBLIC: Final = "34.{octet}.{octet}.{octet}"
_POLICY: Final = "projects/{project}/global/firewallPolicies/"


def _address(making: Making) -> str:
    if making.inputs.get("addressType") == "INTERNAL":
        template = "10.{octet}.0.0" if making.inputs.get("prefixLength") else "10.{octet}.0.{octet}"
        return making.text(template, "address")
    return making.text(_PUBLIC, "address")


def _gateway(making: Making) -> str:
    try:
        return str(ipaddress.ip_network(str(making.inputs.get("ipCidrRange"))).network_address + 1)
    except ValueError:
        return ""


def _connection_id(making: Making) -> str:
    _, _, network = str(making.inputs.get("network", "")).rpartition("/compute/v1/")
    return f"{quote_plus(network)}:{quote_plus(str(making.inputs.get('service', '')))}"


def _name_servers(making: Making) -> list[str]:
    if making.inputs.get("visibility") == "private":
        return ["ns-gcp-private.googledomains.com."]
    letter = "abcde"[making.draw("name servers", 1)[0] % 5]
    return [f"ns-cloud-{letter}{number}.googledomains.com." for number in range(1, 5)]


def _challenge(making: Making) -> list[dict[str, str]]:
    own = making.inputs.get("type") == "PER_PROJECT_RECORD"
    label = making.text("_acme-challenge_{alpha16}", "label") if own else "_acme-challenge"
    target = making.text("{uuid}.{digits2}.authorize.certificatemanager.goog.", "target")
    domain = str(making.inputs.get("domain", "")).rstrip(".")
    return [{"name": f"{label}.{domain}.", "type": "CNAME", "data": target}]


def _certified(making: Making) -> list[Any]:
    managed: Any = making.inputs.get("managed") or {}
    return list(managed.get("domains") or [])


_RECORD_SET: Final = "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}"
_ADDRESS: Final[dict[str, Recipe]] = {
    "address": _address,
    "labelFingerprint": "{alpha11}=",
    "prefixLength": 0,
    "purpose": "",
}

NETWORKS: Final = {
    "gcp:compute/network:Network": compute(
        "global/networks/{name}",
        "autoCreateSubnetworks",
        "description",
        "internalIpv6Range",
        "networkProfile",
        "params",
        defaults={
            "autoCreateSubnetworks": True,
            "deleteDefaultRoutesOnCreate": False,
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        },
        bgpBestPathSelectionMode="LEGACY",
        gatewayIpv4="",
        mtu=1460,
        networkId="{digits19}",
        numericId="{networkId}",
        routingMode="REGIONAL",
    ),
    "gcp:compute/subnetwork:Subnetwork": compute(
        "regions/{region}/subnetworks/{name}",
        "description",
        "externalIpv6Prefix",
        "internalIpv6Prefix",
        "network",
        "params",
        "reservedInternalRange",
        "resolveSubnetMask",
        fingerprint="{alpha11}=",
        gatewayAddress=_gateway,
        ipv6GceEndpoint="",
        ipv6CidrRange="",
        privateIpGoogleAccess=False,
        privateIpv6GoogleAccess="DISABLE_GOOGLE_ACCESS",
        purpose="PRIVATE",
        stackType="IPV4_ONLY",
        state="",
        subnetworkId=lambda making: int.from_bytes(making.draw("id", 6), "big"),
    ),
    "gcp:compute/router:Router": compute(
        "regions/{region}/routers/{name}",
        "encryptedInterconnectRouter",
        "nccGateway",
        "network",
        "params",
    ),
    "gcp:compute/routerNat:RouterNat": named(
        "{project}/{region}/{router}/{name}",
        "endpointTypes",
        "initialNatIps",
        "type",
        defaults={"icmpIdleTimeoutSec": 30, "udpIdleTimeoutSec": 30},
        autoNetworkTier="PREMIUM",
        endpointTypes=["ENDPOINT_TYPE_VM"],
        enableDynamicPortAllocation=False,
        enableEndpointIndependentMapping=False,
    ),
    "gcp:compute/globalAddress:GlobalAddress": compute(
        "global/addresses/{name}",
        "address",
        "addressType",
        "description",
        "ipVersion",
        "network",
        "prefixLength",
        "purpose",
        defaults={"addressType": "EXTERNAL"},
        more=_ADDRESS,
    ),
    "gcp:compute/address:Address": compute(
        "regions/{region}/addresses/{name}",
        "address",
        "addressType",
        "description",
        "ipVersion",
        "ipv6EndpointType",
        "network",
        "networkTier",
        "prefixLength",
        "purpose",
        "subnetwork",
        defaults={"addressType": "EXTERNAL"},
        more=_ADDRESS,
        addressId="{digits19}",
        networkTier="PREMIUM",
        subnetwork="",
        users=[],
    ),
    "gcp:compute/route:Route": compute(
        "global/routes/{name}",
        "description",
        "destRange",
        "network",
        "nextHopGateway",
        "nextHopIlb",
        "nextHopInstance",
        "nextHopIp",
        "nextHopVpnTunnel",
        "params",
        "priority",
        "tags",
        defaults={"priority": 1000},
        asPaths=[],
        nextHopHub="",
        nextHopInterRegionCost="",
        nextHopIp="",
        nextHopMed="",
        nextHopNetwork="",
        nextHopOrigin="",
        nextHopPeering="",
        routeStatus="ACTIVE",
        routeType="STATIC",
        warnings=[],
    ),
    "gcp:compute/firewall:Firewall": compute(
        "global/firewalls/{name}",
        "direction",
        "params",
        defaults={"priority": 1000},
        direction="INGRESS",
        enableLogging=False,
    ),
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy": compute(
        "global/firewallPolicies/{name}",
        "policyType",
        fingerprint="{alpha11}=",
        networkFirewallPolicyId="{digits19}",
        policyType="VPC_POLICY",
        ruleTupleCount=0,
        selfLinkWithId="https://www.googleapis.com/compute/v1/"
        "projects/{project}/global/firewallPolicies/{networkFirewallPolicyId}",
    ),
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": Facts(
        id=below(_POLICY, "firewallPolicy", "/rules/{priority}"),
        outputs={"kind": "compute#firewallPolicyRule", "ruleTupleCount": 1},
        replaces=("firewallPolicy", "priority", "project"),
        name="",
    ),
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation": Facts(
        id=below(_POLICY, "firewallPolicy", "/associations/{name}"),
        outputs={"shortName": "{name}"},
        replaces=("attachmentTarget", "firewallPolicy", "name", "project"),
        name_limit=63,
        scope=("project", "firewallPolicy"),
    ),
    "gcp:servicenetworking/connection:Connection": Facts(
        id=_connection_id,
        outputs={"peering": "servicenetworking-googleapis-com"},
        replaces=("network", "service"),
        name="",
    ),
    "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": named(
        "projects/{project}/locations/{location}/serviceConnectionPolicies/{name}",
        "network",
        "serviceClass",
        infrastructure="PSC",
        pscConnections=[],
    ),
    "gcp:dns/managedZone:ManagedZone": named(
        "projects/{project}/managedZones/{name}",
        "dnsName",
        "visibility",
        defaults={
            "description": "Managed by Pulumi",
            "forceDestroy": False,
            "visibility": "public",
        },
        managedZoneId="{digits19}",
        nameServers=_name_servers,
    ),
    # A record set has the name it answers to: nothing is named automatically.
    "gcp:dns/recordSet:RecordSet": named(_RECORD_SET, named_by="", keeps=("type",)),
    "gcp:dns/policy:Policy": named(
        "projects/{project}/policies/{name}",
        "dns64Config",
        defaults={"description": "Managed by Pulumi"},
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": named(
        "projects/{project}/locations/{location}/dnsAuthorizations/{name}",
        "domain",
        "type",
        defaults={"location": "global"},
        dnsResourceRecords=_challenge,
        type="FIXED_RECORD",
    ),
    "gcp:certificatemanager/certificate:Certificate": named(
        "projects/{project}/locations/{location}/certificates/{name}",
        "managed",
        "scope",
        "selfManaged",
        defaults={"location": "global"},
        sanDnsnames=_certified,
        more={"managed.state": "ACTIVE"},
    ),
}

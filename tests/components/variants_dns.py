"""The DNS zone on every ground, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.dns import AwsDnsRef, Dns, DnsSpec, GcpDnsRef, create_dns
from components.environment import Environment
from tests.components.variants import AWS_PROVIDERS, Variant, aws_cloud, gcp_cloud

GCP_PROVIDERS = frozenset({"pulumi:providers:gcp"})
ASKED = {
    "domain": "shop.example.com",
    "certificates": {
        "web": ("shop.example.com", "*.shop.example.com"),
        "api": ("api.shop.example.com", "shop.example.com"),
    },
}


def aws_dns(environment: Environment, **asked: Any) -> Dns:
    """A zone on AWS and what it stands on."""
    spec = DnsSpec.resolve(environment, {**ASKED, **asked})
    return create_dns(aws_cloud(environment), "shop", spec)


def gcp_dns(environment: Environment, **asked: Any) -> Dns:
    """A zone on Google Cloud and what it stands on."""
    spec = DnsSpec.resolve(environment, {**ASKED, **asked})
    return create_dns(gcp_cloud(environment), "shop", spec)


def dns_outputs(dns: Dns) -> Mapping[str, Any]:
    """What the contract asserts on."""
    outputs: dict[str, Any] = {"name_servers": dns.name_servers}
    match dns.ref:
        case AwsDnsRef() as ref:
            signer = {"delegation_signer": dns.delegation_signer}
            return {**outputs, **signer, "zone": ref.zone_id, **ref.certificate_arns}
        case GcpDnsRef() as ref:
            return {**outputs, "zone": ref.zone_name, **ref.certificate_ids}


VARIANTS = [
    Variant(
        capability="dns",
        ground="aws",
        token="plinth:dns:AwsDns",
        name="shop",
        program=lambda environment: dns_outputs(aws_dns(environment)),
        outputs=frozenset({"name_servers", "delegation_signer", "zone", "web", "api"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:route53/zone:Zone", "aws:kms/key:Key"}),
    ),
    Variant(
        capability="dns",
        ground="gcp",
        token="plinth:dns:GcpDns",
        name="shop",
        program=lambda environment: dns_outputs(gcp_dns(environment)),
        outputs=frozenset({"name_servers", "zone", "web", "api"}),
        secrets=frozenset(),
        providers=GCP_PROVIDERS,
        protected=frozenset({"gcp:dns/managedZone:ManagedZone"}),
    ),
]

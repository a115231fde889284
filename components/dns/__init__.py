"""A DNS zone and its certificates."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.dns.interface import AwsDnsRef, Dns, DnsRef, GcpDnsRef
from components.dns.spec import GROUNDS, DnsSpec
from components.ground import AwsCloud, DockerHost, GcpCloud, Ground, KubernetesContext, refuse

__all__ = ["GROUNDS", "AwsDnsRef", "Dns", "DnsRef", "DnsSpec", "GcpDnsRef", "create_dns"]


def create_dns(
    ground: Ground, name: str, spec: DnsSpec, opts: pulumi.ResourceOptions | None = None
) -> Dns:
    """Create the zone that belongs on ``ground``.

    Raises:
        pulumi.RunError: ``ground`` carries no zones.
    """
    match ground:
        case AwsCloud():
            from components.dns.aws import AwsDns

            return AwsDns(name, spec, ground, opts)
        case GcpCloud():
            from components.dns.gcp import GcpDns

            return GcpDns(name, spec, ground, opts)
        case DockerHost() | KubernetesContext():
            raise refuse("DNS zone", ground, GROUNDS)
        case _:
            assert_never(ground)

"""What every variant of the DNS zone publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.ground import AwsCloud, GcpCloud


@dataclass(frozen=True)
class AwsDnsRef:
    """A zone of Route 53; ``certificate_arns`` by the name in the spec, known once issued."""

    cloud: AwsCloud
    domain: str
    zone_id: pulumi.Output[str]
    certificate_arns: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True)
class GcpDnsRef:
    """A zone of Cloud DNS; ``certificate_ids`` by the name in the spec."""

    cloud: GcpCloud
    domain: str
    zone_name: pulumi.Output[str]
    certificate_ids: Mapping[str, pulumi.Output[str]]


DnsRef = AwsDnsRef | GcpDnsRef


class Dns(Component):
    """A signed public zone.

    ``name_servers`` is what the domain above delegates to; ``delegation_signer`` the DS record it
    publishes beside, empty where the cloud shows it elsewhere. ``unhonoured`` says what the spec
    asks and the ground cannot give, one sentence each.
    """

    ref: DnsRef
    name_servers: pulumi.Output[Sequence[str]]
    delegation_signer: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        ref: DnsRef,
        name_servers: pulumi.Output[Sequence[str]],
        delegation_signer: pulumi.Input[str],
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs."""
        self.ref = ref
        self.name_servers = name_servers
        self.delegation_signer = pulumi.Output.from_input(delegation_signer)
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "domain": ref.domain,
                "name_servers": self.name_servers,
                "delegation_signer": self.delegation_signer,
                "unhonoured": list(unhonoured),
            }
        )

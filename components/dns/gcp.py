"""A DNS zone on Cloud DNS, its certificates from Certificate Manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.dns.interface import Dns, GcpDnsRef
from components.dns.spec import DnsSpec, bare, proof_key
from components.ground import GcpCloud

ISSUERS: Final = ("pki.goog",)
TTL_SECONDS: Final = 300


class GcpDns(Dns):
    """A signed public zone whose queries are on record, and certificates that renew themselves."""

    TOKEN: ClassVar[str] = "plinth:dns:GcpDns"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DnsSpec,
        cloud: GcpCloud,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the zone, its signature, its records of queries and its certificates."""
        super().__init__(name, cloud, opts)

        zone = gcp.dns.ManagedZone(
            name,
            dns_name=absolute(spec.domain),
            description=f"The zone {name}",
            visibility="public",
            dnssec_config=gcp.dns.ManagedZoneDnssecConfigArgs(
                state="on",
                non_existence="nsec3",
                default_key_specs=[
                    gcp.dns.ManagedZoneDnssecConfigDefaultKeySpecArgs(
                        algorithm="ecdsap256sha256", key_length=256, key_type=key_type
                    )
                    for key_type in ("keySigning", "zoneSigning")
                ],
            ),
            cloud_logging_config=gcp.dns.ManagedZoneCloudLoggingConfigArgs(enable_logging=True),
            force_destroy=not spec.protected,
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        gcp.dns.RecordSet(
            f"{name}-issuers",
            managed_zone=zone.name,
            name=absolute(spec.domain),
            type="CAA",
            ttl=TTL_SECONDS,
            rrdatas=spec.issuer_values(ISSUERS),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.publish(
            ref=GcpDnsRef(
                cloud=cloud,
                domain=spec.domain,
                zone_name=zone.name,
                certificate_ids=self._certify(name, spec, zone),
            ),
            name_servers=zone.name_servers,
            delegation_signer="",
            unhonoured=list(_unhonoured(spec)),
        )

    def _certify(
        self, name: str, spec: DnsSpec, zone: gcp.dns.ManagedZone
    ) -> Mapping[str, pulumi.Output[str]]:
        child = pulumi.ResourceOptions(parent=self)
        proofs: dict[str, gcp.certificatemanager.DnsAuthorization] = {}
        for domain in spec.proven_domains:
            role = f"{name}-proof-{proof_key(domain)}"
            proofs[domain] = gcp.certificatemanager.DnsAuthorization(
                role, domain=domain, type="FIXED_RECORD", opts=child
            )
            wanted = proofs[domain].dns_resource_records[0]
            gcp.dns.RecordSet(
                role,
                managed_zone=zone.name,
                name=wanted.name,
                type=wanted.type,
                ttl=TTL_SECONDS,
                rrdatas=[wanted.data],
                opts=child,
            )
        return {
            key: gcp.certificatemanager.Certificate(
                f"{name}-certificate-{key}",
                managed=gcp.certificatemanager.CertificateManagedArgs(
                    domains=list(names),
                    dns_authorizations=[
                        proofs[domain].id for domain in sorted({bare(each) for each in names})
                    ],
                ),
                opts=child,
            ).id
            for key, names in spec.certificates.items()
        }


def absolute(domain: str) -> str:
    """``domain`` with the dot that ends it in Cloud DNS."""
    return f"{domain}."


def _unhonoured(spec: DnsSpec) -> Iterator[str]:
    yield (
        f"log_days: {spec.log_days} are asked; queries are kept as long as the project's default"
        " log bucket keeps them"
    )

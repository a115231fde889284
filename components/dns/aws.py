"""A DNS zone on Amazon Route 53, its certificates from AWS Certificate Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.dns.aws_policies import log_key_policy, query_log_policy, signing_key_policy
from components.dns.interface import AwsDnsRef, Dns
from components.dns.spec import DnsSpec, bare, proof_key
from components.ground import AwsCloud, short_hash

# Route 53 takes signing keys and log groups from there alone, wherever the stack stands.
# The sources are "Working with customer managed keys for DNSSEC" and "Public DNS query logging" in the
# Route 53 developer guide, checked 2026-11-21.
HOME_REGION: Final = "us-east-1"
ISSUERS: Final = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
TTL_SECONDS: Final = 300
DELETION_DAYS: Final = 30


class AwsDns(Dns):
    """A signed public zone whose queries are on record, and certificates that renew themselves."""

    TOKEN: ClassVar[str] = "plinth:dns:AwsDns"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DnsSpec,
        cloud: AwsCloud,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the zone, its signature, its records of queries and its certificates."""
        super().__init__(name, cloud, opts)

        zone = aws.route53.Zone(
            name,
            name=spec.domain,
            comment=f"The zone {name}",
            force_destroy=not spec.protected,
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        signer = self._sign(name, spec, cloud, zone)
        self._record_queries(name, spec, cloud, zone)
        aws.route53.Record(
            f"{name}-issuers",
            zone_id=zone.zone_id,
            name=spec.domain,
            type="CAA",
            ttl=TTL_SECONDS,
            records=spec.issuer_values(ISSUERS),
            opts=pulumi.ResourceOptions(parent=self),
        )
        certificates = self._certify(name, spec, zone)

        self.publish(
            ref=AwsDnsRef(
                cloud=cloud,
                domain=spec.domain,
                zone_id=zone.zone_id,
                certificate_arns=certificates,
            ),
            name_servers=zone.name_servers,
            delegation_signer=signer.ds_record,
        )

    def _sign(
        self, name: str, spec: DnsSpec, cloud: AwsCloud, zone: aws.route53.Zone
    ) -> aws.route53.KeySigningKey:
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            f"{name}-signing",
            region=HOME_REGION,
            description=f"Signs the zone {spec.domain}",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=DELETION_DAYS,
            policy=signing_key_policy(cloud),
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        signer = aws.route53.KeySigningKey(
            f"{name}-signing",
            hosted_zone_id=zone.zone_id,
            key_management_service_arn=key.arn,
            name=f"{name.replace('-', '_')}_signing",
            opts=child,
        )
        aws.route53.HostedZoneDnsSec(
            f"{name}-signing",
            hosted_zone_id=zone.zone_id,
            signing_status="SIGNING",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[signer]),
        )
        return signer

    def _record_queries(
        self, name: str, spec: DnsSpec, cloud: AwsCloud, zone: aws.route53.Zone
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group_name = f"/aws/route53/{spec.domain}-{short_hash(name)}"
        key = aws.kms.Key(
            f"{name}-queries",
            region=HOME_REGION,
            description=f"Queries to the zone {spec.domain}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=log_key_policy(cloud, HOME_REGION, group_name),
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-queries",
            region=HOME_REGION,
            name=group_name,
            kms_key_id=key.arn,
            retention_in_days=spec.log_days,
            opts=child,
        )
        permission = aws.cloudwatch.LogResourcePolicy(
            f"{name}-queries",
            region=HOME_REGION,
            policy_name=f"{name}-queries-{short_hash(name)}",
            policy_document=query_log_policy(cloud, HOME_REGION, group_name),
            opts=child,
        )
        aws.route53.QueryLog(
            f"{name}-queries",
            zone_id=zone.zone_id,
            cloudwatch_log_group_arn=group.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _certify(
        self, name: str, spec: DnsSpec, zone: aws.route53.Zone
    ) -> Mapping[str, pulumi.Output[str]]:
        child = pulumi.ResourceOptions(parent=self)
        certificates = {
            key: aws.acm.Certificate(
                f"{name}-certificate-{key}",
                domain_name=names[0],
                subject_alternative_names=sorted(names[1:]),
                validation_method="DNS",
                key_algorithm="EC_prime256v1",
                opts=child,
            )
            for key, names in spec.certificates.items()
        }
        # All certificates of an account prove a domain by one and the same record.
        proofs = {
            domain: _prove(name, domain, certificates[_first_with(domain, spec)], zone, child)
            for domain in spec.proven_domains
        }
        return {
            key: aws.acm.CertificateValidation(
                f"{name}-certificate-{key}",
                certificate_arn=certificates[key].arn,
                validation_record_fqdns=[
                    proofs[domain].fqdn for domain in sorted({bare(each) for each in names})
                ],
                opts=child,
            ).certificate_arn
            for key, names in spec.certificates.items()
        }


def _first_with(domain: str, spec: DnsSpec) -> str:
    return next(k for k, names in spec.certificates.items() if domain in map(bare, names))


def _prove(
    name: str,
    domain: str,
    certificate: aws.acm.Certificate,
    zone: aws.route53.Zone,
    child: pulumi.ResourceOptions,
) -> aws.route53.Record:
    proof = certificate.domain_validation_options.apply(lambda options: _option(options, domain))
    return aws.route53.Record(
        f"{name}-proof-{proof_key(domain)}",
        zone_id=zone.zone_id,
        name=proof["resource_record_name"],
        type=proof["resource_record_type"],
        ttl=TTL_SECONDS,
        records=[proof["resource_record_value"]],
        opts=child,
    )


def _option(options: Sequence[Any], domain: str) -> dict[str, str]:
    """What AWS wants to see in the zone as a proof of possessing ``domain``."""
    found = next(each for each in options if bare(each.domain_name) == domain)
    return {
        "resource_record_name": found.resource_record_name,
        "resource_record_type": found.resource_record_type,
        "resource_record_value": found.resource_record_value,
    }

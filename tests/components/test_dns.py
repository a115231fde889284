"""What a DNS zone is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.dns import Dns
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants_dns import aws_dns, gcp_dns

DOMAIN = "shop.example.com"


def built(
    make: Callable[..., Dns], environment: Environment = Environment.PROD, **asked: Any
) -> Recording:
    return record(lambda: {"unhonoured": make(environment, **asked).unhonoured})


def test_the_zone_of_route_53_is_signed_by_a_key_that_can_only_sign() -> None:
    zone = built(aws_dns)
    key = zone.named("shop-signing", "aws:kms/key:Key").inputs

    assert (
        zone.only("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec").inputs["signingStatus"]
        == "SIGNING"
    )
    assert (key["customerMasterKeySpec"], key["keyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert key["region"] == "us-east-1"


def test_route_53_uses_the_signing_key_for_this_account_alone() -> None:
    key = built(aws_dns).named("shop-signing", "aws:kms/key:Key").inputs
    statements = {each["Sid"]: each for each in json.loads(key["policy"])["Statement"]}

    assert statements["Route53Signs"]["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "123456789012"
    }
    assert statements["Route53Grants"]["Condition"] == {
        "Bool": {"kms:GrantIsForAWSResource": "true"}
    }


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 7), (Environment.STAGING, 30), (Environment.PROD, 365)],
)
def test_queries_to_route_53_are_kept_encrypted(environment: Environment, days: int) -> None:
    group = built(aws_dns, environment).only("aws:cloudwatch/logGroup:LogGroup").inputs

    assert group["retentionInDays"] == days
    assert group["kmsKeyId"].startswith("arn:aws:kms:us-east-1:")


def test_a_proof_is_one_record_however_many_certificates_need_it() -> None:
    records = built(aws_dns).of("aws:route53/record:Record")

    assert sorted(each.name for each in records) == [
        "shop-issuers",
        "shop-proof-api-shop-example-com",
        "shop-proof-shop-example-com",
    ]


def test_a_proof_is_what_the_authority_asked_for() -> None:
    proof = (
        built(aws_dns).named("shop-proof-api-shop-example-com", "aws:route53/record:Record").inputs
    )

    assert proof["type"] == "CNAME"
    assert f"api.{DOMAIN}" in proof["name"]


def test_a_certificate_of_acm_is_waited_for_with_all_its_proofs() -> None:
    waited = built(aws_dns).named(
        "shop-certificate-web", "aws:acm/certificateValidation:CertificateValidation"
    )
    both = built(aws_dns).named(
        "shop-certificate-api", "aws:acm/certificateValidation:CertificateValidation"
    )

    assert len(waited.inputs["validationRecordFqdns"]) == 1
    assert len(both.inputs["validationRecordFqdns"]) == 2


@pytest.mark.parametrize(
    ("make", "token", "key", "issuer"),
    [
        (aws_dns, "aws:route53/record:Record", "records", "amazon.com"),
        (gcp_dns, "gcp:dns/recordSet:RecordSet", "rrdatas", "pki.goog"),
    ],
)
def test_only_the_authorities_that_are_named_may_issue(
    make: Callable[..., Dns], token: str, key: str, issuer: str
) -> None:
    zone = built(make, other_issuers=("letsencrypt.org",), report_to="security@example.com")
    values = zone.named("shop-issuers", token).inputs[key]

    assert f'0 issue "{issuer}"' in values
    assert '0 issuewild "letsencrypt.org"' in values
    assert '0 iodef "mailto:security@example.com"' in values


def test_the_zone_of_google_is_signed_and_its_queries_are_on_record() -> None:
    zone = built(gcp_dns).only("gcp:dns/managedZone:ManagedZone").inputs

    assert zone["dnsName"] == "shop.example.com."
    assert zone["dnssecConfig"]["state"] == "on"
    assert {each["algorithm"] for each in zone["dnssecConfig"]["defaultKeySpecs"]} == {
        "ecdsap256sha256"
    }
    assert zone["cloudLoggingConfig"] == {"enableLogging": True}


@pytest.mark.parametrize(
    ("environment", "policy"), [(Environment.DEV, "DELETE"), (Environment.PROD, "PREVENT")]
)
def test_the_zone_of_google_refuses_deletion_where_it_is_protected(
    environment: Environment, policy: str
) -> None:
    assert (
        built(gcp_dns, environment).only("gcp:dns/managedZone:ManagedZone").inputs["deletionPolicy"]
        == policy
    )


def test_a_certificate_of_google_needs_every_proof_of_its_names() -> None:
    zone = built(gcp_dns)
    managed = zone.named(
        "shop-certificate-api", "gcp:certificatemanager/certificate:Certificate"
    ).inputs["managed"]

    assert managed["domains"] == ["api.shop.example.com", "shop.example.com"]
    assert len(managed["dnsAuthorizations"]) == 2


def test_google_says_how_long_queries_are_kept() -> None:
    assert built(gcp_dns).outputs["unhonoured"][0].startswith("log_days: 365 are asked")
    assert built(aws_dns).outputs["unhonoured"] == []


def test_a_further_certificate_changes_no_other_resource() -> None:
    before = {each.urn for each in built(aws_dns).resources}
    names = {"web": (DOMAIN,), "api": (f"api.{DOMAIN}", DOMAIN), "blog": (f"blog.{DOMAIN}",)}

    after = {each.urn for each in built(aws_dns, certificates=names).resources}

    assert before < after

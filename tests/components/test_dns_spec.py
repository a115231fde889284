"""What a DNS zone may be asked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.dns import DnsSpec
from components.environment import Environment

DOMAIN = "shop.example.com"


def refusal(environment: Environment = Environment.PROD, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        DnsSpec.resolve(environment, {"domain": DOMAIN, **asked})
    return str(caught.value)


@pytest.mark.parametrize(
    "domain",
    ["shop", "shop.example.com.", "*.example.com", "-a.example.com", "Shop.example.com", "a..com"],
)
def test_a_domain_that_is_none_is_refused(domain: str) -> None:
    assert "domain" in refusal(domain=domain)


@pytest.mark.parametrize(
    "stray", ["example.com", "other.org", "*.example.com", "badshop.example.com"]
)
def test_a_certificate_for_a_name_outside_the_zone_is_refused(stray: str) -> None:
    message = refusal(certificates={"web": [DOMAIN, stray]})

    assert f"certificates.web is for {stray}, outside the zone {DOMAIN}" in message


def test_a_certificate_without_a_name_is_refused() -> None:
    assert "certificates.web" in refusal(certificates={"web": []})


def test_a_certificate_that_names_a_name_twice_is_refused() -> None:
    assert "names a name twice" in refusal(certificates={"web": [DOMAIN, DOMAIN]})


def test_a_name_and_its_wildcard_are_proven_together() -> None:
    names = {"web": [DOMAIN, f"*.{DOMAIN}"], "api": [f"api.{DOMAIN}", DOMAIN]}

    spec = DnsSpec.resolve(Environment.PROD, {"domain": DOMAIN, "certificates": names})

    assert spec.proven_domains == (f"api.{DOMAIN}", DOMAIN)


@pytest.mark.parametrize(
    ("environment", "least"), [(Environment.STAGING, 30), (Environment.PROD, 365)]
)
def test_queries_are_kept_as_long_as_the_environment_needs(
    environment: Environment, least: int
) -> None:
    assert f"{environment} needs at least {least}" in refusal(environment, log_days=14)
    assert DnsSpec.resolve(Environment.DEV, {"domain": DOMAIN}).log_days == 7

"""AWS names and certificates: Route 53 and Certificate Manager.

Source: the resource documentation of hashicorp/terraform-provider-aws 6 and the shapes of the APIs;
replacements are written from memory, 2026-11-21.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making

_DOMAINS: Final = ("com", "net", "org", "co.uk")
_SERVERS: Final = 2048


def _name_servers(making: Making) -> list[str]:
    drawn = making.draw("name servers", 2 * len(_DOMAINS))
    servers: list[str] = []
    for index, domain in enumerate(_DOMAINS):
        number = int.from_bytes(drawn[2 * index : 2 * index + 2], "big") % _SERVERS
        servers.append(f"ns-{number}.awsdns-{number % 64:02}.{domain}")
    return servers


def _record_id(making: Making) -> str:
    zone, name, kind, which = (
        making.inputs.get(word) for word in ("zoneId", "name", "type", "setIdentifier")
    )
    return "_".join(str(part) for part in (zone, name, kind, which) if part)


def _domains(making: Making) -> list[str]:
    first = making.inputs.get("domainName")
    others: list[Any] = making.inputs.get("subjectAlternativeNames") or []
    return [str(domain) for domain in dict.fromkeys([first, *others]) if domain]


def _validations(making: Making) -> list[dict[str, str]]:
    """One record for each domain; a wildcard is proven by the record of what it stands under."""
    if making.inputs.get("validationMethod") != "DNS":
        return []
    found: list[dict[str, str]] = []
    for domain in _domains(making):
        base = domain.removeprefix("*.")
        token = making.text("{hex32}", f"token of {base}")
        value = making.text("_{hex32}.{alpha10}.acm-validations.aws.", f"value of {base}")
        found.append(
            {
                "domainName": domain,
                "resourceRecordName": f"_{token}.{base}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": value,
            }
        )
    return found


def _key(making: Making) -> str:
    return base64.b64encode(making.draw("public key", 64)).decode()


_KEY_TAG: Final = 12345
_SIGNING_KEY: Final = 257
_ZONE: Final = "arn:aws:route53:::hostedzone/{id}"

DNS: Final = {
    # Zones of the same name may exist side by side.
    "aws:route53/zone:Zone": Facts(
        id="Z{HEX19}",
        outputs={
            "arn": _ZONE,
            "comment": "Managed by Pulumi",
            "nameServers": _name_servers,
            "primaryNameServer": lambda making: _name_servers(making)[0],
            "zoneId": "{id}",
        },
        replaces=("delegationSetId", "name"),
        unique=False,
        defaults={"comment": "Managed by Pulumi", "forceDestroy": False},
    ),
    "aws:route53/record:Record": Facts(
        id=_record_id,
        outputs={"fqdn": lambda making: str(making.inputs.get("name", "")).rstrip(".")},
        replaces=("name", "setIdentifier", "type", "zoneId"),
        name="",
    ),
    "aws:route53/keySigningKey:KeySigningKey": Facts(
        id="{hostedZoneId},{name}",
        outputs={
            "digestAlgorithmMnemonic": "SHA-256",
            "digestAlgorithmType": 2,
            "digestValue": "{HEX64}",
            "dnskeyRecord": lambda making: f"{_SIGNING_KEY} 3 13 {_key(making)}",
            "dsRecord": f"{_KEY_TAG} 13 2 {{digestValue}}",
            "flag": _SIGNING_KEY,
            "keyTag": _KEY_TAG,
            "publicKey": _key,
            "signingAlgorithmMnemonic": "ECDSAP256SHA256",
            "signingAlgorithmType": 13,
        },
        replaces=("hostedZoneId", "keyManagementServiceArn", "name"),
        name_limit=128,
        scope=("hostedZoneId",),
        defaults={"status": "ACTIVE"},
    ),
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": Facts(
        id="{hostedZoneId}",
        replaces=("hostedZoneId",),
        name="",
        defaults={"signingStatus": "SIGNING"},
    ),
    "aws:route53/queryLog:QueryLog": Facts(
        id="{uuid}",
        outputs={"arn": "arn:aws:route53:::queryloggingconfig/{id}"},
        replaces=("*",),
        name="",
    ),
    "aws:acm/certificate:Certificate": Facts(
        id="arn:aws:acm:{region}:{account}:certificate/{uuid}",
        outputs={
            "arn": "{id}",
            "domainValidationOptions": _validations,
            "keyAlgorithm": "RSA_2048",
            "notAfter": "",
            "notBefore": "",
            "pendingRenewal": False,
            "renewalEligibility": "INELIGIBLE",
            "renewalSummaries": [],
            "status": "PENDING_VALIDATION",
            "subjectAlternativeNames": _domains,
            "type": "AMAZON_ISSUED",
            "validationEmails": [],
            "validationMethod": "NONE",
        },
        replaces=(
            "certificateAuthorityArn",
            "domainName",
            "keyAlgorithm",
            "region",
            "subjectAlternativeNames",
            "validationMethod",
            "validationOptions",
        ),
        name="",
    ),
    "aws:acm/certificateValidation:CertificateValidation": Facts(
        id="{uuid}", replaces=("*",), name=""
    ),
}

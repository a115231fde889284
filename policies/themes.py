"""What a rule is about, and the items of the broad frameworks that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from policies.controls import Control, Framework, Relation


class Theme(StrEnum):
    """The subject of a rule, as broad frameworks divide the field."""

    ENCRYPTION = "encryption at rest"
    TRANSIT = "encryption in transit"
    EXPOSURE = "network exposure"
    LOGGING = "logging and monitoring"
    PRIVILEGE = "privilege"
    RESILIENCE = "backup, availability, protection from deletion"
    SECRETS = "keys and secrets"
    SUPPLY = "supply chain and patching"
    GOVERNANCE = "governance and cost"


# An id that ends with "~" is inferred: no source maps the theme to it.
_ITEMS: Final[Mapping[Theme, Mapping[Framework, tuple[str, ...]]]] = {
    Theme.ENCRYPTION: {
        Framework.NIST: ("SC-13", "SC-28", "AU-9", "CP-9"),
        Framework.PCI: ("3.5.1",),
        Framework.HIPAA: ("312(a)(2)(iv)",),
        Framework.GDPR: ("Art. 32",),
        Framework.SOC2: ("CC6.1",),
        Framework.ISO: ("A.8.11", "A.8.24"),
    },
    Theme.TRANSIT: {
        Framework.NIST: ("SC-8", "SC-23", "AC-17"),
        Framework.PCI: ("2.2.7", "4.2.1"),
        Framework.HIPAA: ("312(e)(1)", "312(e)(2)"),
        Framework.GDPR: ("Art. 32",),
        Framework.SOC2: ("CC6.7",),
        Framework.ISO: ("A.8.24",),
    },
    Theme.EXPOSURE: {
        Framework.NIST: ("AC-4", "AC-17", "SC-7"),
        Framework.PCI: ("1.2.8", "1.3.1", "1.4.2"),
        Framework.HIPAA: ("312(e)(1)",),
        Framework.GDPR: ("Art. 25~",),
        Framework.SOC2: ("CC6.6",),
        Framework.ISO: ("A.8.20", "A.8.21", "A.8.22"),
    },
    Theme.LOGGING: {
        Framework.NIST: ("AU-2", "AU-3", "AU-6", "AU-12"),
        Framework.PCI: ("10.2.1", "10.3.1"),
        Framework.HIPAA: ("312(b)", "308(a)(1)(ii)(D)"),
        Framework.GDPR: ("Art. 30",),
        Framework.SOC2: ("CC7.2", "CC7.3"),
        Framework.ISO: ("A.8.15", "A.8.16"),
    },
    Theme.PRIVILEGE: {
        Framework.NIST: ("AC-2", "AC-3", "AC-6"),
        Framework.PCI: ("7.2.1", "7.2.2"),
        Framework.HIPAA: ("308(a)(3)", "308(a)(4)"),
        Framework.GDPR: ("Art. 25",),
        Framework.SOC2: ("CC6.3",),
        Framework.ISO: ("A.5.15", "A.5.18", "A.8.2"),
    },
    Theme.RESILIENCE: {
        Framework.NIST: ("CP-6", "CP-9", "CP-10"),
        Framework.PCI: ("10.3.3",),
        Framework.HIPAA: ("308(a)(7)",),
        Framework.GDPR: ("Art. 32",),
        Framework.SOC2: ("A1.2", "CC7.5"),
        Framework.ISO: ("A.8.13", "A.8.14"),
    },
    Theme.SECRETS: {
        Framework.NIST: ("SC-12", "IA-5"),
        Framework.PCI: ("3.7.4", "8.3.2"),
        Framework.HIPAA: ("312(a)(2)(iv)",),
        Framework.GDPR: ("Art. 32",),
        Framework.SOC2: ("CC6.1~",),
        Framework.ISO: ("A.8.24", "A.5.17~"),
    },
    Theme.SUPPLY: {
        Framework.NIST: ("RA-5", "SI-2~"),
        Framework.PCI: ("6.3.3", "11.3.1"),
        Framework.SOC2: ("CC7.1~",),
        Framework.ISO: ("A.8.8~",),
    },
    Theme.GOVERNANCE: {
        Framework.NIST: ("CM-8~",),
        Framework.SOC2: ("CC1.3~",),
        Framework.ISO: ("A.5.9~",),
    },
}


def broad_controls(theme: Theme, *, inferred: bool) -> tuple[Control, ...]:
    """The items of the broad frameworks under ``theme``; with ``inferred`` none counts as stated."""
    return tuple(
        Control(
            framework,
            item.removesuffix("~"),
            Relation.INFERRED if inferred or item.endswith("~") else Relation.THEME,
        )
        for framework, items in _ITEMS[theme].items()
        for item in items
    )

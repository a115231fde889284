"""What a stack asks of a DNS zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.retention import LogDays
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp"})

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DomainName = Annotated[str, Field(pattern=rf"^({_LABEL}\.)+[a-z]{{2,63}}$", max_length=253)]
CertifiedName = Annotated[
    str, Field(pattern=rf"^(\*\.)?({_LABEL}\.)+[a-z]{{2,63}}$", max_length=253)
]
CertifiedNames = Annotated[tuple[CertifiedName, ...], Field(min_length=1, max_length=100)]
CertificateName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)]
MailAddress = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]+@([a-z0-9-]+\.)+[a-z]{2,63}$")]

WILDCARD: Final = "*."


class DnsSpec(Spec):
    """A signed public zone and the certificates of names in it."""

    domain: DomainName = Field(
        description="Name of the zone, such as prod.example.com, delegated to its name servers by"
        " whoever owns the domain above; changing it replaces the zone."
    )
    certificates: dict[CertificateName, CertifiedNames] = Field(
        default={},
        max_length=20,
        description="Certificates by name: the names each is for, all in the zone. They are issued"
        " once the zone is delegated: before, an update waits for it.",
    )
    other_issuers: tuple[DomainName, ...] = Field(
        default=(),
        max_length=5,
        description="Authorities that may issue certificates besides the cloud's own, such as"
        " letsencrypt.org.",
    )
    report_to: MailAddress | None = Field(
        default=None, description="Who hears of certificates that were refused."
    )
    log_days: LogDays = Field(default=365, description="Queries are kept on record, days.")
    protected: bool = Field(
        default=True, description="Pulumi refuses to delete the zone and the key that signs it."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {"log_days": 7, "protected": False},
        Environment.STAGING: {"log_days": 30},
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"log_days": 30},
        Environment.PROD: {"log_days": 365},
    }

    @model_validator(mode="after")
    def _certificates_are_of_the_zone(self) -> Self:
        for name, names in self.certificates.items():
            if strays := [each for each in names if not _is_in(bare(each), self.domain)]:
                raise ValueError(
                    f"certificates.{name} is for {', '.join(strays)}, outside the zone"
                    f" {self.domain}: name {self.domain} or what ends in .{self.domain}"
                )
            if len(set(names)) < len(names):
                raise ValueError(f"certificates.{name} names a name twice: keep it once")
        return self

    @property
    def proven_domains(self) -> tuple[str, ...]:
        """The domains whose possession a record proves; a wildcard shares that of its domain."""
        names = (bare(each) for names in self.certificates.values() for each in names)
        return tuple(sorted(set(names)))

    def issuer_values(self, own: Sequence[str]) -> list[str]:
        """The values of the zone's CAA record: who may issue certificates, who hears of others.

        Args:
            own: the authorities of the cloud.
        """
        issuers = [*own, *self.other_issuers]
        values = [f'0 {tag} "{issuer}"' for issuer in issuers for tag in ("issue", "issuewild")]
        return [*values, *([f'0 iodef "mailto:{self.report_to}"'] if self.report_to else [])]


def bare(name: str) -> str:
    """``name`` without its wildcard."""
    return name.removeprefix(WILDCARD)


def proof_key(domain: str) -> str:
    """The part of resource names that stands for the proof of ``domain``."""
    return domain.replace(".", "-")


def _is_in(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")

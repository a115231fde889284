"""Frameworks, and the items of them that a rule answers.

A mapping without a version is wrong within a year, so an item belongs to one version of its
framework. FSBP ids are the ids of AWS Security Hub, which carry no version. CIS and FSBP ids are
exact; the broad frameworks are mapped by theme (``themes.py``). The items of the Pod Security
Standards are their controls behind their level; those of the NSA's guidance are the ids kubescape
gave them. What there is to name is listed in ``frameworks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Framework(StrEnum):
    """A framework in one version."""

    CIS_AWS_7 = "CIS AWS Foundations v7.0.0"
    CIS_AWS_5 = "CIS AWS Foundations v5.0.0"
    CIS_EKS = "CIS Amazon EKS v1.8.0"
    CIS_GCP_5 = "CIS Google Cloud Platform Foundation v5.0.0"
    CIS_GCP_4 = "CIS Google Cloud Platform Foundation v4.0.0"
    CIS_GKE = "CIS Google Kubernetes Engine v1.9.0"
    CIS_KUBERNETES = "CIS Kubernetes v1.12.0"
    CIS_DOCKER = "CIS Docker v1.6.0"
    PSS = "Kubernetes Pod Security Standards v1.37"
    NSA = "NSA Kubernetes Hardening Guide (kubescape ids)"
    FSBP = "AWS Foundational Security Best Practices (Security Hub ids)"
    NIST = "NIST SP 800-53 r5"
    PCI = "PCI DSS 4.0"
    HIPAA = "HIPAA 45 CFR 164"
    GDPR = "GDPR"
    SOC2 = "SOC 2"
    ISO = "ISO 27001:2022"


class Relation(StrEnum):
    """How close an item of a framework is to what the rule asserts."""

    SAME = "same"
    RELATED = "related"
    THEME = "theme"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Control:
    """One item of one framework.

    ``SAME`` asserts the same thing, ``RELATED`` is the nearest item, ``THEME`` is a broad item the
    rule contributes to, ``INFERRED`` a broad item no source states for it.
    """

    framework: Framework
    id: str
    relation: Relation = Relation.SAME


def cis_aws(
    *, v7: tuple[str, ...], v5: tuple[str, ...] = (), relation: Relation = Relation.SAME
) -> tuple[Control, ...]:
    """Items of CIS AWS Foundations, which was renumbered between v5.0.0 and v7.0.0."""
    return (
        *_items(Framework.CIS_AWS_7, v7, relation),
        *_items(Framework.CIS_AWS_5, v5, relation),
    )


def cis_gcp(
    *, v5: tuple[str, ...], v4: tuple[str, ...] = (), relation: Relation = Relation.SAME
) -> tuple[Control, ...]:
    """Items of CIS Google Cloud Platform Foundation, renumbered between v4.0.0 and v5.0.0."""
    return (
        *_items(Framework.CIS_GCP_5, v5, relation),
        *_items(Framework.CIS_GCP_4, v4, relation),
    )


def cis_eks(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of CIS Amazon EKS."""
    return _items(Framework.CIS_EKS, items, relation)


def cis_gke(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of CIS Google Kubernetes Engine."""
    return _items(Framework.CIS_GKE, items, relation)


def cis_kubernetes(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of CIS Kubernetes."""
    return _items(Framework.CIS_KUBERNETES, items, relation)


def pss(
    *,
    baseline: tuple[str, ...] = (),
    restricted: tuple[str, ...] = (),
    relation: Relation = Relation.SAME,
) -> tuple[Control, ...]:
    """Controls of the Pod Security Standards, by level: ``baseline: Host Namespaces``."""
    named = {"baseline": baseline, "restricted": restricted}
    items = tuple(f"{level}: {name}" for level, names in named.items() for name in names)
    return _items(Framework.PSS, items, relation)


def nsa(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of the NSA's hardening guide."""
    return _items(Framework.NSA, items, relation)


def fsbp(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of AWS Foundational Security Best Practices."""
    return _items(Framework.FSBP, items, relation)


def cis_docker(*items: str, relation: Relation = Relation.SAME) -> tuple[Control, ...]:
    """Items of CIS Docker."""
    return _items(Framework.CIS_DOCKER, items, relation)


def _items(
    framework: Framework, items: tuple[str, ...], relation: Relation = Relation.SAME
) -> tuple[Control, ...]:
    return tuple(Control(framework, item, relation) for item in items)

"""Which zones and machine families a region has: a table, for checks without a cloud.

It cannot know what a cloud has added since ``AS_OF``, nor what one account may use. A region or a
family that is not listed is not judged. That a region offers a family does not mean that each of
its zones does, nor each size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

AS_OF: Final[Mapping[str, date]] = {"aws": date(2026, 8, 10), "gcp": date(2026, 8, 17)}
"""Day of the machine families, by ground; the zones of AWS were read from a later page."""

SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": (
        "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
        "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
        # Drawn from the price lists of AWS.
        "https://github.com/aws-cloudformation/cfn-lint/tree/217397c819d2cebe4c1e836c9ab18fafd0e10135/src/cfnlint/data/schemas/extensions",
    ),
    "gcp": (
        "https://cloud.google.com/compute/docs/regions-zones",
        # Drawn from the list of machine types of Compute Engine.
        "https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/blob/8bf3293a35613e7ee333e2365d3cf0a3b8a8f347/tools/machinetyperegion.csv",
    ),
}

_AWS_FAMILIES: Final = (
    # Nodes, RDS for PostgreSQL, Aurora PostgreSQL, ElastiCache.
    frozenset({"c7g", "m6i", "m7g", "m7i", "r7g", "t4g"})
    | {"db.m7g", "db.r7g", "db.t4g"}
    | {"aurora.r7g", "aurora.t4g"}
    | {"cache.m7g", "cache.r7g", "cache.t4g"}
)
_OFFERED_NOWHERE: Final = frozenset({"aurora.m7g"})
_GCP_FAMILIES: Final = frozenset({"e2", "n2", "n2d", "n4", "c3", "t2a"})
_JUDGED: Final[Mapping[str, frozenset[str]]] = {
    "aws": _AWS_FAMILIES | _OFFERED_NOWHERE,
    "gcp": _GCP_FAMILIES,
}


@dataclass(frozen=True, slots=True)
class Region:
    """A region: its zones (zone ids on AWS, names on Google Cloud) and machine families.

    ``constrained_zones`` exist, but EKS or new accounts cannot use them.
    """

    name: str
    zones: tuple[str, ...]
    families: frozenset[str]
    constrained_zones: tuple[str, ...] = ()


def aws_region(name: str) -> Region | None:
    """The region of AWS; None: not listed."""
    return REGIONS["aws"].get(name)


def gcp_region(name: str) -> Region | None:
    """The region of Google Cloud; None: not listed."""
    return REGIONS["gcp"].get(name)


def is_listed(kind: str, region: str) -> bool:
    """Whether the zones and machines of ``region`` on a ground of this ``kind`` can be checked."""
    return region in REGIONS.get(kind, {})


def zone_problem(kind: str, region: str, zones: Iterable[str]) -> str | None:
    """What is wrong with ``zones`` of ``region``, for the user; None: nothing that is known.

    Args:
        kind: of the ground, ``aws`` or ``gcp``; any other has no zones.
        region: its name.
        zones: availability zone ids on AWS, full names such as europe-west1-b on Google Cloud.
    """
    found = REGIONS.get(kind, {}).get(region)
    if found is None:
        return None
    asked = tuple(dict.fromkeys(zones))
    constrained = [zone for zone in asked if zone in found.constrained_zones]
    strays = [zone for zone in asked if zone not in (*found.zones, *found.constrained_zones)]
    said = []
    if strays:
        verb = "is not a zone" if len(strays) == 1 else "are not zones"
        said.append(f"{', '.join(strays)} {verb} of {region}")
    if constrained:
        said.append(f"{', '.join(constrained)} cannot be used by EKS or by new accounts")
    if not said:
        return None
    return f"{'; '.join(said)}: choose from {', '.join(found.zones)} (as of {AS_OF[kind]})"


def machine_problem(
    kind: str, region: str, machine_type: str, *, aurora: bool = False
) -> str | None:
    """What is wrong with ``machine_type`` in ``region``, for the user; None: nothing that is known.

    Args:
        kind: of the ground, ``aws`` or ``gcp``; any other has no machine types.
        region: its name.
        machine_type: such as m7g.large, db.m7g.large, cache.m7g.large or e2-standard-4.
        aurora: the machine type is of Aurora, which has fewer families than RDS.
    """
    found = REGIONS.get(kind, {}).get(region)
    family = _family(kind, machine_type)
    if aurora:
        family = family.replace("db.", "aurora.", 1)
    if found is None or family not in _JUDGED[kind] or family in found.families:
        return None
    others = sorted(each for each in found.families if _service(each) == _service(family))
    service = " for Aurora" if aurora else ""
    return (
        f"{machine_type} is not offered in {region}{service}: choose a machine type of the family"
        f" {' or '.join(others).replace('aurora.', 'db.')} (as of {AS_OF[kind]})"
    )


def _family(kind: str, machine_type: str) -> str:
    """``db.m7g`` of ``db.m7g.large``, ``e2`` of ``e2-standard-4``."""
    if kind == "gcp":
        return machine_type.partition("-")[0]
    return machine_type.rpartition(".")[0]


def _service(family: str) -> str:
    """``db`` of ``db.m7g``; nothing for nodes."""
    return family.rpartition(".")[0]


def _aws(
    name: str, prefix: str, numbers: str = "123", *, constrained: str = "", lacks: str = ""
) -> Region:
    return Region(
        name,
        tuple(f"{prefix}-az{number}" for number in numbers),
        _AWS_FAMILIES - frozenset(lacks.split()),
        tuple(f"{prefix}-az{number}" for number in constrained),
    )


def _gcp(name: str, families: str, letters: str = "abc") -> Region:
    return Region(
        name, tuple(f"{name}-{letter}" for letter in letters), frozenset(families.split())
    )


def _by_name(*regions: Region) -> Mapping[str, Region]:
    return {region.name: region for region in regions}


REGIONS: Final[Mapping[str, Mapping[str, Region]]] = {
    "aws": _by_name(
        _aws("af-south-1", "afs1", lacks="db.m7g db.r7g"),
        _aws("ap-east-1", "ape1", lacks="db.m7g"),
        _aws("ap-northeast-1", "apne1", "124", constrained="3"),
        _aws("ap-northeast-2", "apne2", "1234"),
        _aws("ap-northeast-3", "apne3"),
        _aws("ap-south-1", "aps1"),
        _aws("ap-south-2", "aps2"),
        _aws("ap-southeast-1", "apse1"),
        _aws("ap-southeast-2", "apse2"),
        _aws("ap-southeast-3", "apse3"),
        _aws("ap-southeast-4", "apse4", lacks="c7g m6i db.r7g aurora.r7g"),
        _aws("ap-southeast-5", "apse5"),
        _aws("ca-central-1", "cac1", "124"),
        _aws("ca-west-1", "caw1", lacks="m7g m7i db.m7g db.t4g cache.m7g"),
        _aws("eu-central-1", "euc1"),
        _aws("eu-central-2", "euc2"),
        _aws("eu-north-1", "eun1"),
        _aws("eu-south-1", "eus1", lacks="m7g db.m7g cache.m7g"),
        _aws("eu-south-2", "eus2", lacks="m6i"),
        _aws("eu-west-1", "euw1"),
        _aws("eu-west-2", "euw2", "1234"),
        _aws("eu-west-3", "euw3", lacks="db.r7g"),
        _aws("il-central-1", "ilc1", lacks="aurora.t4g"),
        _aws("me-central-1", "mec1", lacks="c7g db.r7g cache.t4g"),
        _aws("me-south-1", "mes1", lacks="m7i cache.t4g"),
        _aws("sa-east-1", "sae1"),
        _aws("us-east-1", "use1", "12456", constrained="3"),
        _aws("us-east-2", "use2"),
        _aws("us-west-1", "usw1", "13", constrained="2"),
        _aws("us-west-2", "usw2", "1234"),
    ),
    "gcp": _by_name(
        _gcp("asia-east1", "e2 n2 n2d n4 c3"),
        _gcp("asia-northeast1", "e2 n2 n2d n4 c3"),
        _gcp("asia-south1", "e2 n2 n2d n4 c3"),
        _gcp("asia-southeast1", "e2 n2 n2d n4 c3 t2a"),
        _gcp("australia-southeast1", "e2 n2 n2d n4 c3"),
        _gcp("europe-central2", "e2 n2 n2d n4"),
        _gcp("europe-north1", "e2 n2 n2d n4 c3"),
        _gcp("europe-southwest1", "e2 n2 n2d n4"),
        _gcp("europe-west1", "e2 n2 n2d n4 c3", "bcd"),
        _gcp("europe-west2", "e2 n2 n2d n4 c3"),
        _gcp("europe-west3", "e2 n2 n2d n4 c3"),
        _gcp("europe-west4", "e2 n2 n2d n4 c3 t2a"),
        _gcp("europe-west6", "e2 n2 n2d n4"),
        _gcp("europe-west8", "e2 n2 n2d n4"),
        _gcp("europe-west9", "e2 n2 n2d n4 c3"),
        _gcp("northamerica-northeast1", "e2 n2 n2d n4 c3"),
        _gcp("southamerica-east1", "e2 n2 n2d n4 c3"),
        _gcp("us-central1", "e2 n2 n2d n4 c3 t2a", "abcf"),
        _gcp("us-east1", "e2 n2 n2d n4 c3", "bcd"),
        _gcp("us-east4", "e2 n2 n2d n4 c3"),
        _gcp("us-west1", "e2 n2 n2d n4 c3"),
        _gcp("us-west2", "e2 n2 n2d n4 c3"),
    ),
}
"""Regions by kind of ground and name."""

"""What the SDKs do not state: replacements, names, shapes of ids, well-known computed outputs.

Types that no table lists get sensible guesses: the documentation the SDK carries along, and what
is common in their package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from rehearsal.facts.aws import AWS
from rehearsal.facts.aws_compute import COMPUTE
from rehearsal.facts.aws_data import DATA as AWS_DATA
from rehearsal.facts.aws_defaults import DEFAULTS
from rehearsal.facts.aws_dns import DNS
from rehearsal.facts.aws_eks import EKS
from rehearsal.facts.aws_network import NETWORK
from rehearsal.facts.aws_operations import OPERATIONS
from rehearsal.facts.docker import DOCKER
from rehearsal.facts.fact import Facts, Making, Recipe
from rehearsal.facts.gcp_container import CONTAINERS
from rehearsal.facts.gcp_data import DATA as GCP_DATA
from rehearsal.facts.gcp_forms import COMMON
from rehearsal.facts.gcp_identity import IDENTITIES
from rehearsal.facts.gcp_network import NETWORKS
from rehearsal.facts.generated import DRAWN, GENERATED
from rehearsal.facts.kubernetes import kubernetes_facts
from rehearsal.sdk import ResourceType

__all__ = [
    "LISTED",
    "Facts",
    "Making",
    "Recipe",
    "accepts_anything",
    "coerces",
    "facts_of",
    "longest_name",
    "may_share_ids",
]

LISTED: Final[Mapping[str, Facts]] = {
    **NETWORK,
    **AWS,
    **AWS_DATA,
    **COMPUTE,
    **DNS,
    **EKS,
    **OPERATIONS,
    **NETWORKS,
    **CONTAINERS,
    **GCP_DATA,
    **IDENTITIES,
    **DOCKER,
    **GENERATED,
}
_PLACED: Final = ("name", "namePrefix", "region", "location", "zone", "project")
# Custom resources and dynamic providers have no SDK class: whatever they are given is right.
_OPEN: Final = frozenset({"kubernetes", "pulumi-python", "pulumi-nodejs"})


def accepts_anything(package: str) -> bool:
    """Whether types that no SDK lists are allowed in the package."""
    return package in _OPEN


def coerces(package: str) -> bool:
    """Whether the provider reads text as numbers and booleans, as those from Terraform do."""
    return package not in _OPEN


def may_share_ids(token: str) -> bool:
    """Whether two objects of the type may have the same id."""
    return token in DRAWN


def longest_name(token: str, facts: Facts) -> int | None:
    """The most characters that a given name may have, where that is known for certain."""
    return facts.name_limit if token in LISTED and facts.name_limit < Facts.name_limit else None


def facts_of(token: str, known: ResourceType | None) -> Facts:
    """The facts of a type; ``known`` is what its SDK says."""
    listed = LISTED.get(token)
    package = token.split(":", 1)[0]
    if listed is not None:
        facts = listed
    elif package == "kubernetes":
        facts = kubernetes_facts(token)
    elif package == "pulumi":
        facts = Facts(id="{uuid}", name="", unique=False)
    else:
        facts = _guess(token, package, known)
    if known is None:
        return facts
    # What Kubernetes documents as fixed is fixed, or says so of something else.
    documented = () if facts.echoes else tuple(sorted(known.documented_replaces))
    name = facts.name if facts.name in known.inputs else ""
    given = {**DEFAULTS.get(token, {}), **facts.defaults}
    defaults = {wire: value for wire, value in given.items() if wire in known.inputs}
    outputs = {**COMMON, **facts.outputs} if package == "gcp" else facts.outputs
    return replace(
        facts,
        name=name,
        replaces=(*facts.replaces, *documented),
        defaults=defaults,
        outputs=outputs,
    )


def _guess(token: str, package: str, known: ResourceType | None) -> Facts:
    inputs: Mapping[str, Any] = known.inputs if known else {}
    replaces = tuple(name for name in _PLACED if name in inputs)
    _, _, kind = token.rpartition(":")
    module = token.split(":")[1].split("/", maxsplit=1)[0]
    dashed = re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", kind).lower()
    if package == "aws":
        arn = f"arn:aws:{module}:{{region}}:{{account}}:{dashed}/{{id}}"
        identity = "{name}" if "name" in inputs else f"{dashed}-0{{hex16}}"
        return Facts(id=identity, outputs={"arn": arn}, replaces=replaces, unique=False)
    if package == "gcp":
        place = next(
            (f"{word}s/{{{word}}}" for word in ("location", "region", "zone") if word in inputs),
            "global",
        )
        noun = kind[:1].lower() + kind[1:]
        identity = f"projects/{{project}}/{place}/{noun}s/{{name}}"
        if "name" not in inputs:
            identity = f"projects/{{project}}/{place}/{noun}s/{{hex16}}"
        outputs: dict[str, Recipe] = {
            "selfLink": f"https://www.googleapis.com/{module}/v1/{{id}}",
        }
        return Facts(id=identity, outputs=outputs, replaces=replaces, name_limit=63, unique=False)
    return Facts(id="{hex20}", replaces=replaces, unique=False)

"""The items of each framework, and how far declared state can decide them.

One text file per framework, named by its slug and read when it is asked for: rules and packs need
none of it. After the lines ``whole`` and ``note`` follow the items: id, title, and ``not declared``
or ``part`` where declared state shows the item not at all or in part. Titles are the project's own
words; ids and their meaning are the framework's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from policies.controls import Framework

SLUGS: Final[Mapping[Framework, str]] = {
    Framework.CIS_AWS_7: "cis-aws-7",
    Framework.CIS_AWS_5: "cis-aws-5",
    Framework.CIS_EKS: "cis-eks",
    Framework.CIS_GCP_5: "cis-gcp-5",
    Framework.CIS_GCP_4: "cis-gcp-4",
    Framework.CIS_GKE: "cis-gke",
    Framework.CIS_KUBERNETES: "cis-kubernetes",
    Framework.CIS_DOCKER: "cis-docker",
    Framework.PSS: "pss",
    Framework.NSA: "nsa",
    Framework.FSBP: "fsbp",
    Framework.NIST: "nist",
    Framework.PCI: "pci",
    Framework.HIPAA: "hipaa",
    Framework.GDPR: "gdpr",
    Framework.SOC2: "soc2",
    Framework.ISO: "iso",
}
"""The short name of each framework, for commands and files."""

_FOLDER: Final = Path(__file__).resolve().parent


class Declared(StrEnum):
    """How much of an item shows in what one stack declares.

    ``PART``: the item also asks for more, such as the rest of the account, or services of which no
    rule knows. ``NOT``: it asks for files and processes of hosts, settings of accounts and
    organisations, the past (ages, use), procedures or judgements.
    """

    WHOLE = ""
    PART = "part"
    NOT = "not declared"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a framework; ``title`` is a short phrase of the project's own."""

    id: str
    title: str
    declared: Declared


@dataclass(frozen=True, slots=True)
class Listing:
    """The items of one framework in its order.

    Attributes:
        framework: The framework and its version.
        whole: Whether every item of the framework is listed.
        note: What is listed, or why much of it cannot be decided; one sentence or two.
        items: The items.
    """

    framework: Framework
    whole: bool
    note: str
    items: tuple[Item, ...]


@cache
def listing(framework: Framework) -> Listing:
    """The items of ``framework``."""
    text = (_FOLDER / f"{SLUGS[framework]}.txt").read_text(encoding="utf-8")
    head, _, body = text.partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    return Listing(
        framework,
        said["whole"] == "yes",
        said["note"],
        tuple(_item(line) for line in body.splitlines()),
    )


def _item(line: str) -> Item:
    id_, title, *mark = line.split(" | ")
    return Item(id_, title, Declared("".join(mark)))

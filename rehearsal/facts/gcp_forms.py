"""Forms that facts of Google Cloud share: resource names, members of policies, project numbers.

Source: the resource schemas of hashicorp/terraform-provider-google 7 (``ForceNew``, ids) and the
formats of resource names in the Google Cloud API documentation, checked 2026-11-21.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making, Recipe

_WORD: Final = re.compile(r"\{(\w+)\}")
_DIGITS: Final = 12
COMPUTE_LINK: Final = "https://www.googleapis.com/compute/v1/{id}"


def _labels(making: Making) -> dict[str, Any]:
    return {"goog-pulumi-provisioned": "true", **(making.inputs.get("labels") or {})}


# What every type has that the SDK declares it for.
COMMON: Final[Mapping[str, Recipe]] = {
    "deletionPolicy": "DELETE",
    "effectiveLabels": _labels,
    "pulumiLabels": _labels,
}


def named(
    path: str,
    *replaces: str,
    named_by: str = "name",
    name_limit: int = 63,
    unique_in: tuple[str, ...] | None = None,
    keeps: tuple[str, ...] = (),
    defaults: Mapping[str, Any] | None = None,
    more: Mapping[str, Recipe] | None = None,
    **outputs: Recipe,
) -> Facts:
    """A type whose id is a path of names, every one of which replaces.

    ``named_by`` is the input that holds the name, empty where nothing is named automatically;
    ``more`` are further outputs, such as paths;
    ``unique_in`` are the words that the name is unique within, by default the others of the path.
    """
    words = tuple(_WORD.findall(path))
    scope = tuple(word for word in words if word != named_by) if unique_in is None else unique_in
    return Facts(
        id=path,
        outputs={**outputs, **(more or {})},
        replaces=(*words, *replaces),
        keeps=keeps,
        name=named_by if named_by in words else "",
        name_limit=name_limit,
        scope=scope,
        defaults=defaults or {},
    )


def compute(
    path: str,
    *replaces: str,
    defaults: Mapping[str, Any] | None = None,
    more: Mapping[str, Recipe] | None = None,
    **outputs: Recipe,
) -> Facts:
    """A type of Compute Engine below a project."""
    every = {"selfLink": COMPUTE_LINK, "creationTimestamp": "2026-01-01T00:00:00Z"}
    return named(
        f"projects/{{project}}/{path}",
        *replaces,
        defaults=defaults,
        more={**every, **outputs, **(more or {})},
    )


def member(owner: str) -> Facts:
    """A member of one role in the policy of ``owner`` (its path)."""

    def identity(making: Making) -> str:
        condition = making.inputs.get("condition") or {}
        title = f"/{condition['title']}" if condition.get("title") else ""
        who = making.text("/{role}/{member}", "member") if making.inputs.get("member") else ""
        return making.text(owner, "owner") + who + title

    return Facts(
        id=identity,
        outputs={"etag": "BwY{alpha9}=", "location": "{region}", "project": "{project}"},
        replaces=("*",),
        name="",
    )


def below(path: str, owner: str, rest: str) -> Callable[[Making], str]:
    """``path`` with the name of ``owner``, an input that may be a path itself, and then ``rest``."""

    def identity(making: Making) -> str:
        given = str(making.inputs.get(owner, ""))
        front = given if given.startswith("projects/") else making.text(path, "owner") + given
        return front + making.text(rest, "id")

    return identity


def project_number(project: str) -> str:
    """The number of a project, always the same for its id."""
    digest = hashlib.blake2b(project.encode(), digest_size=8).digest()
    return str(10 ** (_DIGITS - 1) + int.from_bytes(digest, "big") % (9 * 10 ** (_DIGITS - 1)))


def numbered(template: str) -> Callable[[Making], str]:
    """A template in which ``{number}`` is the number of the object's project."""
    return lambda making: making.text(
        template.replace("{number}", project_number(making.text("{project}", "project"))),
        "numbered",
    )


def certificate(purpose: str) -> Callable[[Making], str]:
    """A certificate in PEM, by looks; nothing is signed."""

    def pem(making: Making) -> str:
        body = base64.b64encode(making.draw(purpose, 384)).decode()
        lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"

    return pem


def encoded_certificate(making: Making) -> str:
    """A certificate in PEM, in base64, as cluster APIs hand it out."""
    return base64.b64encode(certificate("ca")(making).encode()).decode()

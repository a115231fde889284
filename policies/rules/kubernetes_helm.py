"""Charts, whose objects no policy sees unless their source is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING

_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_CHART: Final = "kubernetes:helm.sh/v4:Chart"
_EXACT: Final = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")
_USUAL: Final = "https://charts.jetstack.io"


def _vetted(chart: Subject) -> Iterator[Demand]:
    version = chart.at("version")
    yield Demand(
        version.matches(lambda text: _EXACT.fullmatch(text) is not None),
        version,
        "is no exact version",
    )
    repository, name = chart.at("repositoryOpts", "repo"), chart.at("chart")
    repositories = chart.configured["repositories"]
    origin = repository if repository.is_present else name
    yield Demand(
        origin.matches(lambda text: _is_below(text, repositories)),
        origin,
        "comes from a repository that is not allowed",
    )


def _is_below(address: str, repositories: tuple[str, ...]) -> bool:
    plain = address.rstrip("/")
    return any(plain == each or plain.startswith(f"{each}/") for each in repositories)


def _chart(chart: str | None, version: str | None, repository: str | None = _USUAL) -> Props:
    return {"chart": chart, "version": version, "repositoryOpts": {"repo": repository}}


def _check(type_: str) -> Check:
    examples: dict[str, Any] = {
        "good": {
            "of an allowed repository": _chart("cert-manager", "v1.18.2"),
            "by its whole address": _chart(f"{_USUAL}/cert-manager", "1.18.2", None),
        },
        "bad": {
            "left out": {"repositoryOpts": {}},
            "no version": _chart("cert-manager", None),
            "a range of versions": _chart("cert-manager", ">=1.18"),
            "another repository": _chart("web", "1.4.2", "https://charts.example.com"),
            "an allowed one only as the beginning": _chart("web", "1.4.2", f"{_USUAL}.example.com"),
            "a chart of its own folder": _chart("./charts/web", "1.4.2", None),
        },
        "undecided": {
            "version not known": _chart("cert-manager", UNKNOWN_STRING),
            "repository not known": _chart("cert-manager", "1.18.2", UNKNOWN_STRING),
            "chart not known": _chart(UNKNOWN_STRING, "1.18.2", None),
        },
    }
    return Check(
        type=type_,
        demand="The chart has an exact version and comes from an allowed repository.",
        reads=("version", "repositoryOpts.repo", "chart"),
        absent=(
            "version left out is the latest and violates. Without a repository the address of the "
            "chart is read."
        ),
        judge=_vetted,
        **examples,
    )


HELM_RELEASE_VISIBLE: Final = Rule(
    id="k8s-helm-release-visible",
    title="Charts have an exact version and come from allowed repositories",
    reason=(
        "The objects of a release are seen by no policy, so what it deploys is what its "
        "repository serves on that day."
    ),
    severity=Severity.HIGH,
    theme=Theme.SUPPLY,
    themes_inferred=True,
    controls=(),
    fix=(
        "Write the objects as typed resources. Where a chart must be, set an exact version and "
        "allow its repository in the pack's configuration."
    ),
    source="https://helm.sh/docs/topics/provenance/",
    settings=(
        Setting(
            name="repositories",
            description="Repositories that charts may come from, each an address it begins with.",
            default=(_USUAL,),
        ),
    ),
    checks=(_check(_RELEASE), _check(_CHART)),
)

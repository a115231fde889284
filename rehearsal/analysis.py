"""Where policies meet a rehearsal: what an analyzer is shown and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rehearsal.events import Judged, Violation


@dataclass(frozen=True)
class AnalyzedResource:
    """One resource as the engine shows it to policies.

    ``properties`` are checked inputs for a single resource and outputs for the whole stack, with
    secrets in clear and unknown values as Pulumi's marker text (``rehearsal.values.UNKNOWN_WIRE``).
    ``secrets`` holds the paths of those that are secrets (``data.password``, ``env[0].value``); it is
    ``None`` where nothing tells. ``source_position`` is where the program declares the resource,
    ``URI#LINE``, empty where that is not known.
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Any]
    parent: str = ""
    provider_urn: str = ""
    provider_type: str = ""
    provider_properties: Mapping[str, Any] = field(default_factory=dict)
    protect: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: frozenset[str] | None = None
    source_position: str = ""


@dataclass(frozen=True)
class Analysis:
    """An analyzer's answer: its findings and how many pairs it judged."""

    violations: tuple[Violation, ...] = ()
    judged: Judged = Judged()


class Analyzer(Protocol):
    """Judges resources one by one and, at the end, all together."""

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        """Judge one resource's checked inputs."""
        ...

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        """Judge the finished stack."""
        ...

    def close(self) -> None:
        """Release what the analyzer holds."""
        ...

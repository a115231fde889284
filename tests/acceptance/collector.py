"""A collector's configuration without the components that the collector built here lacks."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

SECTIONS: Final = ("extensions", "receivers", "processors", "exporters", "connectors")

UNAVAILABLE: Final = frozenset({"elasticsearch", "googleclientauth", "opensearch"})
"""Emitted for a destination, and not in the collector built here: some are not to be had as Go
modules of a version that has a checksum.

Their configuration is checked against its model alone.
"""

JAEGERS_OWN: Final = frozenset(
    {
        "adaptive_sampling",
        "batch",
        "healthcheckv2",
        "jaeger",
        "jaeger_query",
        "jaeger_storage",
        "jaeger_storage_exporter",
        "remote_sampling",
        "zipkin",
    }
)
"""Components of Jaeger's binary that the collector built here does not have."""

# Where a component that was taken out leaves a hole that must be filled.
STAND_INS: Final = {"receivers": ("otlp", {"protocols": {"grpc": {}}}), "exporters": ("debug", {})}


def component_type(identifier: str) -> str:
    """``otlp_http`` of ``otlp_http/loki``."""
    return identifier.partition("/")[0]


def components(document: Mapping[str, Any]) -> set[str]:
    """The types of all components that a configuration describes."""
    return {component_type(each) for section in SECTIONS for each in document.get(section) or {}}


def without(document: Mapping[str, Any], types: Iterable[str]) -> dict[str, Any]:
    """A copy of a configuration that neither describes nor uses components of these types.

    A pipeline that loses all of its receivers or exporters gets a plain one in their place.
    """
    unwanted = frozenset(types)
    left: dict[str, Any] = copy.deepcopy(dict(document))
    for section in SECTIONS:
        if left.get(section):
            left[section] = _kept(left[section], unwanted)
    for section in ("receivers", "exporters"):
        for settings in (left.get(section) or {}).values():
            _forget_authenticator(settings, unwanted)
    service = left["service"]
    service["extensions"] = _kept_names(service.get("extensions"), unwanted)
    for pipeline in service["pipelines"].values():
        for section, names in pipeline.items():
            pipeline[section] = _kept_names(names, unwanted)
            if not pipeline[section] and section in STAND_INS:
                name, settings = STAND_INS[section]
                left[section] = {**(left.get(section) or {}), name: settings}
                pipeline[section] = [name]
    return left


def _kept(described: Mapping[str, Any], unwanted: frozenset[str]) -> dict[str, Any]:
    return {name: each for name, each in described.items() if component_type(name) not in unwanted}


def _kept_names(names: Iterable[str] | None, unwanted: frozenset[str]) -> list[str]:
    return [name for name in names or () if component_type(name) not in unwanted]


def _forget_authenticator(settings: Any, unwanted: frozenset[str]) -> None:
    if not isinstance(settings, dict):
        return
    authenticator = settings.get("auth", {}).get("authenticator", "")
    if component_type(authenticator) in unwanted:
        del settings["auth"]

"""What a policy pack is asked, in the protocol's messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from rehearsal.analysis import AnalyzedResource
from rehearsal.state import urn_name
from rehearsal.values import to_struct, with_secrets


def about_resource(resource: AnalyzedResource) -> analyzer_pb2.AnalyzeRequest:
    """The question about one resource."""
    return analyzer_pb2.AnalyzeRequest(**_shown(resource))


def about_stack(resources: Iterable[AnalyzedResource]) -> analyzer_pb2.AnalyzeStackRequest:
    """The question about a finished stack."""
    return analyzer_pb2.AnalyzeStackRequest(resources=map(_in_stack, resources))


def _in_stack(resource: AnalyzedResource) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        **_shown(resource),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in resource.property_dependencies.items()
            if urns
        },
    )


def _shown(resource: AnalyzedResource) -> dict[str, Any]:
    options: dict[str, Any] = {"protect": resource.protect, **resource.options}
    shown: dict[str, Any] = {
        "type": resource.type,
        "properties": _to_struct(
            with_secrets(resource.properties, resource.secrets or frozenset())
        ),
        "urn": resource.urn,
        "name": resource.name,
        "options": analyzer_pb2.AnalyzerResourceOptions(**options, parent=resource.parent),
    }
    if resource.provider_urn:
        shown["provider"] = analyzer_pb2.AnalyzerProviderResource(
            type=resource.provider_type,
            properties=_to_struct(resource.provider_properties),
            urn=resource.provider_urn,
            name=urn_name(resource.provider_urn),
        )
    return shown


def _to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    # What Pulumi notes for itself among the properties is not for policies.
    return to_struct({key: v for key, v in properties.items() if not key.startswith("__")})

"""Registrations from the protocol's requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.recording import Registration
from rehearsal.values import contains_secret, from_struct, reveal


def registered(urn: str, request: resource_pb2.RegisterResourceRequest, root: str) -> Registration:
    """The registration in a request, ``root`` being the URN of the stack."""
    inputs = from_struct(request.object)
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=reveal(inputs),
        secret_inputs=secret_names(inputs),
        parent="" if request.parent == root else request.parent,
        provider=request.provider,
        providers=dict(request.providers),
        protect=request.protect,
        depends_on=tuple(sorted(request.dependencies)),
        property_dependencies={
            name: tuple(sorted(dependencies.urns))
            for name, dependencies in request.propertyDependencies.items()
            if dependencies.urns
        },
        aliases=tuple(_alias_urn(alias, urn, request) for alias in request.aliases),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace,
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        import_id=request.importId,
        version=request.version,
    )


def read(urn: str, request: resource_pb2.ReadResourceRequest, root: str) -> Registration:
    """The registration in a read, whose id is the ``import_id``."""
    inputs = from_struct(request.properties)
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=True,
        inputs=reveal(inputs),
        secret_inputs=secret_names(inputs),
        parent="" if request.parent == root else request.parent,
        provider=request.provider,
        depends_on=tuple(sorted(request.dependencies)),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        import_id=request.id,
        version=request.version,
        read=True,
    )


def secret_names(values: Mapping[str, Any]) -> frozenset[str]:
    """The top-level names under which there is a secret."""
    return frozenset(name for name, value in values.items() if contains_secret(value))


def _alias_urn(
    alias: alias_pb2.Alias, urn: str, request: resource_pb2.RegisterResourceRequest
) -> str:
    """The URN that an alias stands for; what it leaves out is as in ``urn``."""
    if alias.urn:
        return alias.urn
    spec = alias.spec
    stack, project, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    ancestry = types.rpartition("$")[0]
    if spec.noParent:
        ancestry = ""
    elif spec.parentUrn:
        parent_types = spec.parentUrn.split("::")[2]
        ancestry = "" if parent_types == "pulumi:pulumi:Stack" else parent_types
    type_ = spec.type or request.type
    qualified = f"{ancestry}${type_}" if ancestry else type_
    return "urn:pulumi:" + "::".join(
        (spec.stack or stack, spec.project or project, qualified, spec.name or name)
    )

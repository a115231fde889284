"""What the program asks for, one registration at a time, after every transform has spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.state import ResourceState
from rehearsal.values import RESOURCE_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Properties, from_struct


@dataclass(frozen=True)
class Goal:
    """One registration."""

    type: str
    name: str
    custom: bool
    remote: bool
    properties: Properties
    parent: str = ""
    protect: bool | None = None
    dependencies: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delete_before_replace: bool | None = None
    version: str = ""
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str = ""
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    replace_on_changes: tuple[str, ...] = ()
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    source_position: str = ""

    @property
    def package(self) -> str:
        """The provider package that manages this type."""
        return self.type.split(":", 1)[0]


@dataclass(frozen=True)
class Alias:
    """A former identity, whole (``urn``) or by its parts."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


def goal_from_request(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """The registration in ``request``."""
    timeouts = request.customTimeouts
    position = request.sourcePosition
    trigger = None
    if request.HasField("replacement_trigger"):
        wrapper = resource_pb2.RegisterResourceRequest().object
        wrapper.fields["trigger"].CopyFrom(request.replacement_trigger)
        trigger = from_struct(wrapper)["trigger"]
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        remote=request.remote,
        properties=_dereference(from_struct(request.object)),
        parent=request.parent,
        protect=request.protect if request.HasField("protect") else None,
        dependencies=tuple(sorted(request.dependencies)),
        provider=request.provider,
        property_dependencies={
            key: tuple(sorted(value.urns))
            for key, value in sorted(request.propertyDependencies.items())
        },
        delete_before_replace=(
            request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
        ),
        version=request.version,
        ignore_changes=tuple(request.ignoreChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(
            *(_alias(alias) for alias in request.aliases),
            *(Alias(urn=urn) for urn in request.aliasURNs),
        ),
        import_id=request.importId,
        custom_timeouts={
            key: _seconds(getattr(timeouts, key))
            for key in ("create", "update", "delete")
            if getattr(timeouts, key)
        },
        replace_on_changes=tuple(request.replaceOnChanges),
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        replace_with=tuple(request.replace_with),
        replacement_trigger=trigger,
        source_position=f"{position.uri}#{position.line}" if position.uri else "",
    )


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.urn:
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def _seconds(duration: str) -> float:
    total, number = 0.0, ""
    for character in duration:
        if character in _UNITS:
            total += float(number) * _UNITS[character]
            number = ""
        else:
            number += character
    return total


def _dereference(value: Any) -> Any:
    """Resource references as what providers take for them: the id, or the URN of a component."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
            return (value["id"] or UNKNOWN) if "id" in value else value["urn"]
        return {key: _dereference(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dereference(item) for item in value]
    return value


def new_state(goal: Goal, urn: str) -> ResourceState:
    """The resource that ``goal`` asks for, before anything is known of it."""
    return ResourceState(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        parent=goal.parent,
        protect=bool(goal.protect),
        dependencies=goal.dependencies,
        property_dependencies=dict(goal.property_dependencies),
        additional_secret_outputs=goal.additional_secret_outputs,
        custom_timeouts=dict(goal.custom_timeouts),
        retain_on_delete=bool(goal.retain_on_delete),
        deleted_with=goal.deleted_with,
        replace_with=goal.replace_with,
        import_id=goal.import_id,
        source_position=goal.source_position,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        replacement_trigger=goal.replacement_trigger,
    )

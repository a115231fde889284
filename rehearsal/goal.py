"""What the program asks for, one registration at a time, after every transform has spoken."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from pulumi.runtime.proto import alias_pb2, callback_pb2, callback_pb2_grpc, resource_pb2

from rehearsal.errors import RehearsalError
from rehearsal.state import STACK_TYPE, make_urn, urn_name, urn_qualified_type, urn_type
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


class Aliases:
    """Which former identity each resource took over in this run."""

    def __init__(self, stack: str, project: str) -> None:
        """Aliases default to this stack and project."""
        self._stack = stack
        self._project = project
        self._taken: dict[str, str] = {}

    def take(self, urn: str, former: str) -> None:
        """Remember that ``urn`` was found under ``former``."""
        self._taken[urn] = former

    def candidates(self, goal: Goal) -> list[str]:
        """URNs under which the resource may have been known, most explicit first.

        A parent that was itself found under an alias passes it on to its children.
        """
        found = [self._collapse(goal, alias) for alias in goal.aliases]
        former_parent = self._taken.get(goal.parent)
        if former_parent:
            for type_, name in [
                (goal.type, goal.name),
                *((urn_type(urn), urn_name(urn)) for urn in found),
            ]:
                found.append(self._inherited(type_, name, urn_name(goal.parent), former_parent))
        return list(dict.fromkeys(found))

    def _collapse(self, goal: Goal, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._taken.get(alias.parent, alias.parent) if alias.parent else goal.parent
        if alias.no_parent or (parent and urn_qualified_type(parent) == STACK_TYPE):
            parent = ""
        return make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    def _inherited(self, type_: str, name: str, parent_name: str, former_parent: str) -> str:
        if name.startswith(parent_name):
            name = urn_name(former_parent) + name.removeprefix(parent_name)
        return make_urn(self._stack, self._project, former_parent, type_, name)


class Transforms:
    """Calls the program back to let it rewrite registrations: own first, then parents', then the stack's."""

    def __init__(self) -> None:
        """No transforms yet."""
        self._stack: list[callback_pb2.Callback] = []
        self._own: dict[str, tuple[callback_pb2.Callback, ...]] = {}
        self._parents: dict[str, str] = {}
        self._channels: dict[str, grpc.Channel] = {}
        self._lock = threading.Lock()

    def add_for_stack(self, callback: callback_pb2.Callback) -> None:
        """Let ``callback`` see every registration from now on."""
        self._stack.append(callback)

    def remember(self, urn: str, parent: str, own: tuple[callback_pb2.Callback, ...]) -> None:
        """Keep a resource's transforms for its children."""
        self._own[urn] = own
        self._parents[urn] = parent

    def apply(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceRequest:
        """``request`` as the transforms leave it.

        Raises:
            RehearsalError: a transform failed.
        """
        callbacks = list(request.transforms)
        parent = request.parent
        while parent:
            callbacks += self._own.get(parent, ())
            parent = self._parents.get(parent, "")
        callbacks += self._stack
        for callback in callbacks:
            _take_over(request, self._call(callback, request))
        return request

    def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            channel.close()

    def _call(
        self, callback: callback_pb2.Callback, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.TransformResponse:
        with self._lock:
            channel = self._channels.get(callback.target)
            if channel is None:
                channel = self._channels[callback.target] = grpc.insecure_channel(callback.target)
        question = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=_options(request),
        )
        try:
            answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(
                callback_pb2.CallbackInvokeRequest(
                    token=callback.token, request=question.SerializeToString()
                )
            )
        except grpc.RpcError as error:
            details = error.details() if isinstance(error, grpc.Call) else str(error)
            raise RehearsalError(
                f"a transform of {request.type} {request.name!r} failed: {details}"
            ) from error
        return resource_pb2.TransformResponse.FromString(answer.response)


_SHARED_OPTIONS = {
    "dependencies": "depends_on",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "aliases": "aliases",
    "additionalSecretOutputs": "additional_secret_outputs",
    "replace_with": "replace_with",
}
_SCALAR_OPTIONS = {
    "version": "version",
    "provider": "provider",
    "deletedWith": "deleted_with",
    "importId": "import",
    "pluginDownloadURL": "plugin_download_url",
}


def _options(
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions()
    for theirs, ours in _SHARED_OPTIONS.items():
        getattr(options, ours).extend(getattr(request, theirs))
    for theirs, ours in _SCALAR_OPTIONS.items():
        setattr(options, ours, getattr(request, theirs))
    if request.HasField("protect"):
        options.protect = request.protect
    if request.HasField("retainOnDelete"):
        options.retain_on_delete = request.retainOnDelete
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    options.providers.update(request.providers)
    options.custom_timeouts.CopyFrom(request.customTimeouts)
    return options


def _take_over(
    request: resource_pb2.RegisterResourceRequest, response: resource_pb2.TransformResponse
) -> None:
    if response.HasField("properties"):
        request.object.CopyFrom(response.properties)
    if not response.HasField("options"):
        return
    options = response.options
    for theirs, ours in _SHARED_OPTIONS.items():
        listed = getattr(request, theirs)
        del listed[:]
        listed.extend(getattr(options, ours))
    for theirs, ours in _SCALAR_OPTIONS.items():
        setattr(request, theirs, getattr(options, ours))
    request.ClearField("protect")
    if options.HasField("protect"):
        request.protect = options.protect
    request.ClearField("retainOnDelete")
    if options.HasField("retain_on_delete"):
        request.retainOnDelete = options.retain_on_delete
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.customTimeouts.CopyFrom(options.custom_timeouts)

"""What a transform is asked and told, and which transforms see a registration.

Source: pulumi/pulumi ``pkg/resource/deploy/source_eval.go``, ``RegisterResource``, 3.260.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime.proto import callback_pb2, resource_pb2

from rehearsal.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_WIRE

# Options under the names of the transform message and of the registration message.
_REPEATED: Final = {
    "depends_on": "dependencies",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "aliases": "aliases",
    "additional_secret_outputs": "additionalSecretOutputs",
    "replace_with": "replace_with",
}
_SINGLE: Final = {
    "version": "version",
    "provider": "provider",
    "plugin_download_url": "pluginDownloadURL",
    "deleted_with": "deletedWith",
    "import": "importId",
}
_OPTIONAL: Final = {
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "custom_timeouts": "customTimeouts",
    "hooks": "hooks",
}


class TransformOrder:
    """Which transforms see a resource: its own, its parent's, that one's parent's, the stack's."""

    def __init__(self) -> None:
        """No transforms yet."""
        self._stack: list[callback_pb2.Callback] = []
        self._own: dict[str, list[callback_pb2.Callback]] = {}
        self._parents: dict[str, str] = {}

    def add_for_stack(self, callback: callback_pb2.Callback) -> None:
        """Let ``callback`` see every resource registered from now on."""
        self._stack.append(callback)

    def for_resource(
        self, urn: str, request: resource_pb2.RegisterResourceRequest
    ) -> list[callback_pb2.Callback]:
        """Every transform that applies to a resource, in the engine's order."""
        self._own[urn] = list(request.transforms)
        self._parents[urn] = request.parent
        own = [callback for ancestor in self._line(urn) for callback in self._own.get(ancestor, ())]
        return own + self._stack

    def _line(self, urn: str) -> Iterator[str]:
        while urn:
            yield urn
            urn = self._parents.get(urn, "")


def carry_outputs(request: resource_pb2.RegisterResourceRequest) -> None:
    """Let the properties of ``request`` say for themselves what is secret, unknown and from where.

    A transform is a function of the program: it works with outputs, and loses what they do not
    carry.
    """
    for key in request.object.fields:
        _carry(request.object.fields[key])
        urns = request.propertyDependencies[key].urns if request.transforms else ()
        if set(urns) - set(_dependencies(request.object.fields[key])):
            _wrap(request.object.fields[key], urns)


def settle_dependencies(request: resource_pb2.RegisterResourceRequest) -> None:
    """Add to the dependencies of ``request`` what its transforms brought in.

    What it depended on before stays: the Python SDK answers a transform with plain values, so an
    output that only passed through would be forgotten.
    """
    everything = set(request.dependencies)
    for key, value in request.object.fields.items():
        found = {*_dependencies(value), *request.propertyDependencies[key].urns}
        everything |= found
        listed = request.propertyDependencies[key].urns
        del listed[:]
        listed.extend(sorted(found))
    for key in set(request.propertyDependencies) - set(request.object.fields):
        del request.propertyDependencies[key]
    del request.dependencies[:]
    request.dependencies.extend(sorted(everything))


def question(request: resource_pb2.RegisterResourceRequest) -> bytes:
    """What a transform is asked about ``request``."""
    return resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=_options_of(request),
    ).SerializeToString()


def take_over(request: resource_pb2.RegisterResourceRequest, answer: bytes) -> None:
    """Change the properties and options of ``request`` as a transform answered."""
    response = resource_pb2.TransformResponse.FromString(answer)
    if response.HasField("properties"):
        request.object.CopyFrom(response.properties)
    if response.HasField("options"):
        _set_options(request, response.options)


def _options_of(
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions()
    for ours, theirs in _REPEATED.items():
        getattr(options, ours).extend(getattr(request, theirs))
    for ours, theirs in _SINGLE.items():
        setattr(options, ours, getattr(request, theirs))
    for ours, theirs in _OPTIONAL.items():
        _copy_present(request, theirs, options, ours)
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    options.providers.update(request.providers)
    return options


def _set_options(request: Any, options: resource_pb2.TransformResourceOptions) -> None:
    for ours, theirs in _REPEATED.items():
        request.ClearField(theirs)
        getattr(request, theirs).extend(getattr(options, ours))
    for ours, theirs in _SINGLE.items():
        setattr(request, theirs, getattr(options, ours))
    for ours, theirs in _OPTIONAL.items():
        request.ClearField(theirs)
        _copy_present(options, ours, request, theirs)
    request.deleteBeforeReplace = options.delete_before_replace
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.providers.clear()
    request.providers.update(options.providers)


def _copy_present(source: Any, name: str, target: Any, target_name: str) -> None:
    if not source.HasField(name):
        return
    value = getattr(source, name)
    if hasattr(value, "SerializeToString"):
        getattr(target, target_name).CopyFrom(value)
    else:
        setattr(target, target_name, value)


def _carry(value: struct_pb2.Value) -> None:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and value.string_value == UNKNOWN_WIRE:
        value.struct_value.fields[SIGNATURE_KEY].string_value = OUTPUT_SIGNATURE
    elif kind == "list_value":
        for item in value.list_value.values:
            _carry(item)
    elif kind == "struct_value":
        fields = value.struct_value.fields
        for key in fields:
            _carry(fields[key])
        if _signature(value) == SECRET_SIGNATURE:
            fields[SIGNATURE_KEY].string_value = OUTPUT_SIGNATURE
            fields["secret"].bool_value = True


def _wrap(value: struct_pb2.Value, urns: Iterable[str]) -> None:
    if _signature(value) != OUTPUT_SIGNATURE:
        inner = struct_pb2.Value()
        inner.CopyFrom(value)
        fields = value.struct_value.fields
        fields.clear()
        fields[SIGNATURE_KEY].string_value = OUTPUT_SIGNATURE
        fields["value"].CopyFrom(inner)
    listed = value.struct_value.fields["dependencies"].list_value.values
    for urn in urns:
        listed.add().string_value = urn


def _dependencies(value: struct_pb2.Value) -> Iterator[str]:
    if value.HasField("list_value"):
        for item in value.list_value.values:
            yield from _dependencies(item)
    if value.HasField("struct_value"):
        fields = value.struct_value.fields
        if _signature(value) == OUTPUT_SIGNATURE and "dependencies" in fields:
            yield from (urn.string_value for urn in fields["dependencies"].list_value.values)
        for key in fields:
            yield from _dependencies(fields[key])


def _signature(value: struct_pb2.Value) -> str:
    fields = value.struct_value.fields
    return fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""

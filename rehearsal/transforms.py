"""What a transform is asked and told, and which transforms see a registration.

Source: pulumi/pulumi ``pkg/resource/deploy/source_eval.go``, ``RegisterResource``, 3.260.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi.runtime.proto import callback_pb2, resource_pb2

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

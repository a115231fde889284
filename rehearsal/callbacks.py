"""Transforms under an engine: the program is called back to rewrite its own registrations."""

from __future__ import annotations

import threading

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from rehearsal.errors import RehearsalError


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

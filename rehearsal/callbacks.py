"""Callbacks under an engine: the program is called back to rewrite its own registrations."""

from __future__ import annotations

import threading

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from rehearsal.errors import RehearsalError
from rehearsal.transforms import (
    TransformOrder,
    carry_outputs,
    question,
    settle_dependencies,
    take_over,
)


class Callbacks:
    """Calls the program that is running."""

    def __init__(self) -> None:
        """Nobody has been called yet."""
        self.order = TransformOrder()
        self._channels: dict[str, grpc.Channel] = {}
        self._lock = threading.Lock()

    def transform(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> None:
        """Let every transform rewrite ``request``.

        Raises:
            RehearsalError: a transform failed.
        """
        callbacks = self.order.for_resource(urn, request)
        if not callbacks:
            return
        carry_outputs(request)
        for callback in callbacks:
            take_over(request, self._call(callback, request))
        settle_dependencies(request)

    def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            channel.close()

    def _call(
        self, callback: callback_pb2.Callback, request: resource_pb2.RegisterResourceRequest
    ) -> bytes:
        with self._lock:
            channel = self._channels.get(callback.target)
            if channel is None:
                channel = self._channels[callback.target] = grpc.insecure_channel(callback.target)
        call = callback_pb2.CallbackInvokeRequest(token=callback.token, request=question(request))
        try:
            return callback_pb2_grpc.CallbacksStub(channel).Invoke(call).response
        except grpc.RpcError as error:
            details = error.details() if isinstance(error, grpc.Call) else str(error)
            raise RehearsalError(
                f"a transform of {request.type} {request.name!r} failed: {details}"
            ) from error

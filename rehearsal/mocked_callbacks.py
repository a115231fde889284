"""Callbacks in process: what the engine does over gRPC, without a port."""

from __future__ import annotations

import asyncio
from typing import Any

from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]
from pulumi.runtime.proto import callback_pb2, resource_pb2

from rehearsal.transforms import TransformOrder, question, take_over


class MockedCallbacks(_CallbackServicer):
    """The SDK's registry of callbacks, called directly instead of served.

    The SDK registers every transform of a program here.
    """

    def __init__(self, monitor: Any) -> None:
        # The base class would open a port and list the servicer for the whole process.
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._loop = asyncio.get_running_loop()
        self._target = ""
        self.order = TransformOrder()

    async def apply(
        self,
        callback: callback_pb2.Callback,
        request: resource_pb2.RegisterResourceRequest,
    ) -> None:
        """Run one transform and change the properties and options of ``request`` as it says."""
        answer = await self._callbacks[callback.token](question(request))
        take_over(request, answer.SerializeToString())

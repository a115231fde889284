"""The simulated providers over gRPC, for the real Pulumi engine to attach to.

Nothing is installed: the engine finds the servers through
``PULUMI_DEBUG_PROVIDERS=aws:4242,docker:4243`` (no space anywhere).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import grpc

from rehearsal import rpcs
from rehearsal.provider import SimulatedProvider
from rehearsal.sdk import Sdk
from rehearsal.world import World

_MESSAGE_BYTES: Final = 400 * 1024 * 1024
_THREADS: Final = 16


class ProviderServer:
    """One simulated provider on a loopback port of its own."""

    def __init__(self, provider: SimulatedProvider) -> None:
        """Nothing listens before ``start``."""
        self._server = grpc.server(
            ThreadPoolExecutor(_THREADS, thread_name_prefix=f"rehearsal-{provider.package}"),
            options=[
                ("grpc.max_receive_message_length", _MESSAGE_BYTES),
                ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ],
        )
        rpcs.register(provider, self._server)

    def start(self) -> int:
        """Serve, and return the port."""
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return port

    def stop(self) -> None:
        """Stop serving; calls under way are cut off."""
        self._server.stop(grace=None).wait()


@contextmanager
def serve(
    packages: Iterable[str], world: World, *, sdk: Sdk | None = None
) -> Generator[Mapping[str, int]]:
    """Serve one provider per package over one world; the value maps package to port."""
    learned = sdk or Sdk()
    servers = {
        package: ProviderServer(
            SimulatedProvider(package, learned.version(package), learned, world)
        )
        for package in packages
    }
    try:
        yield {package: server.start() for package, server in servers.items()}
    finally:
        for server in servers.values():
            server.stop()

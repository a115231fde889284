"""The simulated providers over gRPC, for the real Pulumi engine to attach to.

Source: ``proto/pulumi/provider.proto`` of pulumi/pulumi, checked 2026-11-21. Nothing is installed: the
engine finds the servers through ``PULUMI_DEBUG_PROVIDERS=aws:4242,docker:4243`` (no space anywhere).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.checking import Failure
from rehearsal.errors import RehearsalError
from rehearsal.paths import parse
from rehearsal.provider import Autonaming, DiffResult, SimulatedProvider
from rehearsal.sdk import Sdk
from rehearsal.values import from_struct, to_struct
from rehearsal.world import Abandoned, World

_MESSAGE_BYTES: Final = 400 * 1024 * 1024
_THREADS: Final = 16
_MODES: Final[Mapping[int, Any]] = {0: "propose", 1: "enforce", 2: "disable"}
_KINDS: Final[Mapping[str, Any]] = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_T = TypeVar("_T")


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
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(provider), self._server)

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


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates requests; every connection has its own configuration, found by its peer."""

    def __init__(self, provider: SimulatedProvider) -> None:
        self._provider = provider
        self._configured: dict[str, str] = {}

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        # The engine says so at the end of every operation; the next one comes to the same server.
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = _guarded(
            context,
            lambda: self._provider.check_config(
                request.urn, from_struct(request.olds), from_struct(request.news)
            ),
        )
        return provider_pb2.CheckResponse(
            inputs=to_struct(result.inputs), failures=_failures(result.failures)
        )

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return _diff_response(
            _guarded(
                context,
                lambda: self._provider.diff_config(
                    request.urn, from_struct(request.old_inputs), from_struct(request.news)
                ),
            )
        )

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        urn = request.urn or str(context.peer())
        self._provider.configure(urn, from_struct(request.args))
        self._configured[str(context.peer())] = urn
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        wish = request.autonaming if request.HasField("autonaming") else None
        result = _guarded(
            context,
            lambda: self._provider.check(
                request.urn,
                _type(request),
                from_struct(request.olds),
                from_struct(request.news),
                random_seed=request.randomSeed,
                autonaming=wish and Autonaming(wish.proposed_name, _MODES[wish.mode]),
                provider=self._owner(context),
            ),
        )
        return provider_pb2.CheckResponse(
            inputs=to_struct(result.inputs), failures=_failures(result.failures)
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = _guarded(
            context,
            lambda: self._provider.diff(
                request.urn,
                _type(request),
                request.id,
                old_inputs=from_struct(request.old_inputs),
                old_outputs=from_struct(request.olds),
                news=from_struct(request.news),
                ignore_changes=request.ignoreChanges,
            ),
        )
        if result.replaces:
            # The engine may delete the object first, and no preview of it says whether it would.
            self._provider.plan_deletion(
                request.urn,
                _type(request),
                request.id,
                outputs=from_struct(request.olds),
                provider=self._owner(context),
            )
        return _diff_response(result)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = _guarded(
            context,
            lambda: self._provider.create(
                request.urn,
                _type(request),
                from_struct(request.properties),
                preview=request.preview,
                provider=self._owner(context),
            ),
        )
        return provider_pb2.CreateResponse(id=result.id, properties=to_struct(result.outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = _guarded(
            context,
            lambda: self._provider.read(
                request.urn,
                _type(request),
                request.id,
                inputs=from_struct(request.inputs),
                outputs=from_struct(request.properties),
            ),
        )
        if not result.id:
            # An answer with properties, even empty ones, would pass for an object that exists.
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=result.id, inputs=to_struct(result.inputs), properties=to_struct(result.outputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        outputs = _guarded(
            context,
            lambda: self._provider.update(
                request.urn,
                _type(request),
                request.id,
                old_inputs=from_struct(request.old_inputs),
                old_outputs=from_struct(request.olds),
                news=from_struct(request.news),
                preview=request.preview,
                provider=self._owner(context),
            ),
        )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        _guarded(
            context,
            lambda: self._provider.delete(
                request.urn,
                _type(request),
                request.id,
                inputs=from_struct(request.old_inputs),
                outputs=from_struct(request.properties),
            ),
        )
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = _guarded(
            context,
            lambda: self._provider.invoke(
                request.tok,
                from_struct(request.args),
                preview=request.preview,
                provider=self._owner(context),
            ),
        )
        answer: dict[str, Struct] = {"return": to_struct(result.outputs)}
        return provider_pb2.InvokeResponse(failures=_failures(result.failures), **answer)

    def _owner(self, context: grpc.ServicerContext) -> str:
        return self._configured.get(str(context.peer()), "")


def _type(request: Any) -> str:
    """The type token; engines before the field say it in the URN only."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _guarded(context: grpc.ServicerContext, act: Callable[[], _T]) -> _T:
    """``act``'s result; what it raises becomes the call's error, without a traceback."""
    try:
        return act()
    except RehearsalError as error:
        _abort(context, grpc.StatusCode.UNKNOWN, str(error))
    except Abandoned as error:
        _abort(context, grpc.StatusCode.ABORTED, str(error))


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort always raises")


def _failures(failures: Iterable[Failure]) -> list[provider_pb2.CheckFailure]:
    return [
        provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
        for failure in failures
    ]


def _diff_response(result: DiffResult) -> provider_pb2.DiffResponse:
    return provider_pb2.DiffResponse(
        changes=(
            provider_pb2.DiffResponse.DIFF_SOME
            if result.changes
            else provider_pb2.DiffResponse.DIFF_NONE
        ),
        replaces=result.replaces,
        diffs=sorted({str(parse(path)[0]) for path in result.detailed}),
        deleteBeforeReplace=result.delete_before_replace,
        hasDetailedDiff=True,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_KINDS[kind], inputDiff=True)
            for path, kind in result.detailed.items()
        },
    )

"""The RPCs of a resource provider, answered by a simulated one.

Source: ``proto/pulumi/provider.proto`` of pulumi/pulumi, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, NoReturn, TypeVar, cast

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.checking import Failure
from rehearsal.diffing import DiffResult
from rehearsal.errors import RehearsalError
from rehearsal.naming import Autonaming
from rehearsal.paths import parse
from rehearsal.provider import SimulatedProvider
from rehearsal.results import CheckResult
from rehearsal.values import from_struct, to_struct
from rehearsal.world import Abandoned

_MODES: Final[Mapping[int, Any]] = {0: "propose", 1: "enforce", 2: "disable"}
_KINDS: Final[Mapping[str, Any]] = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_Rpc = TypeVar("_Rpc", bound=Callable[..., Any])


def register(provider: SimulatedProvider, server: grpc.Server) -> None:
    """Let ``server`` answer for ``provider``."""
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(provider), server)


def _guarded(call: _Rpc) -> _Rpc:
    """An RPC whose expected failures become the call's error, without a traceback."""

    @wraps(call)
    def guarded(self: _Servicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(self, request, context)
        except RehearsalError as error:
            _abort(context, grpc.StatusCode.UNKNOWN, str(error))
        except Abandoned as error:
            _abort(context, grpc.StatusCode.ABORTED, str(error))

    return cast("_Rpc", guarded)


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort always raises")


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

    @_guarded
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        return _check_response(
            self._provider.check_config(
                request.urn, from_struct(request.olds), from_struct(request.news)
            )
        )

    @_guarded
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        return _diff_response(
            self._provider.diff_config(
                request.urn, from_struct(request.old_inputs), from_struct(request.news)
            )
        )

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        urn = request.urn or str(context.peer())
        reference = self._provider.configure(urn, from_struct(request.args), id=request.id)
        self._configured[str(context.peer())] = reference
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @_guarded
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        wish = request.autonaming if request.HasField("autonaming") else None
        result = self._provider.check(
            request.urn,
            _type(request),
            from_struct(request.olds),
            from_struct(request.news),
            random_seed=request.randomSeed,
            autonaming=wish and Autonaming(wish.proposed_name, _MODES[wish.mode]),
            provider=self._owner(context),
        )
        return _check_response(result)

    @_guarded
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = self._provider.diff(
            request.urn,
            _type(request),
            request.id,
            old_inputs=from_struct(request.old_inputs),
            old_outputs=from_struct(request.olds),
            news=from_struct(request.news),
            ignore_changes=request.ignoreChanges,
            provider=self._owner(context),
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

    @_guarded
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = self._provider.create(
            request.urn,
            _type(request),
            from_struct(request.properties),
            preview=request.preview,
            provider=self._owner(context),
        )
        return provider_pb2.CreateResponse(id=result.id, properties=to_struct(result.outputs))

    @_guarded
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = self._provider.read(
            request.urn,
            _type(request),
            request.id,
            inputs=from_struct(request.inputs),
            outputs=from_struct(request.properties),
            provider=self._owner(context),
        )
        if not result.id:
            # An answer with properties, even empty ones, would pass for an object that exists.
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=result.id, inputs=to_struct(result.inputs), properties=to_struct(result.outputs)
        )

    @_guarded
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        outputs = self._provider.update(
            request.urn,
            _type(request),
            request.id,
            old_inputs=from_struct(request.old_inputs),
            old_outputs=from_struct(request.olds),
            news=from_struct(request.news),
            preview=request.preview,
            provider=self._owner(context),
        )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    @_guarded
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        self._provider.delete(
            request.urn,
            _type(request),
            request.id,
            inputs=from_struct(request.old_inputs),
            outputs=from_struct(request.properties),
            provider=self._owner(context),
        )
        return empty_pb2.Empty()

    @_guarded
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        result = self._provider.invoke(
            request.tok,
            from_struct(request.args),
            preview=request.preview,
            provider=self._owner(context),
        )
        answer: dict[str, Struct] = {"return": to_struct(result.outputs)}
        return provider_pb2.InvokeResponse(failures=_failures(result.failures), **answer)

    def _owner(self, context: grpc.ServicerContext) -> str:
        return self._configured.get(str(context.peer()), "")


def _type(request: Any) -> str:
    """The type token; engines before the field say it in the URN only."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _check_response(result: CheckResult) -> provider_pb2.CheckResponse:
    return provider_pb2.CheckResponse(
        inputs=to_struct(result.inputs), failures=_failures(result.failures)
    )


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

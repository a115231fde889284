"""The gRPC face of the engine: what a Pulumi program talks to while it runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NoReturn, Self, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from rehearsal.deploy import Deployment
from rehearsal.errors import RehearsalError
from rehearsal.events import Diagnostic, Level
from rehearsal.operation import Operation, Stopped
from rehearsal.program import Terms
from rehearsal.values import from_struct, to_struct
from rehearsal.world import Abandoned

MESSAGE_BYTES: Final = 400 * 1024 * 1024
FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
)
_LEVELS = {
    engine_pb2.INFO: Level.INFO,
    engine_pb2.WARNING: Level.WARNING,
    engine_pb2.ERROR: Level.ERROR,
}
T = TypeVar("T")
# What the SDK makes of a refused call; the failure behind it was told where it happened.
_SHUT_DOWN: Final = "Resource monitor has terminated, shutting down"
# How the SDK puts it when a monitor lacks a feature: there is no CLI here that could be updated.
_LACKING: Final = re.compile(
    r"(?:.*\n)*.*The Pulumi CLI does not support (?:the )?(.+?)\. Please update the Pulumi CLI\.\s*"
)


class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """Answers one run of one program."""

    def __init__(self, operation: Operation, deployment: Deployment, terms: Terms) -> None:
        """Pass registrations on to ``deployment``; ``terms`` are what the program is told."""
        self._operation = operation
        self._deployment = deployment
        self._terms = terms
        self._ended: BaseException | None = None
        self._lock = threading.Lock()

    @property
    def ended_by(self) -> BaseException | None:
        """What ended the run from inside: an ordered crash, or a defect of this engine."""
        return self._ended

    def GetDeploymentInfo(  # noqa: N802 the protocol's name
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> resource_pb2.DeploymentInfo:
        """Say which stack this is and what this monitor can do."""
        del request, context
        terms = self._terms
        return resource_pb2.DeploymentInfo(
            project=terms.project,
            stack=terms.stack,
            organization=terms.organization,
            config=terms.config,
            configSecretKeys=terms.secret_keys,
            dryRun=terms.dry_run,
            parallel=terms.parallel,
            supportedFeatures=FEATURES,
        )

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        """Register one resource."""
        state = self._guard(context, lambda: self._deployment.register(request))
        if state is None:
            urn = self._deployment.urn_of(request)
            return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn,
            id=state.id,
            object=to_struct(state.outputs, keep_secrets=request.acceptSecrets),
            unknown=request.remote,
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Take a component's outputs."""
        outputs = from_struct(request.outputs)
        self._guard(context, lambda: self._deployment.register_outputs(request.urn, outputs))
        return empty_pb2.Empty()

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        """Read an existing resource."""
        properties = from_struct(request.properties)
        state = self._guard(context, lambda: self._deployment.read(request, properties))
        return resource_pb2.ReadResourceResponse(
            urn=state.urn,
            id=state.id,
            properties=to_struct(state.outputs, keep_secrets=request.acceptSecrets),
        )

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        """Call a provider's function."""
        args = from_struct(request.args)
        outputs, failures, unknown = self._guard(
            context,
            lambda: self._deployment.invoke(request.tok, args, request.provider, request.version),
        )
        response = resource_pb2.ResourceInvokeResponse(
            failures=[
                provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures
            ],
            unknown=unknown,
        )
        getattr(response, "return").CopyFrom(to_struct(outputs))
        return response

    def RegisterStackTransform(  # noqa: N802
        self, request: callback_pb2.Callback, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Let a transform see every registration."""
        del context
        self._deployment.callbacks.order.add_for_stack(request)
        return empty_pb2.Empty()

    def Call(  # noqa: N802
        self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CallResponse:
        """Refuse a method of a resource: what it does is known to its provider only."""
        message = (
            f"a rehearsal does not run methods of resources ({request.tok}). Run this program "
            "with the Pulumi CLI, or leave the call out while it is rehearsed"
        )
        return self._guard(context, lambda: _refuse(message))

    def SignalAndWaitForShutdown(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Let the program end: nothing here needs it any longer."""
        del request, context
        return empty_pb2.Empty()

    def Log(  # noqa: N802
        self, request: engine_pb2.LogRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Show what the program logs, but for its debugging."""
        del context
        level = _LEVELS.get(request.severity)
        if level is Level.ERROR:
            echo = request.message == _SHUT_DOWN and self._operation.failures
            if not self._operation.stopped and not echo:
                self._operation.fail(_in_our_words(request.message), request.urn)
        elif level is not None:
            self._operation.emit(Diagnostic(level, request.message, request.urn))
        return empty_pb2.Empty()

    def RequirePulumiVersion(  # noqa: N802
        self, request: engine_pb2.RequirePulumiVersionRequest, context: grpc.ServicerContext
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Accept any version: a rehearsal is no Pulumi CLI."""
        del request, context
        return engine_pb2.RequirePulumiVersionResponse()

    def _guard(self, context: grpc.ServicerContext, act: Callable[[], T]) -> T:
        if self._ended is None:
            try:
                return act()
            except Stopped:
                pass
            except RehearsalError as error:
                self._operation.fail(str(error))
            except (Abandoned, Exception) as error:  # noqa: BLE001 raised again by the engine
                with self._lock:
                    self._ended = self._ended or error
        context.abort(grpc.StatusCode.UNAVAILABLE, "the rehearsal has stopped")
        raise AssertionError  # abort raises


def _refuse(message: str) -> NoReturn:
    raise RehearsalError(message)


def _in_our_words(message: str) -> str:
    found = _LACKING.fullmatch(message)
    if found is None:
        return message
    return (
        f"a rehearsal does not run {found[1]}. Run this program with the Pulumi CLI, or leave "
        "them out while it is rehearsed"
    )


class Served:
    """A monitor on a loopback port, for as long as the ``with`` block lasts."""

    def __init__(self, monitor: Monitor, workers: int) -> None:
        """Serve up to ``workers`` calls at once."""
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="monitor")
        self._server = grpc.server(
            self._pool,
            options=[
                ("grpc.max_receive_message_length", MESSAGE_BYTES),
                ("grpc.max_send_message_length", MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
            ],
        )
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(monitor, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop once the calls under way are answered."""
        self._server.stop(grace=1).wait()
        self._pool.shutdown(wait=True)

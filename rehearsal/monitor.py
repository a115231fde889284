"""The resource monitor behind a recording: it notes every request and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2

from rehearsal.answers import Question, SimulatedMocks
from rehearsal.mocked_callbacks import MockedCallbacks
from rehearsal.recording import Registration
from rehearsal.registrations import read, registered, secret_names
from rehearsal.transforms import carry_outputs, settle_dependencies
from rehearsal.traps import Trap, Traps, place_of
from rehearsal.values import Secret, from_struct, reveal, to_struct

_STACK: Final = "pulumi:pulumi:Stack"
_STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"

_Response = TypeVar("_Response", resource_pb2.ResourceInvokeResponse, provider_pb2.CallResponse)


class RecordingMonitor(MockMonitor):
    """Pulumi's mock monitor, with the engine's URNs, every option, and traps.

    A problem does not stop the program, so that one run shows all of them.

    Args:
        mocks: where every answer comes from.
        traps: where problems are noted.
        lookups: the answer of each function that may be called and of each type that may be read
            inside a component, by token.
    """

    def __init__(
        self, mocks: SimulatedMocks, traps: Traps, lookups: Mapping[str, Mapping[str, Any]]
    ) -> None:
        super().__init__(mocks)
        self.callbacks = MockedCallbacks(self)
        self._answers = mocks
        self._traps = traps
        self._lookups = lookups
        self._registrations: list[Registration] = []
        self._component_outputs: dict[str, dict[str, Any] | None] = {}
        self._root = ""

    def finish(self) -> tuple[Registration, ...]:
        """Everything registered, once the program has ended."""
        for urn, outputs in self._component_outputs.items():
            if outputs is None:
                self._traps.outputs_not_registered(urn)
        return tuple(self._with_outputs(registration) for registration in self._registrations)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine builds it: the types of all parents, without the stack."""
        if parent in ("", self._root):
            return super().make_urn("", type_, name)
        return super().make_urn("", f"{parent.split('::')[2]}${type_}", name)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> Any:
        """Answer a registration; with transforms, by a coroutine that runs them first."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == _STACK:
            self._root = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        transforms = self.callbacks.order.for_resource(urn, request)
        if transforms:
            return self._transformed(urn, request, transforms)
        return self._registered(urn, request)

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Answer ``Resource.get``, which is a lookup inside a component."""
        urn = self.make_urn(request.parent, request.type, request.name)
        in_component = self._in_component(request.parent)
        needs_answer = in_component or request.type == _STACK_REFERENCE
        if needs_answer and request.type not in self._lookups:
            reader = "a component" if in_component else "the program"
            place = place_of(request.sourcePosition)
            self._traps.lookup(f"{reader} reads {request.type} {request.id!r}{place}")
        self._traps.check(urn, request, in_component=in_component)
        inputs = from_struct(request.properties)
        self._registrations.append(read(urn, request, self._root))
        question = Question(urn, request.type, request.name, inputs, request.provider, request.id)
        outputs = self._answers.existing(question) | dict(self._lookups.get(request.type, {}))
        outputs = self._keep(urn, request.id, outputs, request.additionalSecretOutputs)
        return resource_pb2.ReadResourceResponse(
            urn=urn, id=request.id, properties=to_struct(outputs)
        )

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Answer a provider function from ``lookups``; any other call is a problem."""
        if request.tok == _GET_RESOURCE:
            known = self.resources[from_struct(request.args)["urn"]]
            answer = {"urn": known.urn, "id": known.id, "state": known.state}
        else:
            answer = self._looked_up(request.tok)
        return _returning(resource_pb2.ResourceInvokeResponse(), answer)

    def Call(  # noqa: N802
        self, request: resource_pb2.ResourceCallRequest
    ) -> provider_pb2.CallResponse:
        """Answer a method of a resource the same way."""
        return _returning(provider_pb2.CallResponse(), self._looked_up(request.tok))

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Note the outputs of a component."""
        if request.urn in self._component_outputs:
            outputs = from_struct(request.outputs)
            self._traps.check_values(request.urn, outputs)
            self._component_outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def RegisterStackTransform(  # noqa: N802
        self, request: callback_pb2.Callback
    ) -> empty_pb2.Empty:
        """Run this transform on every resource from now on."""
        self.callbacks.order.add_for_stack(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(  # noqa: N802
        self, request: callback_pb2.Callback
    ) -> empty_pb2.Empty:
        """Refuse: answers of lookups are given, so there is no call to transform."""
        del request
        self._traps.report(
            Trap.INVOKE_TRANSFORM,
            "register_invoke_transform() was called, and a recording does not run invoke "
            "transforms. Test the transform by calling it.",
        )
        return empty_pb2.Empty()

    async def _transformed(
        self,
        urn: str,
        request: resource_pb2.RegisterResourceRequest,
        transforms: list[callback_pb2.Callback],
    ) -> resource_pb2.RegisterResourceResponse:
        carry_outputs(request)
        for transform in transforms:
            await self.callbacks.apply(transform, request)
        settle_dependencies(request)
        return self._registered(urn, request)

    def _registered(
        self, urn: str, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        self._traps.check(urn, request, in_component=self._in_component(request.parent))
        inputs = from_struct(request.object)
        self._traps.check_values(urn, inputs)
        self._registrations.append(registered(urn, request, self._root))
        if not request.custom:
            self._keep(urn, "", inputs, ())
            if not request.remote:
                self._component_outputs.setdefault(urn, None)
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        question = Question(
            urn, request.type, request.name, inputs, request.provider, request.importId
        )
        id_, outputs = self._answers.new_resource(question)
        for failure in question.failures:
            self._traps.invalid_input(urn, failure)
        outputs = self._keep(urn, id_, outputs, request.additionalSecretOutputs)
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=id_ or "", object=to_struct(outputs)
        )

    def _keep(
        self, urn: str, id_: str | None, outputs: dict[str, Any], secret: Any
    ) -> dict[str, Any]:
        for name in secret:
            if name in outputs and not isinstance(outputs[name], Secret):
                outputs[name] = Secret(outputs[name])
        self.resources[urn] = MockMonitor.ResourceRegistration(urn, id_ or "", outputs)
        return outputs

    def _in_component(self, parent: str) -> bool:
        return parent not in ("", self._root)

    def _looked_up(self, token: str) -> Mapping[str, Any]:
        if token not in self._lookups:
            self._traps.lookup(f"the program calls {token}")
        return self._lookups.get(token, {})

    def _with_outputs(self, registration: Registration) -> Registration:
        outputs = self._component_outputs.get(registration.urn)
        if outputs is None:
            return registration
        return dataclasses.replace(
            registration, component_outputs=reveal(outputs), secret_outputs=secret_names(outputs)
        )


def _returning(response: _Response, values: Mapping[str, Any]) -> _Response:
    # The field is named by a keyword of the language.
    getattr(response, "return").CopyFrom(to_struct(values))
    return response

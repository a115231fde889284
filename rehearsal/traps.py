"""The mistakes that Pulumi's own mocks let pass, found in the requests of a program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pulumi.runtime.proto import resource_pb2, source_pb2

from rehearsal.values import Secret

# The text that an f-string around an Output becomes. Source: pulumi/output.py, 3.272.
_OUTPUT_TEXT: Final = "Calling __str__ on an Output[T] is not supported"

Request = resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest


class Trap(StrEnum):
    """A mistake that a recording turns into a failure; the value is its name in messages."""

    LOOKUP = "lookup"
    RESOURCE_IN_APPLY = "resource in apply"
    DUPLICATE_URN = "duplicate URN"
    INVALID_INPUT = "invalid input"
    DEFAULT_PROVIDER = "default provider"
    OUTPUTS_NOT_REGISTERED = "outputs not registered"
    OUTPUT_AS_TEXT = "output as text"
    INVOKE_TRANSFORM = "invoke transform"


class Traps:
    """The problems of one program, in the order they were met.

    Args:
        allow: traps that are no problem for this program.
        disabled_providers: packages without a default provider; ``*`` means all.
    """

    def __init__(self, allow: Collection[Trap], disabled_providers: Collection[str]) -> None:
        self.problems: list[str] = []
        self._allow = allow
        self._disabled_providers = disabled_providers
        self._places: dict[str, str] = {}

    def report(self, trap: Trap, message: str) -> None:
        """Note a problem, unless the trap is allowed."""
        if trap not in self._allow:
            self.problems.append(f"{trap.value}: {message}")

    def check(self, urn: str, request: Request, *, in_component: bool) -> None:
        """Find what is wrong with where and how a resource is registered or read."""
        place = place_of(request.sourcePosition)
        if urn in self._places:
            self.report(
                Trap.DUPLICATE_URN,
                f"{urn} is registered{place} and already{self._places[urn]}. "
                "Give each resource of a type its own name.",
            )
        self._places.setdefault(urn, place)
        if _inside_apply(request.stackTrace):
            self.report(
                Trap.RESOURCE_IN_APPLY,
                f"{urn} is created inside apply{place}, so a preview cannot show it while the "
                "value is unknown. Create it outside and pass the output as an input.",
            )
        if isinstance(request, resource_pb2.ReadResourceRequest) or request.custom:
            self._check_provider(urn, request, in_component=in_component)

    def check_values(self, urn: str, values: Mapping[str, Any]) -> None:
        """Find outputs that were made into text, in inputs or in registered outputs."""
        place = self._places.get(urn, "")
        for name, value in values.items():
            if _contains_output_text(value):
                self.report(
                    Trap.OUTPUT_AS_TEXT,
                    f"property {name!r} of {urn}{place} holds an output made into "
                    "text. Use pulumi.Output.format() or .concat() instead of an f-string.",
                )

    def invalid_input(self, urn: str, failure: str) -> None:
        """Note what the provider would say of an input."""
        self.report(Trap.INVALID_INPUT, f"{urn}{self._places[urn]}: {failure}")

    def outputs_not_registered(self, urn: str) -> None:
        """Note a component that never called ``register_outputs``."""
        self.report(
            Trap.OUTPUTS_NOT_REGISTERED,
            f"component {urn}{self._places[urn]} never called register_outputs(). "
            "End its constructor with self.register_outputs({...}).",
        )

    def lookup(self, what: str) -> None:
        """Note a call or a read for which no answer was given."""
        self.report(
            Trap.LOOKUP,
            f"{what}. Constructors only declare: take the value as an argument. Where a whole "
            "program is recorded, give the answer: record(lookups={token: {...}}).",
        )

    def _check_provider(self, urn: str, request: Request, *, in_component: bool) -> None:
        package = request.type.split(":")[0]
        if request.provider or package == "pulumi":
            return
        if {package, "*"} & set(self._disabled_providers):
            reason = "default providers are disabled for it"
        elif in_component:
            reason = "a component takes its providers from its ground"
        else:
            return
        self.report(
            Trap.DEFAULT_PROVIDER,
            f"{urn}{self._places[urn]} uses the default provider of package {package!r}, but "
            f"{reason}. Pass an explicit provider to the component or the resource.",
        )


def place_of(position: source_pb2.SourcePosition) -> str:
    """The line of the program, as `` (network.py:12)``; empty where it is not known."""
    if not position.uri:
        return ""
    name = PurePosixPath(unquote(urlsplit(position.uri).path)).name
    return f" ({name}:{position.line})"


def _inside_apply(trace: source_pb2.StackTrace) -> bool:
    """Whether a constructor ran below the code of ``Output``, which only calls back from apply."""
    return any(frame.pc.uri.endswith("/pulumi/output.py") for frame in trace.frames)


def _contains_output_text(value: Any) -> bool:
    if isinstance(value, str):
        return _OUTPUT_TEXT in value
    if isinstance(value, Secret):
        return _contains_output_text(value.value)
    if isinstance(value, dict):
        return any(_contains_output_text(item) for item in value.values())
    if isinstance(value, list):
        return any(_contains_output_text(item) for item in value)
    return False

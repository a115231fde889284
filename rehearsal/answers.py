"""Mocks that answer as a cloud would: from simulated providers over an empty world."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from rehearsal.errors import ProviderError
from rehearsal.provider import SimulatedProvider
from rehearsal.sdk import Sdk
from rehearsal.values import contains_unknown
from rehearsal.world import World

_PROVIDERS: Final = "pulumi:providers:"
# Autonaming takes its random part from here, so that a program records the same every time.
_SEED: Final = b"rehearsal"


@cache
def _sdk() -> Sdk:
    """What the SDKs say does not change while tests run: it is learned once per process."""
    return Sdk()


@cache
def _version(package: str) -> str:
    return _sdk().version(package)


class Question(MockResourceArgs):
    """Pulumi's mock arguments with the URN that they lack, and room for the provider's refusals.

    Inputs are as in ``rehearsal.values``. ``failures`` are filled in by the answer.
    """

    def __init__(
        self,
        urn: str,
        type_: str,
        name: str,
        inputs: dict[str, Any],
        provider: str,
        resource_id: str,
    ) -> None:
        super().__init__(type_, name, inputs, provider, resource_id, custom=True)
        self.urn = urn
        self.failures: list[str] = []


class SimulatedMocks(Mocks):
    """The answers to one recording: ids and outputs in an update, unknown ones in a preview."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview
        self._world = World()
        self._providers: dict[str, SimulatedProvider] = {}

    def close(self) -> None:
        """Forget the world."""
        self._world.close()

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """The id, empty in a preview, and the outputs as in ``rehearsal.values``."""
        if not isinstance(args, Question):
            raise TypeError("these mocks answer a Question, which knows its URN")
        try:
            if args.typ.startswith(_PROVIDERS):
                return self._configured(args)
            return self._created(args)
        except ProviderError as error:
            args.failures.append(str(error))
            return args.resource_id, dict(args.inputs)

    def existing(self, question: Question) -> dict[str, Any]:
        """Plausible outputs of a resource that is read: it exists, so they are known."""
        known = {k: v for k, v in question.inputs.items() if not contains_unknown(v)}
        provider = self._provider(question.typ.split(":")[0])
        return provider.create(question.urn, question.typ, known).outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Refuse: a recording is given the answers of lookups."""
        raise NotImplementedError(args.token)

    def _configured(self, question: Question) -> tuple[str, dict[str, Any]]:
        provider = self._provider(question.typ.removeprefix(_PROVIDERS))
        checked = provider.check_config(question.urn, None, question.inputs)
        question.failures += [_text(f.property, f.reason) for f in checked.failures]
        provider.configure(question.urn, checked.inputs)
        return "" if self._preview else f"{question.name}-id", checked.inputs

    def _created(self, question: Question) -> tuple[str, dict[str, Any]]:
        provider = self._provider(question.typ.split(":")[0])
        configured = (question.provider or "").rpartition("::")[0]
        checked = provider.check(
            question.urn,
            question.typ,
            None,
            question.inputs,
            random_seed=_SEED,
            provider=configured,
        )
        question.failures += [_text(f.property, f.reason) for f in checked.failures]
        created = provider.create(
            question.urn,
            question.typ,
            checked.inputs,
            preview=self._preview,
            provider=configured,
        )
        return question.resource_id or created.id, created.outputs

    def _provider(self, package: str) -> SimulatedProvider:
        if package not in self._providers:
            self._providers[package] = SimulatedProvider(
                package, _version(package), _sdk(), self._world, whole=False
            )
        return self._providers[package]


def _text(property_: str, reason: str) -> str:
    return f"{property_}: {reason}" if property_ else reason

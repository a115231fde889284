"""A simulated provider over a world: Check, Diff, Create, Read, Update, Delete, Invoke."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rehearsal import diffing, invoking
from rehearsal.catalogue import Catalogue
from rehearsal.checking import Checker, Failure
from rehearsal.claims import Claims
from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError
from rehearsal.facts import accepts_anything, coerces
from rehearsal.invoking import InvokeResult
from rehearsal.lookup import Lookup
from rehearsal.naming import Autonaming, name_inputs, too_long
from rehearsal.object_ids import plain_id
from rehearsal.provider_config import ProviderConfigs, config_failures, inherit
from rehearsal.replacement import diff_inputs
from rehearsal.resource import Resource
from rehearsal.results import CheckResult, CreateResult, ReadResult
from rehearsal.sdk import Sdk
from rehearsal.values import Properties
from rehearsal.world import World


class SimulatedProvider:
    """One provider package, simulated; every method may be called from any thread.

    ``provider`` arguments name the configured provider (its URN) that a resource belongs to; left
    empty, the one configured last counts.
    """

    def __init__(self, package: str, version: str, sdk: Sdk, world: World) -> None:
        """``version`` is what the engine is told; ``world`` may be shared with other providers."""
        self.package = package
        self.version = version
        self._sdk = sdk
        self._world = world
        self._catalogue = Catalogue(package, sdk)
        self._configs = ProviderConfigs(package)
        self._lookup = Lookup(world)
        self._claims = Claims(world)

    def check_config(
        self, urn: str, olds: Mapping[str, Any] | None, news: Mapping[str, Any]
    ) -> CheckResult:
        """Check a provider's configuration; values other than text arrive as JSON text."""
        del urn, olds
        known = self._catalogue.of(f"pulumi:providers:{self.package}").known
        return CheckResult(dict(news), config_failures(known, news) if known else ())

    def diff_config(
        self, urn: str, old_inputs: Mapping[str, Any], news: Mapping[str, Any]
    ) -> DiffResult:
        """Compare two configurations of a provider."""
        del urn
        facts = self._catalogue.of(f"pulumi:providers:{self.package}").facts
        return diffing.result(diffing.compare(old_inputs, news), replaces=facts.replaces)

    def configure(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Take a provider's configuration into use; unknown values count as left out."""
        self._configs.take(urn, inputs)
        self._claims.forget(urn)

    def check(
        self,
        urn: str,
        type: str,  # noqa: A002
        olds: Mapping[str, Any] | None,
        news: Mapping[str, Any],
        *,
        random_seed: bytes = b"",
        autonaming: Autonaming | None = None,
        provider: str = "",
    ) -> CheckResult:
        """Check a resource's inputs, fill in its name and the provider's defaults."""
        learned = self._catalogue.of(type)
        known = learned.known
        if known is None and not accepts_anything(self.package):
            return CheckResult(dict(news), (Failure("", self._catalogue.no_such_type(type)),))
        failures: tuple[Failure, ...] = ()
        inputs = {name: value for name, value in news.items() if value is not None}
        if known is not None:
            checker = Checker(coerces=coerces(self.package))
            inputs = checker.fields(news, known.inputs, known.required, owner=type)
            failures = (*checker.failures, *too_long(type, learned.facts, inputs))
        name_inputs(type, urn, olds or {}, inputs, learned.facts, random_seed, autonaming)
        for name, value in learned.facts.defaults.items():
            inputs.setdefault(name, value)
        if known is not None:
            inherit(type, inputs, known, self._configs.of(provider))
        return CheckResult(inputs, failures)

    def diff(
        self,
        urn: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any] | None = None,
        news: Mapping[str, Any],
        ignore_changes: Iterable[str] = (),
    ) -> DiffResult:
        """Compare old inputs with new ones."""
        del id
        return diff_inputs(
            self._resource(urn, type),
            old_inputs,
            news,
            old_outputs=old_outputs or {},
            ignore_changes=ignore_changes,
        )

    def create(
        self,
        urn: str,
        type: str,  # noqa: A002
        inputs: Mapping[str, Any],
        *,
        preview: bool = False,
        provider: str = "",
    ) -> CreateResult:
        """Create an object, or say what creating it would give.

        Raises:
            ProviderError: an input is unknown outside a preview, the name is taken (in a preview:
                by an object or by another resource of the program), or a fault struck.
        """
        resource = self._resource(urn, type, provider)
        if preview:
            self._claims.plan(resource, inputs, resource.name(inputs))
            return CreateResult("", resource.planned(inputs))
        resource.refuse_unknown(inputs)
        generation = self._world.next_generation(urn)
        maker = resource.maker(inputs, generation)
        outputs = maker.outputs()
        key = resource.key(maker.id(), inputs, generation)
        self._world.put(resource.object(key, inputs, outputs, generation), new=True)
        return CreateResult(maker.id(), outputs)

    def read(
        self,
        urn: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> ReadResult:
        """The object as the world has it; for an import or ``get`` the id is enough."""
        del inputs
        found = self._lookup.find(urn, type, id, outputs)
        if found is None:
            return ReadResult("", {}, {})
        return ReadResult(plain_id(found.id), dict(found.inputs), dict(found.outputs))

    def update(
        self,
        urn: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any],
        news: Mapping[str, Any],
        preview: bool = False,
        provider: str = "",
    ) -> Properties:
        """Change an object in place; outputs that no input sets stay what they were.

        Raises:
            ProviderError: an input is unknown outside a preview, the object is gone, the name is
                taken, or a fault struck.
        """
        resource = self._resource(urn, type, provider)
        if preview:
            name = resource.name(news)
            if name != resource.name(old_inputs):
                self._claims.plan(resource, {}, name)
                self.plan_deletion(urn, type, id, outputs=old_outputs, provider=provider)
            return resource.changed(old_inputs, old_outputs, news)
        resource.refuse_unknown(news)
        found = self._lookup.find(urn, type, id, old_outputs)
        if found is None:
            raise ProviderError(
                f"NotFound: {type} {id!r} does not exist any more. Run a refresh, so that the "
                "state learns of it, and then this operation again."
            )
        outputs = resource.changed(old_inputs, old_outputs, news, found.generation)
        self._world.put(resource.object(found.id, news, outputs, found.generation))
        return outputs

    def delete(
        self,
        urn: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Delete an object; one that is gone already is no error."""
        del inputs
        self._lookup.remove(urn, type, id, outputs)

    def plan_deletion(
        self,
        urn: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        *,
        outputs: Mapping[str, Any] | None = None,
        provider: str = "",
    ) -> None:
        """Let a preview know that the object will be gone, and its name free, before what comes next."""
        found = self._lookup.find(urn, type, id, outputs)
        if found is not None:
            self._claims.let_go(provider, type, found.id)

    def invoke(
        self, token: str, args: Mapping[str, Any], *, preview: bool = False, provider: str = ""
    ) -> InvokeResult:
        """Call a function; the answer fits its declared result.

        Raises:
            ProviderError: the package has no such function.
        """
        del preview
        function = self._sdk.function(token)
        return invoking.answer(token, function, args, self._configs.of(provider))

    def recover(
        self,
        urn: str,
        type: str,  # noqa: A002
        known_ids: Collection[str] = (),
    ) -> ReadResult | None:
        """The object that an interrupted create left behind, if it got that far.

        It is the newest object of the URN and type whose id the state does not know yet
        (``known_ids``, an id as often as the state has it).
        """
        found = self._lookup.left_behind(urn, type, known_ids)
        if found is None:
            return None
        return ReadResult(plain_id(found.id), dict(found.inputs), dict(found.outputs))

    def _resource(self, urn: str, token: str, provider: str = "") -> Resource:
        learned = self._catalogue.of(token)
        config = self._configs.of(provider)
        return Resource(urn, token, learned.known, learned.facts, provider, config)

"""A simulated provider over a world: Check, Diff, Create, Read, Update, Delete, Invoke."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rehearsal import diffing, invoking
from rehearsal.catalogue import Catalogue
from rehearsal.checking import Checker, Failure
from rehearsal.claims import Claims
from rehearsal.clusters import replacing_inputs
from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError
from rehearsal.facts import accepts_anything, coerces
from rehearsal.facts.kubernetes_forms import object_failures
from rehearsal.invoking import InvokeResult
from rehearsal.kubernetes import Namespaces, normalise
from rehearsal.lookup import Lookup
from rehearsal.naming import Autonaming, name_inputs, too_long
from rehearsal.object_ids import plain_id
from rehearsal.provider_config import ProviderConfigs, config_failures, inherit
from rehearsal.replacement import diff_inputs, refuse_fixed
from rehearsal.resource import Resource
from rehearsal.results import CheckResult, CreateResult, ReadResult
from rehearsal.sdk import Sdk
from rehearsal.values import Properties
from rehearsal.world import World, WorldObject


class SimulatedProvider:
    """One provider package, simulated; every method may be called from any thread.

    ``provider`` arguments name the configured provider that a resource belongs to, as ``configure``
    does; left empty, the one configured last counts.
    """

    def __init__(
        self, package: str, version: str, sdk: Sdk, world: World, *, whole: bool = True
    ) -> None:
        """``version`` is what the engine is told; ``world`` may be shared with other providers.

        Unless the world is the ``whole`` one, namespaces that nobody made are taken for given.
        """
        self.package = package
        self.version = version
        self._sdk = sdk
        self._world = world
        self._catalogue = Catalogue(package, sdk)
        self._configs = ProviderConfigs(package, world)
        self._lookup = Lookup(world)
        self._claims = Claims(world)
        self._namespaces = Namespaces(world, self._claims) if whole else None

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
        replaces = replacing_inputs(old_inputs, news) if self.package == "kubernetes" else ()
        return diffing.result(diffing.compare(old_inputs, news), replaces=replaces)

    def configure(self, urn: str, inputs: Mapping[str, Any], *, id: str = "") -> str:  # noqa: A002
        """Take a provider's configuration into use; unknown values count as left out.

        While a provider is replaced, old and new share their URN; ``id`` tells them apart.

        Returns:
            What names the configured provider: its URN, with the id if there is one.
        """
        reference = f"{urn}::{id}" if id else urn
        self._configs.take(reference, urn, inputs)
        self._claims.forget(urn)
        return reference

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
        if self.package == "kubernetes":
            normalise(type, inputs)
        name_inputs(type, urn, olds or {}, inputs, learned.facts, random_seed, autonaming)
        for name, value in learned.facts.defaults.items():
            inputs.setdefault(name, value)
        inherit(type, inputs, known, self._configs.of(provider))
        if self.package == "kubernetes" and not failures:
            failures = tuple(object_failures(type, inputs, typed=known is not None))
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
        provider: str = "",
    ) -> DiffResult:
        """Compare old inputs with new ones."""
        del id
        return diff_inputs(
            self._resource(urn, type, provider),
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
                by an object or by another resource of the program), the namespace does not exist,
                or a fault struck.
        """
        resource = self._resource(urn, type, provider)
        if self._namespaces is not None:
            self._namespaces.refuse_missing_namespace(resource, inputs, preview=preview)
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
        provider: str = "",
    ) -> ReadResult:
        """The object as the world has it; for an import or ``get`` the id is enough."""
        del inputs
        found = self._find(urn, type, id, outputs, provider)
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
            ProviderError: an input is unknown outside a preview or cannot change, the object is
                gone, the name is taken, or a fault struck.
        """
        resource = self._resource(urn, type, provider)
        if preview:
            name = resource.name(news)
            if name != resource.name(old_inputs):
                self._claims.plan(resource, {}, name)
                self.plan_deletion(urn, type, id, outputs=old_outputs, provider=provider)
            outputs = resource.changed(old_inputs, old_outputs, news)
            refuse_fixed(resource, old_inputs, old_outputs, outputs)
            return outputs
        resource.refuse_unknown(news)
        found = self._find(urn, type, id, old_outputs, provider)
        if found is None:
            raise ProviderError(
                f"NotFound: {type} {id!r} does not exist any more. Run a refresh, so that the "
                "state learns of it, and then this operation again."
            )
        outputs = resource.changed(old_inputs, old_outputs, news, found.generation)
        refuse_fixed(resource, old_inputs, old_outputs, outputs)
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
        provider: str = "",
    ) -> None:
        """Delete an object and what is in it; one that is gone already is no error."""
        del inputs
        self._lookup.remove(urn, type, id, outputs, self._configs.of(provider).cluster)

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
        found = self._find(urn, type, id, outputs, provider)
        if found is not None:
            self._claims.let_go(self._configs.of(provider).urn, type, found.id)

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
        *,
        provider: str = "",
    ) -> ReadResult | None:
        """The object that an interrupted create left behind, if it got that far.

        It is the newest object of the URN and type whose id the state does not know yet
        (``known_ids``, an id as often as the state has it).
        """
        cluster = self._configs.of(provider).cluster
        found = self._lookup.left_behind(urn, type, known_ids, cluster)
        if found is None:
            return None
        return ReadResult(plain_id(found.id), dict(found.inputs), dict(found.outputs))

    def _find(
        self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None, provider: str
    ) -> WorldObject | None:
        return self._lookup.find(urn, token, id_, outputs, self._configs.of(provider).cluster)

    def _resource(self, urn: str, token: str, provider: str = "") -> Resource:
        learned = self._catalogue.of(token)
        return Resource(urn, token, learned.known, learned.facts, self._configs.of(provider))

"""A simulated provider over a world: Check, Diff, Create, Read, Update, Delete, Invoke."""

from __future__ import annotations

import difflib
import hashlib
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from rehearsal import diffing, invoking
from rehearsal.checking import Checker, Failure
from rehearsal.claims import Claims
from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError
from rehearsal.facts import (
    Facts,
    accepts_anything,
    coerces,
    facts_of,
    immutable_content,
    longest_name,
    may_share_ids,
)
from rehearsal.foresight import foreseen_id
from rehearsal.inner_fields import keep_inner
from rehearsal.naming import Autonaming, name_inputs, physical_name, was_named_automatically
from rehearsal.outputs import Maker, planned_outputs
from rehearsal.paths import ABSENT, get_path
from rehearsal.property_types import Shape
from rehearsal.provider_config import ProviderConfig, decoded, inherit, provider_config
from rehearsal.sdk import NOT_INSTALLED, ResourceType, Sdk
from rehearsal.values import UNKNOWN, Properties, Secret, contains_secret, contains_unknown, reveal
from rehearsal.world import World, WorldObject, already_exists

__all__ = [
    "Autonaming",
    "CheckResult",
    "CreateResult",
    "DiffResult",
    "Failure",
    "InvokeResult",
    "ProviderError",
    "ReadResult",
    "SimulatedProvider",
]

InvokeResult = invoking.InvokeResult

# What the engine itself adds to a provider's configuration.
_ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})


@dataclass(frozen=True)
class CheckResult:
    """Checked inputs, with names and defaults filled in, and what is wrong with them."""

    inputs: Properties
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class CreateResult:
    """A new object; in a preview ``id`` is empty and computed outputs are unknown."""

    id: str
    outputs: Properties


class ReadResult(NamedTuple):
    """An object as it is now; ``id`` is empty if it does not exist."""

    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class _Learned:
    """A type with everything known of it."""

    known: ResourceType | None
    facts: Facts


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
        self._learned: dict[str, _Learned] = {}
        self._configs: dict[str, ProviderConfig] = {}
        self._latest = ProviderConfig()
        self._lock = threading.Lock()
        # Two deletions of equal objects must not choose the same one.
        self._choosing = threading.Lock()
        self._claims = Claims()

    def check_config(
        self, urn: str, olds: Mapping[str, Any] | None, news: Mapping[str, Any]
    ) -> CheckResult:
        """Check a provider's configuration; values other than text arrive as JSON text."""
        del urn, olds
        token = f"pulumi:providers:{self.package}"
        known = self._learn(token).known
        own = {name: value for name, value in news.items() if name not in _ENGINE_KEYS}
        if known is None:
            return CheckResult(dict(news))
        checker = Checker(coerces=True)
        texts = {name for name, kind in known.inputs.items() if kind.shape is Shape.STRING}
        typed = {k: v if k in texts else decoded(v) for k, v in own.items()}
        checker.fields(typed, known.inputs, (), owner=token)
        return CheckResult(dict(news), tuple(checker.failures))

    def diff_config(
        self, urn: str, old_inputs: Mapping[str, Any], news: Mapping[str, Any]
    ) -> DiffResult:
        """Compare two configurations of a provider."""
        del urn
        facts = self._learn(f"pulumi:providers:{self.package}").facts
        return diffing.result(diffing.compare(old_inputs, news), replaces=facts.replaces)

    def configure(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Take a provider's configuration into use; unknown values count as left out."""
        plain = {name: decoded(reveal(value)) for name, value in inputs.items()}
        known = {name: value for name, value in plain.items() if not contains_unknown(value)}
        config = provider_config(self.package, known)
        if contains_secret(inputs.get("defaultTags")):
            config = replace(config, tags={key: Secret(tag) for key, tag in config.tags.items()})
        with self._lock:
            self._configs[urn] = config
            self._latest = config
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
        learned = self._learn(type)
        known = learned.known
        if known is None and not accepts_anything(self.package):
            return CheckResult(dict(news), (Failure("", self._no_such_type(type)),))
        failures: tuple[Failure, ...] = ()
        inputs = {name: value for name, value in news.items() if value is not None}
        if known is not None:
            checker = Checker(coerces=coerces(self.package))
            inputs = checker.fields(news, known.inputs, known.required, owner=type)
            failures = (*checker.failures, *_too_long(type, learned.facts, inputs))
        name_inputs(type, urn, olds or {}, inputs, learned.facts, random_seed, autonaming)
        for name, value in learned.facts.defaults.items():
            inputs.setdefault(name, value)
        if known is not None:
            inherit(type, inputs, known, self._config(provider))
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
        facts = self._learn(type).facts
        detailed: dict[str, diffing.Kind] = {
            path: kind
            for path, kind in diffing.compare(old_inputs, news).items()
            if kind != "add" or not _is_default(path, facts, news)
        }
        if not detailed:
            return DiffResult(changes=False)
        name = physical_name(type, facts, news, self._latest)
        return diffing.result(
            detailed,
            replaces=(
                *facts.replaces,
                *immutable_content(type, old_inputs),
                *_replacing_additions(detailed, facts, news, old_outputs or {}),
            ),
            keeps=facts.keeps,
            ignore_changes=ignore_changes,
            delete_before_replace=facts.single
            or (
                bool(name)
                and name == physical_name(type, facts, old_inputs, self._latest)
                and not was_named_automatically(urn, type, facts, old_inputs)
            ),
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
        learned = self._learn(type)
        name = physical_name(type, learned.facts, inputs, self._config(provider))
        if preview:
            self._refuse_taken(urn, type, inputs, name, provider)
            return CreateResult("", planned_outputs(learned.known, learned.facts, inputs))
        _refuse_unknown(type, inputs)
        generation = self._world.next_generation(urn)
        maker = self._maker(type, urn, generation, inputs, learned, provider)
        outputs = maker.outputs()
        self._world.put(
            WorldObject(
                type=type,
                id=self._key(urn, type, maker.id(), generation, inputs, provider),
                urn=urn,
                inputs=inputs,
                outputs=outputs,
                generation=generation,
                physical_name=name,
            ),
            new=True,
        )
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
        found = self._find(urn, type, id, outputs)
        if found is None:
            return ReadResult("", {}, {})
        return ReadResult(_id(found), dict(found.inputs), dict(found.outputs))

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
        learned = self._learn(type)
        name = physical_name(type, learned.facts, news, self._config(provider))
        if preview:
            if name != physical_name(type, learned.facts, old_inputs, self._config(provider)):
                self._refuse_taken(urn, type, {}, name, provider)
                self.plan_deletion(urn, type, id, outputs=old_outputs, provider=provider)
            return self._changed(urn, type, old_inputs, old_outputs, news, provider)
        _refuse_unknown(type, news)
        found = self._find(urn, type, id, old_outputs)
        if found is None:
            raise ProviderError(
                f"NotFound: {type} {id!r} does not exist any more. Run a refresh, so that the "
                "state learns of it, and then this operation again."
            )
        outputs = self._changed(
            urn, type, old_inputs, old_outputs, news, provider, found.generation
        )
        self._world.put(
            WorldObject(
                type=type,
                id=found.id,
                urn=urn,
                inputs=news,
                outputs=outputs,
                generation=found.generation,
                physical_name=name,
            )
        )
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
        if may_share_ids(type):
            with self._choosing:
                self._remove(urn, type, id, outputs)
        else:
            self._remove(urn, type, id, outputs)

    def _remove(self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None) -> None:
        found = self._find(urn, token, id_, outputs)
        # Asking for what is gone is an operation too, for those who count or disturb them.
        self._world.remove(token, found.id if found else "")

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
        found = self._find(urn, type, id, outputs)
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
        return invoking.answer(token, function, args, self._config(provider))

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
        known = Counter(known_ids)
        for found in self._world.find(urn):
            id_ = _id(found)
            if found.type == type and self._count(type, id_) > known[id_]:
                return ReadResult(id_, dict(found.inputs), dict(found.outputs))
        return None

    def _find(
        self, urn: str, token: str, id_: str, outputs: Mapping[str, Any] | None
    ) -> WorldObject | None:
        """The object with an id; of several with that id the URN's own, or else the one alike."""
        region = (outputs or {}).get("region")
        if not may_share_ids(token):
            elsewhere = self._world.get(token, f"{id_}\n{region}") if region else None
            found = elsewhere or self._world.get(token, id_)
            if found is None or region in (None, found.inputs.get("region", region)):
                return found
            return None

        def those(objects: Iterable[WorldObject]) -> list[WorldObject]:
            return [o for o in objects if o.type == token and _id(o) == id_]

        # An alias renames the resource, not the object; an import knows nothing but the id.
        several = those(self._world.find(urn)) or those(self._world.objects())
        wanted = reveal(dict(outputs or {}))
        alike = (found for found in several if reveal(dict(found.outputs)) == wanted)
        return next(alike, several[0] if several else None)

    def _count(self, token: str, id_: str) -> int:
        """How many objects have an id."""
        return sum(o.type == token and _id(o) == id_ for o in self._world.objects())

    def _key(
        self,
        urn: str,
        token: str,
        id_: str,
        generation: int,
        inputs: Mapping[str, Any],
        provider: str,
    ) -> str:
        """What the world knows an object by: its id, told apart where several may have it."""
        if may_share_ids(token):
            digest = hashlib.sha256(f"{urn}\n{generation}".encode()).hexdigest()
            return f"{id_}\n{digest}"
        region = inputs.get("region") if self.package == "aws" else None
        away = isinstance(region, str) and region != self._config(provider).region
        return f"{id_}\n{region}" if away else id_

    def _refuse_taken(
        self, urn: str, token: str, inputs: Mapping[str, Any], name: str, provider: str
    ) -> None:
        """Refuse a planned object whose name or id is taken in the world or by another plan."""
        learned, config = self._learn(token), self._config(provider)
        id_ = (
            foreseen_id(token, urn, inputs, learned.known, learned.facts, config) if inputs else ""
        )
        key = self._key(urn, token, id_, 0, inputs, provider) if id_ else ""
        holder = self._world.holder(token, key, name)
        if holder is not None and not self._claims.is_leaving(token, holder.id):
            raise already_exists(token, name or id_, urn, holder)
        other = self._claims.take(provider, token, {f"n{name}", f"i{key}"} - {"n", "i"}, urn)
        if other:
            raise ProviderError(
                f"AlreadyExists: there can be only one {token} named {name or id_!r}, but both "
                f"{other} and {urn} ask for it. Give one of them another name."
            )

    def _learn(self, token: str) -> _Learned:
        learned = self._learned.get(token)
        if learned is None:
            known = self._sdk.resource_type(token)
            learned = self._learned[token] = _Learned(known, facts_of(token, known))
        return learned

    def _config(self, provider: str) -> ProviderConfig:
        return self._configs.get(provider, self._latest)

    def _maker(
        self,
        token: str,
        urn: str,
        generation: int,
        inputs: Mapping[str, Any],
        learned: _Learned,
        provider: str,
    ) -> Maker:
        config = self._config(provider)
        return Maker(token, urn, generation, inputs, learned.known, learned.facts, config)

    def _changed(
        self,
        urn: str,
        token: str,
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any],
        news: Mapping[str, Any],
        provider: str,
        generation: int = 0,
    ) -> Properties:
        """Outputs of an update; without a ``generation`` those of its preview."""
        learned = self._learn(token)
        certain = {name: value for name, value in news.items() if not contains_unknown(value)}
        before = self._maker(token, urn, generation, old_inputs, learned, provider).outputs()
        after = self._maker(token, urn, generation, certain, learned, provider).outputs()
        planned = planned_outputs(learned.known, learned.facts, news)
        outputs = {name: after.get(name) for name in planned} if generation else planned
        keep_inner(learned.facts, outputs, news, old_outputs, (before, after))
        for name, value in old_outputs.items():
            # What the changed inputs do not touch stays what it was.
            untouched = name not in old_inputs and before.get(name) == after.get(name)
            if untouched and news.get(name) is None:
                outputs[name] = value
        for name, condition in learned.facts.counts.items():
            if name in old_outputs and (not condition or news.get(condition) is True):
                outputs[name] = old_outputs[name] + 1 if generation else UNKNOWN
        return {name: value for name, value in outputs.items() if value is not None}

    def _no_such_type(self, token: str) -> str:
        version = self._sdk.version(self.package)
        if version == NOT_INSTALLED:
            return (
                f"the SDK of package {self.package!r} is not installed, so {token!r} cannot be "
                f"rehearsed; install it beside the program (pulumi-{self.package})"
            )
        close = difflib.get_close_matches(token, self._sdk.similar(token), n=1, cutoff=0.8)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return (
            f"the installed SDK of package {self.package!r} ({version}) "
            f"has no resource type {token!r}{hint}"
        )


def _id(found: WorldObject) -> str:
    return found.id.partition("\n")[0]


def _too_long(token: str, facts: Facts, inputs: Mapping[str, Any]) -> tuple[Failure, ...]:
    name, limit = inputs.get(facts.name), longest_name(token, facts)
    if limit is None or not isinstance(name, str) or len(name) <= limit:
        return ()
    reason = f"{name!r} has {len(name)} characters, and {token} takes at most {limit}: shorten it"
    return (Failure(facts.name, reason),)


def _replacing_additions(
    detailed: Mapping[str, diffing.Kind],
    facts: Facts,
    news: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
) -> list[str]:
    """New blocks that set a field which cannot change to something other than it was."""
    return [
        path
        for path, kind in detailed.items()
        for field in facts.replaces
        if kind == "add" and field.startswith(f"{path}.")
        if get_path(news, field) not in (ABSENT, get_path(old_outputs, field))
    ]


def _is_default(path: str, facts: Facts, news: Mapping[str, Any]) -> bool:
    """Whether an input that was not there before says no more than its absence did."""
    return path in facts.defaults and facts.defaults[path] == news.get(path)


def _refuse_unknown(token: str, inputs: Mapping[str, Any]) -> None:
    if any(map(contains_unknown, inputs.values())):
        unknown = sorted(name for name, value in inputs.items() if contains_unknown(value))
        raise ProviderError(
            f"{token}: {', '.join(unknown)} has no known value outside a preview. "
            "The resource it comes from was not created."
        )

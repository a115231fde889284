"""A resource as one call to its provider names it, and what the provider makes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.errors import ProviderError
from rehearsal.facts import Facts, may_share_ids
from rehearsal.foresight import foreseen_id
from rehearsal.inner_fields import keep_inner
from rehearsal.naming import physical_name
from rehearsal.object_ids import placed_id, shared_id
from rehearsal.outputs import Maker, planned_outputs
from rehearsal.paths import ABSENT, get_path, set_path
from rehearsal.provider_config import ProviderConfig
from rehearsal.sdk import ResourceType
from rehearsal.values import UNKNOWN, Properties, contains_unknown
from rehearsal.world import WorldObject


@dataclass(frozen=True)
class Resource:
    """A resource with everything known of its type and its provider.

    Attributes:
        urn: the resource's URN.
        type: its type token.
        known: what the SDK says of the type; ``None`` for a type that no SDK lists.
        facts: what else is known of it.
        config: its provider's configuration.
    """

    urn: str
    type: str
    known: ResourceType | None
    facts: Facts
    config: ProviderConfig

    def name(self, inputs: Mapping[str, Any]) -> str:
        """What no other object of the type may be called; empty where names may repeat."""
        return physical_name(self.type, self.facts, inputs, self.config)

    def maker(self, inputs: Mapping[str, Any], generation: int) -> Maker:
        """Who makes the id and the outputs."""
        return Maker(self.type, self.urn, generation, inputs, self.known, self.facts, self.config)

    def key(self, id_: str, inputs: Mapping[str, Any], generation: int) -> str:
        """What the world knows the object by."""
        if may_share_ids(self.type):
            return shared_id(id_, self.urn, generation)
        if self.type.startswith("kubernetes:"):
            return placed_id(id_, self.config.cluster)
        region = inputs.get("region") if self.type.startswith("aws:") else None
        if isinstance(region, str) and region != self.config.region:
            return placed_id(id_, region)
        return id_

    def object(
        self, key: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any], generation: int
    ) -> WorldObject:
        """The object as the world is to have it."""
        return WorldObject(
            type=self.type,
            id=key,
            urn=self.urn,
            inputs=inputs,
            outputs=outputs,
            generation=generation,
            physical_name=self.name(inputs),
        )

    def foreseen_id(self, inputs: Mapping[str, Any]) -> str:
        """The id that an object will have, if its inputs say it openly; else empty."""
        return foreseen_id(self.type, self.urn, inputs, self.known, self.facts, self.config)

    def planned(self, inputs: Mapping[str, Any]) -> Properties:
        """Outputs that the preview of a creation shows."""
        return planned_outputs(self.known, self.facts, inputs)

    def changed(
        self,
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any],
        news: Mapping[str, Any],
        generation: int = 0,
    ) -> Properties:
        """Outputs of an update; without a ``generation`` those of its preview."""
        certain = {name: value for name, value in news.items() if not contains_unknown(value)}
        before = self.maker(old_inputs, generation).outputs()
        after = self.maker(certain, generation).outputs()
        planned = self.planned(news)
        outputs = {name: after.get(name) for name in planned} if generation else planned
        keep_inner(self.facts, outputs, news, old_outputs, (before, after))
        for name, value in old_outputs.items():
            # What the changed inputs do not touch stays what it was.
            untouched = name not in old_inputs and before.get(name) == after.get(name)
            if untouched and news.get(name) is None:
                outputs[name] = value
        for path, condition in self.facts.counts.items():
            count = get_path(old_outputs, path)
            if count is ABSENT or (condition and news.get(condition) is not True):
                continue
            # The preview of one inside an output says it, or nothing of that output would be known.
            known = generation or "." in path
            outputs = set_path(outputs, path, type(count)(int(count) + 1) if known else UNKNOWN)
        return {name: value for name, value in outputs.items() if value is not None}

    def refuse_unknown(self, inputs: Mapping[str, Any]) -> None:
        """Make sure that every input is known, as it has to be outside a preview.

        Raises:
            ProviderError: one is not.
        """
        unknown = sorted(name for name, value in inputs.items() if contains_unknown(value))
        if unknown:
            raise ProviderError(
                f"{self.type}: {', '.join(unknown)} has no known value outside a preview. "
                "The resource it comes from was not created."
            )

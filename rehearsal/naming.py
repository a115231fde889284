"""Physical names: made when left out, kept when made before, unique where a cloud wants it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from rehearsal.checking import Failure
from rehearsal.facts import Facts, longest_name
from rehearsal.facts.kubernetes import is_cluster_wide
from rehearsal.provider_config import ProviderConfig
from rehearsal.values import Properties, contains_unknown, reveal

_RANDOM_LENGTH: Final = 7
_KUBERNETES_RANDOM_LENGTH: Final = 8
_AUTONAMED: Final = "pulumi.com/autonamed"


@dataclass(frozen=True)
class Autonaming:
    """The engine's wish for a name: proposed, enforced, or none to be made at all."""

    proposed_name: str = ""
    mode: Literal["propose", "enforce", "disable"] = "propose"


def name_inputs(
    token: str,
    urn: str,
    olds: Mapping[str, Any],
    inputs: Properties,
    facts: Facts,
    random_seed: bytes,
    autonaming: Autonaming | None,
) -> None:
    """Fill in the name that was left out: the old one, or a new one drawn from the seed."""
    if autonaming is not None and autonaming.mode == "disable":
        return
    proposed = autonaming.proposed_name if autonaming else ""
    if token.startswith("kubernetes:"):
        _name_metadata(token, urn, olds, inputs, random_seed, proposed)
    elif facts.name and not inputs.get(facts.name) and not _excluded(facts, inputs):
        kept = reveal(olds.get(facts.name))
        inputs[facts.name] = kept or proposed or _auto_name(urn, facts, random_seed)


def physical_name(
    token: str, facts: Facts, inputs: Mapping[str, Any], config: ProviderConfig
) -> str:
    """What no other object of the type may be called; empty where names may repeat or are unknown."""
    if token.startswith("kubernetes:"):
        metadata: Any = reveal(inputs.get("metadata"))
        if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
            return ""
        name = metadata["name"]
        if not is_cluster_wide(token.rpartition(":")[2]):
            name = f"{metadata.get('namespace') or 'default'}/{name}"
        return name_in_cluster(name, config)
    name = inputs.get(facts.name) if facts.unique and facts.name else None
    if not isinstance(name, str):
        return ""
    if facts.scope is None:
        scope = [inputs.get("region")]
    else:
        scope = [inputs.get(word) or getattr(config, word, None) for word in facts.scope]
    if any(contains_unknown(place) for place in scope):
        return ""
    within = "/".join(str(reveal(place)) for place in scope if place is not None)
    return f"{name} in {within}" if within else name


def name_in_cluster(name: str, config: ProviderConfig) -> str:
    """What no other object of the type in any cluster is called."""
    return f"{name} in {config.cluster}" if config.cluster else name


def too_long(token: str, facts: Facts, inputs: Mapping[str, Any]) -> tuple[Failure, ...]:
    """The failure of a given name with more characters than the type takes."""
    name, limit = inputs.get(facts.name), longest_name(token, facts)
    if limit is None or not isinstance(name, str) or len(name) <= limit:
        return ()
    reason = f"{name!r} has {len(name)} characters, and {token} takes at most {limit}: shorten it"
    return (Failure(facts.name, reason),)


def was_named_automatically(urn: str, token: str, facts: Facts, inputs: Mapping[str, Any]) -> bool:
    """Whether a replacement will get another name by itself."""
    if token.startswith("kubernetes:"):
        metadata: Any = reveal(inputs.get("metadata")) or {}
        annotations: Any = metadata.get("annotations") or {}
        return isinstance(annotations, dict) and annotations.get(_AUTONAMED) == "true"
    marker = "\0"
    shape = facts.auto_name.format(logical=_logical(urn, facts), random=marker)
    drawn = re.escape(shape).replace(re.escape(marker), rf"[0-9a-f]{{{_RANDOM_LENGTH}}}")
    name = reveal(inputs.get(facts.name))
    return isinstance(name, str) and re.fullmatch(drawn, name) is not None


def _name_metadata(
    token: str,
    urn: str,
    olds: Mapping[str, Any],
    inputs: Properties,
    random_seed: bytes,
    proposed: str,
) -> None:
    metadata: Any = inputs.get("metadata", {})
    if token.endswith(("List", "Patch")) or not isinstance(metadata, dict):
        return
    if metadata.get("name") or metadata.get("generateName"):
        return
    before: Any = reveal(olds.get("metadata")) or {}
    logical = urn.rpartition("::")[2]
    drawn = _random(urn, random_seed, _KUBERNETES_RANDOM_LENGTH)
    annotations: Any = metadata.get("annotations") or {}
    inputs["metadata"] = {
        **metadata,
        "name": before.get("name") or proposed or f"{logical}-{drawn}",
        "annotations": {**annotations, _AUTONAMED: "true"},
    }


def _excluded(facts: Facts, inputs: Mapping[str, Any]) -> bool:
    return inputs.get(f"{facts.name}Prefix") is not None


def _auto_name(urn: str, facts: Facts, random_seed: bytes) -> str:
    drawn = _random(urn, random_seed, _RANDOM_LENGTH)
    return facts.auto_name.format(logical=_logical(urn, facts), random=drawn)


def _logical(urn: str, facts: Facts) -> str:
    fixed = len(facts.auto_name.format(logical="", random="")) + _RANDOM_LENGTH
    return urn.rpartition("::")[2][: facts.name_limit - fixed]


def _random(urn: str, random_seed: bytes, length: int) -> str:
    return hashlib.blake2b(urn.encode(), key=random_seed[:64], digest_size=16).hexdigest()[:length]

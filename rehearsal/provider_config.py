"""What a provider's configuration means for its resources."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rehearsal.checking import Checker, Failure
from rehearsal.clusters import cluster_of
from rehearsal.facts.kubernetes import is_cluster_wide
from rehearsal.property_types import Shape
from rehearsal.sdk import ResourceType
from rehearsal.values import Properties, Secret, contains_secret, contains_unknown, reveal
from rehearsal.world import World

# What the engine itself adds to a provider's configuration.
_ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})


@dataclass(frozen=True)
class ProviderConfig:
    """Where a configured provider works.

    ``urn`` is the provider's own. ``tags`` are put on whatever can carry tags. ``mutable`` are the
    Kubernetes kinds whose content changes in place, ``cluster`` tells the cluster from others.
    """

    urn: str = ""

    region: str = "us-east-1"
    zone: str = "us-east-1a"
    account: str = "123456789012"
    project: str = "rehearsal"
    namespace: str = "default"
    tags: Mapping[str, Any] = field(default_factory=dict)
    mutable: frozenset[str] = frozenset()
    cluster: str = ""


class ProviderConfigs:
    """The configured providers of one package; safe to share between threads."""

    def __init__(self, package: str, world: World) -> None:
        """Nothing is configured; clusters of ``world`` are known by their addresses."""
        self._package = package
        self._world = world
        self._lock = threading.Lock()
        self._configs: dict[str, ProviderConfig] = {}
        self._latest = ProviderConfig()

    def take(self, reference: str, urn: str, inputs: Mapping[str, Any]) -> None:
        """Take a configuration into use; unknown values count as left out."""
        plain = {name: decoded(reveal(value)) for name, value in inputs.items()}
        known = {name: value for name, value in plain.items() if not contains_unknown(value)}
        config = replace(provider_config(self._package, known), urn=urn)
        if self._package == "kubernetes":
            config = replace(config, cluster=cluster_of(self._world, known))
        if contains_secret(inputs.get("defaultTags")):
            config = replace(config, tags={key: Secret(tag) for key, tag in config.tags.items()})
        with self._lock:
            self._configs[reference] = config
            self._latest = config

    def of(self, reference: str) -> ProviderConfig:
        """A provider's configuration; the latest one if the provider was not configured."""
        return self._configs.get(reference, self._latest)


def config_failures(known: ResourceType, inputs: Mapping[str, Any]) -> tuple[Failure, ...]:
    """What is wrong with a configuration; ``known`` is the provider's own type."""
    checker = Checker(coerces=True)
    texts = {name for name, kind in known.inputs.items() if kind.shape is Shape.STRING}
    typed = {
        name: value if name in texts else decoded(value)
        for name, value in inputs.items()
        if name not in _ENGINE_KEYS
    }
    checker.fields(typed, known.inputs, (), owner=known.token)
    return tuple(checker.failures)


def decoded(value: Any) -> Any:
    """A configuration value in its own type; it travels as JSON text unless it is text itself."""
    if isinstance(value, Secret):
        return Secret(decoded(value.value))
    if not isinstance(value, str) or not re.match(r"[\[{\"]|true$|false$|-?\d", value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def provider_config(package: str, inputs: Mapping[str, Any]) -> ProviderConfig:
    """The meaning of known, decoded configuration values."""
    fallback = ProviderConfig()
    region = str(inputs.get("region") or ("europe-west1" if package == "gcp" else fallback.region))
    accounts: list[Any] = inputs.get("allowedAccountIds") or [fallback.account]
    tags: Any = inputs.get("defaultTags") or {}
    return ProviderConfig(
        region=region,
        zone=str(inputs.get("zone") or f"{region}-b"),
        account=str(accounts[0]),
        project=str(inputs.get("project") or fallback.project),
        namespace=str(inputs.get("namespace") or fallback.namespace),
        tags=tags.get("tags") or {} if isinstance(tags, dict) else {},
        mutable=frozenset(
            kind for kind in ("ConfigMap", "Secret") if inputs.get(f"enable{kind}Mutable") is True
        ),
    )


def inherit(
    token: str, inputs: Properties, known: ResourceType | None, config: ProviderConfig
) -> None:
    """Fill in what a resource takes over from its provider, as real ones do in their check."""
    if token.startswith("kubernetes:"):
        _inherit_namespace(token, inputs, known, config)
    elif known is not None and known.package == "aws":
        _inherit_region_and_tags(inputs, known, config)


def _inherit_region_and_tags(
    inputs: Properties, known: ResourceType, config: ProviderConfig
) -> None:
    """Source: ``provider/region.go`` and ``provider/tags.go`` of pulumi/pulumi-aws 7."""
    if "region" in known.inputs and inputs.get("region") is None:
        inputs["region"] = config.region
    tags = inputs.get("tags")
    if config.tags and "tagsAll" in known.outputs and "tags" in known.inputs:
        if tags is None or isinstance(tags, dict):
            inputs["tags"] = {**config.tags, **(tags or {})}
        elif isinstance(tags, Secret) and isinstance(tags.value, dict):
            inputs["tags"] = Secret({**config.tags, **tags.value})


def _inherit_namespace(
    token: str, inputs: Properties, known: ResourceType | None, config: ProviderConfig
) -> None:
    """Source: ``Check`` in ``provider/pkg/provider/provider.go`` of pulumi/pulumi-kubernetes 4."""
    kind = token.rpartition(":")[2]
    is_object = "apiVersion" in (known.inputs if known else inputs)
    if not is_object or is_cluster_wide(kind) or kind.endswith("List"):
        return
    metadata = inputs.get("metadata", {})
    if isinstance(metadata, dict) and not metadata.get("namespace"):
        inputs["metadata"] = {**metadata, "namespace": config.namespace}

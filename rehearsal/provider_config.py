"""What a provider's configuration means for its resources."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.facts.kubernetes import CLUSTER_WIDE
from rehearsal.sdk import ResourceType
from rehearsal.values import Properties, Secret


@dataclass(frozen=True)
class ProviderConfig:
    """Where a configured provider works. ``tags`` are put on whatever can carry tags."""

    region: str = "us-east-1"
    zone: str = "us-east-1a"
    account: str = "123456789012"
    project: str = "rehearsal"
    namespace: str = "default"
    tags: Mapping[str, Any] = field(default_factory=dict)


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
    )


def inherit(token: str, inputs: Properties, known: ResourceType, config: ProviderConfig) -> None:
    """Fill in what a resource takes over from its provider, as real ones do in their check."""
    if known.package == "aws":
        _inherit_region_and_tags(inputs, known, config)
    elif known.package == "kubernetes":
        _inherit_namespace(token, inputs, known, config)


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
    token: str, inputs: Properties, known: ResourceType, config: ProviderConfig
) -> None:
    """Source: ``Check`` in ``provider/pkg/provider/provider.go`` of pulumi/pulumi-kubernetes 4."""
    kind = token.rpartition(":")[2]
    if kind in CLUSTER_WIDE or kind.endswith("List") or "apiVersion" not in known.inputs:
        return
    metadata = inputs.get("metadata", {})
    if isinstance(metadata, dict) and not metadata.get("namespace"):
        inputs["metadata"] = {**metadata, "namespace": config.namespace}

"""What the Kubernetes provider and an API server do with objects beyond the facts of single types.

Source: pulumi/pulumi-kubernetes ``provider/pkg/provider/{diff,provider}.go`` (forceNewProperties,
normalizeInputs, annotateSecrets), checked 2026-11-21.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from rehearsal.claims import Claims
from rehearsal.clusters import PUBLISHED, label_of
from rehearsal.errors import ProviderError
from rehearsal.facts.kubernetes import GIVEN_NAMESPACES, NAMESPACE, content, is_cluster_wide
from rehearsal.naming import name_in_cluster
from rehearsal.object_ids import place_of, plain_id
from rehearsal.provider_config import ProviderConfig
from rehearsal.resource import Resource
from rehearsal.values import Properties, Secret, contains_secret, contains_unknown, reveal
from rehearsal.world import Contents, World, WorldObject


class Namespaces:
    """The namespaces of every cluster, those that a preview plans included."""

    def __init__(self, world: World, claims: Claims) -> None:
        """Nothing is asked of either yet."""
        self._world = world
        self._claims = claims

    def refuse_missing_namespace(
        self, resource: Resource, inputs: Mapping[str, Any], *, preview: bool
    ) -> None:
        """Make sure that a new object's namespace is there.

        The one that the provider is configured with belongs to what the stack stands on.

        Raises:
            ProviderError: it is not.
        """
        kind = resource.type.rpartition(":")[2]
        metadata: Any = reveal(inputs.get("metadata"))
        if not resource.type.startswith("kubernetes:") or not isinstance(metadata, dict):
            return
        namespace = metadata.get("namespace")
        if is_cluster_wide(kind) or kind.endswith("Patch") or not isinstance(namespace, str):
            return
        if namespace in GIVEN_NAMESPACES or namespace == resource.config.namespace:
            return
        name = name_in_cluster(namespace, resource.config)
        planned = preview and self._claims.has_planned_name(NAMESPACE, name)
        if not planned and self._world.holder(NAMESPACE, "", name) is None:
            raise ProviderError(
                f'NotFound: namespaces "{namespace}" not found, which {resource.urn} is to be in. '
                "Create it in the same program and take its name from `namespace.metadata.name`, so "
                "that it is made first."
            )


def normalise(token: str, inputs: Properties) -> None:
    """Bring inputs into the form in which the provider keeps them.

    A list with a secret in it is secret as a whole, and the text of a Secret is in its data.
    """
    for name, value in inputs.items():
        inputs[name] = _with_secret_lists(value)
    given = inputs.get("stringData")
    if token == "kubernetes:core/v1:Secret" and given and not contains_unknown(inputs):  # noqa: S105
        encoded = {key: _base64(text) for key, text in reveal(given).items()}
        inputs["data"] = Secret({**(reveal(inputs.get("data")) or {}), **encoded})
        del inputs["stringData"]


def replacing_content(
    token: str, news: Mapping[str, Any], config: ProviderConfig
) -> tuple[str, ...]:
    """The inputs of a ConfigMap or Secret whose change makes a new one."""
    mutable = token.rpartition(":")[2] in config.mutable and news.get("immutable") is not True
    return () if mutable else content(token)


def frozen_content(token: str, old_inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs of a ConfigMap or Secret that was declared immutable."""
    frozen = content(token)
    return (*frozen, "immutable") if frozen and old_inputs.get("immutable") is True else ()


def contents(found: WorldObject) -> Contents | None:
    """What goes with an object that is deleted; ``None`` for nothing."""
    if found.type == NAMESPACE:
        return Contents("kubernetes:", f"{plain_id(found.id)}/", place_of(found.id))
    if found.type in PUBLISHED:
        return Contents("kubernetes:", "", label_of(found))
    return None


def _with_secret_lists(value: Any) -> Any:
    if isinstance(value, list) and contains_secret(value):
        return Secret(reveal(value))
    if isinstance(value, dict):
        return {key: _with_secret_lists(item) for key, item in value.items()}
    return value


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

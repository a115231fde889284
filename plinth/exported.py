"""An exported state as rules are shown it: ``pulumi stack export``, or a rehearsal's own file.

Source: pulumi/pulumi ``sdk/go/common/apitype/core.go`` (UntypedDeployment, ResourceV3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plinth.errors import PlinthError
from policies.view import MASKED_SECRET
from rehearsal.analysis import AnalyzedResource
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY

VERSION: Final = 3
_PLAINTEXT: Final = "plaintext"


@dataclass(frozen=True)
class Exported:
    """The resources of a state: each with its inputs, and again with its outputs."""

    inputs: tuple[AnalyzedResource, ...]
    outputs: tuple[AnalyzedResource, ...]


def read_state(path: Path) -> Exported:
    """The state exported to ``path``. Secrets that are encrypted there stay unknown.

    Raises:
        PlinthError: the file is not there, or is no exported state; the message says what to do.
    """
    advice = "Name what `pulumi stack export --file FILE` wrote."
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlinthError(f"{path} cannot be read: {error.strerror}. {advice}") from error
    except (ValueError, RecursionError) as error:
        raise PlinthError(f"{path} is no JSON document: {error}. {advice}") from error
    if not isinstance(document, Mapping):
        raise PlinthError(f"{path} is no exported state: it holds no object. {advice}")
    version = document.get("version")
    if version != VERSION:
        raise PlinthError(
            f"{path} is a state of version {version!r}; this command reads version {VERSION}. "
            f"Export it anew with a current Pulumi."
        )
    # A backend's own file calls the deployment differently.
    latest = document.get("checkpoint")
    deployment = document.get("deployment") or (latest if isinstance(latest, Mapping) else {}).get(
        "latest"
    )
    if not isinstance(deployment, Mapping):
        raise PlinthError(f"{path} is no exported state: it holds no deployment. {advice}")
    resources = deployment.get("resources")
    if not isinstance(resources, list | None):
        raise PlinthError(f"{path} is no exported state: `resources` is no list. {advice}")
    kept = [each for each in resources or () if not (isinstance(each, dict) and each.get("delete"))]
    wrong = [index for index, each in enumerate(kept) if not _is_resource(each)]
    if wrong:
        raise PlinthError(
            f"{path} is no exported state: resources[{wrong[0]}] has no urn or no type. {advice}"
        )
    providers = {each["urn"]: each for each in kept}
    return Exported(
        tuple(_shown(each, "inputs", providers) for each in kept),
        tuple(_shown(each, "outputs", providers) for each in kept),
    )


def _is_resource(each: Any) -> bool:
    if not isinstance(each, Mapping):
        return False
    return all(isinstance(each.get(key), str) for key in ("urn", "type")) and (
        each["urn"].count("::") >= 3  # noqa: PLR2004 stack, project, types, name
    )


def _shown(
    each: Mapping[str, Any], which: str, providers: Mapping[str, Mapping[str, Any]]
) -> AnalyzedResource:
    secrets: list[str] = []
    properties = _unwrapped(each.get(which) or {}, "", secrets)
    provider_urn = str(each.get("provider") or "").rpartition("::")[0]
    provider = providers.get(provider_urn, {})
    return AnalyzedResource(
        urn=each["urn"],
        type=each["type"],
        name=each["urn"].rpartition("::")[2],
        properties=properties if isinstance(properties, Mapping) else {},
        parent=each.get("parent") or "",
        provider_urn=provider_urn,
        provider_type=provider.get("type", ""),
        provider_properties=_unwrapped(provider.get("inputs") or {}, "", []),
        protect=bool(each.get("protect")),
        dependencies=tuple(each.get("dependencies") or ()),
        property_dependencies={
            key: tuple(urns or ()) for key, urns in (each.get("propertyDependencies") or {}).items()
        },
        secrets=frozenset(secrets),
        source_position=each.get("sourcePosition") or "",
    )


def _unwrapped(value: Any, path: str, secrets: list[str]) -> Any:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            secrets.append(path)
            text = value.get(_PLAINTEXT)
            try:
                return json.loads(text) if isinstance(text, str) else MASKED_SECRET
            except ValueError:
                return MASKED_SECRET
        return {
            key: _unwrapped(inner, f"{path}.{key}" if path else key, secrets)
            for key, inner in value.items()
            if not key.startswith("__")
        }
    if isinstance(value, list):
        return [_unwrapped(inner, f"{path}[{n}]", secrets) for n, inner in enumerate(value)]
    return value

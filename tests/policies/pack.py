"""Our packs, run as anybody's are."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import policies
from policies.subject import Resource
from rehearsal.analysis import AnalyzedResource
from rehearsal.packs import PolicyPack

FOLDER = Path(policies.__file__).parent


@contextmanager
def running(
    name: str, policy_config: Mapping[str, Mapping[str, Any]] | None = None
) -> Generator[PolicyPack]:
    """The pack ``name``, started as the engine starts it for a preview."""
    pack = PolicyPack(
        FOLDER / name,
        project="example",
        stack="prod",
        policy_config=policy_config,
        dry_run=True,
    )
    with closing(pack):
        yield pack


def analyzed(resource: Resource) -> AnalyzedResource:
    """``resource`` as an engine shows it to a pack."""
    provider = resource.provider
    return AnalyzedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=resource.props,
        parent=resource.parent,
        provider_urn=provider.urn if provider else "",
        provider_type=provider.type if provider else "",
        provider_properties=provider.props if provider else {},
        protect=resource.protect,
        options={"protect": resource.protect},
        dependencies=tuple(resource.dependencies),
        property_dependencies={k: tuple(v) for k, v in resource.property_dependencies.items()},
        secrets=resource.secrets,
    )

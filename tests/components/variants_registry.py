"""The registry on Google Cloud, for the contract tests."""

from __future__ import annotations

from typing import Any

from components.environment import Environment
from components.registry import Registry, RegistrySpec, create_registry
from tests.components.variants import (
    Variant,
    adopted_gcp_keys,
    adopted_gcp_network,
    gcp_cloud,
    registry_outputs,
)


def gcp_registry(environment: Environment, **asked: Any) -> Registry:
    """A registry on Google Cloud and what it stands on."""
    cloud = gcp_cloud(environment)
    spec = RegistrySpec.resolve(environment, {"repositories": ("api", "web/front"), **asked})
    return create_registry(
        cloud,
        "images",
        spec,
        keys=adopted_gcp_keys(cloud),
        network=adopted_gcp_network(cloud),
    )


VARIANTS = [
    Variant(
        capability="registry",
        ground="gcp",
        token="plinth:registry:GcpRegistry",
        name="images",
        program=lambda environment: registry_outputs(gcp_registry(environment)),
        outputs=frozenset({"url", "repositories"}),
        secrets=frozenset(),
        providers=frozenset({"pulumi:providers:gcp"}),
        protected=frozenset({"gcp:artifactregistry/repository:Repository"}),
    )
]

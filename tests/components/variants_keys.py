"""The keys on Google Cloud, for the contract tests."""

from __future__ import annotations

from typing import Any

from components.environment import Environment
from components.keys import Keys, KeysSpec, Purpose, create_keys
from tests.components.variants import Variant, gcp_cloud, keys_outputs

GCP_RECOVERY = "europe-west4"
GCP_PROVIDERS = frozenset({"pulumi:providers:gcp"})


def gcp_keys(
    environment: Environment, recovery_region: str | None = GCP_RECOVERY, **asked: Any
) -> Keys:
    """The keys of a stack on Google Cloud."""
    cloud = gcp_cloud(environment, recovery_region=recovery_region)
    return create_keys(cloud, "keys", KeysSpec.resolve(environment, asked))


VARIANTS = [
    Variant(
        capability="keys",
        ground="gcp",
        token="plinth:keys:GcpKeys",
        name="keys",
        program=lambda environment: keys_outputs(gcp_keys(environment)),
        outputs=frozenset(map(str, Purpose)),
        secrets=frozenset(),
        providers=GCP_PROVIDERS,
        protected=frozenset({"gcp:kms/cryptoKey:CryptoKey"}),
    )
]

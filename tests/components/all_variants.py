"""Every variant of every capability that the contract tests hold to their contract."""

from __future__ import annotations

from tests.components import (
    variants,
    variants_audit,
    variants_bucket,
    variants_cache,
    variants_cluster,
    variants_database,
    variants_dns,
    variants_identity,
    variants_keys,
    variants_namespace,
    variants_network,
    variants_observability,
    variants_registry,
)

VARIANTS = [
    *variants.VARIANTS,
    *variants_audit.VARIANTS,
    *variants_bucket.VARIANTS,
    *variants_cache.VARIANTS,
    *variants_cluster.VARIANTS,
    *variants_database.VARIANTS,
    *variants_dns.VARIANTS,
    *variants_identity.VARIANTS,
    *variants_keys.VARIANTS,
    *variants_namespace.VARIANTS,
    *variants_network.VARIANTS,
    *variants_observability.VARIANTS,
    *variants_registry.VARIANTS,
]

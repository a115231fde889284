"""How the provider for Google Cloud is kept from deleting."""

from __future__ import annotations

from components.cluster.spec import ClusterSpec


def deletion_policy(spec: ClusterSpec) -> str:
    """What the provider does when it is to delete; Pulumi's own protection is apart from it."""
    return "PREVENT" if spec.protected else "DELETE"

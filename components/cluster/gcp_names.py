"""Physical names that have to be known before the resource exists.

Source of the lengths: the Google Cloud documentation of each resource, checked 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from components.ground import short_hash

LONGEST_CLUSTER: Final = 40
LONGEST_ACCOUNT: Final = 30
LONGEST_ROLE: Final = 64
LONGEST_LOG_BUCKET: Final = 100


def cluster_name(name: str) -> str:
    """The name of the cluster, which permissions and log filters contain."""
    return _name(name, "cluster", LONGEST_CLUSTER)


def node_account_id(name: str) -> str:
    """The id of the service account of the nodes."""
    return _name(f"{name}-nodes", "nodes", LONGEST_ACCOUNT)


def administrator_role_id(name: str) -> str:
    """The id of the role of the administrators, in the letters that the id of a role may have."""
    return _name(f"{name}-administrator", "administrator", LONGEST_ROLE).replace("-", "_")


def log_bucket_id(name: str) -> str:
    """The id of the log bucket; one that was deleted stays taken for a week."""
    return _name(f"{name}-control-plane", "control-plane", LONGEST_LOG_BUCKET)


def _name(readable: str, role: str, longest: int) -> str:
    suffix = f"-{short_hash(readable, role)}"
    return readable[: longest - len(suffix)].rstrip("-") + suffix

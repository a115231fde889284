"""Labels and annotations of what a workload is on Kubernetes.

What a workload is found by never changes: selectors and the templates of claims cannot, so another
label there would make them and their pods anew. What describes it may change with every version.
"""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes.meta import v1 as meta

from components.namespace.interface import HOST_ACCESS_BECAUSE
from components.ownership import MANAGER
from components.workload.workload import Workload

NAME: Final = "app.kubernetes.io/name"
PATH: Final = "plinth.dev/path"
"""Annotation of a file: where the process finds it."""

API_ACCESS_BECAUSE: Final = "plinth.dev/api-access-because"
SINGLE_REPLICA_BECAUSE: Final = "plinth.dev/single-replica-because"
DESCRIPTION: Final = "kubernetes.io/description"


def selector(name: str) -> dict[str, str]:
    """What the pods of the workload ``name`` are found by, in its namespace."""
    return {NAME: name}


def labels(name: str, namespace: str) -> dict[str, str]:
    """Labels of an object of the workload ``name``."""
    return {
        **selector(name),
        "app.kubernetes.io/managed-by": MANAGER,
        "app.kubernetes.io/part-of": namespace,
    }


def versioned_labels(name: str, namespace: str, workload: Workload) -> dict[str, str]:
    """The same for what is made anew with every version."""
    return {**labels(name, namespace), "app.kubernetes.io/version": workload.image.tag}


def remarks(workload: Workload) -> dict[str, str] | None:
    """What people read on the object that runs the workload."""
    found = {DESCRIPTION: workload.description, SINGLE_REPLICA_BECAUSE: workload.single_because}
    return {key: text for key, text in found.items() if text} or None


def pod_annotations(workload: Workload) -> dict[str, str] | None:
    """Why the pods may do more than others."""
    found: dict[str, str] = {}
    if workload.host_access:
        found[HOST_ACCESS_BECAUSE] = workload.host_access.reason
    if workload.api_access:
        # Several rights often have one reason.
        found[API_ACCESS_BECAUSE] = "; ".join(
            dict.fromkeys(each.reason for each in workload.api_access)
        )
    return found or None


def controller_metadata(
    name: str, namespace: str, workload: Workload, physical_name: pulumi.Input[str] | None = None
) -> meta.ObjectMetaArgs:
    """What the object that runs the workload ``name`` is called, and how it is described."""
    return meta.ObjectMetaArgs(
        name=physical_name or name,
        namespace=namespace,
        labels=versioned_labels(name, namespace, workload),
        annotations=remarks(workload),
    )

"""Kubernetes: what an API server refuses to change in place.

Source: pulumi/pulumi-kubernetes ``provider/pkg/provider/diff.go`` (forceNew), checked 2026-11-21.
"""

from __future__ import annotations

from typing import Any, Final

from rehearsal.facts.fact import Making

_SELECTOR: Final = ("spec.selector",)

REPLACES: Final = {
    "ClusterRoleBinding": ("roleRef",),
    "DaemonSet": _SELECTOR,
    "Deployment": _SELECTOR,
    "Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    "Pod": ("spec",),
    "ResourceQuota": ("spec.scopes",),
    "RoleBinding": ("roleRef",),
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": ("parameters", "provisioner"),
}
CONTENT: Final = frozenset({"ConfigMap", "Secret"})
CLUSTER_WIDE: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)


def object_id(making: Making) -> str:
    """``namespace/name``, or the name alone for what belongs to the whole cluster."""
    given: Any = making.inputs.get("metadata")
    metadata: dict[str, Any] = given if isinstance(given, dict) else {}
    name = str(metadata.get("name") or making.text("{logical}-{hex8}", "name"))
    if making.kind in CLUSTER_WIDE:
        return name
    return f"{metadata.get('namespace') or 'default'}/{name}"

"""Kubernetes: what its provider replaces, what an API server refuses to change, whose names are whose.

Source: pulumi/pulumi-kubernetes ``provider/pkg/provider/{diff,provider}.go`` (forceNew, Check, Diff)
and kubernetes/kubernetes ``pkg/apis/*/validation/validation.go`` (updates), checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making, Recipe
from rehearsal.facts.kubernetes_outputs import METADATA, OUTPUTS

# Every cluster has them from its first day.
GIVEN_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
NAMESPACE: Final = "kubernetes:core/v1:Namespace"

_IDENTITY: Final = ("metadata.name", "metadata.namespace")
_SELECTOR: Final = ("spec.selector",)
_ROLE_REFERENCE: Final = ("roleRef",)

REPLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "apps:DaemonSet": _SELECTOR,
    "apps:Deployment": _SELECTOR,
    "apps:StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "batch:Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "core:PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    "core:Pod": ("spec",),
    "core:ResourceQuota": ("spec.scopes",),
    "core:Secret": ("type",),
    "core:Service": ("spec.clusterIP",),
    "rbac.authorization.k8s.io:ClusterRoleBinding": _ROLE_REFERENCE,
    "rbac.authorization.k8s.io:RoleBinding": _ROLE_REFERENCE,
    "storage.k8s.io:StorageClass": ("parameters", "provisioner"),
}
# A change in place that the provider tries and the API server refuses.
FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "apiextensions.k8s.io:CustomResourceDefinition": (
        "spec.group",
        "spec.names.kind",
        "spec.names.plural",
        "spec.scope",
    ),
    "batch:Job": (
        "spec.backoffLimitPerIndex",
        "spec.completionMode",
        "spec.managedBy",
        "spec.podFailurePolicy",
        "spec.successPolicy",
    ),
    "core:PersistentVolumeClaim": (
        "spec.dataSource",
        "spec.dataSourceRef",
        "spec.resources.limits",
        "spec.volumeMode",
    ),
    "core:Service": ("spec.clusterIPs", "spec.ipFamilies[0]"),
    "networking.k8s.io:IngressClass": ("spec.controller",),
    "scheduling.k8s.io:PriorityClass": ("preemptionPolicy", "value"),
    "storage.k8s.io:StorageClass": ("reclaimPolicy", "volumeBindingMode"),
}
_CONTENT: Final = {
    "core:ConfigMap": ("binaryData", "data"),
    "core:Secret": ("data", "stringData", "type"),
}
_WITHOUT_GENERATION: Final = frozenset(
    {"autoscaling", "core", "rbac.authorization.k8s.io", "storage.k8s.io"}
)
CLUSTER_WIDE: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "ComponentStatus",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
        # Custom resources whose definition says so; of any other the provider assumes a namespace.
        "ClusterExternalSecret",
        "ClusterIssuer",
        "ClusterSecretStore",
        "EC2NodeClass",
        "GatewayClass",
        "IngressClassParams",
        "NodeClaim",
        "NodePool",
        "VolumeSnapshotClass",
        "VolumeSnapshotContent",
    }
)


def group_and_kind(token: str) -> str:
    """``group:Kind`` of a type token, whatever the version: ``apps:Deployment``."""
    _, module, kind = token.split(":")
    return f"{module.partition('/')[0]}:{kind}"


def is_cluster_wide(kind: str) -> bool:
    """Whether objects of the kind belong to no namespace; a patch is where its object is."""
    return kind in CLUSTER_WIDE or kind.removesuffix("Patch") in CLUSTER_WIDE


def kubernetes_facts(token: str) -> Facts:
    """What is known of a type, or of any custom resource."""
    key = group_and_kind(token)
    outputs: dict[str, Recipe] = {**METADATA, **OUTPUTS.get(key, {})}
    if key.partition(":")[0] in _WITHOUT_GENERATION:
        del outputs["metadata.generation"]
    return Facts(
        id=object_id,
        outputs=outputs,
        replaces=(*_IDENTITY, *REPLACES.get(key, ())),
        fixed=FIXED.get(key, ()),
        name="",
        counts={
            "metadata.generation": "",
            "metadata.resourceVersion": "",
            "status.observedGeneration": "",
        },
        echoes=True,
    )


def object_id(making: Making) -> str:
    """``namespace/name``, or the name alone for what belongs to the whole cluster."""
    given: Any = making.inputs.get("metadata")
    metadata: dict[str, Any] = given if isinstance(given, dict) else {}
    name = str(metadata.get("name") or making.text("{logical}-{hex8}", "name"))
    if is_cluster_wide(making.kind):
        return name
    return f"{metadata.get('namespace') or 'default'}/{name}"


def content(token: str) -> tuple[str, ...]:
    """The inputs that a ConfigMap or Secret is made for; their change makes a new one.

    That is the rule unless the provider is told that they are mutable and they do not say otherwise.
    """
    return _CONTENT.get(group_and_kind(token), ()) if token.startswith("kubernetes:") else ()

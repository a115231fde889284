"""Kubernetes: what an API server and its controllers add to an object, once it is live.

The provider waits for workloads, so a status says that everything asked for is there.
Source: Kubernetes API reference 1.36 (defaults and status fields), checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.facts.fact import Making, Recipe

_CREATED: Final = "2026-01-01T00:00:00Z"
_LIVE: Final = "2026-01-01T00:00:30Z"
# One per zone, so that what runs on every node has a number.
_NODES: Final = 3
_AWS_BALANCERS: Final = frozenset({"eks.amazonaws.com/nlb", "service.k8s.aws/nlb"})
_AWS_ANNOTATIONS: Final = "service.beta.kubernetes.io/aws-"

METADATA: Final[Mapping[str, Recipe]] = {
    "metadata.creationTimestamp": _CREATED,
    "metadata.generation": 1,
    "metadata.resourceVersion": "1{digits5}",
    "metadata.uid": "{uuid}",
}


def _spec(making: Making) -> Mapping[str, Any]:
    spec: Any = making.inputs.get("spec")
    return spec if isinstance(spec, dict) else {}


def _number(making: Making, field: str, otherwise: int = 1) -> int:
    given = _spec(making).get(field)
    return given if isinstance(given, int) else otherwise


def _condition(type_: str, reason: str, message: str = "") -> dict[str, Any]:
    return {
        "type": type_,
        "status": "True",
        "reason": reason,
        "message": message or reason,
        "lastTransitionTime": _LIVE,
    }


def _deployment(making: Making) -> dict[str, Any]:
    replicas = _number(making, "replicas")
    return {
        "availableReplicas": replicas,
        "conditions": [
            _condition("Available", "MinimumReplicasAvailable"),
            _condition("Progressing", "NewReplicaSetAvailable"),
        ],
        "observedGeneration": 1,
        "readyReplicas": replicas,
        "replicas": replicas,
        "updatedReplicas": replicas,
    }


def _stateful_set(making: Making) -> dict[str, Any]:
    replicas = _number(making, "replicas")
    revision = making.text("{hex10}", "revision")
    return {
        "availableReplicas": replicas,
        "collisionCount": 0,
        "currentReplicas": replicas,
        "currentRevision": revision,
        "observedGeneration": 1,
        "readyReplicas": replicas,
        "replicas": replicas,
        "updateRevision": revision,
        "updatedReplicas": replicas,
    }


def _service(making: Making) -> dict[str, Any]:
    if _spec(making).get("type") != "LoadBalancer":
        return {"loadBalancer": {}}
    metadata: Any = making.inputs.get("metadata") or {}
    on_aws = _spec(making).get("loadBalancerClass") in _AWS_BALANCERS or any(
        str(key).startswith(_AWS_ANNOTATIONS) for key in metadata.get("annotations") or {}
    )
    if on_aws:
        host = making.text("{hex32}.elb.{region}.amazonaws.com", "balancer")
        return {"loadBalancer": {"ingress": [{"hostname": host}]}}
    address = making.text("203.0.113.{octet}", "balancer")
    return {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}


def _cluster_address(making: Making) -> str:
    return making.text("10.96.{octet}.{octet}", "clusterIP")


def _cluster_addresses(making: Making) -> list[str]:
    return [_spec(making).get("clusterIP") or _cluster_address(making)]


def _claim(making: Making) -> dict[str, Any]:
    spec = _spec(making)
    resources: Any = spec.get("resources") or {}
    requested: Any = resources.get("requests") or {}
    return {
        "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
        "capacity": {"storage": requested.get("storage", "1Gi")},
        "phase": "Bound",
    }


def _job(making: Making) -> dict[str, Any]:
    return {
        "completionTime": _LIVE,
        "conditions": [_condition("Complete", "CompletionsReached")],
        "ready": 0,
        "startTime": _CREATED,
        "succeeded": _number(making, "completions"),
        "terminating": 0,
    }


def _quota(making: Making) -> dict[str, Any]:
    hard: Any = _spec(making).get("hard") or {}
    return {"hard": hard, "used": dict.fromkeys(hard, "0")}


def _autoscaler(making: Making) -> dict[str, Any]:
    replicas = _number(making, "minReplicas")
    return {
        "conditions": [_condition("AbleToScale", "ReadyForNewScale")],
        "currentReplicas": replicas,
        "desiredReplicas": replicas,
        "observedGeneration": 1,
    }


def _definition(making: Making) -> dict[str, Any]:
    spec = _spec(making)
    versions: Any = spec.get("versions") or []
    return {
        "acceptedNames": spec.get("names") or {},
        "conditions": [
            _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            _condition("Established", "InitialNamesAccepted"),
        ],
        "storedVersions": [version.get("name") for version in versions if version.get("storage")],
    }


OUTPUTS: Final[Mapping[str, Mapping[str, Recipe]]] = {
    "apiextensions.k8s.io:CustomResourceDefinition": {"status": _definition},
    "apps:DaemonSet": {
        "spec.revisionHistoryLimit": 10,
        "status": {
            "currentNumberScheduled": _NODES,
            "desiredNumberScheduled": _NODES,
            "numberAvailable": _NODES,
            "numberMisscheduled": 0,
            "numberReady": _NODES,
            "observedGeneration": 1,
            "updatedNumberScheduled": _NODES,
        },
    },
    "apps:Deployment": {
        "spec.progressDeadlineSeconds": 600,
        "spec.replicas": 1,
        "spec.revisionHistoryLimit": 10,
        "status": _deployment,
    },
    "apps:StatefulSet": {
        "spec.podManagementPolicy": "OrderedReady",
        "spec.replicas": 1,
        "spec.revisionHistoryLimit": 10,
        "status": _stateful_set,
    },
    "autoscaling:HorizontalPodAutoscaler": {"spec.minReplicas": 1, "status": _autoscaler},
    "batch:CronJob": {
        "spec.concurrencyPolicy": "Allow",
        "spec.failedJobsHistoryLimit": 1,
        "spec.successfulJobsHistoryLimit": 3,
        "spec.suspend": False,
        "status": {},
    },
    "batch:Job": {
        "spec.backoffLimit": 6,
        "spec.completionMode": "NonIndexed",
        "spec.completions": 1,
        "spec.parallelism": 1,
        "spec.suspend": False,
        "status": _job,
    },
    "core:Namespace": {
        'metadata.labels["kubernetes.io/metadata.name"]': lambda making: making.text(
            "{id}", "label"
        ),
        "status": {"phase": "Active"},
    },
    "core:PersistentVolumeClaim": {
        "spec.volumeMode": "Filesystem",
        "spec.volumeName": "pvc-{uuid}",
        "status": _claim,
    },
    "core:ResourceQuota": {"status": _quota},
    "core:Secret": {"type": "Opaque"},
    "core:Service": {
        "spec.clusterIP": _cluster_address,
        "spec.clusterIPs": _cluster_addresses,
        "spec.internalTrafficPolicy": "Cluster",
        "spec.ipFamilies": ["IPv4"],
        "spec.ipFamilyPolicy": "SingleStack",
        "spec.sessionAffinity": "None",
        "spec.type": "ClusterIP",
        "status": _service,
    },
    "networking.k8s.io:Ingress": {
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.{octet}"}]}}
    },
    "policy:PodDisruptionBudget": {
        "status": {
            "conditions": [_condition("DisruptionAllowed", "SufficientPods")],
            "currentHealthy": 1,
            "desiredHealthy": 0,
            "disruptionsAllowed": 1,
            "expectedPods": 1,
            "observedGeneration": 1,
        }
    },
    "scheduling.k8s.io:PriorityClass": {"preemptionPolicy": "PreemptLowerPriority"},
    "storage.k8s.io:StorageClass": {
        "allowVolumeExpansion": False,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    },
}

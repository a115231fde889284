"""Resource types under several tokens: what rules know by one name is judged under each.

A provider keeps old tokens beside new ones, and Kubernetes has several versions of an API, a type
that patches each kind and a type that lists it. Rules name one token; here is which others mean
the same, and how properties are called there.

Source: the tokens and inputs of pulumi-aws 7.51 and pulumi-kubernetes 4.34, which a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

_KUBERNETES: Final = "kubernetes:"
_PATCH: Final = "Patch"
_LIST: Final = "List"

# ``aws:lb`` is what two older modules are called now.
_MODULES: Final = {"aws:alb/": "aws:lb/", "aws:applicationloadbalancing/": "aws:lb/"}

_BUCKETS: Final = (
    "",
    "Acl",
    "Logging",
    "ObjectLockConfiguration",
    "ServerSideEncryptionConfiguration",
    "Versioning",
)

_APIS: Final[Mapping[str, tuple[str, Iterable[str]]]] = {
    "apps/v1beta1": ("apps/v1", ("Deployment", "StatefulSet")),
    "apps/v1beta2": ("apps/v1", ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")),
    "autoscaling/v1": ("autoscaling/v2", ("HorizontalPodAutoscaler",)),
    "autoscaling/v2beta1": ("autoscaling/v2", ("HorizontalPodAutoscaler",)),
    "autoscaling/v2beta2": ("autoscaling/v2", ("HorizontalPodAutoscaler",)),
    "batch/v1beta1": ("batch/v1", ("CronJob",)),
    "batch/v2alpha1": ("batch/v1", ("CronJob",)),
    "networking.k8s.io/v1beta1": ("networking.k8s.io/v1", ("Ingress",)),
    "policy/v1beta1": ("policy/v1", ("PodDisruptionBudget",)),
    "rbac.authorization.k8s.io/v1alpha1": (
        "rbac.authorization.k8s.io/v1",
        ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    ),
    "rbac.authorization.k8s.io/v1beta1": (
        "rbac.authorization.k8s.io/v1",
        ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    ),
}
# This group was divided; its kinds went to different ones.
_EXTENSIONS: Final = {
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "ReplicaSet": "apps/v1",
}


def _tokens() -> dict[str, str]:
    tokens = {
        f"aws:s3/bucket{part}V2:Bucket{part}V2": f"aws:s3/bucket{part}:Bucket{part}"
        for part in _BUCKETS
    }
    for version, (current, kinds) in _APIS.items():
        tokens |= {f"{_KUBERNETES}{version}:{k}": f"{_KUBERNETES}{current}:{k}" for k in kinds}
    return tokens | {
        f"{_KUBERNETES}extensions/v1beta1:{kind}": f"{_KUBERNETES}{current}:{kind}"
        for kind, current in _EXTENSIONS.items()
    }


TWINS: Final[Mapping[str, str]] = _tokens()
"""Tokens of older types to the token that rules name; module names and patches come on top."""

# Where a property moved: its path there, and its path where rules look for it. What was a list of
# at most one object there is that object here.
_MOVED: Final[Mapping[str, Mapping[str, str]]] = {
    "aws:s3/bucketV2:BucketV2": {
        "loggings": "logging",
        "replicationConfigurations": "replicationConfiguration",
        "serverSideEncryptionConfigurations": "serverSideEncryptionConfiguration",
        "versionings": "versioning",
        "websites": "website",
    },
    "kubernetes:extensions/v1beta1:Ingress": {"spec.backend": "spec.defaultBackend"},
    "kubernetes:networking.k8s.io/v1beta1:Ingress": {"spec.backend": "spec.defaultBackend"},
}


@lru_cache(maxsize=4096)
def canonical(token: str) -> str:
    """The token under which rules know the type ``token``."""
    for module, current in _MODULES.items():
        if token.startswith(module):
            return current + token.removeprefix(module)
    if token.startswith(_KUBERNETES):
        token = token.removesuffix(_PATCH)
    return TWINS.get(token, token)


@lru_cache(maxsize=4096)
def listed(token: str) -> str:
    """The token of what a Kubernetes list of type ``token`` holds; empty for any other type."""
    if token.startswith(_KUBERNETES) and token.endswith(_LIST):
        return canonical(token.removesuffix(_LIST))
    return ""


def translated(token: str, props: Mapping[str, Any]) -> Mapping[str, Any]:
    """``props`` of a resource of the type ``token`` under the names its canonical type has."""
    moved = _MOVED.get(token.removesuffix(_PATCH))
    if moved is None:
        return props
    result = dict(props)
    for path, place in moved.items():
        *holders, key = path.split(".")
        target = result
        for holder in holders:
            inner = target.get(holder)
            if not isinstance(inner, Mapping):
                break
            target[holder] = target = dict(inner)
        else:
            if key in target:
                value = target.pop(key)
                single = isinstance(value, list) and len(value) == 1
                target[place.rpartition(".")[2]] = value[0] if single else value
    return result

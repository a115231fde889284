"""A thousand Kubernetes objects to measure with: one hundred applications, good and bad ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.analysis import AnalyzedResource

APPLICATIONS: Final = 100
"""Each has ten objects."""

Manifest = Mapping[str, Any]
"""An object as it is written for the Kubernetes API."""

# Of three applications the first neglects everything, the second its containers only.
_CARELESS: Final = 3
_DIGEST: Final = "sha256:" + "0123456789abcdef" * 4


def applications() -> Iterator[Sequence[Manifest]]:
    """The ten objects of each application; the same in every run."""
    for number in range(APPLICATIONS):
        yield _application(number)


def write(folder: Path) -> None:
    """Write the objects as YAML, a file for each application."""
    for number, objects in enumerate(applications()):
        text = yaml.safe_dump_all(objects, sort_keys=False)
        (folder / f"application-{number:03}.yaml").write_text(text, encoding="utf-8")


def resources() -> list[AnalyzedResource]:
    """The objects as the Pulumi engine shows them to a policy pack."""
    return [_resource(manifest) for objects in applications() for manifest in objects]


def foreign() -> list[AnalyzedResource]:
    """A thousand resources of a type that no rule about Kubernetes is about."""
    type_ = "gcp:pubsub/topic:Topic"
    return [
        AnalyzedResource(
            urn=f"urn:pulumi:prod::bench::{type_}::topic-{number}",
            type=type_,
            name=f"topic-{number}",
            properties={"name": f"topic-{number}", "messageRetentionDuration": "86400s"},
        )
        for number in range(10 * APPLICATIONS)
    ]


def _resource(manifest: Manifest) -> AnalyzedResource:
    group, _, version = manifest["apiVersion"].rpartition("/")
    type_ = f"kubernetes:{group or 'core'}/{version}:{manifest['kind']}"
    metadata = manifest["metadata"]
    name = f"{metadata.get('namespace', 'cluster')}-{metadata['name']}"
    return AnalyzedResource(
        urn=f"urn:pulumi:prod::bench::{type_}::{name}", type=type_, name=name, properties=manifest
    )


def _application(number: int) -> Sequence[Manifest]:
    name, neglect = f"shop-{number:03}", number % _CARELESS
    beside = (_stateful_set, _daemon_set, _cron_job)[number // _CARELESS % 3]
    last = _ingress if number % 2 else _disruption_budget
    return [
        _object("v1", "Namespace", name, "", metadata={"labels": _pod_security(neglect)}),
        _network_policy(name, open_=neglect == 0),
        _deployment(name, number, neglect),
        beside(name, number, neglect),
        _service(name, exposed=neglect == 0),
        _object("v1", "ConfigMap", "settings", name, data={"LOG_LEVEL": "info", "REGION": "eu"}),
        _object("v1", "Secret", "tokens", name, type="Opaque", data={"token": "bm90aGluZw=="}),
        _role(name, everything=neglect == 0),
        _object(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            "reader",
            name,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            subjects=[{"kind": "ServiceAccount", "name": "api", "namespace": name}],
        ),
        last(name, number, neglect),
    ]


def _object(
    api: str,
    kind: str,
    name: str,
    namespace: str,
    *,
    metadata: Mapping[str, Any] | None = None,
    **rest: Any,
) -> Manifest:
    place = {"namespace": namespace} if namespace else {}
    held = {"name": name, **place, "labels": _labels(name), **(metadata or {})}
    return {"apiVersion": api, "kind": kind, "metadata": held, **rest}


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop"}


def _pod_security(neglect: int) -> dict[str, str]:
    if neglect == 0:
        return {}
    level = "baseline" if neglect == 1 else "restricted"
    return {"pod-security.kubernetes.io/enforce": level, "team": "shop"}


def _network_policy(namespace: str, *, open_: bool) -> Manifest:
    rules: list[Any] = [{}] if open_ else []
    return _object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "default",
        namespace,
        spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": rules},
    )


def _deployment(namespace: str, number: int, neglect: int) -> Manifest:
    return _object(
        "apps/v1",
        "Deployment",
        "api",
        namespace,
        spec={
            "replicas": 1 if neglect == 0 else 3,
            "selector": {"matchLabels": _labels("api")},
            "template": _template("api", 1 + number % 3, neglect),
        },
    )


def _stateful_set(namespace: str, number: int, neglect: int) -> Manifest:
    del number
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}},
        },
    }
    return _object(
        "apps/v1",
        "StatefulSet",
        "store",
        namespace,
        spec={
            "serviceName": "store",
            "replicas": 3,
            "selector": {"matchLabels": _labels("store")},
            "template": _template("store", 1, neglect),
            "volumeClaimTemplates": [claim],
        },
    )


def _daemon_set(namespace: str, number: int, neglect: int) -> Manifest:
    del number
    template = _template("agent", 1, neglect)
    if neglect == 0:
        template["spec"] |= {
            "hostNetwork": True,
            "hostPID": True,
            "volumes": [{"name": "root", "hostPath": {"path": "/"}}],
        }
    spec = {"selector": {"matchLabels": _labels("agent")}, "template": template}
    return _object("apps/v1", "DaemonSet", "agent", namespace, spec=spec)


def _cron_job(namespace: str, number: int, neglect: int) -> Manifest:
    template = _template("report", 1, neglect)
    template["spec"]["restartPolicy"] = "Never"
    return _object(
        "batch/v1",
        "CronJob",
        "report",
        namespace,
        spec={
            "schedule": f"{number % 60} 3 * * *",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"spec": {"backoffLimit": 2, "template": template}},
        },
    )


def _template(name: str, containers: int, neglect: int) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "containers": [_container(f"{name}-{place}", neglect) for place in range(containers)]
    }
    if neglect:
        spec |= {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}}],
        }
    return {"metadata": {"labels": _labels(name)}, "spec": spec}


def _container(name: str, neglect: int) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": name,
        "image": f"registry.example.com/{name}:latest",
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}],
    }
    if neglect == 0:
        return base | {"securityContext": {"privileged": True}}
    if neglect == 1:
        return base
    probe = {"httpGet": {"path": "/healthy", "port": "http"}, "periodSeconds": 10}
    return base | {
        "image": f"registry.example.com/{name}:1.4.2@{_DIGEST}",
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "livenessProbe": probe,
        "readinessProbe": probe,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],  # noqa: S108 in the container
    }


def _service(namespace: str, *, exposed: bool) -> Manifest:
    spec = {
        "type": "LoadBalancer" if exposed else "ClusterIP",
        "selector": _labels("api"),
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
    }
    return _object("v1", "Service", "api", namespace, spec=spec)


def _role(namespace: str, *, everything: bool) -> Manifest:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}
    if everything:
        rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    return _object("rbac.authorization.k8s.io/v1", "Role", "reader", namespace, rules=[rule])


def _ingress(namespace: str, number: int, neglect: int) -> Manifest:
    host = f"shop-{number}.example.com"
    backend = {"service": {"name": "api", "port": {"name": "http"}}}
    paths: Iterable[Any] = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": paths}}]}
    if neglect:
        spec["tls"] = [{"hosts": [host], "secretName": "certificate"}]
    return _object("networking.k8s.io/v1", "Ingress", "api", namespace, spec=spec)


def _disruption_budget(namespace: str, number: int, neglect: int) -> Manifest:
    del number
    spec = {
        "maxUnavailable": 0 if neglect == 0 else 1,
        "selector": {"matchLabels": _labels("api")},
    }
    return _object("policy/v1", "PodDisruptionBudget", "api", namespace, spec=spec)

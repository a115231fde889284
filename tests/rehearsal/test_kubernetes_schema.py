from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from rehearsal.paths import ABSENT, set_path
from rehearsal.plugin import record
from rehearsal.values import UNKNOWN, Secret
from tests.kubernetes_schema import has_schema, schema_problems

CONTAINER = "spec.template.spec.containers[0]"
DEPLOYMENT: Mapping[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1.29.3",
                        "ports": [{"containerPort": 8080}],
                        "resources": {"limits": {"memory": "64Mi", "cpu": 1}},
                    }
                ]
            },
        },
    },
}


def changed(path: str, value: Any) -> list[str]:
    return schema_problems(set_path(dict(DEPLOYMENT), path, value))


def test_a_good_object_has_no_problems() -> None:
    assert schema_problems(DEPLOYMENT) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("spec.replica", 2, "spec: Additional properties are not allowed ('replica' was"),
        ("spec.replicas", "2", "spec.replicas: '2' is not of type 'integer'"),
        ("spec.selector", ABSENT, "spec: 'selector' is a required property"),
        (f"{CONTAINER}.imge", "x", f"{CONTAINER}: Additional properties are not allowed ('imge'"),
        (f"{CONTAINER}.name", ABSENT, f"{CONTAINER}: 'name' is a required property"),
        (f"{CONTAINER}.resources.limits.memory", [], f"{CONTAINER}.resources.limits.memory: []"),
        ("spec", ABSENT, "'spec' is a required property"),
    ],
)
def test_what_does_not_fit_is_named_with_its_path(path: str, value: Any, problem: str) -> None:
    (found,) = changed(path, value)

    assert found.startswith(problem)


@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        "metadata.name",
        "spec.replicas",
        "spec.selector",
        "spec.strategy",
        "spec.template",
        "spec.template.metadata.labels.tier",
        f"{CONTAINER}.image",
        f"{CONTAINER}.ports",
        f"{CONTAINER}.ports[0].containerPort",
        f"{CONTAINER}.resources.limits.memory",
        f"{CONTAINER}.securityContext.readOnlyRootFilesystem",
    ],
)
def test_what_is_unknown_fits(path: str) -> None:
    assert changed(path, UNKNOWN) == []


def test_what_is_secret_is_looked_at() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": Secret({"password": "eA=="})}

    assert schema_problems(secret) == []
    (found,) = schema_problems(secret | {"data": {"password": Secret(7)}})
    assert found.startswith("data.password: 7 is not of type 'string'")


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deploymnt"),
        ("apps/v7", "Deployment"),
        ("apps.example.com/v1", "Deployment"),
        ("cert-manager.io/v1", "Certificate"),
    ],
)
def test_a_kind_without_schema_is_a_problem(api_version: str, kind: str) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "spec": {}}

    assert schema_problems(manifest) == [f"no schema for {kind} of {api_version}"]
    assert not has_schema(manifest)


def test_a_recorded_resource_is_judged_by_its_inputs() -> None:
    def program() -> None:
        kubernetes.apiextensions.v1.CustomResourceDefinition(
            "crontabs",
            metadata={"name": "crontabs.example.com"},
            spec={
                "group": "example.com",
                "names": {"kind": "CronTab", "plural": "crontabs"},
                "scope": "Namespaced",
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {
                            "open_apiv3_schema": {
                                "type": "object",
                                "x_kubernetes_preserve_unknown_fields": True,
                            }
                        },
                    }
                ],
            },
        )

    (definition,) = record(program).resources

    assert has_schema(definition)
    assert schema_problems(definition) == []

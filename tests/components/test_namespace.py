from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.namespace import Level, NamespaceSpec
from rehearsal.plugin import Recording, record
from tests.components.variants_namespace import CLUSTERS, namespace_in, namespace_outputs
from tests.kubernetes_schema import schema_problems

REASON = "reads what the nodes write"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
EACH_CLOUD = pytest.mark.parametrize("cloud", list(CLUSTERS))


def run(cloud: str = "aws", **asked: Any) -> Recording:
    def program() -> Mapping[str, Any]:
        namespace = namespace_in(CLUSTERS[cloud](Environment.PROD), Environment.PROD, **asked)
        return {
            **namespace_outputs(namespace),
            "host_access": namespace.ref.host_access,
            "plain_name": namespace.ref.plain_name,
        }

    return record(program)


def metadata(cloud: str = "aws", **asked: Any) -> Mapping[str, Any]:
    return run(cloud, **asked).only(NAMESPACE).inputs["metadata"]


def policy(name: str, cloud: str = "aws") -> Mapping[str, Any]:
    return run(cloud).named(name, POLICY).inputs


@EACH_CLOUD
def test_every_object_fits_the_schema_of_kubernetes(cloud: str) -> None:
    found = [each for each in run(cloud).resources if each.type.startswith("kubernetes:")]

    assert len(found) == 3
    assert [schema_problems(each) for each in found] == [[], [], []]


def test_it_is_called_what_the_stack_calls_it() -> None:
    recording = run()

    assert metadata()["name"] == "eyes"
    assert recording.outputs == {"name": "eyes", "host_access": False, "plain_name": "eyes"}


@pytest.mark.parametrize(
    ("asked", "level"),
    [({}, "restricted"), ({"level": "privileged", "host_access_because": REASON}, "privileged")],
)
def test_pods_are_held_to_a_standard_of_a_known_version(asked: dict[str, str], level: str) -> None:
    labels = metadata(**asked)["labels"]

    assert {key: value for key, value in labels.items() if key.startswith("pod-security")} == {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": "v1.34",
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/audit-version": "v1.34",
        "pod-security.kubernetes.io/warn": level,
        "pod-security.kubernetes.io/warn-version": "v1.34",
    }


def test_why_pods_reach_the_machine_is_written_on_it() -> None:
    asked = {"level": "privileged", "host_access_because": REASON}

    assert metadata(**asked)["annotations"] == {"plinth.dev/host-access-because": REASON}
    assert run(**asked).outputs["host_access"] is True
    assert "annotations" not in metadata()


def test_it_bears_the_labels_of_its_owner_where_the_ground_has_one() -> None:
    def own(cloud: str) -> dict[str, str]:
        labels = metadata(cloud)["labels"]
        return {key: text for key, text in labels.items() if not key.startswith("pod-security")}

    assert own("kubernetes") == {"app.kubernetes.io/managed-by": "plinth"}
    assert own("aws") == {
        "app.kubernetes.io/managed-by": "plinth",
        "plinth.dev/application": "platform",
        "plinth.dev/cost-centre": "r_d",
        "plinth.dev/data-class": "internal",
        "plinth.dev/environment": "tests",
        "plinth.dev/owner": "team_tests",
    }


def test_nobody_talks_to_anybody_before_a_flow_says_so() -> None:
    found = policy("eyes-deny")

    assert found["metadata"] == {"name": "deny", "namespace": "eyes"}
    assert found["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("cloud", ["aws", "kubernetes"])
def test_everybody_asks_the_dns(cloud: str) -> None:
    spec = policy("eyes-dns", cloud)["spec"]

    assert spec == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [system_pods("kube-dns")],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            }
        ],
    }


def test_on_gke_a_cache_on_the_node_answers_for_the_dns() -> None:
    (rule,) = policy("eyes-dns", "gcp")["spec"]["egress"]

    assert rule["to"] == [
        system_pods("kube-dns"),
        system_pods("node-local-dns"),
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ]


def system_pods(app: str) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": app}},
    }


@pytest.mark.parametrize(
    "asked", [{"level": Level.PRIVILEGED}, {"host_access_because": REASON}], ids=str
)
def test_reaching_the_machine_needs_a_reason_and_nothing_else_has_one(
    asked: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError, match="the level privileged needs a reason"):
        NamespaceSpec.model_validate(asked)


@pytest.mark.parametrize(
    ("environment", "protected"),
    [(Environment.DEV, False), (Environment.STAGING, True), (Environment.PROD, True)],
)
def test_it_is_protected_outside_dev(environment: Environment, protected: bool) -> None:
    assert NamespaceSpec.resolve(environment, {}).protected is protected

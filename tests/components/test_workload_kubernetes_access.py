from __future__ import annotations

import pulumi
import pytest

from components.workload import ApiAccess
from tests.components.on_kubernetes import objects, only, run
from tests.components.workloads import shop

REASON = "finds the pods it scrapes"
EVERYWHERE = ApiAccess(reason=REASON, verbs=("list", "watch"), resources=("pods", "nodes"))
METRICS = ApiAccess(reason=REASON, verbs=("get",), paths=("/metrics",))
HERE = ApiAccess(
    reason="elects a leader",
    verbs=("update",),
    resources=("leases",),
    group="coordination.k8s.io",
    namespaces=("eyes", "other"),
)
RBAC = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


def test_every_workload_is_somebody_of_its_own() -> None:
    account = only(run(shop(flows=())), "ServiceAccount")

    assert account["metadata"]["name"] == "shop"
    assert account["automountServiceAccountToken"] is False


def test_nobody_has_a_right_that_was_not_asked_for() -> None:
    recording = run(shop(flows=()))

    assert [each for kind in RBAC for each in objects(recording, kind)] == []


def test_rights_in_the_whole_cluster_are_those_that_were_asked_for() -> None:
    recording = run(shop(flows=(), api_access=(EVERYWHERE, METRICS)))

    assert only(recording, "ClusterRole")["rules"] == [
        {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["list", "watch"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    assert objects(recording, "Role") == {}


def test_rights_in_a_namespace_are_there_alone() -> None:
    recording = run(shop(flows=(), api_access=(HERE,)))

    roles = objects(recording, "Role")

    assert [(name, each["metadata"]["namespace"]) for name, each in roles.items()] == [
        ("shop-eyes", "eyes"),
        ("shop-other", "other"),
    ]
    assert roles["shop-other"]["rules"] == [
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["update"]}
    ]
    assert objects(recording, "ClusterRole") == {}


@pytest.mark.parametrize(
    ("binding", "role", "access"),
    [("ClusterRoleBinding", "ClusterRole", EVERYWHERE), ("RoleBinding", "Role", HERE)],
)
def test_rights_are_bound_to_the_workload_and_to_nobody_else(
    binding: str, role: str, access: ApiAccess
) -> None:
    for each in objects(run(shop(flows=(), api_access=(access,))), binding).values():
        assert each["subjects"] == [{"kind": "ServiceAccount", "name": "shop", "namespace": "eyes"}]
        assert each["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": role,
            "name": "eyes-shop",
        }
        # What belongs to no namespace is named after both.
        assert each["metadata"]["name"] == "eyes-shop"


def test_a_pod_with_rights_has_a_token_and_says_why() -> None:
    workload = shop(flows=(), api_access=(EVERYWHERE, METRICS, HERE))

    template = only(run(workload), "Deployment")["spec"]["template"]

    assert template["spec"]["automountServiceAccountToken"] is True
    assert template["metadata"]["annotations"] == {
        "plinth.dev/api-access-because": "finds the pods it scrapes; elects a leader"
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"resources": ()}, "names neither resources nor paths"),
        ({"paths": ("/metrics",), "namespaces": ("eyes",)}, "paths are in none"),
    ],
)
def test_a_right_on_nothing_is_refused(changes: dict[str, object], problem: str) -> None:
    access = EVERYWHERE.model_copy(update=changes)

    with pytest.raises(pulumi.RunError, match=problem):
        run(shop(flows=(), api_access=(access,)))

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.cluster import Cluster
from components.environment import Environment
from components.ground import KubernetesContext
from components.namespace import NamespaceSpec, create_namespace
from components.workload import create_workload
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants_cluster import aws_cluster, gcp_cluster
from tests.components.variants_namespace import existing_cluster
from tests.components.workloads import shop
from tests.kubernetes_schema import schema_problems

BUILDERS = {"aws": aws_cluster, "gcp": gcp_cluster}
EACH_CLOUD = pytest.mark.parametrize("cloud", list(BUILDERS))
STORAGE = "kubernetes:storage.k8s.io/v1:StorageClass"


def run(cloud: str, environment: Environment = Environment.PROD) -> Recording:
    def program() -> dict[str, Any]:
        ref = BUILDERS[cloud](environment).ref
        return {
            "storage_class": ref.storage_class,
            "api_server_cidrs": list(ref.api_server_cidrs),
            "node_cidrs": list(ref.node_cidrs),
        }

    return record(program)


def storage_class(cloud: str, environment: Environment = Environment.PROD) -> Registration:
    return run(cloud, environment).only(STORAGE)


@EACH_CLOUD
def test_disks_of_pods_are_made_where_the_pod_is_and_can_grow(cloud: str) -> None:
    found = storage_class(cloud)

    assert schema_problems(found) == []
    assert found.inputs["volumeBindingMode"] == "WaitForFirstConsumer"
    assert found.inputs["allowVolumeExpansion"] is True
    assert found.inputs["metadata"]["name"] == run(cloud).outputs["storage_class"]


def test_disks_on_eks_are_encrypted_with_the_key_of_volumes() -> None:
    inputs = storage_class("aws").inputs

    assert inputs["provisioner"] == "ebs.csi.aws.com"
    assert inputs["parameters"] == {
        "type": "gp3",
        "encrypted": "true",
        "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/volumes",
    }


def test_disks_on_gke_are_encrypted_with_the_key_of_volumes_and_bear_labels() -> None:
    inputs = storage_class("gcp").inputs

    assert inputs["provisioner"] == "pd.csi.storage.gke.io"
    assert inputs["parameters"]["type"] == "pd-balanced"
    assert inputs["parameters"]["disk-encryption-kms-key"].endswith("/cryptoKeys/volumes")
    assert "owner=team_tests" in inputs["parameters"]["labels"].split(",")


@EACH_CLOUD
@pytest.mark.parametrize(
    ("environment", "expected"), [(Environment.DEV, "Delete"), (Environment.PROD, "Retain")]
)
def test_disks_of_a_protected_cluster_outlive_their_claims(
    cloud: str, environment: Environment, expected: str
) -> None:
    found = storage_class(cloud, environment)

    assert found.inputs["reclaimPolicy"] == expected
    # It cannot change, and must not stand in the way of who takes the protection off.
    assert found.ignore_changes == ("reclaimPolicy",)


@EACH_CLOUD
def test_another_class_does_not_make_claims_anew(cloud: str) -> None:
    def program() -> dict[str, Any]:
        namespace = create_namespace(BUILDERS[cloud](Environment.PROD).ref, "eyes", NamespaceSpec())
        create_workload(namespace.ref, "shop", shop(flows=()))
        return {}

    recording = record(program)

    claim = recording.named("shop-volume-data")
    assert claim.inputs["spec"]["storageClassName"] == "core-volumes"
    assert recording.only(STORAGE).urn not in claim.depends_on


@EACH_CLOUD
def test_what_runs_in_a_cluster_goes_with_it(cloud: str) -> None:
    def program() -> dict[str, Any]:
        namespace = create_namespace(BUILDERS[cloud](Environment.PROD).ref, "eyes", NamespaceSpec())
        create_workload(namespace.ref, "shop", shop(flows=()))
        return {}

    recording = record(program)
    (cluster,) = [each for each in recording.resources if each.type.endswith(":Cluster")]

    inside = [
        each for each in recording.resources if each.custom and each.type.startswith("kubernetes:")
    ]
    assert len(inside) == 12
    assert {each.deleted_with for each in inside} == {cluster.urn}


def test_the_api_answers_in_the_network_and_on_eks_at_its_service() -> None:
    assert run("aws").outputs["api_server_cidrs"] == ["10.20.0.0/16", "172.20.0.1/32"]
    assert run("gcp").outputs["api_server_cidrs"] == ["10.20.0.0/16"]
    assert run("aws").outputs["node_cidrs"] == run("gcp").outputs["node_cidrs"] == ["10.20.0.0/16"]


@pytest.mark.parametrize("cluster", [*BUILDERS.values()], ids=list(BUILDERS))
def test_components_inside_stand_on_the_provider_of_the_cluster(
    cluster: Callable[[Environment], Cluster],
) -> None:
    def program() -> dict[str, Any]:
        ref = cluster(Environment.PROD).ref
        return {"same": ref.context.providers == (ref.provider,)}

    assert record(program).outputs["same"] is True


def test_an_existing_cluster_is_its_own_ground() -> None:
    def program() -> dict[str, Any]:
        ref = existing_cluster()
        assert isinstance(ref.cloud, KubernetesContext)
        return {"same": ref.context is ref.cloud}

    assert record(program).outputs["same"] is True

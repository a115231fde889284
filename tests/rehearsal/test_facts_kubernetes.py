from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from rehearsal.errors import ProviderError
from rehearsal.events import Op
from rehearsal.facts.kubernetes import FIXED, REPLACES, group_and_kind, is_cluster_wide
from rehearsal.facts.kubernetes_outputs import OUTPUTS
from rehearsal.naming import Autonaming
from rehearsal.paths import ABSENT, get_path, parse, set_path
from rehearsal.plugin import record
from rehearsal.property_types import PropertyType
from rehearsal.provider import SimulatedProvider
from rehearsal.values import UNKNOWN, Properties, Secret
from rehearsal.world import World
from tests.rehearsal.simulation import SEED, checked, created, failures, provider, sdk, urn
from tests.rehearsal.stage import Stage

CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
CLAIM: Final = "kubernetes:core/v1:PersistentVolumeClaim"
CRON_JOB: Final = "kubernetes:batch/v1:CronJob"
DAEMON_SET: Final = "kubernetes:apps/v1:DaemonSet"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
JOB: Final = "kubernetes:batch/v1:Job"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
PRIORITY: Final = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
ROLE_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
SECRET: Final = "kubernetes:core/v1:Secret"
SERVICE: Final = "kubernetes:core/v1:Service"
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
MIB: Final = 1 << 20

LABELS: Final = {"app": "web"}
POD: Final = {
    "metadata": {"labels": LABELS},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.29.3"}]},
}
WORKLOAD: Final = {"selector": {"matchLabels": LABELS}, "template": POD}
JOB_SPEC: Final = {
    "template": {
        "spec": {"containers": [{"name": "job", "image": "a:1"}], "restartPolicy": "Never"}
    }
}
STORAGE: Final = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
    "storageClassName": "gp3",
}
SPECS: Final[Mapping[str, Mapping[str, Any]]] = {
    CLAIM: {"spec": STORAGE},
    CONFIG_MAP: {"data": {"a": "1"}},
    CRON_JOB: {"spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": JOB_SPEC}}},
    DAEMON_SET: {"spec": WORKLOAD},
    DEPLOYMENT: {"spec": {**WORKLOAD, "replicas": 2}},
    JOB: {"spec": JOB_SPEC},
    POLICY: {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}},
    PRIORITY: {"value": 1000},
    ROLE_BINDING: {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [],
    },
    SECRET: {"stringData": {"password": "hunter2"}},
    SERVICE: {"spec": {"selector": LABELS, "ports": [{"port": 80}]}},
    STATEFUL_SET: {
        "spec": {
            **WORKLOAD,
            "serviceName": "web",
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": STORAGE}],
        }
    },
    STORAGE_CLASS: {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}},
}
CONTAINER: Final = "spec.template.spec.containers[0]"


def typed_tokens() -> Iterator[tuple[str, str]]:
    for token in sdk().similar("kubernetes:core/v1:Pod"):
        _, module, _ = token.split(":")
        if module.endswith(("/v1", "/v2")) and "helm" not in module:
            yield group_and_kind(token), token


def named(token: str, name: str = "web", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **SPECS[token], **more}


def diffed(
    token: str, path: str, value: Any, simulated: SimulatedProvider | None = None
) -> tuple[dict[str, str], bool]:
    """Kind by path of what changes, and whether the old object has to go first."""
    simulated = simulated or provider("kubernetes")
    before = named(token)
    old = checked(simulated, token, "web", before)
    made = simulated.create(urn(token, "web"), token, old)
    new = checked(simulated, token, "web", set_path(before, path, value), old)
    result = simulated.diff(
        urn(token, "web"), token, made.id, old_inputs=old, old_outputs=made.outputs, news=new
    )
    return dict(result.detailed), result.delete_before_replace


def updated(token: str, before: Mapping[str, Any], path: str, value: Any) -> Properties:
    simulated = provider("kubernetes")
    old = checked(simulated, token, "web", before)
    made = simulated.create(urn(token, "web"), token, old)
    return simulated.update(
        urn(token, "web"),
        token,
        made.id,
        old_inputs=old,
        old_outputs=made.outputs,
        news=checked(simulated, token, "web", set_path(dict(before), path, value), old),
    )


@pytest.mark.parametrize("table", [REPLACES, FIXED, OUTPUTS])
def test_facts_speak_of_properties_that_the_sdk_has(table: Mapping[str, Any]) -> None:
    tokens = dict(typed_tokens())

    for key, told in table.items():
        known = sdk().resource_type(tokens[key])
        assert known is not None
        for path in told:
            declared: PropertyType | None = None
            for part in parse(path):
                if declared is None:
                    declared = known.outputs[str(part)]
                elif declared.object is not None:
                    declared = declared.object.fields[str(part)]
                else:
                    declared = declared.element
                    assert declared is not None


@pytest.mark.parametrize(
    ("token", "path", "value", "shown"),
    [
        (STATEFUL_SET, "spec.serviceName", "db", "spec.serviceName"),
        (STATEFUL_SET, "spec.podManagementPolicy", "Parallel", "spec.podManagementPolicy"),
        (STATEFUL_SET, "spec.revisionHistoryLimit", 3, "spec.revisionHistoryLimit"),
        (
            STATEFUL_SET,
            "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
            "2Gi",
            "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
        ),
        (JOB, f"{CONTAINER}.image", "a:2", f"{CONTAINER}.image"),
        (JOB, "spec.parallelism", 2, "spec.parallelism"),
        (SERVICE, "spec.clusterIP", "None", "spec.clusterIP"),
        (CLAIM, "spec.storageClassName", "io2", "spec.storageClassName"),
        (CLAIM, "spec.accessModes[0]", "ReadWriteMany", "spec.accessModes[0]"),
        (CONFIG_MAP, "data.a", "2", "data.a"),
        (SECRET, "stringData.password", "hunter3", "data.password"),
        (SECRET, "type", "kubernetes.io/basic-auth", "type"),
        (ROLE_BINDING, "roleRef.name", "writer", "roleRef.name"),
        (STORAGE_CLASS, "parameters.type", "io2", "parameters.type"),
        (STORAGE_CLASS, "provisioner", "pd.csi.storage.gke.io", "provisioner"),
        (DEPLOYMENT, "metadata.namespace", "kube-system", "metadata.namespace"),
    ],
)
def test_what_cannot_change_makes_a_new_object(
    token: str, path: str, value: Any, shown: str
) -> None:
    detailed, _ = diffed(token, path, value)

    assert [where for where, kind in detailed.items() if kind.endswith("-replace")] == [shown]


@pytest.mark.parametrize("token", [DAEMON_SET, DEPLOYMENT, STATEFUL_SET])
def test_another_selector_makes_a_new_workload(token: str) -> None:
    simulated = provider("kubernetes")
    before = checked(simulated, token, "web", named(token))
    after = set_path(before, "spec.selector.matchLabels.tier", "front")

    result = simulated.diff(urn(token, "web"), token, "", old_inputs=before, news=after)

    assert result.replaces == ("spec.selector.matchLabels.tier",)


@pytest.mark.parametrize(
    ("token", "path", "value"),
    [
        (STATEFUL_SET, "spec.replicas", 3),
        (STATEFUL_SET, "spec.ordinals", {"start": 1}),
        (STATEFUL_SET, f"{CONTAINER}.image", "nginx:2"),
        (STATEFUL_SET, "spec.updateStrategy", {"type": "OnDelete"}),
        (STATEFUL_SET, "spec.persistentVolumeClaimRetentionPolicy", {"whenScaled": "Delete"}),
        (STATEFUL_SET, "spec.minReadySeconds", 10),
        (DEPLOYMENT, f"{CONTAINER}.image", "nginx:2"),
        (DAEMON_SET, f"{CONTAINER}.image", "nginx:2"),
        (CRON_JOB, "spec.jobTemplate.spec.template.spec.containers[0].image", "a:2"),
        (CRON_JOB, "spec.schedule", "1 * * * *"),
        (JOB, "spec.backoffLimit", 3),
        (SERVICE, "spec.ports[0].targetPort", "http"),
        (CLAIM, "spec.resources.requests.storage", "2Gi"),
        (CONFIG_MAP, "immutable", True),
        (CONFIG_MAP, "metadata.labels", {"tier": "front"}),
        (ROLE_BINDING, "subjects", [{"kind": "ServiceAccount", "name": "web"}]),
        (STORAGE_CLASS, "allowVolumeExpansion", True),
        (POLICY, "spec.policyTypes", ["Egress"]),
    ],
)
def test_anything_else_changes_in_place(token: str, path: str, value: Any) -> None:
    detailed, first = diffed(token, path, value)

    assert detailed
    assert not any(kind.endswith("-replace") for kind in detailed.values())
    assert not first
    updated(token, named(token), path, value)


@pytest.mark.parametrize(
    ("token", "path", "value"),
    [
        (PRIORITY, "value", 2000),
        (PRIORITY, "preemptionPolicy", "Never"),
        (STORAGE_CLASS, "reclaimPolicy", "Retain"),
        (CLAIM, "spec.volumeMode", "Block"),
        (JOB, "spec.completionMode", "Indexed"),
        (SERVICE, "spec.ipFamilies", ["IPv6"]),
    ],
)
def test_what_the_api_server_does_not_change_is_refused(token: str, path: str, value: Any) -> None:
    with pytest.raises(ProviderError, match=rf"Invalid: .*: {path}.*: field is immutable"):
        updated(token, named(token), path, value)


@pytest.mark.parametrize(("before", "after"), [(ABSENT, "Delete"), ("Delete", ABSENT)])
def test_saying_what_is_so_by_default_is_no_refused_change(before: Any, after: Any) -> None:
    inputs = set_path(named(STORAGE_CLASS), "reclaimPolicy", before)

    made = updated(STORAGE_CLASS, inputs, "reclaimPolicy", after)

    assert made["reclaimPolicy"] == "Delete"


@pytest.mark.parametrize(
    ("token", "path"), [(CONFIG_MAP, "data.a"), (SECRET, "stringData.password")]
)
def test_content_changes_in_place_where_the_provider_is_told_so(token: str, path: str) -> None:
    simulated = provider("kubernetes", enableConfigMapMutable="true", enableSecretMutable="true")

    detailed, _ = diffed(token, path, "new", simulated)

    assert list(detailed.values()) == ["update"]


def test_content_declared_immutable_makes_a_new_object_nevertheless() -> None:
    simulated = provider("kubernetes", enableConfigMapMutable="true")
    old = checked(simulated, CONFIG_MAP, "web", named(CONFIG_MAP, immutable=True))
    new = set_path(old, "data.a", "2")

    result = simulated.diff(urn(CONFIG_MAP, "web"), CONFIG_MAP, "", old_inputs=old, news=new)

    assert result.replaces == ("data.a",)


def test_an_immutable_object_stays_immutable() -> None:
    with pytest.raises(ProviderError, match=r"Invalid: .*'default/web': immutable: field is"):
        updated(CONFIG_MAP, named(CONFIG_MAP, immutable=True), "immutable", ABSENT)


@pytest.mark.parametrize(("name", "first"), [({"name": "web"}, True), ({}, False)])
def test_a_given_name_is_free_before_it_is_taken_again(
    name: Mapping[str, str], first: bool
) -> None:
    simulated = provider("kubernetes")
    old = checked(simulated, CONFIG_MAP, "web", {"metadata": {**name}, "data": {"a": "1"}})
    new = set_path(old, "data.a", "2")

    result = simulated.diff(urn(CONFIG_MAP, "web"), CONFIG_MAP, "", old_inputs=old, news=new)

    assert result.replaces
    assert result.delete_before_replace is first


def test_another_name_lets_both_objects_be() -> None:
    detailed, first = diffed(CONFIG_MAP, "metadata.name", "web-2")

    assert detailed == {"metadata.name": "update-replace"}
    assert not first


def test_an_automatic_name_is_the_whole_logical_one_with_eight_digits() -> None:
    simulated = provider("kubernetes")
    long = "a" * 80

    made = checked(simulated, CONFIG_MAP, long, {"data": {}})["metadata"]

    assert made["name"].startswith(f"{long}-")
    assert len(made["name"]) == len(long) + 9
    assert made["annotations"] == {"pulumi.com/autonamed": "true"}
    assert "labels" not in made


def test_an_automatic_name_that_is_too_long_is_refused() -> None:
    result = provider("kubernetes").check(
        urn(SERVICE, "a" * 60), SERVICE, None, SPECS[SERVICE], random_seed=SEED
    )

    assert [failure.property for failure in result.failures] == ["metadata.name"]


def test_a_name_is_asked_for_where_none_is_made() -> None:
    result = provider("kubernetes").check(
        urn(CONFIG_MAP, "web"),
        CONFIG_MAP,
        None,
        {"metadata": {"labels": {}}},
        autonaming=Autonaming(mode="disable"),
    )

    (failure,) = result.failures
    assert failure.property == "metadata.name"
    assert "disabled" in failure.reason


@pytest.mark.parametrize(
    ("token", "inputs", "namespace"),
    [
        (CONFIG_MAP, {"metadata": {"name": "web"}}, "shop"),
        (NAMESPACE, {"metadata": {"name": "web"}}, None),
        (
            "kubernetes:cert-manager.io/v1:Certificate",
            {"apiVersion": "cert-manager.io/v1", "metadata": {"name": "web"}},
            "shop",
        ),
        (
            "kubernetes:cert-manager.io/v1:ClusterIssuer",
            {"apiVersion": "cert-manager.io/v1", "metadata": {"name": "web"}},
            None,
        ),
    ],
)
def test_the_provider_places_what_belongs_to_a_namespace(
    token: str, inputs: dict[str, Any], namespace: str | None
) -> None:
    made = created(provider("kubernetes", namespace="shop"), token, "web", inputs)

    assert made.outputs["metadata"].get("namespace") == namespace
    assert made.id == (f"{namespace}/web" if namespace else "web")


def test_an_api_server_adds_metadata() -> None:
    metadata = created(provider("kubernetes"), DEPLOYMENT, "web", named(DEPLOYMENT)).outputs[
        "metadata"
    ]

    assert metadata["generation"] == 1
    assert int(metadata["resourceVersion"]) >= 100_000
    assert len(metadata["uid"]) == 36
    assert metadata["creationTimestamp"].endswith("Z")
    assert metadata["namespace"] == "default"


@pytest.mark.parametrize("token", [CONFIG_MAP, SECRET, SERVICE, ROLE_BINDING, STORAGE_CLASS])
def test_kinds_without_a_controller_have_no_generation(token: str) -> None:
    made = created(provider("kubernetes"), token, "web", named(token))

    assert "generation" not in made.outputs["metadata"]


def test_a_namespace_carries_its_name_as_a_label() -> None:
    made = created(provider("kubernetes"), NAMESPACE, "shop", {"metadata": {"name": "shop"}})

    assert made.outputs["metadata"]["labels"] == {"kubernetes.io/metadata.name": "shop"}
    assert made.outputs["status"] == {"phase": "Active"}


@pytest.mark.parametrize(
    ("token", "path", "value"),
    [
        (DEPLOYMENT, "status.readyReplicas", 2),
        (DEPLOYMENT, "status.conditions[0].type", "Available"),
        (STATEFUL_SET, "status.currentReplicas", 1),
        (DAEMON_SET, "status.numberReady", 3),
        (JOB, "status.succeeded", 1),
        (CLAIM, "status.phase", "Bound"),
        (CLAIM, "status.capacity.storage", "1Gi"),
        (SERVICE, "status.loadBalancer", {}),
        (SERVICE, "spec.type", "ClusterIP"),
        (SECRET, "type", "Opaque"),
        (PRIORITY, "preemptionPolicy", "PreemptLowerPriority"),
        (CONFIG_MAP, "binaryData", ABSENT),
    ],
)
def test_outputs_are_those_of_an_object_that_is_live(token: str, path: str, value: Any) -> None:
    made = created(provider("kubernetes"), token, "web", named(token))

    assert get_path(made.outputs, path) == value


@pytest.mark.parametrize(
    ("annotations", "key"),
    [({}, "ip"), ({"service.beta.kubernetes.io/aws-load-balancer-type": "external"}, "hostname")],
)
def test_a_load_balancer_has_an_address(annotations: dict[str, str], key: str) -> None:
    inputs = named(SERVICE, metadata={"name": "web", "annotations": annotations})
    balancer = set_path(inputs, "spec.type", "LoadBalancer")

    made = created(provider("kubernetes"), SERVICE, "web", balancer)

    assert get_path(made.outputs, f"status.loadBalancer.ingress[0].{key}")


def test_a_headless_service_has_no_address_but_none() -> None:
    headless = set_path(named(SERVICE), "spec.clusterIP", "None")

    spec = created(provider("kubernetes"), SERVICE, "web", headless).outputs["spec"]

    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_a_change_in_place_counts_and_keeps_the_rest() -> None:
    simulated = provider("kubernetes")
    old = checked(simulated, DEPLOYMENT, "web", named(DEPLOYMENT))
    made = simulated.create(urn(DEPLOYMENT, "web"), DEPLOYMENT, old).outputs
    new = set_path(old, "spec.replicas", 5)

    def changed(*, preview: bool) -> Properties:
        return simulated.update(
            urn(DEPLOYMENT, "web"),
            DEPLOYMENT,
            "default/web",
            old_inputs=old,
            old_outputs=made,
            news=new,
            preview=preview,
        )

    planned, outputs = changed(preview=True), changed(preview=False)

    assert planned["metadata"] == outputs["metadata"]
    assert outputs["metadata"] == {
        **made["metadata"],
        "generation": 2,
        "resourceVersion": str(int(made["metadata"]["resourceVersion"]) + 1),
    }
    assert outputs["status"]["replicas"] == 5
    assert outputs["status"]["observedGeneration"] == 2


def test_a_preview_knows_metadata_that_were_given() -> None:
    simulated = provider("kubernetes")
    inputs = checked(simulated, DEPLOYMENT, "web", named(DEPLOYMENT))

    planned = simulated.create(urn(DEPLOYMENT, "web"), DEPLOYMENT, inputs, preview=True).outputs

    assert planned["metadata"] == {"name": "web", "namespace": "default"}
    assert planned["status"] is UNKNOWN


def test_the_text_of_a_secret_becomes_its_data() -> None:
    simulated = provider("kubernetes")
    inputs = named(SECRET, data={"user": "eA=="})

    made = checked(simulated, SECRET, "web", inputs)

    encoded = base64.b64encode(b"hunter2").decode()
    assert made["data"] == Secret({"user": "eA==", "password": encoded})
    assert "stringData" not in made
    assert simulated.create(urn(SECRET, "web"), SECRET, made).outputs["data"] == made["data"]


def test_the_text_of_a_secret_waits_until_it_is_known() -> None:
    inputs = named(SECRET, stringData={"password": UNKNOWN})

    made = checked(provider("kubernetes"), SECRET, "web", inputs)

    assert "data" not in made
    assert made["stringData"] == {"password": UNKNOWN}


def test_what_a_secret_holds_is_secret_in_its_outputs() -> None:
    made = created(provider("kubernetes"), SECRET, "web", named(SECRET, stringData=None))
    held = created(
        provider("kubernetes"), SECRET, "web", named(SECRET, stringData=None, data={"a": "eA=="})
    )

    assert "data" not in made.outputs
    assert held.outputs["data"] == Secret({"a": "eA=="})


def test_a_secret_in_a_map_is_the_only_secret_and_one_in_a_list_hides_the_list() -> None:
    simulated = provider("kubernetes")
    variable = {"name": "TOKEN", "value": Secret("x")}
    workload = set_path(named(DEPLOYMENT), f"{CONTAINER}.env", [variable])

    config = checked(simulated, CONFIG_MAP, "web", named(CONFIG_MAP, data={"a": Secret("x")}))
    deployment = checked(simulated, DEPLOYMENT, "web", workload)

    assert config["data"] == {"a": Secret("x")}
    assert isinstance(get_path(deployment, "spec.template.spec")["containers"], Secret)


def test_generated_names_and_lists_are_refused() -> None:
    lists = {"apiVersion": "v1", "kind": "ConfigMapList", "items": []}

    assert failures("kubernetes", CONFIG_MAP, {"metadata": {"generateName": "web-"}}).keys() == {
        "metadata.generateName"
    }
    assert failures("kubernetes", f"{CONFIG_MAP}List", lists).keys() == {""}


@pytest.mark.parametrize(
    ("token", "path", "value", "where"),
    [
        (CONFIG_MAP, "metadata.name", "Web", "metadata.name"),
        (CONFIG_MAP, "metadata.name", "a" * 254, "metadata.name"),
        (SERVICE, "metadata.name", "1web", "metadata.name"),
        (SERVICE, "metadata.name", "web.shop", "metadata.name"),
        (SERVICE, "metadata.name", "a" * 64, "metadata.name"),
        (CRON_JOB, "metadata.name", "a" * 53, "metadata.name"),
        (JOB, "metadata.name", "a" * 64, "metadata.name"),
        (ROLE_BINDING, "metadata.name", "a/b", "metadata.name"),
        (CONFIG_MAP, "metadata.labels", {"tier": "a" * 64}, "metadata.labels"),
        (CONFIG_MAP, "metadata.labels", {"tier": "front end"}, "metadata.labels"),
        (CONFIG_MAP, "metadata.labels", {"-tier": "front"}, "metadata.labels"),
        (CONFIG_MAP, "metadata.annotations", {"a b": ""}, 'metadata.annotations["a b"]'),
        (CONFIG_MAP, "metadata.annotations", {"a": "x" * (256 << 10)}, "metadata.annotations"),
        (CONFIG_MAP, "data", {"a/b": ""}, 'data["a/b"]'),
        (CONFIG_MAP, "data", {"a": "x" * MIB, "b": "x"}, "data"),
        (CONFIG_MAP, "binaryData", {"b": "?"}, "binaryData.b"),
        (CONFIG_MAP, "binaryData", {"a": "eA=="}, "binaryData.a"),
        (SECRET, "stringData", {"a": Secret("x" * (MIB + 1))}, "data"),
        (SECRET, "data", {"a": Secret("?")}, "data.a"),
        (SECRET, "type", "kubernetes.io/ssh-auth", 'data["ssh-privatekey"]'),
        (SERVICE, "spec.ports", [{"port": 0}], "spec.ports[0].port"),
        (SERVICE, "spec.ports[0].targetPort", "Http", "spec.ports[0].targetPort"),
        (SERVICE, "spec.ports[0].targetPort", "a-name-too-long-", "spec.ports[0].targetPort"),
        (SERVICE, "spec.ports[0].name", "a_b", "spec.ports[0].name"),
        (SERVICE, "spec.ports", [{"port": 1, "name": "a"}, {"port": 1, "name": "b"}], "spec.ports"),
        (SERVICE, "spec.selector", {"app": "a b"}, "spec.selector"),
        (
            DEPLOYMENT,
            "spec.selector.matchLabels",
            {"app": "x"},
            "spec.template.metadata.labels.app",
        ),
        (
            DEPLOYMENT,
            "spec.template.spec.restartPolicy",
            "Never",
            "spec.template.spec.restartPolicy",
        ),
        (JOB, "spec.template.spec.restartPolicy", "Always", "spec.template.spec.restartPolicy"),
        (DEPLOYMENT, f"{CONTAINER}.name", "Web", f"{CONTAINER}.name"),
        (
            DEPLOYMENT,
            f"{CONTAINER}.ports",
            [{"containerPort": 70000}],
            f"{CONTAINER}.ports[0].containerPort",
        ),
        (
            DEPLOYMENT,
            f"{CONTAINER}.volumeMounts",
            [{"name": "data", "mountPath": "/data"}],
            f"{CONTAINER}.volumeMounts[0].name",
        ),
        (
            DEPLOYMENT,
            f"{CONTAINER}.resources",
            {"requests": {"memory": "2Gi"}, "limits": {"memory": "1500Mi"}},
            f"{CONTAINER}.resources.requests.memory",
        ),
        (
            DEPLOYMENT,
            f"{CONTAINER}.resources",
            {"limits": {"memory": "1 GB"}},
            f"{CONTAINER}.resources.limits",
        ),
        (
            POLICY,
            "spec.egress",
            [{"ports": [{"port": 90, "endPort": 80}]}],
            "spec.egress[0].ports[0].endPort",
        ),
        (
            POLICY,
            "spec.ingress",
            [{"from": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]}],
            "spec.ingress[0].from[0].ipBlock.cidr",
        ),
        (
            POLICY,
            "spec.egress",
            [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}}]}],
            "spec.egress[0].to[0].ipBlock.except[0]",
        ),
        (POLICY, "spec.egress", [{"to": [{}]}], "spec.egress[0].to[0]"),
        (PRIORITY, "value", 2_000_000_000, "value"),
    ],
)
def test_what_fits_the_schema_but_not_the_api_server_is_refused(
    token: str, path: str, value: Any, where: str
) -> None:
    found = failures("kubernetes", token, set_path(named(token), path, value))

    assert list(found) == [where]
    assert "xxx" not in found[where]


@pytest.mark.parametrize(
    ("token", "path", "value"),
    [
        (CONFIG_MAP, "metadata.name", "web.shop"),
        (CONFIG_MAP, "metadata.name", UNKNOWN),
        (CONFIG_MAP, "metadata.labels", {"app.kubernetes.io/name": "Web_1.0", "empty": ""}),
        (CONFIG_MAP, "metadata.annotations", {"example.com/Any": "thing at all, éven"}),
        (CONFIG_MAP, "data", {"a": "x" * MIB}),
        (CONFIG_MAP, "data", {".a-b_C": ""}),
        (ROLE_BINDING, "metadata.name", "system:Reader"),
        (
            SERVICE,
            "spec.ports",
            [{"port": 53, "name": n, "protocol": n.upper()} for n in ("tcp", "udp")],
        ),
        (DEPLOYMENT, "spec.template.metadata.labels.app", UNKNOWN),
        (DEPLOYMENT, "spec.template.metadata", UNKNOWN),
        (
            DEPLOYMENT,
            f"{CONTAINER}.resources",
            {"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}},
        ),
        (DEPLOYMENT, "spec.template.spec.containers", UNKNOWN),
        (
            STATEFUL_SET,
            f"{CONTAINER}.volumeMounts",
            [{"name": "data", "mountPath": "/data"}],
        ),
        (POLICY, "spec.ingress", [{"ports": [{"port": "http"}, {"port": 80, "endPort": 90}]}]),
    ],
)
def test_what_the_api_server_accepts_passes(token: str, path: str, value: Any) -> None:
    assert failures("kubernetes", token, set_path(named(token), path, value)) == {}


def test_nothing_but_the_metadata_of_a_custom_resource_is_judged() -> None:
    token = "kubernetes:example.com/v1:Thing"
    spec = {"port": 99_999_999, "labels": {"any thing": "at all"}}

    assert failures("kubernetes", token, {"apiVersion": "example.com/v1", "spec": spec}) == {}


def test_a_definition_is_called_what_it_defines() -> None:
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    spec = {
        "group": "example.com",
        "names": {"kind": "CronTab", "plural": "crontabs"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True}],
    }

    assert failures("kubernetes", token, {"metadata": {"name": "crontabs"}, "spec": spec}) == {
        "metadata.name": "'crontabs': expected 'crontabs.example.com'"
    }
    made = created(
        provider("kubernetes"),
        token,
        "crontabs",
        {"metadata": {"name": "crontabs.example.com"}, "spec": spec},
    )
    assert made.outputs["status"]["storedVersions"] == ["v1"]
    assert made.id == "crontabs.example.com"


@pytest.mark.parametrize(
    ("kind", "wide"),
    [("ClusterRole", True), ("NamespacePatch", True), ("Role", False), ("PodPatch", False)],
)
def test_some_kinds_belong_to_the_whole_cluster(kind: str, wide: bool) -> None:
    assert is_cluster_wide(kind) is wide


def test_a_missing_namespace_is_refused_in_preview_and_update() -> None:
    simulated = provider("kubernetes")
    inputs = checked(
        simulated, CONFIG_MAP, "web", {"metadata": {"name": "web", "namespace": "shop"}}
    )

    for preview in (True, False):
        with pytest.raises(ProviderError, match='namespaces "shop" not found'):
            simulated.create(urn(CONFIG_MAP, "web"), CONFIG_MAP, inputs, preview=preview)


@pytest.mark.parametrize("namespace", ["default", "kube-public", "kube-system", "mine", UNKNOWN])
def test_namespaces_that_every_cluster_or_the_provider_has_are_there(namespace: Any) -> None:
    simulated = provider("kubernetes", namespace="mine")
    inputs = checked(
        simulated, CONFIG_MAP, "web", {"metadata": {"name": "web", "namespace": namespace}}
    )

    assert simulated.create(urn(CONFIG_MAP, "web"), CONFIG_MAP, inputs, preview=True).outputs


def test_a_deleted_namespace_takes_what_is_in_it_with_it() -> None:
    world = World()
    simulated = provider("kubernetes", world)
    for name in ("shop", "shop-2"):
        created(simulated, NAMESPACE, name, {"metadata": {"name": name}})
        place = {"name": "web", "namespace": name}
        for token in (CONFIG_MAP, SERVICE):
            created(simulated, token, f"web-{name}", named(token, metadata=place))

    simulated.delete(urn(NAMESPACE, "shop"), NAMESPACE, "shop")

    assert [thing.id for thing in world.objects()] == ["shop-2/web", "shop-2", "shop-2/web"]


def shop(
    *names: str,
    data: str = "1",
    called: str = "shop",
    also: Callable[[pulumi.Input[str]], None] | None = None,
) -> Callable[[], None]:
    """A namespace with a ConfigMap per name; a name with ``!`` is a given one."""

    def program() -> None:
        namespace = kubernetes.core.v1.Namespace("shop", metadata={"name": called})
        for name in names:
            metadata = kubernetes.meta.v1.ObjectMetaArgs(
                namespace=namespace.metadata["name"], name="web" if name.endswith("!") else None
            )
            kubernetes.core.v1.ConfigMap(name.rstrip("!"), metadata=metadata, data={"a": data})
        if also is not None:
            also(namespace.metadata["name"])

    return program


def test_two_objects_of_a_kind_with_one_name_are_refused_in_preview(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    assert not stage.preview(shop("one!", "two!")).ok

    (failed,) = stage.failures()
    assert "named 'shop/web'" in failed.message


def test_a_refused_change_is_all_that_its_preview_shows(tmp_path: Path) -> None:
    def program(value: int) -> Callable[[], Any]:
        create = kubernetes.scheduling.v1.PriorityClass
        return lambda: create("high", metadata={"name": "high"}, value=value)

    stage = Stage(tmp_path)
    assert stage.up(program(1000)).ok

    assert not stage.preview(program(2000)).ok

    assert stage.ops("high") == []
    (failed,) = stage.failures()
    assert "value: field is immutable" in failed.message


def test_another_namespace_takes_everything_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("one!")).ok

    for bring in (stage.preview, stage.up):
        assert bring(shop("one!", called="shop-2")).ok
        order = [name for op, name in stage.steps() if op is Op.DELETE_REPLACED]
        assert order == ["one", "shop"]

    assert [thing.id for thing in stage.world.objects()] == ["shop-2/web", "shop-2"]


def test_a_recording_takes_namespaces_for_given() -> None:
    def program() -> None:
        kubernetes.core.v1.ConfigMap("web", metadata={"namespace": "shop"}, data={})

    assert record(program).only(CONFIG_MAP).inputs["metadata"] == {"namespace": "shop"}


def test_objects_of_two_kinds_may_share_a_name(tmp_path: Path) -> None:
    def service(namespace: pulumi.Input[str]) -> None:
        kubernetes.core.v1.Service(
            "service",
            metadata={"name": "web", "namespace": namespace},
            spec={"ports": [{"port": 80}]},
        )
        kubernetes.core.v1.ConfigMap("elsewhere", metadata={"name": "web"}, data={})

    stage = Stage(tmp_path)

    assert stage.preview(shop("one!", also=service)).ok
    assert stage.up(shop("one!", also=service)).ok


def test_given_names_are_replaced_in_place_and_automatic_ones_side_by_side(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("given!", "automatic")).ok
    before = stage.resources["automatic"].id

    assert stage.up(shop("given!", "automatic", data="2")).ok

    assert stage.ops("given") == [Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT, Op.REPLACE]
    assert stage.ops("automatic") == [Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED]
    assert stage.resources["given"].id == "shop/web"
    assert stage.resources["automatic"].id != before


def test_a_stack_of_objects_lives_and_dies(tmp_path: Path) -> None:
    def service(namespace: pulumi.Input[str]) -> None:
        made = kubernetes.core.v1.Service(
            "service",
            metadata={"namespace": namespace},
            spec={"ports": [{"port": 80}]},
        )
        kubernetes.core.v1.ConfigMap(
            "address", metadata={"namespace": namespace}, data={"ip": made.spec.cluster_ip}
        )

    stage = Stage(tmp_path)
    program = shop("one", also=service)

    assert stage.preview(program).ok
    assert stage.up(program).ok
    inputs = stage.resources["service"].inputs
    assert (inputs["apiVersion"], inputs["kind"]) == ("v1", "Service")
    assert stage.resources["address"].inputs["data"]["ip"].startswith("10.96.")
    assert stage.up(program).counts.keys() == {Op.SAME}
    assert stage.refresh().counts.keys() == {Op.SAME}
    assert stage.destroy().ok
    assert len(stage.world) == 0

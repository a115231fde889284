from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.environment import Environment
from components.workload import (
    ApiAccess,
    Autoscaling,
    Batch,
    Fact,
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Resources,
    TcpCheck,
    Volume,
    Workload,
    create_workload,
)
from components.workload.kubernetes_labels import selector
from rehearsal.events import Op
from rehearsal.plugin import Recording, record, record_both
from tests.components.on_kubernetes import REASON, kind_of, namespace, objects, only, run, running
from tests.components.variants_namespace import existing_cluster, namespace_in
from tests.components.workloads import SHOP, shop
from tests.kubernetes_schema import schema_problems
from tests.rehearsal.stage import Stage

TOKEN = "plinth:workload:KubernetesWorkload"
CONTROLLERS = {
    Kind.REPLICATED: "Deployment",
    Kind.STATEFUL: "StatefulSet",
    Kind.PER_NODE: "DaemonSet",
    Kind.SCHEDULED: "CronJob",
    Kind.ONE_SHOT: "Job",
}
HOST = HostAccess(
    reason=REASON,
    paths={"logs": HostPath(path="/var/log/pods", mounted_at="/var/log/pods")},
    network=True,
    processes=True,
    groups=(0,),
)
READS_PODS = ApiAccess(reason="finds the pods", verbs=("list",), resources=("pods",))
# Written so that a connection to another workload does not have to be completed here.
ALONE = shop(flows=())


def of_kind(kind: Kind, **changes: Any) -> Workload:
    ends: dict[Kind, dict[str, Any]] = {
        Kind.SCHEDULED: {"health": None, "batch": Batch(schedule="0 3 * * *")},
        Kind.ONE_SHOT: {"health": None, "batch": Batch()},
    }
    return shop(**{"flows": (), "kind": kind, **ends.get(kind, {}), **changes})


EACH_KIND = pytest.mark.parametrize("kind", list(Kind), ids=str)


def controller(recording: Recording) -> Mapping[str, Any]:
    (found,) = [
        each.inputs for each in recording.resources if kind_of(each.type) in CONTROLLERS.values()
    ]
    return found


def template(workload: Workload) -> Mapping[str, Any]:
    spec = controller(run(workload))["spec"]
    return spec.get("jobTemplate", {"spec": spec})["spec"]["template"]


def pod(workload: Workload) -> Mapping[str, Any]:
    return template(workload)["spec"]


def container(workload: Workload) -> Mapping[str, Any]:
    (only_one,) = pod(workload)["containers"]
    return only_one


@EACH_KIND
def test_every_object_fits_the_schema_of_kubernetes(kind: Kind) -> None:
    recording = run(of_kind(kind, host_access=HOST, cloud_identity=True))

    problems = {
        f"{each.type} {each.name}": schema_problems(each)
        for each in recording.resources
        if each.type.startswith("kubernetes:")
    }

    assert {name: found for name, found in problems.items() if found} == {}
    assert len(problems) > 6


@EACH_KIND
def test_a_kind_is_what_kubernetes_has_for_it(kind: Kind) -> None:
    recording = run(of_kind(kind))

    found = {kind_of(each.type) for each in recording.resources} & set(CONTROLLERS.values())

    assert found == {CONTROLLERS[kind]}


@EACH_KIND
def test_every_pod_is_hardened(kind: Kind) -> None:
    spec = pod(of_kind(kind))

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 999,
        "runAsGroup": 999,
        "fsGroup": 999,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["serviceAccountName"] == "shop"
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


@EACH_KIND
def test_selectors_never_change(kind: Kind) -> None:
    found = controller(run(of_kind(kind)))["spec"].get("selector")

    assert selector("shop") == {"app.kubernetes.io/name": "shop"}
    assert found == ({"matchLabels": selector("shop")} if kind.serves else None)


def test_what_describes_a_workload_is_beside_what_it_is_found_by() -> None:
    labels = template(ALONE)["metadata"]["labels"]

    assert labels == {
        "app.kubernetes.io/name": "shop",
        "app.kubernetes.io/managed-by": "plinth",
        "app.kubernetes.io/part-of": "eyes",
        "app.kubernetes.io/version": "17.11-trixie",
    }


def test_it_publishes_where_it_is_reached() -> None:
    seen = record_both(running(ALONE))

    assert seen.outputs["host"] == "shop.eyes.svc"
    assert seen.outputs["ports"] == {"http": 8080, "metrics": 9100}
    assert seen.outputs["published"] == {}
    assert not seen.secrets


def test_nothing_is_known_of_it_before_it_runs() -> None:
    seen = record(running(ALONE), preview=True)

    assert seen.outputs["host"] != "shop.eyes.svc"


def test_names_are_stable() -> None:
    workload = of_kind(Kind.STATEFUL, replicas=3, max_unavailable=1)

    assert [
        (kind_of(type_), name) for type_, name in run(workload).inventory() if "shop" in name
    ] == [
        ("StatefulSet", "shop"),
        ("ConfigMap", "shop-config-etc-shop-more-yml"),
        ("ConfigMap", "shop-config-etc-shop-shop-yml"),
        ("Secret", "shop-secret-run-secrets-password"),
        ("Service", "shop"),
        ("Service", "shop-replicas"),
        ("ServiceAccount", "shop"),
        ("NetworkPolicy", "shop"),
        ("PodDisruptionBudget", "shop"),
        ("KubernetesWorkload", "shop"),
    ]


def test_objects_are_called_what_configurations_call_them() -> None:
    recording = run(of_kind(Kind.STATEFUL))

    named = {
        f"{kind_of(each.type)} {each.name}": each.inputs["metadata"]["name"]
        for each in recording.resources
        if kind_of(each.type) in {"StatefulSet", "Service", "ServiceAccount", "NetworkPolicy"}
        and each.name.startswith("shop")
    }

    assert named == {
        "StatefulSet shop": "shop",
        "Service shop": "shop",
        "Service shop-replicas": "shop-replicas",
        "ServiceAccount shop": "shop",
        "NetworkPolicy shop": "shop",
    }


def test_every_object_waits_for_the_namespace_and_its_policies() -> None:
    recording = run(of_kind(Kind.PER_NODE))
    first = {
        each.urn
        for each in recording.resources
        if each.name in {"eyes", "eyes-deny", "eyes-dns"} and each.custom
    }

    early = [
        each.name
        for each in recording.resources
        if each.custom
        and each.name.startswith("shop")
        and kind_of(each.type) != "DaemonSet"
        and not first <= set(each.depends_on)
    ]

    assert len(first) == 3
    assert early == []


def test_pods_come_after_what_they_are_made_of() -> None:
    recording = run(ALONE)
    deployment = recording.named("shop", "kubernetes:apps/v1:Deployment")

    awaited = {urn.rpartition("$")[2] for urn in deployment.depends_on}

    assert {
        "kubernetes:core/v1:ServiceAccount::shop",
        "kubernetes:core/v1:ConfigMap::shop-config-etc-shop-shop-yml",
        "kubernetes:core/v1:Secret::shop-secret-run-secrets-password",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy::shop",
    } <= awaited
    # It would wait for the pod.
    assert not [urn for urn in awaited if "PersistentVolumeClaim" in urn]


def test_copies_are_replaced_one_by_one() -> None:
    spec = only(run(of_kind(Kind.REPLICATED, volumes={}, replicas=3)), "Deployment")["spec"]

    assert spec["replicas"] == 3
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }


def test_a_copy_with_a_disk_goes_before_the_next_comes() -> None:
    recording = run(ALONE)

    claim = only(recording, "PersistentVolumeClaim")
    assert only(recording, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert claim["metadata"]["name"] == "shop-data"
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
        "storageClassName": "core-volumes",
    }
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "shop-data"}} in pod(ALONE)[
        "volumes"
    ]


def test_a_protected_disk_is_not_deleted() -> None:
    volumes = {"data": Volume(path="/var/lib/shop", protected=True)}

    recording = run(shop(flows=(), volumes=volumes))

    assert recording.named("shop-volume-data").protect


def test_an_autoscaler_alone_sets_the_number_of_copies() -> None:
    autoscaling = Autoscaling(replicas_at_least=2, replicas_at_most=10, cpu_percent=70)
    recording = run(shop(flows=(), volumes={}, autoscaling=autoscaling))

    scaler = only(recording, "HorizontalPodAutoscaler")["spec"]

    assert "replicas" not in only(recording, "Deployment")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 10)
    assert scaler["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "shop",
    }
    assert scaler["metrics"][0]["resource"]["target"] == {
        "type": "Utilization",
        "averageUtilization": 70,
    }
    assert scaler["behavior"]["scaleDown"] == {"stabilizationWindowSeconds": 300}


def test_replicas_with_names_start_at_once_and_keep_their_disks() -> None:
    spec = only(run(of_kind(Kind.STATEFUL, replicas=3)), "StatefulSet")["spec"]

    assert spec["podManagementPolicy"] == "Parallel"
    assert spec["serviceName"] == "shop-replicas"
    assert spec["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    }


def test_the_template_of_a_claim_holds_nothing_that_changes() -> None:
    (claim,) = only(run(of_kind(Kind.STATEFUL)), "StatefulSet")["spec"]["volumeClaimTemplates"]

    assert claim == {
        "metadata": {"name": "data", "labels": {"app.kubernetes.io/name": "shop"}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}},
            "storageClassName": "core-volumes",
        },
    }


def test_replicas_find_each_other_before_they_are_ready() -> None:
    service = objects(run(of_kind(Kind.STATEFUL)), "Service")["shop-replicas"]["spec"]

    assert service["clusterIP"] == "None"
    assert service["publishNotReadyAddresses"] is True


def test_what_runs_on_every_node_finds_room_there_and_is_called_there() -> None:
    recording = run(of_kind(Kind.PER_NODE))
    spec = only(recording, "DaemonSet")["spec"]

    assert spec["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert spec["template"]["spec"]["priorityClassName"] == "eyes-shop"
    assert only(recording, "PriorityClass")["metadata"]["name"] == "eyes-shop"
    assert spec["updateStrategy"]["rollingUpdate"] == {"maxUnavailable": "10%"}
    assert only(recording, "Service")["spec"]["internalTrafficPolicy"] == "Local"


def test_what_runs_on_every_node_has_storage_that_goes_with_it() -> None:
    recording = run(of_kind(Kind.PER_NODE))

    assert objects(recording, "PersistentVolumeClaim") == {}
    assert {"name": "data", "emptyDir": {"sizeLimit": "10Gi"}} in pod(of_kind(Kind.PER_NODE))[
        "volumes"
    ]
    assert any("volumes.data.kept" in each for each in recording.outputs["unhonoured"])


def test_a_schedule_runs_never_beside_itself() -> None:
    plan = Batch(schedule="0 3 * * *", time_zone="Europe/Vienna", deadline_seconds=60, retries=1)
    recording = run(of_kind(Kind.SCHEDULED, batch=plan))
    spec = only(recording, "CronJob")["spec"]

    assert spec["schedule"] == "0 3 * * *"
    assert spec["timeZone"] == "Europe/Vienna"
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 60
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 1
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert objects(recording, "Service") == {}


def test_a_task_is_named_after_what_it_does() -> None:
    def name(**changes: Any) -> str:
        return only(run(of_kind(Kind.ONE_SHOT, **changes)), "Job")["metadata"]["name"]

    same = {name(), name(stop_seconds=30), name(description="a task")}
    other = {
        name(command=("other",)),
        name(environment={"MODE": "slow"}),
        name(files={"/etc/shop/shop.yml": "a: 2\n"}),
        name(secret_files={"/run/secrets/password": "other"}),
    }

    assert len(same) == 1
    assert len(same | other) == 5


def test_disks_caches_and_memory_are_different_things() -> None:
    volumes = {"cache": Volume(path="/var/lib/shop", size_gib=2, kept=False)}
    spec = pod(shop(flows=(), volumes=volumes))

    assert {"name": "cache", "emptyDir": {"sizeLimit": "2Gi"}} in spec["volumes"]
    assert {
        "name": "scratch-var-cache-shop",
        "emptyDir": {"medium": "Memory", "sizeLimit": "32Mi"},
    } in spec["volumes"]


def test_resources_are_limits_and_what_is_kept_free() -> None:
    resources = Resources(cpus=2, memory_mib=512, cpus_reserved=0.25)

    assert container(shop(flows=(), resources=resources))["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "2000m", "memory": "512Mi"},
    }


def test_a_command_is_asked_inside_where_nothing_answers_outside() -> None:
    found = container(ALONE)

    assert found["readinessProbe"] == {
        "exec": {"command": ["check", "--quick"]},
        "periodSeconds": 10,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }
    assert "livenessProbe" not in found


def test_a_replica_has_its_time_to_start_in() -> None:
    probe = container(ALONE)["startupProbe"]

    assert probe["exec"] == {"command": ["check", "--quick"]}
    # 20 s to start in and 3 failures, asked every 10 s.
    assert probe["failureThreshold"] == 5


def test_ready_and_alive_are_asked_from_outside() -> None:
    health = Health(
        command=("check",),
        ready=HttpCheck(path="/-/ready", port="http"),
        alive=TcpCheck(port="metrics"),
    )

    found = container(shop(flows=(), health=health))

    assert found["readinessProbe"]["httpGet"] == {
        "path": "/-/ready",
        "port": 8080,
        "scheme": "HTTP",
    }
    assert found["startupProbe"]["httpGet"]["path"] == "/-/ready"
    assert found["livenessProbe"]["tcpSocket"] == {"port": 9100}


def test_facts_come_before_what_may_refer_to_them() -> None:
    facts = {"POD": Fact.REPLICA, "IP": Fact.ADDRESS, "NODE": Fact.NODE, "NIP": Fact.NODE_ADDRESS}

    env = container(shop(flows=(), facts=facts, environment={"A": "$(POD)"}))["env"]

    assert [(each["name"], path_of(each)) for each in env] == [
        ("IP", "status.podIP"),
        ("NIP", "status.hostIP"),
        ("NODE", "spec.nodeName"),
        ("POD", "metadata.name"),
        ("A", "$(POD)"),
    ]


def path_of(variable: Mapping[str, Any]) -> str:
    if "value" in variable:
        return variable["value"]
    return variable["valueFrom"]["fieldRef"]["fieldPath"]


@pytest.mark.parametrize(
    ("replicas", "expected"), [(2, "ScheduleAnyway"), (3, "DoNotSchedule"), (5, "DoNotSchedule")]
)
def test_copies_are_spread_over_zones(replicas: int, expected: str) -> None:
    (constraint,) = pod(of_kind(Kind.STATEFUL, replicas=replicas, spread=True))[
        "topologySpreadConstraints"
    ]

    assert constraint["topologyKey"] == "topology.kubernetes.io/zone"
    assert constraint["whenUnsatisfiable"] == expected
    assert constraint["nodeTaintsPolicy"] == "Honor"
    assert constraint["labelSelector"] == {"matchLabels": selector("shop")}


def test_one_copy_is_spread_over_nothing() -> None:
    spec = pod(of_kind(Kind.STATEFUL, replicas=1, spread=True))

    assert not {"topologySpreadConstraints", "affinity"} & set(spec)


@pytest.mark.parametrize(
    ("changes", "strength"),
    [
        ({"kind": Kind.STATEFUL, "replicas": 3, "spread": True}, "required"),
        ({"kind": Kind.STATEFUL, "replicas": 2, "spread": True}, "preferred"),
        ({"kind": Kind.STATEFUL, "replicas": 3}, "preferred"),
        # The one more that comes first in an update may find no further node.
        ({"kind": Kind.REPLICATED, "replicas": 3, "spread": True, "volumes": {}}, "preferred"),
    ],
)
def test_copies_avoid_each_others_nodes(changes: dict[str, Any], strength: str) -> None:
    affinity = pod(shop(flows=(), **changes))["affinity"]["podAntiAffinity"]

    assert list(affinity) == [f"{strength}DuringSchedulingIgnoredDuringExecution"]


def test_a_budget_lets_go_of_what_does_not_serve() -> None:
    recording = run(of_kind(Kind.STATEFUL, replicas=3, max_unavailable=1))

    assert only(recording, "PodDisruptionBudget")["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": selector("shop")},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    assert objects(run(of_kind(Kind.STATEFUL)), "PodDisruptionBudget") == {}


def test_the_machine_is_shown_read_only_with_the_reason_beside_it() -> None:
    found = template(of_kind(Kind.PER_NODE, host_access=HOST))
    spec = found["spec"]

    assert found["metadata"]["annotations"] == {"plinth.dev/host-access-because": REASON}
    assert spec["hostNetwork"] is True
    assert spec["hostPID"] is True
    assert spec["dnsPolicy"] == "ClusterFirstWithHostNet"
    assert spec["securityContext"]["supplementalGroups"] == [0]
    assert {"name": "host-logs", "hostPath": {"path": "/var/log/pods"}} in spec["volumes"]
    assert {
        "name": "host-logs",
        "mountPath": "/var/log/pods",
        "readOnly": True,
        "mountPropagation": "HostToContainer",
    } in spec["containers"][0]["volumeMounts"]


def test_the_machine_is_out_of_reach_in_a_restricted_namespace() -> None:
    def program() -> None:
        create_workload(namespace(), "shop", shop(flows=(), host_access=HOST))

    with pytest.raises(pulumi.RunError, match="the namespace eyes lets nobody reach the machine"):
        record(program)


def test_a_restricted_workload_may_run_beside_those_that_reach_the_machine() -> None:
    def program() -> None:
        create_workload(namespace(host=True), "shop", ALONE)

    assert record(program).named("shop", TOKEN)


def test_why_there_is_one_copy_is_written_on_it() -> None:
    workload = shop(flows=(), single_because="two would count twice", description="the shop")

    annotations = only(run(workload), "Deployment")["metadata"]["annotations"]

    assert annotations == {
        "kubernetes.io/description": "the shop",
        "plinth.dev/single-replica-because": "two would count twice",
    }


def test_what_kubernetes_cannot_give_is_published() -> None:
    volumes = {"data": Volume(path="/var/lib/shop", protected=True)}
    workload = of_kind(Kind.STATEFUL, volumes=volumes, flows=SHOP.flows[:1])

    said = run(workload).outputs["unhonoured"]

    assert [each.partition(":")[0] for each in said] == [
        "published_port",
        "volumes.data.protected",
    ]
    assert "kubectl port-forward --namespace eyes service/shop 18080:8080" in said[0]


def test_what_uses_the_network_of_the_machine_is_behind_no_policy() -> None:
    workload = of_kind(Kind.PER_NODE, host_access=HOST, flows=SHOP.flows[1:2])

    said = run(workload).outputs["unhonoured"]

    assert any(each.startswith("flows: network policies hold nobody") for each in said)


@EACH_KIND
def test_it_comes_stays_as_it_is_and_goes_as_a_whole(kind: Kind, tmp_path: Path) -> None:
    def program() -> None:
        place = namespace_in(existing_cluster(), Environment.DEV).ref
        create_workload(place, "shop", of_kind(kind, api_access=(READS_PODS,)))

    stage = Stage(tmp_path)
    stage.up(program)
    made = set(stage.resources)
    stage.up(program)
    again = {op for op, _ in stage.steps()}
    stage.destroy()

    assert {"eyes", "shop", "shop-config-etc-shop-shop-yml"} <= made
    assert again == {Op.SAME}
    assert len(stage.world) == 0

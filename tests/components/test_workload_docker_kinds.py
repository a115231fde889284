from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.network.plan import Tier
from components.workload import (
    HOST,
    NEIGHBOURS,
    ApiAccess,
    Autoscaling,
    Batch,
    Egress,
    Fact,
    Flow,
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Outside,
    Port,
    Resources,
    SecretKey,
    TcpCheck,
    Volume,
    Workload,
)
from rehearsal.events import Op
from tests.components.on_docker import CONTAINER, container, run, running, unhonoured
from tests.components.workloads import SHOP, shop
from tests.rehearsal.stage import Stage

ASKED = HttpCheck(path="/healthy", port="http")
SILENT = shop(health=Health(ready=ASKED))
PUBLISHED = Flow(source=HOST, target="shop", port="http", tier=Tier.PUBLIC, published_port=18080)
ON_THE_MACHINE = HostAccess(
    reason="measures the machine",
    paths={
        "system": HostPath(path="/sys", mounted_at="/host/sys"),
        "logs": HostPath(path="/var/log", mounted_at="/host/log"),
    },
    network=True,
    processes=True,
    groups=(0, 4),
)


def task(retries: int = 2, **changes: Any) -> Workload:
    """A shop that runs to its end."""
    return shop(kind=Kind.ONE_SHOT, health=None, batch=Batch(retries=retries), **changes)


@pytest.mark.parametrize("kind", [Kind.REPLICATED, Kind.STATEFUL, Kind.PER_NODE])
def test_on_a_single_host_every_service_is_one_container(kind: Kind) -> None:
    seen = run(shop(kind=kind))

    assert [each.name for each in seen.of(CONTAINER)] == ["shop-files", "shop"]
    assert seen.named("shop", CONTAINER).inputs["mustRun"] is True


def test_what_runs_to_its_end_need_not_run() -> None:
    inputs = container(task())

    assert inputs["mustRun"] is False
    assert inputs["wait"] is False
    assert "start" not in inputs
    assert not {"healthcheck", "waitTimeout"} & inputs.keys()


def test_a_failing_task_is_tried_again_as_often_as_it_may() -> None:
    inputs = container(task(retries=2))

    assert (inputs["restart"], inputs["maxRetryCount"]) == ("on-failure", 2)


def test_a_task_without_retries_runs_once() -> None:
    inputs = container(task(retries=0))

    # To Docker zero retries are retries without end.
    assert inputs["restart"] == "no"
    assert "maxRetryCount" not in inputs


def test_a_task_runs_again_when_what_it_runs_changes_and_only_then(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(running(task()))

    stage.up(running(task()))
    unchanged = stage.ops("shop")
    stage.up(running(task(command=("migrate",))))

    assert set(unchanged) == {Op.SAME}
    assert Op.CREATE_REPLACEMENT in stage.ops("shop")


def test_the_files_of_a_task_arrive_too() -> None:
    carrier = run(task()).named("shop-files", CONTAINER).inputs

    assert "healthcheck" not in carrier
    assert [each["file"] for each in carrier["uploads"]] == [
        *sorted(SHOP.files),
        *SHOP.secret_files,
    ]


@pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])
def test_a_schedule_is_refused(swarm: bool) -> None:
    nightly = shop(kind=Kind.SCHEDULED, health=None, batch=Batch(schedule="0 3 * * *"))

    with pytest.raises(
        pulumi.RunError, match="shop: its kind is scheduled, and Docker has no scheduler"
    ):
        run(nightly, swarm=swarm)


@pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])
def test_a_secret_of_kubernetes_is_refused(swarm: bool) -> None:
    workload = shop(secret_files={"/run/secrets/password": SecretKey("database", "password")})

    with pytest.raises(
        pulumi.RunError,
        match="shop: the secret file /run/secrets/password is the key password of the Kubernetes"
        " Secret database, and Docker has none; give its content",
    ):
        run(workload, swarm=swarm)


def test_facts_are_in_the_environment() -> None:
    facts = {
        "POD_NAME": Fact.REPLICA,
        "ADDRESS": Fact.ADDRESS,
        "NODE": Fact.NODE,
        "NODE_ADDRESS": Fact.NODE_ADDRESS,
    }

    assert container(shop(environment={"MODE": "fast"}, facts=facts))["envs"] == [
        "ADDRESS=0.0.0.0",
        "MODE=fast",
        "NODE=docker",
        "NODE_ADDRESS=127.0.0.1",
        "POD_NAME=shop",
    ]


def test_facts_that_are_stand_ins_are_said() -> None:
    facts = {"NAME": Fact.REPLICA, "IP": Fact.ADDRESS, "NODE": Fact.NODE}

    said = unhonoured(shop(facts=facts))

    assert "every address of its own" in said["facts.IP"]
    assert said["facts.NODE"] == "a container does not know its node; it is told a stand-in"
    assert "facts.NAME" not in said


def test_without_a_program_to_ask_with_nobody_waits() -> None:
    inputs = container(SILENT)

    assert inputs["wait"] is False
    assert inputs["mustRun"] is True
    assert not {"healthcheck", "waitTimeout"} & inputs.keys()
    assert "Docker cannot tell if it serves" in unhonoured(SILENT)["health"]


def test_the_program_is_asked_whatever_kubernetes_would_ask() -> None:
    both = shop(health=Health(command=("check",), ready=ASKED, alive=TcpCheck(port="http")))

    assert container(both)["healthcheck"]["tests"] == ["CMD", "check"]
    said = unhonoured(both)
    assert "health" not in said
    assert said["health.alive"] == "a Docker host restarts what ends, not what hangs"


def test_what_the_provider_cannot_change_is_made_anew(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(running(SHOP))

    stage.up(running(shop(health=Health(command=("check", "--slow"), start_seconds=20))))

    assert Op.CREATE_REPLACEMENT in stage.ops("shop")
    assert Op.UPDATE not in stage.ops("shop")


def test_other_limits_are_no_reason_to_make_it_anew(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.up(running(task()))

    stage.up(running(task(retries=4)))

    assert Op.UPDATE in stage.ops("shop")
    assert Op.CREATE_REPLACEMENT not in stage.ops("shop")


def test_directories_of_the_machine_are_shown_read_only() -> None:
    mounts = container(shop(host_access=ON_THE_MACHINE))["mounts"]

    assert [each for each in mounts if each["type"] == "bind"] == [
        {"type": "bind", "source": "/var/log", "target": "/host/log", "readOnly": True},
        {"type": "bind", "source": "/sys", "target": "/host/sys", "readOnly": True},
    ]


def test_who_uses_the_machine_s_network_joins_no_other_and_publishes_nothing() -> None:
    seen = run(shop(host_access=ON_THE_MACHINE))
    inputs = seen.named("shop", CONTAINER).inputs

    assert inputs["networkMode"] == "host"
    assert (inputs["networksAdvanced"], inputs["ports"]) == ([], [])
    assert seen.outputs["published"] == {}


def test_what_the_machine_s_network_takes_is_said() -> None:
    out = Egress(to=Outside.INTERNET, port=443)

    said = unhonoured(shop(host_access=ON_THE_MACHINE, egress=(out,)))

    assert said["published_port"].startswith("it listens on port 8080 of every address")
    assert said["flows"].startswith("what uses the machine's network has no name")
    assert said["egress"] == "the machine's network leads everywhere"


def test_processes_and_groups_of_the_machine_are_there_where_asked() -> None:
    inputs = container(shop(host_access=ON_THE_MACHINE))

    assert inputs["pidMode"] == "host"
    assert inputs["groupAdds"] == ["0", "4"]


def test_access_to_a_directory_is_access_to_nothing_else() -> None:
    files = HostAccess(reason="reads what they write", paths=ON_THE_MACHINE.paths)

    inputs = container(shop(host_access=files))

    assert not {"pidMode", "groupAdds", "networkMode"} & inputs.keys()
    assert len(inputs["networksAdvanced"]) == 3


@pytest.mark.parametrize(
    ("workload", "labels"),
    [
        (SHOP, {}),
        (task(), {"plinth.dev/no-healthcheck-because": "it runs to its end and serves nobody"}),
        (SILENT, {"plinth.dev/no-healthcheck-because": "the image has no program to ask with"}),
        (
            shop(host_access=ON_THE_MACHINE),
            {"plinth.dev/host-access-because": "measures the machine"},
        ),
    ],
)
def test_what_sets_it_apart_from_others_has_its_reason_in_a_label(
    workload: Workload, labels: dict[str, str]
) -> None:
    found = container(workload).get("labels", [])

    assert {each["label"]: each["value"] for each in found} == labels


@pytest.mark.parametrize("host_access", [None, ON_THE_MACHINE])
def test_whatever_it_sees_it_stays_confined(host_access: HostAccess | None) -> None:
    inputs = container(shop(host_access=host_access))

    assert inputs["user"] == "999:999"
    assert inputs["readOnly"] is True
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert "privileged" not in inputs


def test_a_udp_port_is_published_as_one() -> None:
    workload = shop(ports={"http": Port(number=8080, protocol="UDP")}, flows=(PUBLISHED,))

    assert container(workload)["ports"] == [
        {"internal": 8080, "external": 18080, "ip": "127.0.0.1", "protocol": "udp"}
    ]


def test_who_calls_out_is_on_the_network_that_leads_out() -> None:
    inputs = container(shop(flows=(), egress=(Egress(to=Outside.INTERNET, port=443),)))

    assert len(inputs["networksAdvanced"]) == 1
    assert "networkMode" not in inputs


def test_a_way_to_the_machines_that_no_network_has_is_said() -> None:
    nodes = shop(flows=(), egress=(Egress(to=Outside.NODES, port=10250),))

    assert container(nodes)["networkMode"] == "none"
    assert unhonoured(nodes)["egress"] == (
        "@nodes port 10250 is asked; none of its networks leads out"
    )


@pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])
def test_secrets_are_in_files_for_secrets_alone(swarm: bool) -> None:
    seen = run(shop(facts={"NAME": Fact.REPLICA}), swarm=swarm)
    secret = {"shop-files", "shop-secret-run-secrets-password"}

    for each in seen.resources:
        if each.name not in secret:
            assert "hunter2" not in str(each.inputs)
            assert "aHVudGVyMg" not in str(each.inputs)


@pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])
@pytest.mark.parametrize(
    ("changes", "about", "sentence"),
    [
        (
            {"egress": (Egress(to="10.0.0.0/8", port=25),)},
            "egress",
            "only 10.0.0.0/8 port 25 is asked; a Docker network that leads out leads everywhere",
        ),
        (
            {"api_access": (ApiAccess(reason="finds its peers", verbs=("list",)),)},
            "api_access",
            "there is no Kubernetes API to have access to",
        ),
        ({"cloud_identity": True}, "cloud_identity", "a Docker host signs in to no cloud"),
        (
            {"volumes": {"data": Volume(path="/var/lib/shop", size_gib=20)}},
            "volumes.data",
            "20 GiB are asked; a Docker volume is as large as the host's disk",
        ),
        (
            {"kind": Kind.ONE_SHOT, "health": None, "batch": Batch(deadline_seconds=60)},
            "batch.deadline_seconds",
            "60 are asked; Docker lets a task run as long as it takes",
        ),
        (
            {"kind": Kind.PER_NODE, "max_unavailable": 2},
            "max_unavailable",
            "2 is asked; Docker has no disruption budget",
        ),
        (
            {"health": Health(ready=ASKED)},
            "health",
            "the image has no program to ask with, so Docker cannot tell if it serves",
        ),
    ],
)
def test_what_docker_cannot_give_is_said(
    changes: dict[str, Any], about: str, sentence: str, swarm: bool
) -> None:
    assert about not in unhonoured(SHOP, swarm=swarm)
    assert unhonoured(shop(**changes), swarm=swarm)[about] == sentence


def test_load_that_nothing_follows_is_said() -> None:
    scale = Autoscaling(replicas_at_least=2, replicas_at_most=4)

    assert unhonoured(shop(autoscaling=scale, volumes={}))["autoscaling"].startswith(
        "2 to 4 are asked, 1 runs"
    )


def test_cpus_that_nothing_reserves_are_said() -> None:
    resources = Resources(cpus=0.5, cpus_reserved=0.25, memory_mib=256)

    assert unhonoured(shop(resources=resources))["cpus_reserved"] == (
        "0.25 is asked; a single Docker host reserves nothing"
    )


def test_every_neighbour_may_call_what_is_open_to_neighbours() -> None:
    open_to_all = Flow(source=NEIGHBOURS, target="shop", port="http", tier=Tier.PRIVATE)

    assert "flows" not in unhonoured(shop(flows=(open_to_all,)))


def test_its_connections_are_published_as_plain_data() -> None:
    assert run(SHOP).outputs["flows"] == [
        {"source": HOST, "target": "shop", "port": "http", "number": 8080},
        {"source": "watch", "target": "shop", "port": "metrics", "number": 9100},
    ]

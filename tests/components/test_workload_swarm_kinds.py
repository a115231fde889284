from __future__ import annotations

from typing import Any

import pytest

from components.network.plan import Tier
from components.workload import (
    HOST,
    Autoscaling,
    Batch,
    Fact,
    Flow,
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Port,
    Resources,
    TcpCheck,
    Volume,
    Workload,
)
from tests.components.on_docker import service, unhonoured
from tests.components.workloads import shop

ASKED = HttpCheck(path="/healthy", port="http")
SCALE = Autoscaling(replicas_at_least=2, replicas_at_most=4)
CACHE = {"cache": Volume(path="/var/lib/shop", kept=False)}
LOGS = HostPath(path="/var/log", mounted_at="/host/log")


def task(retries: int = 2) -> Workload:
    """A shop that runs to its end."""
    return shop(kind=Kind.ONE_SHOT, health=None, batch=Batch(retries=retries), volumes={})


def container(workload: Workload) -> dict[str, Any]:
    return service(workload)["taskSpec"]["containerSpec"]


def test_one_per_node_is_a_global_service() -> None:
    assert service(shop(kind=Kind.PER_NODE))["mode"] == {"global": True}


def test_nobody_waits_for_a_global_service() -> None:
    # The provider refuses converge_config beside the mode global.
    assert "convergeConfig" not in service(shop(kind=Kind.PER_NODE))
    assert unhonoured(shop(kind=Kind.PER_NODE), swarm=True)["health"].startswith("nothing waits")


def test_one_per_node_runs_on_every_node_volumes_or_not() -> None:
    workload = shop(kind=Kind.PER_NODE)

    assert workload.volumes
    assert service(workload)["taskSpec"]["placement"]["constraints"] == []
    assert "volumes" not in unhonoured(workload, swarm=True)


@pytest.mark.parametrize("kind", [Kind.REPLICATED, Kind.STATEFUL])
def test_a_volume_keeps_its_service_where_it_is(kind: Kind) -> None:
    assert service(shop(kind=kind))["taskSpec"]["placement"]["constraints"] == [
        "node.role==manager"
    ]


def test_a_task_runs_once_and_nobody_waits_for_it() -> None:
    inputs = service(task())

    assert inputs["mode"] == {"replicated": {"replicas": 1}}
    assert "convergeConfig" not in inputs
    assert "healthcheck" not in inputs["taskSpec"]["containerSpec"]


def test_a_failing_task_is_tried_again_as_often_as_it_may() -> None:
    policy = service(task(retries=2))["taskSpec"]["restartPolicy"]

    # Within a window only the failures in it would count, so a slow one would go on for ever.
    assert policy == {
        "condition": "on-failure",
        "delay": "5s",
        "maxAttempts": 2,
        "window": "0s",
    }


def test_a_task_without_retries_runs_once() -> None:
    # To a swarm zero attempts are attempts without end.
    assert service(task(retries=0))["taskSpec"]["restartPolicy"]["condition"] == "none"


def test_a_service_may_fail_again_after_a_while() -> None:
    policy = service(shop())["taskSpec"]["restartPolicy"]

    assert (policy["condition"], policy["maxAttempts"], policy["window"]) == (
        "on-failure",
        5,
        "120s",
    )


def test_a_task_that_ends_soon_is_not_taken_for_a_failed_update() -> None:
    update = service(task())["updateConfig"]

    assert (update["failureAction"], update["order"]) == ("continue", "stop-first")


def test_facts_are_templates_in_the_environment() -> None:
    facts = {
        "POD_NAME": Fact.REPLICA,
        "ADDRESS": Fact.ADDRESS,
        "NODE": Fact.NODE,
        "NODE_ADDRESS": Fact.NODE_ADDRESS,
    }

    assert container(shop(environment={"MODE": "fast"}, facts=facts))["env"] == {
        "ADDRESS": "0.0.0.0",  # noqa: S104
        "MODE": "fast",
        "NODE": "{{.Node.Hostname}}",
        "NODE_ADDRESS": "{{.Node.Hostname}}",
        "POD_NAME": "{{.Task.Name}}",
    }


def test_facts_that_are_stand_ins_are_said() -> None:
    facts = {"NAME": Fact.REPLICA, "IP": Fact.ADDRESS, "NODE": Fact.NODE, "AT": Fact.NODE_ADDRESS}

    said = unhonoured(shop(facts=facts), swarm=True)

    assert {about for about in said if about.startswith("facts.")} == {"facts.IP", "facts.AT"}
    assert said["facts.AT"] == "a service is told the name of its node, not the address"


def test_without_a_program_to_ask_with_it_counts_as_healthy_once_it_runs() -> None:
    inputs = service(shop(health=Health(ready=ASKED, start_seconds=20)))

    assert "healthcheck" not in inputs["taskSpec"]["containerSpec"]
    assert inputs["convergeConfig"]["timeout"] == "95s"


def test_what_sets_a_service_apart_from_others_has_its_reason_in_a_label() -> None:
    access = HostAccess(reason="reads what they write", paths={"logs": LOGS})
    inputs = service(shop(health=Health(ready=ASKED), host_access=access))

    assert {each["label"]: each["value"] for each in inputs["labels"]} == {
        "plinth.dev/host-access-because": "reads what they write",
        "plinth.dev/no-healthcheck-because": "the image has no program to ask with",
    }
    assert "labels" not in service(shop())


def test_a_swarm_asks_one_thing_alone() -> None:
    health = Health(command=("check",), ready=ASKED, alive=TcpCheck(port="http"))

    said = unhonoured(shop(health=health), swarm=True)

    assert said["health.alive"].startswith("a swarm replaces a replica whose health command fails")


def test_directories_and_groups_of_the_machine_are_there_where_asked() -> None:
    access = HostAccess(reason="reads what they write", paths={"logs": LOGS}, groups=(0, 4))
    inputs = container(shop(host_access=access))

    assert inputs["groups"] == ["0", "4"]
    assert [each for each in inputs["mounts"] if each["type"] == "bind"] == [
        {"type": "bind", "source": "/var/log", "target": "/host/log", "readOnly": True}
    ]
    assert "host_access" not in unhonoured(shop(host_access=access), swarm=True)
    assert "groups" not in container(shop())


@pytest.mark.parametrize("asked", ["network", "processes"])
def test_the_network_and_the_processes_of_the_machine_are_not_given(asked: str) -> None:
    access = HostAccess.model_validate({"reason": "measures the machine", asked: True})

    said = unhonoured(shop(host_access=access), swarm=True)

    assert said["host_access"].startswith("a service has no access to the network or the processes")


def test_the_least_that_load_may_leave_runs() -> None:
    workload = shop(autoscaling=SCALE, volumes={})

    assert service(workload)["mode"] == {"replicated": {"replicas": 2}}
    assert unhonoured(workload, swarm=True)["autoscaling"].startswith("2 run and stay")


def test_copies_never_share_a_cache_either() -> None:
    workload = shop(autoscaling=SCALE, volumes=CACHE)

    assert service(workload)["mode"] == {"replicated": {"replicas": 1}}
    assert unhonoured(workload, swarm=True)["autoscaling"].startswith("1 run and stay")


def test_what_is_reserved_is_reserved() -> None:
    resources = Resources(cpus=0.5, cpus_reserved=0.25, memory_mib=256)

    reserved = service(shop(resources=resources))["taskSpec"]["resources"]["reservation"]
    assert reserved == {"memoryBytes": 256 * 1024 * 1024, "nanoCpus": 250_000_000}
    assert "cpus_reserved" not in unhonoured(shop(resources=resources), swarm=True)


def test_a_udp_port_is_published_as_one() -> None:
    ports = {"http": Port(number=8080, protocol="UDP")}
    flow = Flow(source=HOST, target="shop", port="http", tier=Tier.PUBLIC, published_port=18080)

    (published,) = service(shop(ports=ports, flows=(flow,)))["endpointSpec"]["ports"]
    assert (published["targetPort"], published["protocol"]) == (8080, "udp")

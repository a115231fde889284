from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from components.workload import Kind, Volume, Workload, create_workload
from rehearsal.plugin import Recording, record, record_both
from tests.components.docker_host import docker_network
from tests.components.workloads import SHOP, shop

SERVICE = "docker:index/service:Service"
CONFIG = "docker:index/serviceConfig:ServiceConfig"
SECRET = "docker:index/secret:Secret"
VOLUME = "docker:index/volume:Volume"
TOKEN = "plinth:workload:SwarmWorkload"

STATELESS = shop(volumes={}, replicas=3, spread=True)


def running(workload: Workload) -> Callable[[], dict[str, Any]]:
    def program() -> dict[str, Any]:
        server = create_workload(docker_network(swarm=True), "shop", workload)
        return {"host": server.host, "unhonoured": list(server.unhonoured)}

    return program


def run(workload: Workload) -> Recording:
    return record(running(workload))


def service(workload: Workload) -> dict[str, Any]:
    return dict(run(workload).only(SERVICE).inputs)


def container(workload: Workload) -> dict[str, Any]:
    return service(workload)["taskSpec"]["containerSpec"]


def test_names_are_stable() -> None:
    seen = record_both(running(SHOP))

    assert [pair for pair in seen.inventory() if pair[1].startswith("shop")] == [
        (SECRET, "shop-secret-run-secrets-password"),
        (SERVICE, "shop"),
        (CONFIG, "shop-config-etc-shop-more-yml"),
        (CONFIG, "shop-config-etc-shop-shop-yml"),
        (VOLUME, "shop-volume-data"),
        (TOKEN, "shop"),
    ]


def test_every_child_is_parented_and_on_the_given_provider() -> None:
    seen = run(SHOP)
    children = seen.children(seen.only(TOKEN))

    assert len(children) == 5
    for child in children:
        assert "pulumi:providers:docker::docker" in child.provider


def test_the_service_is_confined() -> None:
    inputs = container(SHOP)

    assert inputs["image"] == SHOP.image.reference
    assert inputs["user"] == "999:999"
    assert inputs["readOnly"] is True
    assert inputs["capDrops"] == ["ALL"]
    assert inputs["healthcheck"]["tests"] == ["CMD", "check", "--quick"]
    assert service(SHOP)["taskSpec"]["resources"]["limits"] == {
        "memoryBytes": 256 * 1024 * 1024,
        "nanoCpus": 500_000_000,
    }


def test_command_and_environment_arrive() -> None:
    inputs = container(SHOP)

    assert inputs["args"] == ["serve", "--verbose"]
    assert inputs["env"] == {"MODE": "fast", "COLOUR": "blue"}


def test_configs_and_secrets_are_named_by_their_content() -> None:
    def names(workload: Workload) -> dict[str, str]:
        seen = run(workload)
        return {each.name: each.inputs["name"] for each in [*seen.of(CONFIG), *seen.of(SECRET)]}

    before = names(SHOP)
    after = names(shop(files={**SHOP.files, "/etc/shop/shop.yml": "a: 2\n"}))

    assert {name for name in before if before[name] != after[name]} == {
        "shop-config-etc-shop-shop-yml"
    }


def test_a_long_path_makes_no_name_the_swarm_refuses() -> None:
    path = f"/etc/shop/{'x' * 120}.yml"

    assert len(run(shop(files={path: "a"})).only(CONFIG).inputs["name"]) == 64


def test_a_secret_is_one_and_only_the_process_reads_it() -> None:
    secret = run(SHOP).only(SECRET)

    assert secret.secret_inputs == {"data", "name"}
    assert base64.urlsafe_b64decode(secret.inputs["data"]) == b"hunter2"
    (mounted,) = container(SHOP)["secrets"]
    assert mounted["fileName"] == "/run/secrets/password"
    assert (mounted["fileUid"], mounted["fileGid"], mounted["fileMode"]) == ("999", "999", 0o400)


def test_copies_are_spread_over_zones() -> None:
    inputs = service(STATELESS)

    assert inputs["mode"] == {"replicated": {"replicas": 3}}
    assert inputs["taskSpec"]["placement"]["prefs"] == ["spread=node.labels.zone"]


def test_a_failing_update_rolls_back() -> None:
    inputs = service(STATELESS)

    assert inputs["updateConfig"] == {
        "parallelism": 1,
        "order": "start-first",
        "failureAction": "rollback",
        "monitor": "30s",
    }
    assert inputs["rollbackConfig"]["failureAction"] == "pause"
    assert inputs["convergeConfig"]["timeout"] == "285s"


def test_two_copies_never_write_to_one_volume() -> None:
    inputs = service(shop(kind=Kind.STATEFUL, replicas=3))

    assert inputs["mode"] == {"replicated": {"replicas": 1}}
    assert inputs["updateConfig"]["order"] == inputs["rollbackConfig"]["order"] == "stop-first"
    assert inputs["taskSpec"]["placement"]["constraints"] == ["node.role==manager"]


def test_it_joins_the_networks_of_its_flows() -> None:
    networks = service(SHOP)["taskSpec"]["networksAdvanceds"]

    assert [network["aliases"] for network in networks] == [["shop"]] * 3
    assert all(network["id"] for network in networks)


def test_only_a_flow_from_the_host_publishes() -> None:
    assert service(SHOP)["endpointSpec"]["ports"] == [
        {
            "targetPort": 8080,
            "publishedPort": 18080,
            "protocol": "tcp",
            "publishMode": "ingress",
        }
    ]
    assert service(shop(flows=()))["endpointSpec"]["ports"] == []


def test_scratch_space_is_in_memory() -> None:
    assert container(STATELESS)["mounts"] == [
        {
            "type": "tmpfs",
            "target": "/var/cache/shop",
            "tmpfsOptions": {"sizeBytes": 32 * 1024 * 1024, "mode": 0o777},
        }
    ]


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_volume_is_protected(protected: bool) -> None:
    workload = shop(volumes={"data": Volume(path="/var/lib/shop", protected=protected)})

    assert run(workload).only(VOLUME).protect is protected


def test_what_a_swarm_cannot_give_is_said() -> None:
    seen = run(shop(kind=Kind.STATEFUL, replicas=3, spread=True, max_unavailable=1))

    assert [each.partition(":")[0] for each in seen.outputs["unhonoured"]] == [
        "no_new_privileges",
        "replicas",
        "volumes",
        "published_port",
        "max_unavailable",
        "flows",
    ]


def test_what_a_swarm_can_give_is_not_listed() -> None:
    assert [each.partition(":")[0] for each in run(STATELESS).outputs["unhonoured"]] == [
        "no_new_privileges",
        "published_port",
        "flows",
    ]

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.workload import Kind, Volume, Workload, create_workload
from rehearsal.plugin import Recording, Registration, record, record_both
from tests.components.docker_host import docker_network
from tests.components.workloads import SHOP, shop

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
IMAGE = "docker:index/remoteImage:RemoteImage"
TOKEN = "plinth:workload:DockerWorkload"


def running(workload: Workload) -> Callable[[], dict[str, Any]]:
    def program() -> dict[str, Any]:
        server = create_workload(docker_network(), "shop", workload)
        return {
            "host": server.host,
            "ports": server.ports,
            "published": server.published,
            "unhonoured": list(server.unhonoured),
        }

    return program


def run(workload: Workload) -> Recording:
    return record(running(workload))


def container(workload: Workload) -> Registration:
    return run(workload).named("shop", CONTAINER)


def test_it_publishes_where_it_is_reached() -> None:
    seen = record_both(running(SHOP))

    assert seen.outputs["host"] == "shop"
    assert seen.outputs["ports"] == {"http": 8080, "metrics": 9100}
    assert seen.outputs["published"] == {"http": "127.0.0.1:18080"}
    assert not seen.secrets


def test_names_are_stable() -> None:
    assert [pair for pair in run(SHOP).inventory() if pair[1].startswith("shop")] == [
        (CONTAINER, "shop"),
        (CONTAINER, "shop-files"),
        (IMAGE, "shop-image"),
        (VOLUME, "shop-files-etc-shop"),
        (VOLUME, "shop-files-run-secrets"),
        (VOLUME, "shop-volume-data"),
        (TOKEN, "shop"),
    ]


def test_every_child_is_parented_prefixed_and_on_the_given_provider() -> None:
    seen = run(SHOP)
    children = seen.children(seen.only(TOKEN))

    assert len(children) == 6
    for child in children:
        assert child.name.startswith("shop")
        assert "pulumi:providers:docker::docker" in child.provider


@pytest.mark.parametrize("name", ["shop", "shop-files"])
def test_every_container_is_confined(name: str) -> None:
    inputs = run(SHOP).named(name, CONTAINER).inputs

    assert inputs["user"] == "999:999"
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert inputs["memory"] == 256
    assert inputs["cpus"] == "0.5"
    assert inputs["healthcheck"]["tests"] == ["CMD", "check", "--quick"]
    assert {mount["type"] for mount in inputs["mounts"]} == {"volume"}
    for loose in ("privileged", "devices", "pidMode", "ipcMode", "volumes", "publishAllPorts"):
        assert loose not in inputs


def test_what_a_process_says_cannot_fill_the_disk() -> None:
    assert container(SHOP).inputs["logOpts"] == {"max-file": "3", "max-size": "10m"}


def test_the_process_writes_to_memory_and_volumes_alone() -> None:
    inputs = container(SHOP).inputs

    assert inputs["readOnly"] is True
    assert inputs["tmpfs"] == {
        "/var/cache/shop": "rw,noexec,nosuid,nodev,size=32m,mode=0700,uid=999,gid=999"
    }
    assert inputs["mounts"][0]["target"] == "/var/lib/shop"
    assert [mount["readOnly"] for mount in inputs["mounts"][1:]] == [True, True]


def test_a_failing_process_restarts_five_times() -> None:
    inputs = container(SHOP).inputs

    assert (inputs["restart"], inputs["maxRetryCount"]) == ("on-failure", 5)


def test_it_counts_as_created_once_it_is_healthy() -> None:
    inputs = container(SHOP).inputs

    assert inputs["wait"] is True
    assert inputs["waitTimeout"] == 65


def test_command_and_environment_arrive() -> None:
    inputs = container(SHOP).inputs

    assert inputs["command"] == ["serve", "--verbose"]
    assert inputs["envs"] == ["COLOUR=blue", "MODE=fast"]


def test_without_a_command_the_image_decides() -> None:
    assert "command" not in container(shop(command=())).inputs


def test_the_image_is_pulled_by_digest() -> None:
    seen = run(SHOP)

    assert seen.only(IMAGE).inputs["name"] == SHOP.image.reference
    assert seen.only(IMAGE).urn in seen.named("shop", CONTAINER).depends_on


def test_it_joins_the_networks_of_its_flows() -> None:
    inputs = container(SHOP).inputs

    assert [network["aliases"] for network in inputs["networksAdvanced"]] == [["shop"]] * 3
    assert "networkMode" not in inputs


def test_a_port_is_published_on_the_loopback_address() -> None:
    assert container(SHOP).inputs["ports"] == [
        {"internal": 8080, "external": 18080, "ip": "127.0.0.1", "protocol": "tcp"}
    ]


def test_without_a_flow_there_is_no_connection() -> None:
    inputs = container(shop(flows=())).inputs

    assert inputs["networkMode"] == "none"
    assert inputs["networksAdvanced"] == []
    assert inputs["ports"] == []


def test_files_are_put_into_volumes_by_a_container_that_never_starts() -> None:
    carrier = run(SHOP).named("shop-files", CONTAINER).inputs

    assert (carrier["start"], carrier["mustRun"]) == (False, False)
    assert carrier["networkMode"] == "none"
    assert [mount["target"] for mount in carrier["mounts"]] == ["/etc/shop", "/run/secrets"]
    assert [(each["file"], each["permissions"], each["owner"]) for each in carrier["uploads"]] == [
        ("/etc/shop/more.yml", "0444", "0"),
        ("/etc/shop/shop.yml", "0444", "0"),
        ("/run/secrets/password", "0400", "999"),
    ]


def test_the_process_starts_after_its_files_are_there() -> None:
    seen = run(SHOP)

    carrier = seen.named("shop-files", CONTAINER)
    assert carrier.urn in seen.named("shop", CONTAINER).depends_on


def test_without_files_nothing_carries_them() -> None:
    names = [name for _, name in run(shop(files={}, secret_files={})).inventory()]

    assert "shop-files" not in names


def test_other_content_means_another_volume() -> None:
    def labels(workload: Workload) -> list[dict[str, str]]:
        return run(workload).named("shop-files-etc-shop", VOLUME).inputs["labels"]

    changed = shop(files={**SHOP.files, "/etc/shop/shop.yml": "a: 2\n"})

    assert labels(SHOP) == labels(shop())
    assert labels(SHOP) != labels(changed)


def test_secret_files_stay_secret() -> None:
    seen = run(SHOP)

    assert seen.named("shop-files", CONTAINER).secret_inputs == {"uploads"}
    assert seen.named("shop-files-run-secrets", VOLUME).secret_inputs == {"labels"}
    assert seen.named("shop-files-etc-shop", VOLUME).secret_inputs == set()
    assert "hunter2" not in str(seen.named("shop", CONTAINER).inputs)


def test_the_old_container_goes_before_the_new_one_comes() -> None:
    assert container(SHOP).delete_before_replace is True


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_volume_is_protected(protected: bool) -> None:
    workload = shop(volumes={"data": Volume(path="/var/lib/shop", protected=protected)})

    assert run(workload).named("shop-volume-data", VOLUME).protect is protected


def test_what_one_host_cannot_give_is_said() -> None:
    seen = run(shop(kind=Kind.STATEFUL, replicas=3, spread=True, max_unavailable=1))

    assert [each.partition(":")[0] for each in seen.outputs["unhonoured"]] == [
        "replicas",
        "spread",
        "secret_files",
        "max_unavailable",
        "flows",
    ]
    registered = seen.only(TOKEN).component_outputs
    assert registered is not None
    assert registered["unhonoured"] == seen.outputs["unhonoured"]


def test_what_is_not_asked_is_not_missed() -> None:
    assert run(shop(secret_files={}, flows=())).outputs["unhonoured"] == []

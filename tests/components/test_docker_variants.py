from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.database import DatabaseSpec, create_database
from components.environment import Environment
from components.ground import DockerGroundSpec, open_ground
from components.keys import KeysSpec, Purpose, create_keys
from components.network import NetworkSpec, Tier, create_network
from components.registry import RegistrySpec, create_registry
from components.registry.interface import DockerRegistryRef
from rehearsal.plugin import Recording, Registration, record, record_both
from tests.components.variants import OWNERSHIP

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
SERVICE = "docker:index/service:Service"
VOLUME = "docker:index/volume:Volume"
PASSWORD = "random:index/randomPassword:RandomPassword"
BYTES = "random:index/randomBytes:RandomBytes"

DEV = Environment.DEV
PROD = Environment.PROD

RUNTIMES = pytest.mark.parametrize("swarm", [False, True], ids=["host", "swarm"])


def platform(
    *, swarm: bool = False, environment: Environment = DEV, version: int = 17
) -> Callable[[], dict[str, Any]]:
    def program() -> dict[str, Any]:
        ground = open_ground(DockerGroundSpec(kind="docker", swarm=swarm), OWNERSHIP)
        keys = create_keys(ground, "keys", KeysSpec.resolve(environment, {}))
        network = create_network(
            ground,
            "core",
            NetworkSpec.resolve(environment, {"cidr": "10.40.0.0/16"}),
            keys=keys.ref,
        )
        registry = create_registry(
            ground,
            "images",
            RegistrySpec.resolve(environment, {"repositories": ["shop/web"]}),
            keys=keys.ref,
            network=network.ref,
        )
        database = create_database(
            network.ref,
            "orders",
            DatabaseSpec.resolve(environment, {"database": "shop", "version": version}),
            keys=keys.ref,
        )
        assert isinstance(registry.ref, DockerRegistryRef)
        return {
            "host": database.host,
            "port": database.port,
            "database": database.database,
            "username": database.username,
            "secret": database.secret,
            "url": registry.url,
            "repository": registry.repositories["shop/web"],
            "password": registry.ref.password,
        }

    return program


def run(**how: Any) -> Recording:
    return record(platform(**how))


def component(seen: Recording, token: str) -> Registration:
    return seen.only(f"plinth:{token}")


@RUNTIMES
def test_the_platform_publishes_addresses_and_keeps_passwords_secret(swarm: bool) -> None:
    seen = record_both(platform(swarm=swarm))

    assert seen.secrets == {"secret", "password"}
    assert seen.outputs["secret"] != seen.outputs["password"]
    assert {key: value for key, value in seen.outputs.items() if key not in seen.secrets} == {
        "host": "orders",
        "port": 5432,
        "database": "shop",
        "username": "owner",
        "url": "127.0.0.1:5000",
        "repository": "127.0.0.1:5000/shop/web",
    }


@RUNTIMES
def test_the_development_platform_is_worth_looking_at(swarm: bool) -> None:
    resources = [
        each
        for each in run(swarm=swarm).resources
        if each.custom and not each.type.startswith("pulumi:")
    ]

    assert len(resources) >= 15


@RUNTIMES
def test_no_component_registers_a_secret(swarm: bool) -> None:
    seen = run(swarm=swarm)
    secrets = [str(seen.outputs[name]) for name in seen.secrets]

    for each in seen.resources:
        assert not any(secret in json.dumps(each.component_outputs) for secret in secrets)


@RUNTIMES
def test_every_component_says_what_it_cannot_give(swarm: bool) -> None:
    seen = run(swarm=swarm)

    for token in ("network", "keys", "registry", "database"):
        (each,) = [one for one in seen.resources if one.type.startswith(f"plinth:{token}:")]
        assert each.component_outputs is not None
        assert each.component_outputs["unhonoured"]


def test_production_protects_what_it_remembers_and_dev_does_not() -> None:
    def protected(environment: Environment) -> set[str]:
        seen = run(environment=environment)
        return {each.name for each in seen.resources if each.protect}

    assert protected(DEV) == set()
    assert protected(PROD) >= {
        "core-data",
        "images-volume-images",
        "keys-registry",
        "orders-volume-data",
    }


def test_the_data_tier_reaches_nothing_outside() -> None:
    networks = {each.name: each.inputs for each in run().of(NETWORK)}

    assert {name: inputs["internal"] for name, inputs in networks.items()} == {
        "core-public": False,
        "core-private": False,
        "core-data": True,
    }
    assert {inputs["driver"] for inputs in networks.values()} == {"bridge"}


def test_a_swarm_has_encrypted_overlay_networks() -> None:
    networks = run(swarm=True).of(NETWORK)

    assert len(networks) == len(Tier)
    for each in networks:
        assert each.inputs["driver"] == "overlay"
        assert each.inputs["options"] == {"encrypted": "true"}


def test_each_network_has_its_part_of_the_range() -> None:
    subnets = {each.name: each.inputs["ipamConfigs"] for each in run().of(NETWORK)}

    assert subnets == {
        "core-private": [{"subnet": "10.40.0.0/20"}],
        "core-public": [{"subnet": "10.40.16.0/22"}],
        "core-data": [{"subnet": "10.40.20.0/22"}],
    }


def test_there_is_a_secret_for_every_purpose_that_docker_has() -> None:
    secrets = run().of(BYTES)
    wanted = (Purpose.DATA, Purpose.LOGS, Purpose.REGISTRY, Purpose.SECRETS)

    assert {each.name for each in secrets} == {f"keys-{purpose}" for purpose in wanted}
    assert {each.inputs["length"] for each in secrets} == {32}


def test_only_the_registry_is_reached_from_the_host() -> None:
    seen = run()

    assert seen.named("images", CONTAINER).inputs["ports"] == [
        {"internal": 5000, "external": 5000, "ip": "127.0.0.1", "protocol": "tcp"}
    ]
    assert seen.named("orders", CONTAINER).inputs["ports"] == []


def test_the_registry_asks_everyone_for_the_password() -> None:
    uploads = run().named("images-files", CONTAINER).inputs["uploads"]
    config, htpasswd = (each["content"] for each in uploads)

    assert json.loads(config)["auth"] == {
        "htpasswd": {"realm": "plinth", "path": "/etc/distribution/htpasswd"}
    }
    assert htpasswd.startswith("plinth:")
    assert [each["file"] for each in uploads] == [
        "/etc/distribution/config.yml",
        "/etc/distribution/htpasswd",
    ]


def test_the_registry_knows_the_hash_alone() -> None:
    seen = run()

    assert seen.outputs["password"] not in str(seen.named("images-files", CONTAINER).inputs)


def test_the_database_takes_its_password_from_a_file() -> None:
    seen = run()
    (upload,) = seen.named("orders-files", CONTAINER).inputs["uploads"]

    assert upload["content"] == seen.outputs["secret"]
    assert (
        "POSTGRES_PASSWORD_FILE=/run/secrets/password"
        in (seen.named("orders", CONTAINER).inputs["envs"])
    )
    assert seen.outputs["secret"] not in str(seen.named("orders", CONTAINER).inputs)


def test_the_database_hashes_passwords_with_scram() -> None:
    inputs = run().named("orders", CONTAINER).inputs

    assert "--password_encryption=scram-sha-256" in inputs["command"]
    assert "POSTGRES_INITDB_ARGS=--auth=scram-sha-256 --data-checksums" in inputs["envs"]


@pytest.mark.parametrize(
    ("version", "mounted_at", "data"),
    [
        (17, "/var/lib/postgresql/data", "/var/lib/postgresql/data/pgdata"),
        (18, "/var/lib/postgresql", "/var/lib/postgresql/18/docker"),
    ],
)
def test_the_volume_is_where_the_image_expects_it(version: int, mounted_at: str, data: str) -> None:
    inputs = run(version=version).named("orders", CONTAINER).inputs

    assert inputs["mounts"][0]["target"] == mounted_at
    assert f"PGDATA={data}" in inputs["envs"]


def test_passwords_are_long_and_need_no_escaping() -> None:
    for each in run().of(PASSWORD):
        assert (each.inputs["length"], each.inputs["special"]) == (32, False)

"""Valkey on Docker: for development, behind a password that nobody chose."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest

from components.environment import Environment
from components.versions import VALKEY
from rehearsal.plugin import Recording, record
from tests.components.variants_cache import cache_outputs, docker_cache

CONTAINER = "docker:index/container:Container"


@cache
def recorded(environment: Environment = Environment.DEV, **asked: Any) -> Recording:
    return record(lambda: cache_outputs(docker_cache(environment, **asked)))


def config(**asked: Any) -> dict[str, str]:
    (upload,) = recorded(**asked).named("sessions-files", CONTAINER).inputs["uploads"]
    return dict(line.split(" ", 1) for line in upload["content"].splitlines())


def test_it_runs_the_pinned_image_and_publishes_no_port() -> None:
    image = recorded().only("docker:index/remoteImage:RemoteImage")

    assert image.inputs["name"] == VALKEY[9].reference
    assert recorded().named("sessions", CONTAINER).inputs["ports"] == []


def test_it_takes_its_password_from_a_file() -> None:
    password = recorded().outputs["secret"]

    assert config()["requirepass"] == password
    assert len(password) == 32
    assert password not in str(recorded().named("sessions", CONTAINER).inputs)


def test_it_stays_within_its_memory_and_drops_what_was_asked() -> None:
    assert config()["maxmemory"] == "192mb"
    assert recorded().named("sessions", CONTAINER).inputs["memory"] == 256
    assert config(eviction="noeviction")["maxmemory-policy"] == "noeviction"


def test_it_writes_nothing_to_a_disk() -> None:
    assert config()["save"] == '""'
    assert "/data" in recorded().named("sessions", CONTAINER).inputs["tmpfs"]


def test_a_version_without_an_image_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="cache sessions: version is 8"):
        recorded(version=8)


def test_it_says_what_it_cannot_give() -> None:
    root = recorded(Environment.PROD).only("plinth:cache:DockerCache").component_outputs or {}

    assert {each.split(":")[0] for each in root["unhonoured"]} >= {
        "replicas",
        "protected",
        "backup_days",
        "log_days",
        "keys",
    }

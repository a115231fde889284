"""What a cache may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.cache import CacheSpec, Eviction, Size, refused_on
from components.environment import Environment


def resolved(environment: Environment, **asked: Any) -> CacheSpec:
    return CacheSpec.resolve(environment, asked)


def refusal(**asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        resolved(Environment.PROD, **asked)
    return str(caught.value)


def test_production_survives_an_outage_of_two_zones_and_is_protected() -> None:
    spec = resolved(Environment.PROD)

    assert spec.replicas == 2
    assert spec.backup_days == 35
    assert spec.log_days == 365
    assert spec.protected


def test_staging_has_the_shape_of_production_at_a_smaller_size() -> None:
    spec = resolved(Environment.STAGING)

    assert spec.size is Size.SMALL
    assert spec.replicas == 1
    assert spec.protected


def test_dev_is_one_small_server_that_can_be_deleted() -> None:
    spec = resolved(Environment.DEV)

    assert spec.size is Size.SMALL
    assert spec.replicas == 0
    assert not spec.protected


@pytest.mark.parametrize(
    ("environment", "asked", "least"),
    [
        (Environment.DEV, {"backup_days": 6}, 7),
        (Environment.STAGING, {"backup_days": 13}, 14),
        (Environment.STAGING, {"log_days": 14}, 30),
        (Environment.PROD, {"backup_days": 29}, 30),
        (Environment.PROD, {"log_days": 180}, 365),
    ],
)
def test_no_environment_keeps_less_than_it_must(
    environment: Environment, asked: dict[str, int], least: int
) -> None:
    (name,) = asked

    with pytest.raises(ValidationError, match=rf"{name}[\s\S]*{least}"):
        resolved(environment, **asked)

    assert getattr(resolved(environment, **{name: least}), name) == least


@pytest.mark.parametrize("asked", [{"replicas": 6}, {"version": 7}, {"eviction": "oldest"}])
def test_what_no_cloud_has_is_refused(asked: dict[str, Any]) -> None:
    assert next(iter(asked)) in refusal(**asked)


@pytest.mark.parametrize(
    ("name", "window"),
    [("backup_window", "02:00-02:30"), ("maintenance_window", "sun:04:00-sun:04:59")],
)
def test_a_window_of_less_than_an_hour_is_refused(name: str, window: str) -> None:
    message = refusal(**{name: window})

    assert f"{name} {window} lasts" in message
    assert "at least 60" in message


def test_windows_that_meet_are_refused() -> None:
    message = refusal(backup_window="02:00-03:00", maintenance_window="wed:02:30-wed:03:30")

    assert "maintenance_window wed:02:30-wed:03:30 overlaps the daily backup_window" in message


def test_an_ordinary_cache_drops_what_was_not_used_for_longest() -> None:
    assert resolved(Environment.PROD).eviction is Eviction.ALLKEYS_LRU


def test_a_version_without_an_image_is_refused_on_docker_alone() -> None:
    spec = resolved(Environment.DEV, version=8)

    assert refused_on("docker", spec) == ("version is 8, on Docker it must be one of 9: raise it")
    assert refused_on("aws", spec) is None
    assert refused_on("gcp", spec) is None
    assert refused_on("docker", resolved(Environment.DEV)) is None

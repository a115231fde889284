"""What a database may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.database import DatabaseSpec, Size, refused_on
from components.environment import Environment
from components.ownership import DataClass
from components.windows import DAY_MINUTES, DAYS, WEEK_MINUTES, overlap


def resolved(environment: Environment, **asked: Any) -> DatabaseSpec:
    return DatabaseSpec.resolve(environment, {"database": "orders", **asked})


def refusal(**asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        resolved(Environment.PROD, **asked)
    return str(caught.value)


def test_production_is_resilient_and_protected() -> None:
    spec = resolved(Environment.PROD)

    assert spec.highly_available
    assert spec.backup_days == 35
    assert spec.log_days == 365
    assert spec.recoverable_elsewhere
    assert spec.protected
    assert spec.data_class is DataClass.CONFIDENTIAL


def test_staging_has_the_shape_of_production_at_a_smaller_size() -> None:
    spec = resolved(Environment.STAGING)

    assert spec.size is Size.SMALL
    assert spec.highly_available
    assert spec.backup_days == 14
    assert not spec.recoverable_elsewhere
    assert spec.protected


def test_dev_is_small_and_can_be_deleted_but_keeps_a_week_of_backups() -> None:
    spec = resolved(Environment.DEV)

    assert spec.size is Size.SMALL
    assert not spec.highly_available
    assert spec.backup_days == 7
    assert not spec.protected


@pytest.mark.parametrize(
    ("environment", "asked", "least"),
    [
        (Environment.DEV, {"backup_days": 6}, 7),
        (Environment.DEV, {"log_days": 5}, 7),
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


@pytest.mark.parametrize("replicas", [-1, 6])
def test_more_read_replicas_than_there_can_be_are_refused(replicas: int) -> None:
    assert "read_replicas" in refusal(read_replicas=replicas)


def test_read_replicas_on_aws_need_aurora() -> None:
    spec = resolved(Environment.PROD, read_replicas=2)
    reason = refused_on("aws", spec)

    assert reason is not None
    assert "read_replicas is 2" in reason
    assert "set aurora to true, or read_replicas to 0" in reason
    assert refused_on("gcp", spec) is None
    assert refused_on("docker", spec) is None
    assert refused_on("aws", resolved(Environment.PROD, read_replicas=2, aurora=True)) is None
    assert refused_on("aws", resolved(Environment.PROD)) is None


@pytest.mark.parametrize("name", ["Orders", "1orders", "orders-2", "", "o" * 64])
def test_a_name_that_postgresql_would_have_to_quote_is_refused(name: str) -> None:
    assert "database" in refusal(database=name)


def test_a_disk_that_cannot_grow_by_a_tenth_is_refused_with_the_least_limit() -> None:
    assert "must be at least 1100" in refusal(storage_gib=1_000, storage_limit_gib=1_099)
    assert resolved(Environment.PROD, storage_gib=1_000, storage_limit_gib=1_100)


@pytest.mark.parametrize("window", ["02:00", "2:00-3:00", "24:00-25:00", "02:00-02:20"])
def test_a_backup_window_that_is_none_is_refused(window: str) -> None:
    assert "backup_window" in refusal(backup_window=window)


@pytest.mark.parametrize("window", ["04:00-05:00", "son:04:00-son:05:00", "sun:04:00-sun:04:10"])
def test_a_maintenance_window_that_is_none_is_refused(window: str) -> None:
    assert "maintenance_window" in refusal(maintenance_window=window)


@pytest.mark.parametrize(
    ("daily", "weekly"),
    [
        ("02:00-03:00", "wed:02:30-wed:03:30"),
        ("02:00-06:00", "wed:03:00-wed:04:00"),
        ("23:30-00:30", "mon:00:00-mon:01:00"),
        ("00:00-01:00", "sun:23:30-mon:00:30"),
        ("12:00-13:00", "mon:10:00-tue:11:00"),
    ],
)
def test_windows_that_meet_are_refused(daily: str, weekly: str) -> None:
    message = refusal(backup_window=daily, maintenance_window=weekly)

    assert f"maintenance_window {weekly} overlaps the daily backup_window {daily}" in message


@pytest.mark.parametrize(
    ("daily", "weekly"),
    [("02:00-03:00", "wed:03:00-wed:04:00"), ("23:00-00:00", "mon:00:00-mon:01:00")],
)
def test_windows_that_only_touch_are_apart(daily: str, weekly: str) -> None:
    assert resolved(Environment.PROD, backup_window=daily, maintenance_window=weekly)


@given(
    st.integers(0, DAY_MINUTES - 1),
    st.integers(30, 300),
    st.integers(0, WEEK_MINUTES - 1),
    st.integers(30, 300),
)
def test_windows_overlap_exactly_when_they_share_a_minute(
    daily_start: int, daily_length: int, weekly_start: int, weekly_length: int
) -> None:
    daily = {
        (day * DAY_MINUTES + daily_start + minute) % WEEK_MINUTES
        for day in range(7)
        for minute in range(daily_length)
    }
    weekly = {(weekly_start + minute) % WEEK_MINUTES for minute in range(weekly_length)}

    found = overlap(
        f"{clock(daily_start)}-{clock(daily_start + daily_length)}",
        f"{moment(weekly_start)}-{moment(weekly_start + weekly_length)}",
    )

    assert found is bool(daily & weekly)


def clock(minute: int) -> str:
    hours, minutes = divmod(minute % DAY_MINUTES, 60)
    return f"{hours:02}:{minutes:02}"


def moment(minute: int) -> str:
    return f"{DAYS[minute // DAY_MINUTES % 7]}:{clock(minute)}"

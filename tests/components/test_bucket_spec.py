"""What a bucket may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.bucket import BucketSpec, LockMode
from components.environment import Environment


def resolved(environment: Environment, **asked: Any) -> BucketSpec:
    return BucketSpec.resolve(environment, asked)


def refusal(environment: Environment = Environment.PROD, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        resolved(environment, **asked)
    return str(caught.value)


def test_production_keeps_a_month_of_deletions_and_a_copy_elsewhere() -> None:
    spec = resolved(Environment.PROD)

    assert spec.noncurrent_days == 30
    assert spec.recoverable_elsewhere
    assert spec.protected


def test_staging_is_protected_and_keeps_no_copy() -> None:
    spec = resolved(Environment.STAGING)

    assert spec.noncurrent_days == 14
    assert not spec.recoverable_elsewhere
    assert spec.protected


def test_dev_can_be_deleted_and_keeps_a_week_of_deletions() -> None:
    spec = resolved(Environment.DEV)

    assert spec.noncurrent_days == 7
    assert not spec.recoverable_elsewhere
    assert not spec.protected


def test_objects_get_cheaper_after_a_quarter_and_stay_for_good() -> None:
    spec = resolved(Environment.PROD)

    assert spec.archive_after_days == 90
    assert spec.expire_after_days is None
    assert spec.lock is None


@pytest.mark.parametrize(
    ("environment", "least"),
    [(Environment.DEV, 7), (Environment.STAGING, 14), (Environment.PROD, 30)],
)
def test_deletions_can_be_undone_for_longer_the_more_depends_on_it(
    environment: Environment, least: int
) -> None:
    assert resolved(environment, noncurrent_days=least)
    assert "noncurrent_days" in refusal(environment, noncurrent_days=least - 1)


def test_objects_that_go_before_they_would_be_archived_are_refused() -> None:
    message = refusal(expire_after_days=90)

    assert "archive_after_days is 90, but objects are gone after expire_after_days 90" in message
    assert resolved(Environment.PROD, expire_after_days=90, archive_after_days=None)
    assert resolved(Environment.PROD, expire_after_days=91)


def test_objects_that_would_go_while_they_are_locked_are_refused() -> None:
    asked: dict[str, Any] = {"expire_after_days": 365, "lock": {"keep_days": 366}}

    assert "lock.keep_days is 366, but objects are to go after" in refusal(**asked)
    assert resolved(Environment.PROD, **{**asked, "lock": {"keep_days": 365}})


def test_a_lock_can_be_ended_early_unless_compliance_is_asked() -> None:
    spec = resolved(Environment.PROD, lock={"keep_days": 365})

    assert spec.lock
    assert spec.lock.mode is LockMode.GOVERNANCE


@pytest.mark.parametrize("lock", [{"mode": "compliance"}, {"mode": "forever", "keep_days": 1}])
def test_a_lock_without_days_or_of_another_mode_is_refused(lock: dict[str, Any]) -> None:
    assert "lock" in refusal(lock=lock)
